"""Items about who was told: the people, other authorities.

In:    the material of one report.
Out:   BUILDERS: id of an item of content.toml, to what is known of it.
Else:  what people said of it is `statement`.
"""

from __future__ import annotations

from collections.abc import Mapping

from spillkit.authority.material import Material, one_line, paragraphs
from spillkit.authority.report import Line
from spillkit.authority.sections.found import Builder, Found


def _told_people(material: Material) -> Found:
    told, phrases = material.statement.told_people, material.phrases
    if told is None:
        return Found()
    lines = [material.words("told", phrases.say(f"told-people.{told.state}"))]
    if told.at is not None:
        lines.append(material.time("told-at", told.at))
    if told.people is not None:
        lines.append(material.count("told-people-number", told.people))
    if how := " ".join(paragraphs(told.how)):
        lines.append(material.words("told-how", how, language=material.statement.language))
    prose = material.prose(told.words)
    needs_reason = told.state == "not needed" and prose is None
    missing = ("not-established",) if told.state == "undecided" or needs_reason else ()
    return Found(lines=tuple(lines), prose=prose, missing=missing)


def _told_others(material: Material) -> Found:
    lines: list[Line] = []
    for number, told in enumerate(material.statement.told, 1):
        parts = [one_line(told.name)]
        if told.at is not None:
            parts.append(material.phrases.moment(told.at, material.zone))
        if told.reference:
            parts.append(one_line(told.reference))
        lines.append(material.words(f"told-{number}", " · ".join(parts), label=material.label("told")))
    if not lines:
        lines.append(material.words("told", material.phrases.say("label.told-none")))
    return Found(lines=tuple(lines))


BUILDERS: Mapping[str, Builder] = {
    "told-people": _told_people,
    "told-others": _told_others,
}
