"""Rules of what is said to whom: reports to authorities, people told, duties done otherwise, protection.

In:    a case, a command, who asks, the stamp of its event.
Out:   RULES, one row for each command.
Else:  writing a report is `spillkit.authority`; approving one is a signature (`deciding`); the case afterwards is `fold.telling`.
"""

from __future__ import annotations

from datetime import UTC

from spillkit.case import commands as c
from spillkit.case import events as e
from spillkit.case.acts.rule import Rule, Stamp, check_duties, check_reason, named_report
from spillkit.case.roles import DECIDERS, KEEPERS, Actor
from spillkit.case.state import Case
from spillkit.errors import NotNow, NotTaken
from spillkit.law.rule import DutyKind

# By what a duty can be met. Only the rest is met by somebody saying so (`RecordMet`).
_BY_REPORT = frozenset({DutyKind.NOTIFY_AUTHORITY, DutyKind.FOLLOW_UP, DutyKind.TELL_OTHERS})
_BY_TELLING = frozenset({DutyKind.TELL_PEOPLE})
_BY_WORD = frozenset({DutyKind.KEEP_RECORD, DutyKind.TELL_OTHERS})


def _draft(case: Case, command: c.DraftReport, actor: Actor, stamp: Stamp) -> e.Event:
    check_duties(case, command.duties, _BY_REPORT)
    before = case.report(command.report)
    if before is not None and before.state != "draft":
        raise NotNow("This report is {state}. Draft another one.", state=before.state)
    if (command.phase is e.Phase.FIRST) != (command.follows is None):
        raise NotTaken("A first report follows none; a follow-up or withdrawal names the report that it follows.")
    if command.follows is not None and named_report(case, command.follows).state != "sent":
        raise NotNow("The report that this one follows was not sent, so there is nothing to follow up or withdraw.")
    return e.ReportDrafted(
        **stamp.head,
        report=command.report,
        addressee=command.addressee,
        duties=command.duties,
        phase=command.phase,
        digest=command.digest,
        follows=command.follows,
    )


def _sent(case: Case, command: c.RecordSent, actor: Actor, stamp: Stamp) -> e.Event:
    report = named_report(case, command.report)
    if report.state != "approved":
        raise NotNow("This report is {state}. Only what two people approved is sent.", state=report.state)
    return e.ReportSent(
        **stamp.head,
        report=command.report,
        sent_at=stamp.past("sent_at", command.sent_at),
        how=command.how,
        receipt=command.receipt,
    )


def _withdraw(case: Case, command: c.WithdrawDraft, actor: Actor, stamp: Stamp) -> e.Event:
    check_reason(command.reason)
    report = named_report(case, command.report)
    if report.state == "sent":
        raise NotNow("This report was sent. Draft a report of the phase “withdrawal”, and have two people approve it.")
    if report.state == "withdrawn":
        raise NotNow("This report is withdrawn already.")
    return e.ReportWithdrawn(**stamp.head, report=command.report, reason=command.reason)


def _told(case: Case, command: c.RecordTold, actor: Actor, stamp: Stamp) -> e.Event:
    check_duties(case, command.duties, _BY_TELLING)
    return e.PeopleTold(
        **stamp.head,
        duties=command.duties,
        people=command.people,
        told_at=stamp.past("told_at", command.told_at),
        how=command.how,
    )


def _met(case: Case, command: c.RecordMet, actor: Actor, stamp: Stamp) -> e.Event:
    check_duties(case, (command.duty,), _BY_WORD)
    return e.DutyMet(**stamp.head, duty=command.duty, met_at=stamp.past("met_at", command.met_at), how=command.how)


def _protect(case: Case, command: c.AddProtection, actor: Actor, stamp: Stamp) -> e.Event:
    check_reason(command.words)
    since = command.since.astimezone(UTC) if command.since else None
    return e.ProtectionAdded(**stamp.head, words=command.words, since=since, public=command.public)


RULES: dict[type[c.Command], Rule] = {
    c.DraftReport: Rule(KEEPERS, (e.ReportDrafted,), _draft),
    c.RecordSent: Rule(DECIDERS, (e.ReportSent,), _sent),
    c.WithdrawDraft: Rule(DECIDERS, (e.ReportWithdrawn,), _withdraw),
    c.RecordTold: Rule(DECIDERS, (e.PeopleTold,), _told),
    c.RecordMet: Rule(DECIDERS, (e.DutyMet,), _met),
    c.AddProtection: Rule(KEEPERS, (e.ProtectionAdded,), _protect),
}
