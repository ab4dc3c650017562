"""Items about what follows: likely consequences, what is done against them, and so that it does not happen again.

In:    the material of one report.
Out:   BUILDERS: id of an item of content.toml, to what is known of it.
Else:  proposals of consequences are `proposals`; the proof of a repair is `spillkit.fix`.
"""

from __future__ import annotations

from collections.abc import Mapping

from spillkit.authority.material import Material, paragraphs
from spillkit.authority.proposals import likely_consequences
from spillkit.authority.report import Line, Prose
from spillkit.authority.sections.found import Builder, Found, fix_of


def _consequences(material: Material) -> Found:
    proposed = likely_consequences(frozenset(material.figures.by_field), material.phrases)
    if not proposed:
        return Found()
    return Found(prose=Prose(paragraphs=proposed, by="proposal"))


def _measures(material: Material) -> Found:
    has_prevention = "prevention" in material.rule.content.items
    lines = _measure_lines(material, ("stop", "mitigate") if has_prevention else ("stop", "mitigate", "prevent"))
    return Found(lines=(*lines, *_repair(material)), missing=() if lines else ("not-established",))


def _prevention(material: Material) -> Found:
    lines = _measure_lines(material, ("prevent",))
    return Found(lines=lines, missing=() if lines else ("not-established",))


def _measure_lines(material: Material, aims: tuple[str, ...]) -> tuple[Line, ...]:
    lines = []
    for number, measure in enumerate(material.statement.measure, 1):
        if measure.aim not in aims:
            continue
        values = {"state": material.label(measure.state), "aim": material.phrases.say(f"aim.{measure.aim}")}
        if measure.at is None:
            label = material.phrases.say("label.measure", **values)
        else:
            label = material.phrases.say(
                "label.measure-at", **values, at=material.phrases.moment(measure.at, material.zone)
            )
        words = " ".join(paragraphs(measure.words))
        if words:
            lines.append(material.words(f"measure-{number}", words, label=label, language=material.statement.language))
    return tuple(lines)


def _repair(material: Material) -> tuple[Line, ...]:
    fix, phrases = fix_of(material), material.phrases
    if fix is None:
        return ()
    counts = {
        "requests": phrases.number(fix.replay_requests),
        "crossed": phrases.number(fix.replay_crossed),
        "answers": phrases.number(fix.later_answers),
        "exposed": phrases.number(fix.later_exposed),
    }
    if fix.replay_crossed or fix.later_exposed:
        words = phrases.say("label.repair-fails", **counts)
    elif fix.proven:
        words = phrases.say("label.repair-holds", **counts)
    else:
        words = phrases.say("label.repair-open")
    return (material.phrase("repair", words),)


BUILDERS: Mapping[str, Builder] = {
    "consequences": _consequences,
    "measures": _measures,
    "prevention": _prevention,
}
