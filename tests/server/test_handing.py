"""Letters and in-app lists of a mailing: only what two people signed, to those whom no mail reaches, with receipts."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from base64 import b64encode
from datetime import UTC, datetime

import pypdf
import pytest

from spillkit.case.webhooks import is_genuine
from spillkit.notices.channels.channel import Why
from spillkit.notices.channels.receipts import count_receipts
from spillkit_server.handing_program import WHY
from spillkit_server.mail_service import SERVICES
from tests.notices.channels.application import application
from tests.server.conftest import make_workspace
from tests.server.mail_services import mail_service
from tests.server.prepared_mailings import NAME

SECRET = "whsec_" + b64encode(bytes(range(32))).decode()
COME = {"c_1", "c_2", "c_3", "c_4", "c_5", "c_6"}
VALUES = ("Ann Roe", "Ben Poe", "هدى", "Lange Straße", "mail.example", "Mill Lane")


def test_every_reason_for_which_somebody_gets_nothing_has_its_sentence():
    assert set(WHY) == set(Why)


@pytest.mark.server
def test_those_whom_no_mail_reaches_are_told_on_paper_and_in_the_application(tmp_path):
    workspace = make_workspace(tmp_path)
    environment = {**os.environ, "SPILLKIT_WORKSPACE": str(workspace), "SPILLKIT_WEBHOOK_KEYS": SECRET}
    folder, said = workspace / "notices" / NAME, list[str]()

    def call(name: str, more: dict[str, str] | None = None, **given: object) -> dict:
        done = subprocess.run(
            [sys.executable, "-m", "tests.server.handed", json.dumps([name, given])],
            env=environment | (more or {}), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def notify(*arguments: str, code: int, **more: str) -> str:
        # The first one as people do it; the others as `spillkit` asks the room's program.
        program = ["spillkit_server"] if said else ["spillkit", "-w", str(workspace)]
        done = subprocess.run(
            [sys.executable, "-m", *program, "notify", *arguments],
            env=environment | more, capture_output=True, text=True, check=False, cwd=tmp_path,
        )  # fmt: skip
        said.extend((done.stdout, done.stderr))
        assert done.returncode == code, done.stderr
        return done.stdout

    # 1. Before two people have signed, nothing is given out.
    begun = call("begin")
    assert "Two people have not signed this mailing as it is prepared now" in begun["refused"]
    assert not begun["left"]
    # 2. Letters go to those who have no address, and to nobody on another hold.
    printed = notify("letters", NAME, "to-post", code=1)
    assert printed.startswith("3 letters in to-post, and letters.csv")
    assert "1 not given: a name, a street or a place is missing in the customer list" in printed
    rows = list(csv.DictReader((tmp_path / "to-post" / "letters.csv").open(encoding="utf-8", newline="")))
    assert sorted(row["address_1"] for row in rows) == sorted(["Ben Poe", "هدى الخطيب", "'=Eve<b>"])
    ben = next(row for row in rows if row["address_1"] == "Ben Poe")
    letter = pypdf.PdfReader(tmp_path / "to-post" / ben["file"])
    text = " ".join(" ".join(page.extract_text() for page in letter.pages).split())
    assert "Hello Ben Poe," in text.replace("\u2068", "").replace("\u2069", "")
    assert "telephone number" in text
    [letters] = count_receipts(folder)
    assert (letters.channel, letters.given, letters.not_given) == ("letters", 3, {"no-postal-address": 1})
    # 3. The application is told of everybody but those who were withdrawn or are on hold; each once.
    with application() as app:
        app.answers = [204, 204, 503]
        done = json.loads(notify("in-app", NAME, "--all", "--json", code=0, SPILLKIT_IN_APP_WEBHOOK=app.url))
    assert (done["given"], done["before"], done["not_given"]) == (5, 0, {})
    taken = [headers["webhook-id"] for headers, _body in app.told]
    assert (len(taken), len(set(taken))) == (6, 5), "what was not taken at once is told again"
    assert begun["withdrawn"] not in taken
    assert all(is_genuine(headers, body, SECRET, _sent_at(headers)) for headers, body in app.told)
    shown = [json.loads(body)["data"] for _headers, body in app.told]
    assert {subject for row in shown for subject in row["subjects"]} in (COME - {"c_1"}, COME - {"c_6"})
    # 4. The codes are the same on paper and in the application.
    assert next(row["code"] for row in shown if row["subjects"] == ["c_2"]) in text
    # 5. Who has an address is told by mail; here by an e-mail service, once.
    with mail_service("mailgun") as stand_in:
        service = {
            "SPILLKIT_MAIL_SERVICE": "mailgun",
            "SPILLKIT_MAIL_SERVICE_URL": stand_in.url,
            "SPILLKIT_MAIL_SERVICE_KEY": "k" * 20,
        }
        printed = notify("send", NAME, "--once", "--canary-wait=0", "--connections=1", code=0, **service)
        assert len(stand_in.heard) == 1
        assert stand_in.said()["notice"] in taken
        assert "1 accepted + 1 withdrawn = 2" in printed
        assert "letters: 3 given, 1 not given (no-postal-address)" in printed
        # 6. The service reports that it came back: only at the address with the secret, and the sender acts on it.
        posted = {
            "SPILLKIT_MAIL_SERVICE": "postmark",
            "SPILLKIT_MAIL_SERVICE_KEY": "k" * 20,
            "SPILLKIT_MAIL_SERVICE_HOOK": "h" * 40,
        }
        mailed = stand_in.said()["notice"]
        reported = call("report", notice=mailed, more=posted)
        assert {name: reported[name]["whole"] for name in SERVICES} == {
            name: [[mailed, "came-back"]] for name in SERVICES
        }
        assert all(answer in ([], "refused") for name in SERVICES for answer in reported[name]["odd"])
        assert reported["room"] == [404, 404, 400, 400, 200]
        assert reported["kept"] == f"{mailed} came-back\n"
        assert "1 bounced + 1 withdrawn = 2" in notify(
            "send", NAME, "--once", "--canary-wait=0", "--connections=1", code=0, **service
        )
        assert len(stand_in.heard) == 1
        assert not (workspace / "room" / "service-reports.taken").exists()
    # 7. So this one is written a letter; the others were, and get no second.
    printed = notify("letters", NAME, "to-post-too", "--bounced", code=1)
    assert printed.startswith("1 letter in to-post-too")
    assert "3 were written a letter before" in printed
    assert [path.stem for path in (tmp_path / "to-post-too").glob("*.pdf")] == [mailed]
    # 8. Nothing that was printed, and no receipt, names anybody.
    kept = "".join(path.read_text() for path in folder.glob("*.jsonl"))
    assert not any(value in text for value in VALUES for text in (*said, kept)), "somebody is named"
    assert [(one.channel, one.given) for one in count_receipts(folder)] == [("letters", 4), ("in-app-webhook", 5)]


def _sent_at(headers):
    return datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
