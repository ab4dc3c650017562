"""A process that sends notices as a test tells it: one call for each line that is read, what came of it out."""

from __future__ import annotations

import json
import os
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from spillkit.errors import SpillkitError
from spillkit.notices.journal import Folder
from spillkit.notices.pace import Pace, domain_label
from spillkit.notices.states import Event, Evidence, Settlement
from spillkit_server import start
from spillkit_server.reminders.ways import read_ways

KEY = bytes(16)


class ListPost:
    """Makes a mail for each id, to the address that the test gave."""

    def __init__(self, addresses: dict[str, str | None]) -> None:
        self.addresses = addresses

    def parcel(self, notice: str):
        from spillkit_server.sending.post import Parcel

        address = self.addresses[notice]  # KeyError: a mail that cannot be made
        mail = f"From: notices@shop.example\r\nMessage-ID: <{notice}@shop.example>\r\nSubject: x\r\n\r\nhello\r\n"
        return Parcel("notices@shop.example", address, mail.encode()) if address is not None else None


class Calls:
    """What a test may ask for."""

    def __init__(self, sent: Path) -> None:
        self.sent = sent
        self.now = datetime(2026, 11, 22, 11, tzinfo=UTC)

    def plan(self, name: str, addresses: dict[str, str], approved: bool = True, case: int = 0, digest: str = "") -> int:
        from spillkit_server.models import CaseRow
        from spillkit_server.sending.planning import approve, open_mailing, write_plan

        mailing = open_mailing(name, self.now, CaseRow.objects.filter(number=case).first())
        rows = [(one, domain_label(at or "", KEY)) for one, at in addresses.items()]
        planned = write_plan(mailing, rows, self.now, digest)
        if approved:
            approve(mailing, self.now)
        return planned

    def send(self, name: str, url: str, addresses: dict[str, str | None], later: float = 0, **pace: int) -> int:
        from spillkit_server.models import Mailing
        from spillkit_server.sending.sender import Means, Until, send

        self.now += timedelta(minutes=later)
        server = read_ways({"SPILLKIT_SMTP": url}).mail
        assert server is not None
        chosen = Pace(**{"canary_wait_seconds": 0, "warm_up_per_minute": 0, "connections": 2, **pace})
        means = Means(Folder(self.sent), server, ListPost(addresses), chosen, lambda: self.now, in_hand=8)
        return send(means, Mailing.objects.get(name=name).pk, threading.Event(), Until.IDLE)

    def funnel(self, name: str) -> dict[str, int]:
        from spillkit_server.models import Mailing
        from spillkit_server.sending.counts import funnel

        counts = msgspec.to_builtins(funnel(Mailing.objects.get(name=name).pk))
        return {state: count for state, count in counts.items() if count}

    def paused(self, name: str) -> str:
        from spillkit_server.models import Mailing

        return str(Mailing.objects.get(name=name).paused)

    def pause(self, name: str) -> None:
        from spillkit_server.models import Mailing
        from spillkit_server.sending.pausing import pause

        pause(Mailing.objects.get(name=name).pk, self.now)

    def go_on(self, name: str) -> bool:
        from spillkit_server.models import Mailing
        from spillkit_server.sending.pausing import go_on

        return go_on(Mailing.objects.get(name=name).pk, self.now)

    def open_case(self, incident: int | None = None) -> int:
        from tests.server.deciding import opened

        return opened(self.now, incident)

    def decide(self, case: int, name: str, doing: str, digest: str = "") -> None:
        """Let two people sign something about a mailing as it is now, or about another plan."""
        from spillkit.case.mailings import ids_digest
        from spillkit_server.models import Mailing
        from spillkit_server.sending.carrying import held_ids
        from tests.server.deciding import decide

        row = Mailing.objects.get(name=name)
        held = held_ids(row)
        about = (ids_digest(held), len(held)) if doing in ("send-again", "give-up") else (row.digest, row.planned)
        decide(case, name, doing, digest or about[0], about[1], self.now)

    def carry_out(self, name: str) -> int:
        from spillkit_server.models import Mailing
        from spillkit_server.sending.carrying import carry_out

        return self._with_journal(lambda marked: carry_out(Mailing.objects.get(name=name), marked, self.now))

    def is_approved(self, name: str) -> bool:
        from spillkit_server.sending.carrying import is_approved

        return is_approved(name)

    def program(self, arguments: list[str], **environment: str) -> dict[str, object]:
        """Run `python -m spillkit_server notify …` in this process; return its exit code, and what it prints."""
        from click.testing import CliRunner

        from spillkit.errors import InputError
        from spillkit_server.notify_program import notify

        os.environ.update(environment)
        done = CliRunner().invoke(notify, arguments, standalone_mode=False)
        if isinstance(done.exception, SpillkitError):
            return {"code": 2 if isinstance(done.exception, InputError) else 3, "said": str(done.exception)}
        if done.exception is not None:
            raise done.exception
        return {"code": done.return_value or 0, "said": done.stdout}

    def look_at_the_clock(self) -> None:
        """Go on with the time that other programs see."""
        self.now = datetime.now(UTC)

    def states(self, name: str) -> dict[str, str]:
        from spillkit_server.models import NoticeRow

        return dict(NoticeRow.objects.filter(mailing__name=name).values_list("notice", "state"))

    def wait(self, minutes: float) -> None:
        self.now += timedelta(minutes=minutes)

    def row(self, notice: str) -> dict[str, object]:
        from spillkit_server.models import NoticeRow

        row = NoticeRow.objects.get(notice=notice)
        wait = (row.next_at - self.now).total_seconds() if row.next_at else None
        return {"state": row.state, "tries": row.tries, "answer": row.answer, "server_id": row.server_id, "wait": wait}

    def _with_journal(self, act) -> int:
        from spillkit_server.sending.recovery import begin, end

        folder = Folder(self.sent)
        marked = begin(folder, self.now)
        try:
            return int(act(marked))
        finally:
            end(folder, marked, self.now)

    def settle(self, notices: list[str], evidence: str, event: str, people: tuple[str, ...] = ()) -> int:
        from spillkit_server.sending.settling import settle

        settlement = Settlement(Evidence(evidence), Event(event), tuple(people))
        return self._with_journal(lambda marked: settle(marked, [(one, settlement) for one in notices], self.now))

    def withdraw(self, notices: list[str]) -> int:
        from spillkit_server.sending.settling import withdraw

        return self._with_journal(lambda marked: withdraw(marked, notices, self.now))

    def came_back(self, notices: list[str]) -> int:
        from spillkit_server.sending.settling import came_back

        return self._with_journal(lambda marked: came_back(marked, notices, self.now))

    def complained(self, notice: str) -> bool:
        from spillkit_server.sending.settling import complained

        return complained(notice)

    def reconcile(self, gone: tuple[str, ...] = ()) -> dict[str, int]:
        from spillkit_server.sending.recovery import reconcile

        return msgspec.to_builtins(reconcile(Folder(self.sent), self.now, gone=frozenset(gone)))

    def hang(self, name: str, notice: str) -> str:
        """Take one notice in hand, mark its dot, and wait to be killed."""
        from spillkit_server.models import Mailing
        from spillkit_server.sending.claims import claim
        from spillkit_server.sending.recovery import begin

        marked = begin(Folder(self.sent), self.now)
        claimed = claim(Mailing.objects.get(name=name).pk, marked, 500, Pace(), self.now)
        for one in claimed:
            if one.notice == notice:
                marked.journal.offer(one.notice, one.number, self.now)
        self.kept = marked
        return marked.name

    def answer(self, notice: str) -> None:
        """Let the notice that `hang` took be accepted."""
        from spillkit_server.sending.answers import Came, keep

        self.kept.journal.offer(notice, 1, self.now)
        self.kept.journal.answer(notice, 1, self.now, Event.TAKEN, "250")
        keep(self.kept, [Came(notice, 1, Event.TAKEN, "250")], self.now)


def main() -> None:
    start.set_up(os.environ)
    calls = Calls(Path(os.environ["SENT"]))
    for line in sys.stdin:
        name, given = json.loads(line)
        try:
            said = {"said": getattr(calls, name)(**given)}
        except SpillkitError as error:
            said = {"refused": type(error).__name__, "why": str(error)}
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
