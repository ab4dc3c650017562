"""Say in a sentence what a finding is.

In:    a Finding.
Out:   sentences for terminals, SARIF, JUnit.
Else:  the report's words are in its template.
"""

from __future__ import annotations

from spillkit.ledger.judgement import Finding
from spillkit.printed import printable


def describe(finding: Finding) -> str:
    """Return what was shown where, to how many, in one sentence of counts."""
    share = f"{finding.answers:,} of {finding.answers_seen:,} answers"
    people = _people(finding)
    return (
        f"{printable(finding.method)} {printable(finding.route)}: {share} showed {', '.join(finding.fields)} of {people} "
        f"to {_count(finding.viewers, 'viewer')} who had no right to see it ({finding.evidence})."
    )


def hint(finding: Finding) -> str:
    """Return what to do next."""
    return f"See the evidence with: spillkit show {finding.number}"


def _people(finding: Finding) -> str:
    if finding.subjects_confirmed == finding.subjects:
        return _count(finding.subjects, "subject")
    if finding.subjects_confirmed == 0:
        return f"possibly {_count(finding.subjects, 'subject')}"
    return f"{_count(finding.subjects_confirmed, 'subject')} and possibly {finding.subjects_possible:,} more"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
