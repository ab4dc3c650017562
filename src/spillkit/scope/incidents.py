"""Sum up incidents for the report: cause, evidence, and when it was at work.

In:    a connection with counted exposures (`measure.open_scope`) and the view incident_rows; incidents; changes.
Out:   IncidentSummary values.
Else:  finding incidents is `spillkit.cause`; wording is `cause_words`; drawing is `charts`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import duckdb

from spillkit.cause.compare import read_traits
from spillkit.cause.incident import Change, Incident
from spillkit.scope.cause_words import cause_confidence, cause_words
from spillkit.scope.facts import EPOCH, bin_seconds_for
from spillkit.scope.measurement import Bin, Histogram, IncidentSummary

MOST_CHANGES = 20
_SHORTEST_VIEW = timedelta(minutes=10)


def sum_up(
    connection: duckdb.DuckDBPyConnection, incidents: Sequence[Incident], changes: Sequence[Change] = (), ids: str = ""
) -> tuple[IncidentSummary, ...]:
    """Return each incident as the report shows it.

    changes  all that are known, oldest first
    ids      "" if subjects stand under the company's own ids; for pseudonyms, which key they were made with
    """
    if not incidents:
        return ()
    connection.execute(
        """CREATE OR REPLACE TEMP TABLE scope_incident_shown AS
        WITH rows AS (
            SELECT (o.id::BIGINT << 40) | i.entry AS answer, v.id AS viewer, i.incident
            FROM incident_rows i JOIN scope_sources o USING (source) JOIN scope_viewers v USING (viewer)
        )
        SELECT r.incident, s.answer, s.viewer, s.subject, s.shown_us FROM scope_shown s JOIN rows r USING (answer, viewer)"""
    )
    traits = read_traits(connection, incidents, ids)
    return tuple(
        IncidentSummary(
            words=cause_words(incident),
            confidence=cause_confidence(incident),
            incident=incident,
            histogram=_histogram(connection, incident.number),
            changes=changes_around(incident, changes),
            traits=trait,
        )
        for incident, trait in zip(incidents, traits)
    )


def changes_around(incident: Incident, changes: Sequence[Change]) -> tuple[Change, ...]:
    """Return the changes around an incident, oldest first: those of its time, and as long before and after.

    Where there are too many, those nearest to its onset or end are kept, and always the two that it is tied to.
    """
    onset = incident.onset
    tied = [change for change in (onset.began_with, onset.ended_with) if change is not None]
    if onset.first_at is None or onset.last_at is None:
        return tuple(sorted(set(tied), key=lambda change: (change.at, change.what)))
    first, last = onset.first_at, onset.last_at
    reach = max(last - first, _SHORTEST_VIEW)
    near = [change for change in changes if first - reach <= change.at <= last + reach]
    near.sort(key=lambda change: min(abs(change.at - first), abs(change.at - last)))
    kept = set(tied) | set(near[: MOST_CHANGES - len(tied)])
    return tuple(sorted(kept, key=lambda change: (change.at, change.what)))


def _histogram(connection: duckdb.DuckDBPyConnection, number: int) -> Histogram:
    """Return answers and people of one incident by time."""
    mine = f"FROM scope_incident_shown WHERE incident = {number:d}"
    [[first, last]] = connection.execute(f"SELECT min(shown_us), max(shown_us) {mine}").fetchall()
    answers = "count(DISTINCT (answer, viewer))"
    [[untimed]] = connection.execute(f"SELECT {answers} {mine} AND shown_us IS NULL").fetchall()
    if first is None:
        return Histogram(bin_seconds=60, bins=(), untimed_answers=untimed)
    seconds = bin_seconds_for(first, last)
    rows = connection.execute(
        f"""SELECT shown_us // {seconds * 1_000_000:d} AS slice, {answers}, count(DISTINCT subject)
        {mine} AND shown_us IS NOT NULL GROUP BY 1 ORDER BY 1"""
    ).fetchall()
    bins = tuple(
        Bin(start_at=EPOCH + timedelta(seconds=slice_ * seconds), answers=told, people=people)
        for slice_, told, people in rows
    )
    return Histogram(bin_seconds=seconds, bins=bins, untimed_answers=untimed)
