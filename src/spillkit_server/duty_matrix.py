"""The duty matrix of a case: which duties stand where, one line each, folded by country.

In:    a case, the time, what a reader wants to see.
Out:   Matrix: counts, choices, and for each state the folds of its lines, those whose time ends first before the others.
Else:  deciding is `spillkit.law`; the pages are `screens.duties`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from spillkit.case import Case
from spillkit.case.events import DutyRef
from spillkit.case.state import DutyState, Proposal
from spillkit.law.decision import Outcome, Truth
from spillkit_server import words

STATES = ("triggered", "ask", "not")
_OUTCOMES = {Outcome.TRIGGERED: "triggered", Outcome.ASK: "ask", Outcome.NOT_TRIGGERED: "not"}
_OPEN_LINES = 12  # so many lines are shown unfolded; more would bury what comes after them
_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader wants to see; "" everywhere: everything that may bind."""

    state: str = ""  # one of STATES
    law: str = ""  # the first part of a jurisdiction's code: "US", "EU", "JP"
    entity: str = ""
    decided: str = ""  # "no": what nobody has signed yet; "yes": what was signed

    @property
    def is_narrowed(self) -> bool:
        return bool(self.law or self.entity or self.decided)


@dataclass(frozen=True, slots=True)
class Line:
    """One duty."""

    state: DutyState
    left: str  # until it ends, or since when it is over; "" where no time is set, or it was done
    is_late: bool
    waiting: Proposal | None  # for a second signature


@dataclass(frozen=True, slots=True)
class Fold:
    """The duties of one country, or of one union of countries, that stand alike."""

    code: str
    name: str
    lines: tuple[Line, ...]  # what ends first comes first
    books: tuple[str, ...]  # names of the jurisdictions, where there are several
    is_unsure: bool  # at least one row is not confirmed
    waiting_count: int
    signed_count: int
    is_open: bool


@dataclass(frozen=True, slots=True)
class Matrix:
    """Everything that the page shows of duties."""

    folds: Mapping[str, tuple[Fold, ...]]  # by state, in the order of STATES
    counts: Mapping[str, int]  # of the whole case, by state; and "accepted", "rejected"
    shown: int
    laws: tuple[tuple[str, str], ...]  # to choose from: code and name, by name
    entities: tuple[str, ...]


def group_of(state: DutyState) -> str:
    """Return where a duty stands: what was decided counts before what the engine says."""
    if state.state == "accepted":
        return "triggered"
    if state.state == "rejected":
        return "not"
    return _OUTCOMES[state.duty.outcome]


def duty_counts(case: Case) -> dict[str, int]:
    """Return how many duties stand where."""
    counts = dict.fromkeys((*STATES, "accepted", "rejected"), 0)
    for state in case.duties:
        counts[group_of(state)] += 1
        if state.state != "proposed":
            counts[state.state] += 1
    return counts


def matrix_of(case: Case, now: datetime, wanted: Wanted) -> Matrix:
    """Return the duties that a reader wants to see.

    now  UTC, for the time that is left
    """
    at = max(now, case.latest_at) if case.latest_at else now
    proposals = {proposal.duty: proposal for proposal in case.proposals if proposal.duty is not None}
    by_place: dict[str, dict[str, list[DutyState]]] = {name: {} for name in STATES}
    for state in case.duties:
        if _is_wanted(state, wanted):
            # Within one country the folds are its states and provinces.
            place = state.duty.jurisdiction if wanted.law else _country(state)
            by_place[group_of(state)].setdefault(place, []).append(state)
    folds = {
        name: _folds([(code, _lines(states, at, proposals)) for code, states in places.items()], name, wanted)
        for name, places in by_place.items()
    }
    laws = {_country(state): _name(_country(state), (state,)) for state in case.duties}
    return Matrix(
        folds=folds,
        counts=duty_counts(case),
        shown=sum(len(fold.lines) for several in folds.values() for fold in several),
        laws=tuple(sorted(laws.items(), key=lambda law: law[1].casefold())),
        entities=tuple(sorted({state.duty.entity for state in case.duties})),
    )


def questions_of(state: DutyState) -> tuple[str, ...]:
    """Return the questions on which a duty hangs, in the order of its chain."""
    asked = [one.question for one in state.duty.reasons if one.holds is Truth.UNKNOWN and one.kind != "exemption"]
    return tuple(dict.fromkeys(question for question in asked if question))


def _is_wanted(state: DutyState, wanted: Wanted) -> bool:
    is_signed = state.state != "proposed"
    return (
        wanted.state in ("", group_of(state))
        and wanted.law in ("", _country(state))
        and wanted.entity in ("", state.duty.entity)
        and (not wanted.decided or is_signed == (wanted.decided == "yes"))
    )


def line_of(state: DutyState, now: datetime, waiting: Proposal | None) -> Line:
    """Return one duty as a line."""
    due = _due(state)
    seconds = int((due - now).total_seconds()) if due is not _LAST and group_of(state) != "not" else None
    left = "" if seconds is None else words.time_left(seconds)
    return Line(state, left, seconds is not None and seconds < 0, waiting)


def _lines(states: Iterable[DutyState], now: datetime, proposals: Mapping[DutyRef, Proposal]) -> tuple[Line, ...]:
    ordered = sorted(states, key=lambda state: (_due(state), state.duty.jurisdiction, state.duty.rule, state.ref))
    return tuple(line_of(state, now, proposals.get(state.ref)) for state in ordered)


def _folds(places: Iterable[tuple[str, tuple[Line, ...]]], name: str, wanted: Wanted) -> tuple[Fold, ...]:
    room = _OPEN_LINES
    folds = []
    for code, lines in sorted(places, key=lambda place: (min(_due(line.state) for line in place[1]), place[0])):
        waiting = sum(line.waiting is not None for line in lines)
        is_short = len(lines) <= room and (name == "triggered" or wanted.is_narrowed)
        room -= len(lines) if is_short else 0
        names = tuple(dict.fromkeys(line.state.duty.jurisdiction_name for line in lines))
        folds.append(
            Fold(
                code=code,
                name=_name(code, [line.state for line in lines]),
                lines=lines,
                books=names if len(names) > 1 else (),
                is_unsure=any(line.state.duty.status != "confirmed" for line in lines),
                waiting_count=waiting,
                signed_count=sum(line.state.state != "proposed" for line in lines),
                is_open=is_short or bool(waiting),
            )
        )
    return tuple(folds)


def _due(state: DutyState) -> datetime:
    ends = state.duty.deadline
    return (ends.due_at or _LAST) if ends is not None and state.met_at is None else _LAST


def _country(state: DutyState) -> str:
    return state.duty.jurisdiction.partition("-")[0]


def _name(code: str, states: Sequence[DutyState]) -> str:
    """Return the country in the language of the page; where it has no such name, as its book names it."""
    named = words.country_words(code)
    return named if named != code else states[0].duty.jurisdiction_name
