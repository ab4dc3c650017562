"""The item about the cause: each incident's, with the signs for and against it.

In:    the material of one report.
Out:   BUILDERS: id of an item of content.toml, to what is known of it.
Else:  finding it is `spillkit.cause`.
"""

from __future__ import annotations

from collections.abc import Mapping

from spillkit.authority.material import Material
from spillkit.authority.report import Line
from spillkit.authority.sections.found import Builder, Found, incidents_of
from spillkit.cause.incident import CauseClass, Incident
from spillkit.scope.measurement import IncidentSummary

_MOST_SIGNS = 5
_MOST_CAUSES = 10


def _cause(material: Material) -> Found:
    summaries = incidents_of(material)
    if not summaries:
        return Found()
    lines: list[Line] = []
    for place, summary in enumerate(summaries[:_MOST_CAUSES]):
        mark = "" if place == 0 else f"-{summary.incident.number}"
        lines += _one_cause(material, summary, mark)
    open_ = any(summary.confidence == "unknown" for summary in summaries)
    return Found(lines=tuple(lines), missing=("cause-open",) if open_ else ())


def _one_cause(material: Material, summary: IncidentSummary, mark: str) -> list[Line]:
    phrases, incident = material.phrases, summary.incident
    cause = incident.cause
    known = summary.confidence != "unknown"
    name = phrases.name("cause", cause.cause if known else CauseClass.UNKNOWN)
    lines = [
        material.words(f"cause{mark}", name, label=material.label("cause")),
        material.words(
            f"certainty{mark}", phrases.say(f"certainty.{summary.confidence}"), label=material.label("certainty")
        ),
    ]
    signs = [(f"for-it{mark}-{n}", "for-it", sign.words) for n, sign in enumerate(cause.evidence_for[:_MOST_SIGNS], 1)]
    signs += (
        [(f"fact{mark}-{n}", "for-it", fact) for n, fact in enumerate(cause.facts[:_MOST_SIGNS], 1)] if known else []
    )
    signs += [
        (f"against-it{mark}-{n}", "against-it", sign.words)
        for n, sign in enumerate(cause.evidence_against[:_MOST_SIGNS], 1)
    ]
    lines += [material.words(code, words, label=material.label(label), language="en") for code, label, words in signs]
    if not cause.evidence_against:
        lines.append(
            material.words(
                f"against-it{mark}", phrases.say("label.nothing-against"), label=material.label("against-it")
            )
        )
    if cause.missing and not known:
        lines.append(
            material.words(f"would-decide{mark}", cause.missing, label=material.label("would-decide"), language="en")
        )
    gap = _change_gap(material, incident)
    if gap:
        lines.append(material.words(f"change-near{mark}", gap, label=material.label("change-near")))
    return lines


def _change_gap(material: Material, incident: Incident) -> str:
    onset = incident.onset
    if onset.began_with is None or onset.first_at is None:
        return ""
    return material.phrases.length(onset.first_at - onset.began_with.at)


BUILDERS: Mapping[str, Builder] = {
    "cause": _cause,
}
