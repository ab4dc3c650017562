"""A case as tables for a spreadsheet.

In:    a case, its clocks.
Out:   CSV text (RFC 4180), UTF-8, times in UTC as ISO 8601; no cell can run as a formula.
Else:  the affected list is `spillkit measure --csv`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from spillkit.case.clocks import Running
from spillkit.case.state import Case
from spillkit.case.words import sentence
from spillkit.printed import safe_cell


def duties_csv(case: Case) -> str:
    """Return one line for each duty: what the engine says, what people decided, until when."""
    head = (
        "rule,entity,jurisdiction,citation,duty,engine,people,people_at_most,decision,first,second,decided_at,moved,due_at,met_at,"
        "addressees,law_status"
    )
    return _table(
        head.split(","),
        (
            (
                state.duty.rule,
                state.duty.entity,
                state.duty.jurisdiction,
                state.duty.citation,
                state.duty.duty.value,
                state.duty.outcome.value,
                state.duty.people,
                state.duty.people_upper,
                state.state,
                state.first.actor if state.first else "",
                state.second.actor if state.second else "",
                _time(state.second.at if state.second else None),
                "yes" if state.has_moved else "no",
                _time(state.duty.deadline.due_at if state.duty.deadline else None),
                _time(state.met_at),
                "; ".join(state.duty.addressees),
                state.duty.status.value,
            )
            for state in case.duties
        ),
    )


def clocks_csv(clocks: Iterable[Running]) -> str:
    """Return one line for each clock."""
    head = "rule,entity,citation,state,starts,starts_at,due_at,elapsed_seconds,left_seconds"
    tail = "accepted,asked,provisional,met_at,law_status"
    return _table(
        [*head.split(","), *tail.split(",")],
        (
            (
                clock.duty.rule,
                clock.duty.entity,
                clock.citation,
                clock.state.value,
                clock.starts,
                _time(clock.starts_at),
                _time(clock.due_at),
                clock.elapsed_seconds,
                clock.left_seconds,
                "yes" if clock.is_accepted else "no",
                "yes" if clock.is_asked else "no",
                "yes" if clock.is_provisional else "no",
                _time(clock.met_at),
                clock.status.value,
            )
            for clock in clocks
        ),
    )


def figures_csv(case: Case) -> str:
    """Return one line for each figure that was ever given, oldest first."""
    head = "entry,at,confirmed,possible,estimate,at_most,coverage,complete,corrected,measurement"
    return _table(
        head.split(","),
        (
            (
                row.number,
                _time(case.timeline[row.number - 1].at),
                row.figures.confirmed,
                row.figures.possible,
                row.figures.estimate,
                row.figures.upper,
                row.coverage,
                "yes" if row.complete else "no",
                row.corrected,
                row.digest,
            )
            for row in case.figures
        ),
    )


def timeline_csv(case: Case) -> str:
    """Return one line for each event."""
    head = "entry,at,recorded_after,kind,actor,role,what,event_sha256"
    return _table(
        head.split(","),
        (
            (
                moment.number,
                _time(moment.at),
                _time(moment.recorded_after),
                moment.kind,
                moment.actor,
                moment.role.value,
                sentence(moment),
                moment.digest,
            )
            for moment in case.timeline
        ),
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(head)
    for row in rows:
        # Numbers are ours and stay numbers: -5 is no formula.
        writer.writerow([cell if isinstance(cell, (int, float)) else safe_cell(str(cell or "")) for cell in row])
    return out.getvalue()


def _time(at: datetime | None) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if at else ""
