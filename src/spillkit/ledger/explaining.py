"""Say for one subject in one finding which rule decided, in words.

In:    a ledger, the rules, a finding, a subject.
Out:   explanations, equal ones counted together.
Else:  the decision itself is the plain decider's (`entitlement.verdict`), asked again here.
"""

from __future__ import annotations

# ruff: noqa: S608 - the SQL holds no value but a constant of this module.
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from spillkit.entitlement.inference import prepare_inferred
from spillkit.entitlement.rules import Rules
from spillkit.entitlement.verdict import Outcome, Sighting, Verdict, is_entitled
from spillkit.ledger.database import ask
from spillkit.ledger.judgement import Finding
from spillkit.ledger.ledger import Ledger
from spillkit.model import Evidence, Field, SubjectId, ViewerId, ViewerKind

MOST_SIGHTINGS = 20_000  # of one subject on one route; more are left out, and said to be


@dataclass(frozen=True, slots=True)
class Explanation:
    """One verdict, and how often it was given."""

    verdict: Verdict
    viewer: ViewerId
    viewer_kind: ViewerKind
    viewer_from: str
    field: Field
    because: str  # why the sighting is confirmed or possible
    times: int
    source: str  # file of the first one
    entry: int  # its 0-based place there
    first_at: datetime | None  # UTC
    last_at: datetime | None
    corrected: str = (
        ""  # why the viewer is not the owner of the session, as `entitlement.continuity` says it; "" if he is
    )


def explain(
    ledger: Ledger, rules: Rules, finding: Finding, subject: str, viewer: str | None = None, *, everything: bool = False
) -> list[Explanation]:
    """Return why each sighting of a subject in a finding's route is an exposure.

    viewer      only what this viewer was shown
    everything  also what is no exposure: one's own data, what a rule allows, what nobody can decide
    Returns     ordered by viewer and field; empty if the subject does not occur there
    """
    found: dict[tuple[object, ...], list[tuple[Verdict, Sighting, dict[str, Any]]]] = {}
    for sighting, others, row in _sightings(ledger, rules, finding, subject, viewer):
        verdict = is_entitled(sighting, rules, others)
        if everything or verdict.outcome is Outcome.EXPOSURE:
            key = (sighting.viewer, sighting.viewer_from, sighting.field, verdict, row["because"])
            found.setdefault(key, []).append((verdict, sighting, row))
    return [
        _together(group)
        for _, group in sorted(found.items(), key=lambda item: (item[0][0], item[0][2], item[1][0][2]["entry"]))
    ]


def _sightings(
    ledger: Ledger, rules: Rules, finding: Finding, subject: str, viewer: str | None
) -> Iterator[tuple[Sighting, list[Sighting], dict[str, Any]]]:
    """The subject's sightings with the other candidates of the same place, and the row each was made of."""
    with ledger.database() as connection:
        prepare_inferred(connection, rules, "corrections" if rules.correct_viewers else None)
        rows = ask(
            connection,
            f"""
            WITH wanted AS (
                SELECT * FROM judged WHERE subject = $subject AND ($viewer IS NULL OR viewer = $viewer)
                    AND channel = $channel AND method = $method AND route = $route
                ORDER BY source, entry, "start", field LIMIT {MOST_SIGHTINGS}
            )
            SELECT j.* REPLACE (epoch_us(j.shown_at) AS shown_at), j.shown_at AS shown_time, sources.name AS file,
                coalesce(c.because, '') AS corrected
            FROM judged j JOIN sources USING (source)
            LEFT JOIN corrections c ON c.source = j.source AND c.entry = j.entry AND c.viewer = j.viewer
                AND c.viewer_from = j.viewer_from
            SEMI JOIN wanted w ON j.source = w.source AND j.entry = w.entry AND j.field = w.field AND j."start" = w."start"
                AND j."end" = w."end" AND j.viewer = w.viewer AND (j.subject = w.subject OR j.bearers > 1)
            ORDER BY file, j.source, j.entry, j."start", j.field, j.subject""",
            {
                "subject": subject,
                "viewer": viewer,
                "channel": finding.channel,
                "method": finding.method,
                "route": finding.route,
            },
        ).to_pylist()
    places: dict[tuple[object, ...], list[tuple[Sighting, dict[str, Any]]]] = {}
    for row in rows:
        sighting = sighting_of_row(row)
        place = (sighting.source, sighting.entry, sighting.field, sighting.start, sighting.end, sighting.viewer)
        places.setdefault(place, []).append((sighting, row))
    for candidates in places.values():
        for sighting, row in candidates:
            if sighting.subject == subject:
                yield sighting, [other for other, _ in candidates if other is not sighting], row


def sighting_of_row(row: dict[str, Any]) -> Sighting:
    """Return the Sighting of a row of the ledger whose shown_at is in microseconds since 1970."""
    return Sighting(
        source=row["source"],
        entry=row["entry"],
        shown_at_us=row["shown_at"],
        channel=row["channel"],
        method=row["method"],
        route=row["route"],
        viewer=ViewerId(row["viewer"]),
        viewer_kind=ViewerKind(row["viewer_kind"]),
        viewer_from=row["viewer_from"],
        subject=SubjectId(row["subject"]),
        field=Field.of_label(row["field"]),
        evidence=Evidence(row["evidence"]),
        bearers=row["bearers"],
        start=row["start"],
        end=row["end"],
    )


def _together(group: list[tuple[Verdict, Sighting, dict[str, Any]]]) -> Explanation:
    verdict, sighting, row = group[0]
    times = [other["shown_time"] for _, _, other in group if other["shown_time"] is not None]
    return Explanation(
        verdict=verdict,
        viewer=sighting.viewer,
        viewer_kind=sighting.viewer_kind,
        viewer_from=sighting.viewer_from,
        field=sighting.field,
        because=row["because"],
        times=len(group),
        source=row["file"],
        entry=sighting.entry,
        first_at=min(times, default=None),
        last_at=max(times, default=None),
        corrected=row["corrected"],
    )
