"""Items about who reports: the company, and whom to ask.

In:    the material of one report.
Out:   BUILDERS: id of an item of content.toml, to what is known of it; `company_of`, `harmless`.
Else:  what people said of them is `statement`.
"""

from __future__ import annotations

from collections.abc import Mapping

from spillkit.authority.material import Material, one_line
from spillkit.authority.report import Line, Party
from spillkit.authority.sections.found import Builder, Found


def company_of(material: Material) -> Party:
    """Return the company: as people say it, else its name in the facts."""
    given = material.statement.company
    if given.name:
        return harmless(given)
    named = next((each.name or each.id for each in material.facts.entities if each.id == material.entity), "")
    return harmless(Party(**{**_parts(given), "name": named}))


def harmless(party: Party) -> Party:
    """Return somebody's details on one line each."""
    return Party(**{part: one_line(value) for part, value in _parts(party).items()})


def _contact(material: Material) -> Found:
    party = material.statement.contact
    lines = party_lines(material, party)
    reachable = party.email or party.phone or party.address
    return Found(lines=lines, missing=() if (party.name or party.function) and reachable else ("not-established",))


def _identity(material: Material) -> Found:
    party = company_of(material)
    lines = party_lines(material, party)
    return Found(lines=lines, missing=() if party.name and party.address else ("not-established",))


def party_lines(material: Material, party: Party) -> tuple[Line, ...]:
    """Say who it is and how to reach them: what was given, no more."""
    parts = _parts(harmless(party))
    return tuple(material.words(part, value) for part, value in parts.items() if value)


def _parts(party: Party) -> dict[str, str]:
    return {part: getattr(party, part) for part in party.__struct_fields__}


BUILDERS: Mapping[str, Builder] = {
    "contact": _contact,
    "identity": _identity,
}
