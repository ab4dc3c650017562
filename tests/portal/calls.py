"""The core's half of the portal as a test tells it: one call for each line that is read, what came of it out."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec

from spillkit.errors import SpillkitError
from spillkit.notices.marks import derived_key
from spillkit.notices.prepared import read_prepared
from spillkit.notices.publication import Sign, Way
from spillkit.settings import open_workspace
from spillkit_server import start
from spillkit_server.reminders.ways import read_ways

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Calls:
    """What a test may ask for."""

    def __init__(self) -> None:
        self.workspace = open_workspace(Path(os.environ["SPILLKIT_WORKSPACE"]))

    def approve(self, name: str) -> int:
        from spillkit_server.sending.planning import approve, open_mailing, write_plan

        told = read_prepared(self.workspace, name).told
        going = [one["id"] for one in told.select(["id", "hold"]).to_pylist() if one["hold"] is None]
        mailing = open_mailing(name, NOON)
        planned = write_plan(mailing, [(one, "") for one in going], NOON)
        approve(mailing, NOON)
        return planned

    def withdraw(self, notice: str) -> int:
        from spillkit_server.models import NoticeRow

        return NoticeRow.objects.filter(notice=notice).update(state="withdrawn")

    def publish(self, folder: str, names: tuple[str, ...] = (), days: float = 0) -> dict[str, object]:
        from spillkit_server.publishing import publish

        done = publish(self.workspace, Path(folder), names, None, None, NOON + timedelta(days=days))
        return dict(msgspec.to_builtins(done))

    def answer(self, spool: str, smtp: str, hours: float = 0) -> dict[str, object]:
        from spillkit_server.answering import Answering
        from spillkit_server.sending.wire import Wire

        server = read_ways({"SPILLKIT_SMTP": smtp}).mail
        assert server is not None
        means = Answering(self.workspace, Path(spool), lambda: Wire(server), lambda: NOON + timedelta(hours=hours))
        return dict(msgspec.to_builtins(means.round()))

    def forwarded(self, place: str, smtp: str, hours: float = 0) -> dict[str, object]:
        from spillkit_server.sending.wire import Wire
        from spillkit_server.verdicts import Judging

        server = read_ways({"SPILLKIT_SMTP": smtp}).mail
        assert server is not None
        judging = Judging(self.workspace, lambda: Wire(server), lambda: NOON + timedelta(hours=hours))
        return dict(msgspec.to_builtins(judging.judge(place)))

    def marks(self) -> int:
        from spillkit_server.models import AnsweredRow

        return AnsweredRow.objects.count()

    def report(self, text: str, way: str, signs: tuple[str, ...], on: str, by: str) -> int:
        from spillkit_server.fakes import By, report

        key = derived_key(self.workspace.key(), "fakes")
        row = report(text, Way(way), (Sign(one) for one in signs), date.fromisoformat(on), By(by), key)
        return int(row.pk)

    def report_mail(self, raw: str) -> int:
        from spillkit_server.fakes import report_mail

        return int(report_mail(raw.encode(), NOON, derived_key(self.workspace.key(), "fakes")).pk)

    def let_show(self, row: int, role: str, shown: bool = True) -> bool:
        from spillkit_server.fakes import decide
        from spillkit_server.models import User

        user, _is_new = User.objects.get_or_create(username=role, defaults={"role": role})
        return decide(row, shown=shown, user=user, now=NOON).is_shown

    def reported(self) -> list[list[object]]:
        from spillkit_server.fakes import reported

        return [
            [one.way, one.signs, one.by_agents, one.by_mail, str(one.first_on), str(one.last_on)] for one in reported()
        ]


def main() -> None:
    start.set_up(os.environ)
    calls = Calls()
    for line in sys.stdin:
        name, given = json.loads(line)
        try:
            said = {"said": getattr(calls, name)(**given)}
        except SpillkitError as error:
            said = {"refused": type(error).__name__, "why": str(error)}
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
