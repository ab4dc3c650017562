"""Check a customer list without writing anything.

In:    opened lists with mappings, ownership tokens.
Out:   how many people could be looked for, by what; bad cells.
Else:  adding it is `adding`, which reads it in the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from spillkit.directory.badcells import BadCells
from spillkit.directory.filling import Filler
from spillkit.directory.opening import ReadProgress
from spillkit.directory.preparing import Prepare, prepare_here
from spillkit.directory.survey import MappedSource, survey
from spillkit.directory.tokens import TokenTable
from spillkit.errors import DirectoryError
from spillkit.model import Field


@dataclass(frozen=True, slots=True)
class Checked:
    """What adding the list would give."""

    rows: int
    people: int
    values: dict[str, int]  # by Field.label: how many people have at least one usable value
    bad: BadCells = field(default_factory=BadCells)


def check_people(
    lists: Sequence[MappedSource],
    tokens: Sequence[TokenTable],
    key: bytes,
    *,
    pseudonymise_ids: bool = False,
    default_country: str = "",
    prepare: Prepare = prepare_here,
    bad: BadCells | None = None,
    progress: ReadProgress | None = None,
) -> Checked:
    """Read everything as `add_people` does the first time, and write nothing.

    key     any 16 bytes; digests are thrown away
    Raises  DirectoryError if a list cannot be read, or no row can be used
    """
    bad = bad if bad is not None else BadCells()
    id_key = key if pseudonymise_ids else None
    found = survey(lists, tokens, key, id_key, bad, progress, default_country=default_country)
    if not len(found.ids):
        raise DirectoryError("No row of the list can be used. Check the column that was taken for the id.")
    filler = Filler(key, np.arange(len(found.ids)), 0, found, with_ids=id_key is None)
    filler.fill(lists, id_key, default_country, prepare, bad, progress)
    filler.fill_tokens(tokens, id_key, bad)
    known = filler.subjects.has_fields
    values = {of.label: int(((known >> of) & 1).sum()) for of in Field if of is not Field.RENDERED_FOR}
    return Checked(found.rows, len(found.ids), {label: count for label, count in values.items() if count}, bad)
