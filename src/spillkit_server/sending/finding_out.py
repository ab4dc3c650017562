"""Find out what became of notices after they left: from the mail server's log, and from what came back.

In:    a mailing with held notices and the server's log; or a mailbox of bounces.
Out:   steps of notices, each with its evidence; counts of what was found and what stays open.
Else:  the log is `spillkit.notices.server_log`, what it shows `log_evidence`; mails are `mailbox` and `incoming`.

A report that came by mail is no proof: whoever saw a notice may send one. It shows that a notice came back or arrived, and never
sends anybody a second mail.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import datetime, tzinfo
from pathlib import Path

import msgspec

from spillkit.errors import InputError, NoticesError
from spillkit.notices.company import Company, read_company
from spillkit.notices.dsn import Came, Origin
from spillkit.notices.incoming import What, sort_mail
from spillkit.notices.log_evidence import Open, decide, offers_and_witnesses
from spillkit.notices.mailbox import ReadBefore, open_mailbox
from spillkit.notices.marks import derived_key
from spillkit.notices.prepared import folder_of, mailings_of
from spillkit.notices.server_log import read_server_log
from spillkit.notices.states import Event, Evidence, Settlement, State
from spillkit.scope.words import count_of
from spillkit.settings import Workspace
from spillkit_server.models import Mailing, NoticeRow
from spillkit_server.sending.carrying import held_ids
from spillkit_server.sending.marks import Marked
from spillkit_server.sending.recovery import begin, end
from spillkit_server.sending.running import sent_folder
from spillkit_server.sending.settling import came_back, complained, settle

_AT_ONCE = 500
_FAILED = frozenset({Came.HARD, Came.SOFT, Came.BLOCKED, Came.FULL})
_READ = "bounces.read"
_OPEN = {
    Open.HEAD_ONLY: "only their head stands in the log. Two people decide.",
    Open.TOO_SHORT: "the log begins too late or ends too early. Give more of it: a quarter of an hour before and after.",
    Open.NO_WITNESS: "nothing else that was taken shortly before and after stands in the log. Two people decide.",
    Open.WITNESS_MISSING: "the log is not whole, or another server's. Give the logs of all servers.",
    Open.CLOCK: "its times do not agree with ours. Say with --zone in which zone they are.",
    Open.DAMAGED: "lines of that time are damaged or lost. Two people decide.",
    Open.NO_TRACE: "they do not stand in the log at all. Give the logs of all servers that took mails, or two people decide.",
}


class FoundInLog(msgspec.Struct, frozen=True):
    """What a server's log showed."""

    held_before: int
    taken: int
    not_taken: int  # they leave again while a sender runs
    open: dict[str, int]  # how many stay held, by `log_evidence.Open`
    unknown: int  # held, and no sent journal knows when they were offered
    came_back: int  # bounced since
    twice: int  # the server took them more than once: look why


class FoundInMail(msgspec.Struct, frozen=True):
    """What a mailbox of bounces showed."""

    mails: int  # that were not read before
    came_back: int
    complained: int
    delivered: int  # held notices that are in their mailbox
    later: int  # the server still tries
    others: int  # automatic answers, letters, and what nobody understands: they stay in the mailbox for people


def look_in_log(
    workspace: Workspace, mailing: Mailing, paths: Sequence[Path], zone: tzinfo, now: datetime
) -> FoundInLog:
    """Settle held notices of a mailing by the log of the server that was given them.

    zone    of stamps that name none
    Raises  NoticesError if the log cannot be read, JournalDamaged or NotReconciled if nothing may be decided
    """
    folder = sent_folder(workspace)
    held = set(held_ids(mailing))
    log = read_server_log(paths, origins_of(workspace, [mailing.name]), now, zone)
    offered, witnesses = offers_and_witnesses(folder, held)
    decided = decide(log, offered, witnesses)
    bounced = _of_mailing(mailing, decided.came_back)
    marked = begin(folder, now)
    try:
        settle(marked, decided.settlements.items(), now)
        back = came_back(marked, bounced, now)
    finally:
        end(folder, marked, now)
    events = Counter(one.event for one in decided.settlements.values())
    return FoundInLog(
        held_before=len(held),
        taken=events[Event.FOUND_TAKEN],
        not_taken=events[Event.FOUND_NOT_TAKEN],
        open=dict(sorted(Counter(why.value for why in decided.open.values()).items())),
        unknown=len(held - set(offered)),
        came_back=back,
        twice=len(_of_mailing(mailing, decided.twice)),
    )


def read_bounces(workspace: Workspace, place: str, now: datetime) -> FoundInMail:
    """Act on every mail of a mailbox that was not read before, of whatever mailing it is. Nothing is deleted or marked there.

    place   a Maildir, an mbox file, or imaps://…, as `mailbox` says
    Raises  SettingsError or NoticesError if it cannot be read; what was acted on until then is remembered
    """
    box = open_mailbox(place, derived_key(workspace.key(), "mailbox"))
    origins = origins_of(workspace, mailings_of(workspace))
    if not origins:
        raise NoticesError("No mailing was prepared in this workspace, so no bounce can be of one.")
    folder = sent_folder(workspace)
    found: Counter[str] = Counter()
    with closing(ReadBefore(workspace.root / "room" / _READ)) as before:
        marked = begin(folder, now)
        try:
            batch = _Batch(marked, before, found, now)
            for mail in box.mails(before.__contains__):
                batch.take(mail.key, mail.raw, origins)
            batch.write()
        finally:
            end(folder, marked, now)
    return FoundInMail(**{name: found[name] for name in FoundInMail.__struct_fields__})


def origins_of(workspace: Workspace, mailings: Iterable[str]) -> list[Origin]:
    """Return where the notices of some mailings come from. A mailing whose letterheads cannot be read any more is left out."""
    found: dict[tuple[str, str], Origin] = {}
    for name in mailings:
        try:
            company: Company = read_company(folder_of(workspace, name) / "notices.toml")
        except InputError:
            continue
        for entity, letterhead in company.letterhead.items():
            origin = Origin(company.sender[entity].bounces, letterhead.domain)
            found[(origin.bounces, origin.domain)] = origin
    return list(found.values())


def log_text(found: FoundInLog) -> str:
    """Say what a log showed."""
    lines = [
        f"{count_of(found.held_before, 'notice')} held: the log shows {found.taken:,} taken and {found.not_taken:,} not taken, "
        "which leave again."
    ]
    lines += [f"{count:,} stay held: {_OPEN[Open(why)]}" for why, count in found.open.items()]
    if found.unknown:
        lines.append(f"{found.unknown:,} stay held: no sent journal says when they were offered.")
    if found.came_back:
        lines.append(f"{count_of(found.came_back, 'notice')} came back since.")
    if found.twice:
        twice = count_of(found.twice, "notice")
        lines.append(f"{twice} stand there as taken MORE THAN ONCE. Find out why before anything else leaves.")
    return "\n".join(lines)


def mail_text(found: FoundInMail) -> str:
    """Say what a mailbox showed."""
    return (
        f"{count_of(found.mails, 'mail')} not read before: {found.came_back:,} notices came back, {found.complained:,} were called "
        f"spam, {found.delivered:,} held ones arrived, {found.later:,} are still tried. {found.others:,} are for people to look "
        "at. Nothing was deleted."
    )


class _Batch:
    """Some reports, acted on together. Acting comes before remembering: killed in between, acting twice changes nothing."""

    def __init__(self, marked: Marked, before: ReadBefore, found: Counter[str], now: datetime) -> None:
        self._marked, self._before, self._found, self._now = marked, before, found, now
        self._keys: list[str] = []
        self._back: list[str] = []
        self._delivered: list[str] = []

    def take(self, key: str, raw: bytes, origins: Sequence[Origin]) -> None:
        """Take one mail; write where there are many."""
        self._keys.append(key)
        self._found["mails"] += 1
        said = sort_mail(raw, origins)
        report = said.report
        if said.what is not What.REPORT or report.notice_id is None:
            self._found["others"] += 1
        elif report.came is Came.COMPLAINT:
            self._found["complained"] += complained(report.notice_id)
        elif report.came is Came.DELIVERED:
            self._delivered.append(report.notice_id)
        elif report.came in _FAILED:
            if report.is_final:
                self._back.append(report.notice_id)
            else:
                self._found["later"] += 1
        else:
            self._found["others"] += 1
        if len(self._keys) >= _AT_ONCE:
            self.write()

    def write(self) -> None:
        """Write down what was read."""
        held = NoticeRow.objects.filter(notice__in=self._delivered, state=State.HELD).values_list("notice", flat=True)
        arrived = Settlement(Evidence.DELIVERY_STATUS, Event.FOUND_TAKEN)
        self._found["delivered"] += settle(self._marked, [(notice, arrived) for notice in set(held)], self._now)
        self._found["came_back"] += came_back(self._marked, dict.fromkeys(self._back), self._now)
        self._before.add(self._keys)
        self._keys, self._back, self._delivered = [], [], []


def _of_mailing(mailing: Mailing, notices: Sequence[str]) -> list[str]:
    """Return those of some notices that belong to a mailing."""
    found: list[str] = []
    for first in range(0, len(notices), _AT_ONCE):
        rows = NoticeRow.objects.filter(mailing=mailing, notice__in=notices[first : first + _AT_ONCE])
        found += rows.values_list("notice", flat=True)
    return found
