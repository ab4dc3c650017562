"""A mailing in a room, as `spillkit notify prepare` leaves it, and what a sender would have made of its notices.

Runs as a process of its own, in the environment of the room: `python -m tests.server.prepared_mailings` with a call as JSON.
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


def call(environment: dict[str, str], name: str, **given: Any) -> Any:
    """Let a process of the room do one of the functions below; return what it says."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.server.prepared_mailings", json.dumps([name, given])],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def prepare(case: int, mailing: str = NAME, people: str = PEOPLE, unread: tuple[str, ...] = UNREAD) -> dict[str, Any]:
    from django.conf import settings

    from spillkit.directory.remembering import remembered
    from spillkit.law.books import read_books
    from spillkit.notices.company import EXAMPLE, read_company, read_story
    from spillkit.notices.gather import Wishes
    from spillkit.notices.holds import Known
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
    company, story = read_company(EXAMPLE / "notices.toml"), read_story(EXAMPLE / "story.toml")
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
        unread=tuple(unread),
        prepared_at=NOW,
        plan=plan,
    )
    write_prepared(workspace, head, told, *((EXAMPLE / name).read_bytes() for name in ("story.toml", "notices.toml")))
    row = open_mailing(mailing, NOW, CaseRow.objects.get(number=case))
    leaving = sorted(one.id for one in rows_of(told) if one.hold is None)
    write_plan(row, [(one, f"label-{place % 2}") for place, one in enumerate(leaving)], NOW)
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


def main() -> None:
    from spillkit_server import start

    start.set_up(os.environ)
    name, given = json.loads(sys.argv[1])
    print(json.dumps({"prepare": prepare, "came": came}[name](**given)))


if __name__ == "__main__":
    main()
