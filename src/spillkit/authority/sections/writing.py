"""Write the section to each item of a law's list.

In:    the material of one report, the id of an item.
Out:   a Section: what is known of it, what a person says, what is open and why. Nothing is invented.
Else:  what is known of an item is its part: `people`, `records`, `times`, `cause`, `shown`, `measures`, `parties`, `told`.

An item that no part names has what a person says to it, or is open: a new item of content.toml works at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from spillkit.authority.material import Material, paragraphs
from spillkit.authority.report import Prose, Section, State
from spillkit.authority.sections import cause, measures, parties, people, records, shown, times, told
from spillkit.authority.sections.found import Builder, Found

_BUILDERS: Mapping[str, Builder] = {
    **shown.BUILDERS,
    **people.BUILDERS,
    **records.BUILDERS,
    **times.BUILDERS,
    **cause.BUILDERS,
    **measures.BUILDERS,
    **parties.BUILDERS,
    **told.BUILDERS,
}


def write_section(item: str, material: Material, *, title: str = "") -> Section:
    """Return the section to one item.

    item   id of content.toml
    title  what the books call it, for an item that has no title in the report's language
    """
    found = _BUILDERS.get(item, _nothing)(material)
    said = material.statement.say.get(item)
    if said is not None and (written := material.prose(said.words, by_person=True)) is not None:
        if said.proposed:
            written = Prose(paragraphs=written.paragraphs, by="proposal", language=written.language)
        found = replace(found, prose=written)
        if not _needs_more(item):
            found = replace(found, missing=())
    missing = [
        material.phrases.say("open.because", because=material.phrases.say(f"open.{why}")) for why in found.missing
    ]
    unknown = material.statement.unknown.get(item)
    if unknown is not None:
        because = " ".join(paragraphs(unknown.because)).removesuffix(".")
        missing = [
            material.phrases.say("open.because", because=because or material.phrases.say("open.not-established"))
        ]
    is_blank = not found.lines and not found.tables and found.prose is None
    if is_blank and not missing and not found.not_needed:
        missing = [material.phrases.say("open.because", because=material.phrases.say("open.not-established"))]
    if found.prose is not None and found.prose.by == "proposal":
        missing.append(
            material.phrases.say("open.because", because=material.phrases.say("open.not-confirmed-by-person"))
        )
    return Section(
        item=item,
        title=material.phrases.name("item", item, title),
        state=_state(found, is_blank, missing),
        prose=found.prose,
        lines=found.lines,
        tables=found.tables,
        missing=tuple(missing),
    )


def _state(found: Found, is_blank: bool, missing: list[str]) -> State:
    if is_blank:
        return State.NOT_NEEDED if found.not_needed and not missing else State.OPEN
    if found.prose is not None and found.prose.by == "proposal":
        return State.PROPOSED
    if missing:
        return State.PARTLY
    return State.NOT_NEEDED if found.not_needed else State.KNOWN


def _needs_more(item: str) -> bool:
    """Whether a sentence alone does not settle the item: figures, times, measures, and the law's questions stay open."""
    return item not in (
        "nature",
        "cause",
        "consequences",
        "recipients",
        "prevention",
        "intruder",
        "publication",
        "told-people",
    )


def _nothing(material: Material) -> Found:
    return Found()
