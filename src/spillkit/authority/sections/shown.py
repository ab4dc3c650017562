"""Items about what happened: of what nature it is, who saw the data, whether it was public.

In:    the material of one report.
Out:   BUILDERS: id of an item of content.toml, to what is known of it.
Else:  kinds of viewers only: nobody is named on statistics (charter, section 7).
"""

from __future__ import annotations

from collections.abc import Mapping

from spillkit.authority.material import Material, one_line
from spillkit.authority.report import Line, Row, Table
from spillkit.authority.sections.found import Builder, Found


def _nature(material: Material) -> Found:
    measurement, phrases = material.measurement, material.phrases
    lines = [material.words("kind", phrases.say("label.kind-confidentiality"))]
    if measurement is not None:
        ways = dict.fromkeys(finding.channel for finding in measurement.findings)
        if ways:
            named = phrases.joined(phrases.name("channel", way) for way in ways)
            lines.append(material.words("way", named))
        if measurement.answers_exposed:
            lines.append(material.count("answers-exposed", measurement.answers_exposed))
    if material.facts.intentional in ("yes", "no"):
        lines.append(material.words("on-purpose", phrases.say(f"label.{material.facts.intentional}")))
    return Found(lines=tuple(lines), missing=() if material.figures.people.most else ("nobody-found",))


def _recipients(material: Material) -> Found:
    measurement, phrases = material.measurement, material.phrases
    if measurement is None or not measurement.by_viewer_kind:
        if not material.facts.shown_to:
            return Found()
        named = phrases.joined(phrases.name("viewer", kind, one_line(kind)) for kind in material.facts.shown_to)
        return Found(lines=(material.words("viewers", named),))
    rows = tuple(
        Row(
            code=kind.kind,
            label=phrases.name("viewer", kind.kind, one_line(kind.kind)),
            numbers=(kind.viewers, kind.confirmed, kind.possible),
        )
        for kind in measurement.by_viewer_kind
    )
    head = tuple(material.label(name) for name in ("viewers", "viewers-number", "confirmed", "possible"))
    table = Table(code="viewers", title=material.label("viewers-title"), head=head, rows=rows)
    lines: tuple[Line, ...] = ()
    if any(kind.kind == "crawler" for kind in measurement.by_viewer_kind):
        lines = (material.words("crawlers", phrases.say("label.yes")),)
    return Found(lines=lines, tables=(table,))


def _publication(material: Material) -> Found:
    kinds = (
        {kind.kind for kind in material.measurement.by_viewer_kind}
        if material.measurement
        else set(material.facts.shown_to)
    )
    if "crawler" not in kinds:
        return Found()
    return Found(lines=(material.words("crawlers", material.phrases.say("label.yes")),), missing=("not-established",))


BUILDERS: Mapping[str, Builder] = {
    "nature": _nature,
    "recipients": _recipients,
    "intruder": _recipients,  # Kinds of viewers only, here too.
    "publication": _publication,
}
