"""Say in a sentence what a finding is.

In:    a Finding, and the incidents that it belongs to.
Out:   sentences for terminals, SARIF, JUnit.
Else:  the report's words are in its template.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from spillkit.cause.incident import Incident
from spillkit.ledger.judgement import Finding
from spillkit.printed import printable
from spillkit.scope.cause_words import cause_words


def describe(finding: Finding) -> str:
    """Return what was shown where, to how many, in one sentence of counts."""
    share = f"{finding.answers:,} of {finding.answers_seen:,} answers"
    people = _people(finding)
    return (
        f"{printable(finding.method)} {printable(finding.route)}: {share} showed {', '.join(finding.fields)} of {people} "
        f"to {_count(finding.viewers, 'viewer')} who had no right to see it ({finding.evidence})."
    )


def hint(finding: Finding, incidents: Sequence[Incident] = ()) -> str:
    """Return what caused it, as far as anybody looked, and what to do next.

    incidents  those that the finding belongs to
    """
    caused = "".join(f"Cause: {cause_words(incident)} (incident {incident.number}). " for incident in incidents)
    more = "".join(f" · spillkit cause {incident.number}" for incident in incidents)
    return f"{caused}See the evidence with: spillkit show {finding.number}{more}"


def incidents_by_finding(findings: Iterable[Finding], incidents: Sequence[Incident]) -> dict[int, tuple[Incident, ...]]:
    """Return for each finding's number the incidents that its route is in: a route may have two faults at once."""
    return {
        finding.number: tuple(
            incident
            for incident in incidents
            if incident.channel == finding.channel and f"{finding.method} {finding.route}" in incident.routes
        )
        for finding in findings
    }


def _people(finding: Finding) -> str:
    if finding.subjects_confirmed == finding.subjects:
        return _count(finding.subjects, "subject")
    if finding.subjects_confirmed == 0:
        return f"possibly {_count(finding.subjects, 'subject')}"
    return f"{_count(finding.subjects_confirmed, 'subject')} and possibly {finding.subjects_possible:,} more"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
