"""Several senders on one real PostgreSQL: each reminder leaves once."""

from __future__ import annotations

import json

import pytest

from tests.server.conftest import make_workspace
from tests.server.receivers import mailbox, program
from tests.server.rooms import serve
from tests.server.test_postgresql import database, pytestmark  # noqa: F401 - a fixture, and where it can run
from tests.server.test_reminders import KARIM, KEY, OLGA, case_at, make_case, marks_of, sql, start_round


@pytest.fixture(scope="module")
def room(database, tmp_path_factory):  # noqa: F811 - the fixture
    with serve(make_workspace(tmp_path_factory.mktemp("pg-reminders")), SPILLKIT_DATABASE=database) as served:
        make_case(served, {"olga": OLGA, "karim": KARIM})
        yield served


def test_four_senders_at_once_send_each_reminder_once(room):
    case_at(room, 80.1)
    with mailbox() as box, program() as told:
        settings = {"SPILLKIT_SMTP": box.url, "SPILLKIT_WEBHOOK_URL": told.url, "SPILLKIT_WEBHOOK_KEYS": KEY}
        rounds = [start_round(room, **settings) for _ in range(4)]
        said = [each.communicate(timeout=180) for each in rounds]
    assert "".join(err for _out, err in said) == ""
    assert sum(json.loads(out)["sent"] for out, _err in said) == 3
    assert sorted(receivers for _sender, receivers, _mail in box.letters) == [[KARIM], [OLGA]]
    assert len(told.heard) == 1
    assert marks_of(room) == ["80"]
    assert sql(room, "SELECT count(*) FROM spillkit_server_delivery WHERE done_at IS NULL") == [(0,)]


def test_while_one_sender_hangs_on_a_mail_another_sends_the_rest(room):
    case_at(room, 95.1)
    with mailbox() as box:
        box.go_on.clear()
        slow = start_round(room, SPILLKIT_SMTP=box.url)
        assert box.asked.wait(120)
        with mailbox() as other:
            quick = start_round(room, SPILLKIT_SMTP=other.url)
            out, _err = quick.communicate(timeout=120)
            assert json.loads(out)["sent"] == 1
            assert len(other.letters) == 1
        box.go_on.set()
        slow.communicate(timeout=120)
    receivers = [one for _sender, [one], _mail in (*box.letters, *other.letters)]
    assert sorted(receivers) == [KARIM, OLGA]
