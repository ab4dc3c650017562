"""Notices handed to a real Postfix arrive once each, and their rows know under which id Postfix has them."""

from __future__ import annotations

import re
import time

import pytest

from tests.notices.postfix import IS_HERE, serve_postfix
from tests.server.receivers import mailbox
from tests.server.rooms import free_port
from tests.server.test_sending import Sending, people, receivers

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(not IS_HERE, reason="Debian's postfix is not installed, or this is not root"),
]


def test_a_real_postfix_takes_every_notice_once_and_says_under_which_id(tmp_path):
    sending = Sending(tmp_path).begin()
    given = people("P", 40)
    port = free_port()
    with mailbox() as box, serve_postfix(port, box.port):
        sending.plan(name="p", addresses=given)
        sending.send(name="p", url=f"smtp://127.0.0.1:{port}/?from=notices@shop.example", addresses=given)
        assert sending.funnel(name="p") == {"planned": 40, "accepted": 40}
        rows = [sending.row(notice=notice) for notice in given]
        until = time.monotonic() + 60
        while len(box.letters) < 40 and time.monotonic() < until:
            time.sleep(0.1)
        assert receivers(box) == sorted(given.values())
        for row in rows:
            assert row["answer"] == "250-2.0.0"
            assert re.fullmatch(r"[0-9A-Za-z]{6,20}", row["server_id"])
        assert len({row["server_id"] for row in rows}) == 40
        ids = {mail["Received"].partition(" id ")[2].split(";")[0].split()[0]: to for _from, [to], mail in box.letters}
        assert {ids[row["server_id"]] for row in rows} == set(given.values())
    sending.kill()
