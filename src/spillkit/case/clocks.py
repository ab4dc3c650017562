"""How far the clocks of the duties have run.

In:    a case and the time.
Out:   one Running for each duty that binds or may bind.
Else:  when a clock ends is `spillkit.law.clocks`; reminding is `reminders`.

Strict elapsed time: hours run through nights, weekends and holidays. An extension that is argued stands apart and moves nothing.
A clock of this machine that is set back brings no time back: the latest time that any event saw counts.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum

import msgspec

from spillkit.case.events import DutyRef
from spillkit.case.state import Case, DutyState
from spillkit.errors import LawError
from spillkit.law.clocks import zone_of
from spillkit.law.decision import Contested, Deadline, Outcome
from spillkit.law.rule import DutyKind, Status


class ClockState(StrEnum):
    """How a clock stands."""

    NOT_STARTED = "not started"  # what starts it has no time yet
    RUNNING = "running"
    MISSED = "missed"  # its end is past and nothing was done
    MET = "met"
    MET_LATE = "met late"
    NO_FIXED_PERIOD = "no fixed period"  # only words, such as "without undue delay"


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """One clock at one time."""

    duty: DutyRef
    kind: DutyKind
    citation: str
    jurisdiction: str  # code
    jurisdiction_name: str
    addressees: tuple[str, ...]  # official names
    unsure_names: tuple[str, ...] = ()  # those of them that were not read whole in an official list
    state: ClockState
    words: str  # as the law says it
    starts: str  # name of the milestone
    starts_at: datetime | None
    due_at: datetime | None
    due_local: str  # ISO 8601 with the offset of `zone`; "": no end
    zone: str  # in which the company's people read clocks, where the facts know it; else that in which the law counts its days
    elapsed_seconds: int | None  # since the start, until it was met; None: not started
    left_seconds: int | None  # below 0: over
    share: float | None  # of the time; may be above 1; None where there is no fixed period
    is_accepted: bool  # two people accepted the duty; False: the engine proposes it
    is_asked: bool  # the engine cannot say yet whether the duty binds: an answer, or an exact number, is missing
    is_provisional: bool  # it hangs on an aware-time that is not signed
    met_at: datetime | None
    contested: tuple[Contested, ...]
    status: Status  # of the row of law


def running_clocks(case: Case, now: datetime) -> tuple[Running, ...]:
    """Return the clocks of every duty that is accepted, or that binds or may bind and is not rejected: those that end first first.

    A law's clock does not wait until its question is answered: what may bind runs beside what binds, and says so (`is_asked`).
    Where nobody knows yet whether a duty binds, and it has no fixed period, there is nothing to watch.

    now      aware of its zone
    Returns  one Running for each duty; those without an end come last
    """
    at = max(now.astimezone(UTC), case.latest_at) if case.latest_at else now.astimezone(UTC)
    clocks = [
        _clock(case, state, state.duty.deadline, at)
        for state in case.duties
        if state.duty.deadline is not None and _may_bind(state)
    ]
    clocks = [clock for clock in clocks if not (clock.is_asked and clock.state is ClockState.NO_FIXED_PERIOD)]
    done = (ClockState.MET, ClockState.MET_LATE)
    last = datetime.max.replace(tzinfo=UTC)
    return tuple(sorted(clocks, key=lambda clock: (clock.state in done, clock.due_at or last, clock.duty)))


def _may_bind(state: DutyState) -> bool:
    if state.state == "proposed":
        return state.listed and state.duty.outcome is not Outcome.NOT_TRIGGERED
    return state.state == "accepted"


def _clock(case: Case, state: DutyState, deadline: Deadline, now: datetime) -> Running:
    start, due, met = deadline.starts_at, deadline.due_at, state.met_at
    zone = _company_zone(case, state) or deadline.zone
    until = met or now
    elapsed = max(0, int((until - start).total_seconds())) if start else None
    left = int((due - until).total_seconds()) if due else None
    share = None
    if start is not None and due is not None:
        whole = (due - start).total_seconds()
        share = max(0.0, (until - start).total_seconds() / whole) if whole > 0 else float(until >= due)
    return Running(
        duty=state.ref,
        kind=state.duty.duty,
        citation=state.duty.citation,
        jurisdiction=state.duty.jurisdiction,
        jurisdiction_name=state.duty.jurisdiction_name,
        addressees=state.duty.addressees,
        unsure_names=state.duty.unsure_names,
        state=_state(start, due, met, now),
        words=deadline.words,
        starts=deadline.starts,
        starts_at=start,
        due_at=due,
        due_local=due.astimezone(zone_of(zone)).isoformat() if due and zone else "",
        zone=zone,
        elapsed_seconds=elapsed,
        left_seconds=left,
        share=share,
        is_accepted=state.state == "accepted",
        is_asked=state.state != "accepted" and state.duty.outcome is Outcome.ASK,
        is_provisional=deadline.starts == "aware"
        and start is not None
        and (case.aware is None or case.aware.aware_at != start),
        met_at=met,
        contested=deadline.contested,
        status=state.duty.status,
    )


def _company_zone(case: Case, state: DutyState) -> str:
    """The zone of a duty's company; "" where no facts name it (an entity without one says UTC), or where it is none."""
    zone = (
        next((each.zone for each in case.facts.entities if each.id == state.ref.entity), "UTC") if case.facts else "UTC"
    )
    try:
        return "" if zone == "UTC" else zone_of(zone).key
    except LawError:
        return ""


def _state(start: datetime | None, due: datetime | None, met: datetime | None, now: datetime) -> ClockState:
    if met is not None:
        return ClockState.MET_LATE if due is not None and met > due else ClockState.MET
    if start is None:
        return ClockState.NOT_STARTED
    if due is None:
        return ClockState.NO_FIXED_PERIOD
    return ClockState.MISSED if now > due else ClockState.RUNNING
