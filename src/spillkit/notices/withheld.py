"""Find the notices that must not say what happened, because the law where their reader lives forbids it.

In:    a mailing, the customer list, what the law prescribes by place.
Out:   their ids.
Else:  the rule is `structure.demands_by_place`; what such a notice says is `structure`.

The region of a reader stands in the customer list only. It is read again here for those countries of which a region has such a law.
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from spillkit.notices.addressees import read_addressees
from spillkit.notices.demands import Demands
from spillkit.notices.marks import derived_key
from spillkit.notices.prepared import Ready
from spillkit.notices.render import place_of
from spillkit.notices.told_table import rows_of
from spillkit.settings import Workspace

_NATURE = "nature"  # id of content.toml


def withheld_in(ready: Ready, workspace: Workspace, demands: Mapping[str, Demands]) -> frozenset[str]:
    """Return the ids of the notices that must not describe what happened.

    demands  of `demands_by_place`, by which the mailing was written
    Raises   DirectoryError if the customer list cannot be read again; it is not read where no law asks for it
    """
    countries = sorted({place.partition("-")[0] for place, one in demands.items() if _NATURE in one.withheld})
    column = ready.told.column("country")
    told = list(rows_of(ready.told.filter(pc.is_in(column, value_set=pa.array(countries, pa.string())))))
    if not told:
        return frozenset()
    lists, id_key = ready.lists(workspace)
    found = set()
    for one, to in read_addressees(lists, told, derived_key(workspace.key(), "marks"), id_key):
        place = place_of(one.country, to.reader, demands)
        if place and _NATURE in demands[place].withheld:
            found.add(one.id)
    return frozenset(found)
