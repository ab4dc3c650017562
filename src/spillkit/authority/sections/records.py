"""Items about data: which kinds, which together, how many records.

In:    the material of one report.
Out:   BUILDERS: id of an item of content.toml, to what is known of it.
Else:  counting is `spillkit.scope`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from spillkit.authority.material import Material
from spillkit.authority.sections.found import Builder, Found

_MOST_TOGETHER = 20


def _categories_records(material: Material) -> Found:
    kinds = _kinds_of_data(material)
    sets = [(key, pair) for key, pair in material.figures.together.items() if pair.most]
    if len(sets) < 2:
        return kinds
    rows = [
        ("+".join(key), material.phrases.joined(material.phrases.name("field", kind) for kind in key), pair)
        for key, pair in sets[:_MOST_TOGETHER]
    ]
    more = len(sets) - len(rows)
    note = f"+ {material.phrases.number(more)}" if more > 0 else ""
    return replace(kinds, tables=(*kinds.tables, material.table("together", "together", "fields", rows, note)))


def _kinds_of_data(material: Material) -> Found:
    rows = [
        (kind, material.phrases.name("field", kind), pair)
        for kind, pair in material.figures.by_field.items()
        if pair.most
    ]
    if not rows:
        return Found(missing=("nobody-found",))
    return Found(tables=(material.table("kinds", "kinds", "kind-of-data", rows),))


def _number_records(material: Material) -> Found:
    records = material.figures.records
    lines = (
        material.count("confirmed", records.confirmed),
        material.count("at-most", records.most),
        material.words("method", material.phrases.say("label.records-note")),
    )
    return Found(lines=lines, missing=() if records.most else ("nobody-found",))


BUILDERS: Mapping[str, Builder] = {
    "categories-records": _categories_records,
    "kinds-of-data": _kinds_of_data,
    "number-records": _number_records,
}
