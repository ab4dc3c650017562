"""SpamAssassin, as Debian has it, lets every language's notice through; and it is awake."""

from __future__ import annotations

import mailbox
import os
import re
import shutil
import subprocess

import pytest

from spillkit.notices.wording import LANGUAGES
from tests.notices.mailed import NOW, mailed, mails_of

RECEIVED = (
    "Received: from relay.shop.example (relay.shop.example [192.0.2.25])\r\n\tby mx.mail.example with ESMTPS id 4cTn2W3kyvz9Qx;"
    f"\r\n\t{NOW:%a, %d %b %Y %H:%M:%S} +0000\r\n"
).encode()
_NO_REAL_ADDRESS = "score RCVD_ILLEGAL_IP 0"  # 192.0.2.25 is for documents: a real server has a real address.
# The string that every filter must take for spam: https://spamassassin.apache.org/gtube/
GTUBE = (
    b"From: x@example.net\nTo: y@example.net\nSubject: x\nMessage-ID: <x@example.net>\n\n"
    b"XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\n"
)


@pytest.mark.server
@pytest.mark.skipif(shutil.which("spamassassin") is None, reason="Debian's spamassassin is not installed")
def test_spamassassin_lets_the_notice_of_every_language_through(tmp_path):
    fields = '"name, e-mail, phone, address, order"'
    rows = [
        f"c_{one},{one}@mail.example,Ann Roe,LU,{one},shop-eu,{fields},2026-11-02T12:00:00Z,2026-11-03T13:00:00Z"
        for one in LANGUAGES
    ]
    people = "\n".join(["id,email,name,country,language,entity,fields,first_at,last_at", *rows, ""])
    mails = mails_of(mailed(tmp_path, people=people.encode()))
    asked = mailbox.mbox(tmp_path / "asked")
    for mail in [*mails.values(), GTUBE]:
        asked.add(RECEIVED.replace(b"\r\n", b"\n") + mail.replace(b"\r\n", b"\n"))
    asked.close()
    with (tmp_path / "asked").open("rb") as file, (tmp_path / "answered").open("wb") as answered:
        subprocess.run(
            ["spamassassin", "--local", "--nocreate-prefs", "--mbox", "--cf", "use_bayes 0", "--cf", _NO_REAL_ADDRESS],
            stdin=file, stdout=answered, stderr=subprocess.PIPE, check=True, timeout=120, env=os.environ | {"HOME": str(tmp_path)},
        )  # fmt: skip
    # The filter answers in an order of its own.
    said = {
        str(mail["To"]): " ".join(str(mail["X-Spam-Status"]).split()) for mail in mailbox.mbox(tmp_path / "answered")
    }
    scores = {to: float(re.search(r"score=(-?[\d.]+) required=5\.0 ", status)[1]) for to, status in said.items()}
    assert len(scores) == len(LANGUAGES) + 1
    assert scores.pop("y@example.net") > 900, "the filter sleeps"
    worst = max(scores, key=scores.__getitem__)
    print(f"the worst of {len(scores)} languages: {worst}: {said[worst]}")
    assert scores[worst] < 2.5, said[worst]  # Half of what it takes for spam.
