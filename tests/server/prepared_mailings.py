"""A mailing in a room, as `spillkit notify prepare` leaves it, and what a sender would have made of its notices.

Runs as a process of its own, in the environment of the room: `python -m tests.server.prepared_mailings`; a call a line, as JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

NAME = "2026-11-cache"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
UNREAD = ("ar", "de", "en", "it")
PEOPLE = """\
id,email,name,country,language,entity,fields,first_at,last_at
c_1001,ann@mail.example,Ann Roe,IT,it,shop-eu,"name, e-mail",2026-11-02T12:00:00Z,2026-11-02T13:00:00Z
c_1002,ben@mail.example,Ben Poe,DE,,shop-eu,"e-mail, phone number",,
c_1003,huda@mail.example,هدى الخطيب,EG,ar,shop-eu,"name, address",2026-11-03T08:00:00Z,2026-11-20T17:20:00Z
c_1004,,No Address,FR,en,shop-eu,"name",,
c_1005,eve@mail.example,<b>Eve</b>,SE,sv,shop-eu,"name",,
c_1006,fay@mail.example,Fay Doe,GB,en,shop-eu,"name, e-mail",,
"""


class Beside:
    """A process of the room that does one of the functions below at a time."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.server.prepared_mailings"],
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def __enter__(self) -> Beside:
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.communicate()

    def __call__(self, name: str, **given: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps([name, given]), file=self._process.stdin, flush=True)
        return json.loads(self._process.stdout.readline())


def prepare(
    case: int,
    mailing: str = NAME,
    people: str = PEOPLE,
    unread: tuple[str, ...] = UNREAD,
    said: tuple[str, ...] | None = None,
) -> dict[str, Any]:
    from django.conf import settings

    from spillkit.cli.notify_checked import check_texts
    from spillkit.directory.remembering import remembered
    from spillkit.law.books import read_books
    from spillkit.notices.company import EXAMPLE, read_company, read_story
    from spillkit.notices.gather import Wishes
    from spillkit.notices.holds import Known
    from spillkit.notices.lint.kept import keep_checked
    from spillkit.notices.plain_list import read_plain_list
    from spillkit.notices.plan import Measured, Pace, make_plan
    from spillkit.notices.prepared import VERSION, Prepared, write_prepared
    from spillkit.notices.told import Kind
    from spillkit.notices.told_table import rows_of
    from spillkit.notices.wording import LANGUAGES
    from spillkit.notices.writing import texts_digest
    from spillkit.settings import open_workspace
    from spillkit_server.models import CaseRow
    from spillkit_server.sending.planning import open_mailing, write_plan

    workspace = open_workspace(settings.ROOM.workspace)
    written = workspace.root / f"{mailing}.csv"
    written.write_text(people, encoding="utf-8")
    story_file = written.with_suffix(".toml")
    story_file.write_bytes((EXAMPLE / "story.toml").read_bytes().replace(NAME.encode(), mailing.encode()))
    company, story = read_company(EXAMPLE / "notices.toml"), read_story(story_file)
    wishes = Wishes(story.campaign, company.letterhead, frozenset(LANGUAGES), Known(signed=frozenset(unread)))
    found = read_plain_list(str(written), wishes, read_books(), workspace.key(), NOW)
    told = found.gathered.told
    texts = texts_digest(story)
    plan = make_plan(told, Measured(6, 6), company.letterhead, texts, Pace(1000), story.campaign, NOW)
    head = Prepared(
        version=VERSION,
        mailing=mailing,
        kind=Kind.AFFECTED,
        incident=None,
        lists=(remembered(found.mapped),),
        unread=tuple(said if said is not None else unread),
        prepared_at=NOW,
        plan=plan,
    )
    write_prepared(workspace, head, told, story_file.read_bytes(), (EXAMPLE / "notices.toml").read_bytes())
    keep_checked(workspace, mailing, check_texts(told, story, company, NOW.date())[0])
    row = open_mailing(mailing, NOW, CaseRow.objects.get(number=case))
    leaving = sorted(one.id for one in rows_of(told) if one.hold is None)
    write_plan(row, [(one, f"label-{place % 2}") for place, one in enumerate(leaving)], NOW, plan.digest)
    return {"digest": plan.digest, "notices": leaving}


def came(states: dict[str, str], mailing: str = NAME, paused: str = "", domain: str = "") -> dict[str, Any]:
    """Put notices into states, as a sender would have; stop the mailing, or what goes to one domain."""
    from spillkit_server.models import DomainRow, Mailing, NoticeRow
    from spillkit_server.sending.planning import approve

    row = Mailing.objects.get(name=mailing)
    approve(row, NOW)
    for notice, state in states.items():
        NoticeRow.objects.filter(mailing=row, notice=notice).update(state=state)
    Mailing.objects.filter(pk=row.pk).update(paused=paused)
    if domain:
        DomainRow.objects.create(
            mailing=row, domain=domain, first_at=NOW, window_at=NOW, mails=7, paused="bounces"
        )  # fmt: skip
    return {}


def mails(mailing: str = NAME) -> dict[str, dict[str, str]]:
    """Return of each customer who is told the code, and what a mail program shows of the notice."""
    from email import message_from_bytes, policy

    from django.conf import settings

    from spillkit.notices.addressees import read_addressees
    from spillkit.notices.code import code_keys, code_of, shown
    from spillkit.notices.marks import derived_key
    from spillkit.notices.prepared import read_prepared
    from spillkit.notices.told_table import rows_of
    from spillkit.settings import open_workspace

    workspace = open_workspace(settings.ROOM.workspace)
    ready, key = read_prepared(workspace, mailing), workspace.key()
    writer = ready.writer(workspace, NOW, is_signed=False)
    lists, id_key = ready.lists(workspace)
    told = [one for one in rows_of(ready.told) if one.hold is None]
    found = {}
    for one, to in read_addressees(lists, told, derived_key(key, "marks"), id_key):
        mail = message_from_bytes(writer.post(one, to).data, policy=policy.default)
        body = mail.get_body(("plain",))
        assert body is not None
        code = shown(code_of(one.id, code_keys(derived_key(key, "codes"))))
        found[one.subjects[0]] = {"code": code, "text": body.get_content()}
    return found


def main() -> None:
    from spillkit_server import start

    start.set_up(os.environ)
    for line in sys.stdin:
        name, given = json.loads(line)
        print(json.dumps({"prepare": prepare, "came": came, "mails": mails}[name](**given)), flush=True)


if __name__ == "__main__":
    main()
