"""The customer directory: who could be found in what was sent.

In:    a customer list (CSV, JSON lines, Parquet, SQL) and the key.
Out:   Directory and Index: ids, traits, keyed fingerprints; no contact data.
Else:  matching is `kernel`; recordings are `capture`.
"""

from __future__ import annotations

from spillkit.directory.adding import Added, Wishes, add_people, forget_people
from spillkit.directory.index import Index, map_source
from spillkit.directory.manifest import Places
from spillkit.directory.opened import Directory
from spillkit.directory.reading import open_source, source_of_rows
from spillkit.directory.tokens import open_tokens

__all__ = [
    "Added",
    "Directory",
    "Index",
    "Places",
    "Wishes",
    "add_people",
    "forget_people",
    "map_source",
    "open_source",
    "open_tokens",
    "source_of_rows",
]
