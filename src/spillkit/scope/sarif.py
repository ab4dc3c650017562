"""Write findings as SARIF 2.1.0, which code hosts and dashboards read.

In:    a judgement, the sources and incidents of its findings.
Out:   a JSON-able dict.
Else:  the same findings as JUnit are `junit`.
Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0, 2020
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from spillkit import __version__
from spillkit.cause.incident import Incident
from spillkit.ledger.judgement import Finding, Judgement
from spillkit.printed import printable
from spillkit.scope.finding_words import describe, hint

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_RULES = {
    "confirmed": ("SPILL001", "error", "Personal data of one person was shown to another."),
    "possible": ("SPILL002", "warning", "Personal data of one person may have been shown to another."),
}


def sarif_log(
    judgement: Judgement, files: Mapping[int, Sequence[str]], caused: Mapping[int, Sequence[Incident]] | None = None
) -> dict[str, Any]:
    """Return the findings of a judgement as a SARIF log.

    files    for each finding's number the recordings it was seen in, as given on the command line
    caused   for each finding's number the incidents it belongs to
    Returns  a dict in the shape of SARIF 2.1.0; routes, counts and file names only
    """
    return sarif_of_results(
        [
            _result(finding, files.get(finding.number, ()), (caused or {}).get(finding.number, ()))
            for finding in judgement.findings
        ]
    )


def sarif_of_results(results: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return results as a SARIF log of Spillkit, with the rules that they name."""
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "Spillkit",
                        "semanticVersion": __version__,
                        "informationUri": "https://github.com/spillkit/spillkit",
                        "rules": [
                            {"id": rule, "shortDescription": {"text": text}, "defaultConfiguration": {"level": level}}
                            for rule, level, text in _RULES.values()
                        ],
                    }
                },
                "results": list(results),
            }
        ],
    }


def _result(finding: Finding, files: Sequence[str], incidents: Sequence[Incident]) -> dict[str, Any]:
    rule, level, _ = _RULES[finding.evidence]
    place = printable(f"{finding.method} {finding.route}")
    return {
        "ruleId": rule,
        "level": level,
        "message": {"text": f"{describe(finding)} {hint(finding, incidents)}"},
        "locations": [
            {
                "physicalLocation": {"artifactLocation": {"uri": quote(file)}},
                "logicalLocations": [{"fullyQualifiedName": place, "kind": "resource"}],
            }
            for file in files or ("",)
        ],
        "partialFingerprints": {"route/v1": hashlib.sha256(f"{finding.channel} {place}".encode()).hexdigest()[:32]},
        "properties": {
            "fields": list(finding.fields),
            "subjects": finding.subjects,
            "subjectsConfirmed": finding.subjects_confirmed,
            "viewers": finding.viewers,
            "answers": finding.answers,
            "answersSeen": finding.answers_seen,
            "incidents": [incident.number for incident in incidents],
            "causes": sorted({incident.cause.cause.value for incident in incidents}),
        },
    }
