"""A case as a STIX 2.1 bundle, for sharing with other companies and response teams.

In:    a case, and its measurement where there is one.
Out:   JSON text: the incident, the legal entities, a note with the figures; marked TLP:AMBER.
Else:  what is told at all is `gist`; the format is the library `stix2`, which checks what it writes.

Ids are made from the case's id, so that the same case exported again is the same object, with a later `modified`.
Source  STIX 2.1, OASIS Standard, 4.8 Incident (a stub: name and description), 7.2.1.4 TLP
"""

from __future__ import annotations

import uuid

from spillkit.case.exports.gist import gist_of
from spillkit.case.state import Case
from spillkit.errors import SettingsError
from spillkit.printed import printable
from spillkit.scope.measurement import Measurement

# Made once for Spillkit; ids under it are UUIDs of version 5 (RFC 9562).
_SPACE = uuid.UUID("6f0d5a0e-7d2b-5c3e-9f43-2a4f5e7f1c11")


def stix_of(case: Case, measurement: Measurement | None = None) -> str:
    """Return the case as a STIX bundle.

    Raises  NotNow if there is no case, SettingsError if the library stix2 is not installed
    """
    try:
        import stix2  # type: ignore[import-untyped]
    except ImportError as error:
        raise SettingsError(
            "STIX needs the server's packages. Install them: pip install 'spillkit[server]'."
        ) from error

    gist = gist_of(case, measurement)
    times = {"created": gist.opened_at, "modified": max(gist.opened_at, gist.changed_at)}
    maker = stix2.Identity(
        id=_id("identity", "spillkit"), name="Spillkit", identity_class="system", created=_MADE, modified=_MADE
    )
    shared = {**times, "created_by_ref": maker.id, "object_marking_refs": [stix2.TLP_AMBER.id]}
    incident = stix2.Incident(
        id=_id("incident", gist.case),
        name=f"Personal data shown to others: case {printable(gist.case)}",
        description=gist.summary,
        labels=[gist.cause.value],
        **shared,
    )
    entities = [
        stix2.Identity(
            id=_id("identity", f"{gist.case} {entity}"),
            name=printable(entity),
            identity_class="organization",
            **shared,
        )
        for entity in gist.entities
    ]
    relations = [
        stix2.Relationship(
            id=_id("relationship", f"{gist.case} {entity.name}"),
            relationship_type="related-to",
            source_ref=incident.id,
            target_ref=entity.id,
            **shared,
        )
        for entity in entities
    ]
    figures = stix2.Note(
        id=_id("note", f"{gist.case} figures"),
        abstract="Figures",
        content="\n".join(_lines(gist.confirmed, gist.upper, gist.fields, gist.countries)),
        object_refs=[incident.id],
        **shared,
    )
    bundle = stix2.Bundle(
        maker,
        stix2.TLP_AMBER,
        incident,
        *entities,
        *relations,
        figures,
        id=_id("bundle", f"{gist.case} {case.version}"),
    )
    return str(bundle.serialize(pretty=True, ensure_ascii=True))


_MADE = "2026-11-22T00:00:00.000Z"


def _id(kind: str, name: str) -> str:
    return f"{kind}--{uuid.uuid5(_SPACE, f'{kind} {name}')}"


def _lines(confirmed: int | None, upper: int | None, fields: tuple[str, ...], countries: tuple[str, ...]) -> list[str]:
    return [
        f"People confirmed: {'unknown' if confirmed is None else confirmed}",
        f"People at most: {'unknown' if upper is None else upper}",
        f"Fields: {', '.join(map(printable, fields)) or 'unknown'}",
        f"Countries: {', '.join(map(printable, countries)) or 'unknown'}",
    ]
