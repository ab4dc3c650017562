"""How a list that was read once is found and read again.

In:    an opened list with its mapping; or what was kept of it.
Out:   RememberedSource: where it lies and how it is read, never what is in it; the list, opened again.
Else:  opening a list for the first time is `reading`.
"""

from __future__ import annotations

from collections.abc import Iterable

from spillkit.directory.databases import QueryRows
from spillkit.directory.delimited import Delimited
from spillkit.directory.manifest import RememberedSource
from spillkit.directory.mapping import Mapping
from spillkit.directory.reading import open_source
from spillkit.directory.survey import MappedSource
from spillkit.errors import DirectoryError

ADD_AGAIN = "spillkit people add FILE"


def remembered(mapped: MappedSource) -> RememberedSource:
    """Return how a list is read again."""
    source = mapped.source
    reader = source.reader
    return RememberedSource(
        location=source.location,
        name=source.name,
        kind=source.kind,
        sql=reader.sql if isinstance(reader, QueryRows) else "",
        charset=source.charset,
        delimiter=reader.delimiter if isinstance(reader, Delimited) else "",
        mapping=mapped.mapping.to_json(),
    )


def reopened(sources: Iterable[RememberedSource], again: str = ADD_AGAIN) -> list[MappedSource]:
    """Open lists again, with the mapping they had.

    again   the command with which a list is named anew, for messages
    Raises  DirectoryError if one cannot be read again
    """
    lists = []
    for source in sources:
        if not source.location:
            raise DirectoryError(
                f"The customer list came from {source.name}, which cannot be read again. Name the file: {again}"
            )
        opened = open_source(
            source.location, sql=source.sql or None, charset=source.charset or None, delimiter=source.delimiter or None
        )
        mapping = Mapping.of_json(source.mapping)
        if missing := [name for name in mapping.used if name not in opened.header]:
            raise DirectoryError(f"{source.name}: {len(missing)} of the columns it had are gone. Name it anew: {again}")
        lists.append(MappedSource(opened, mapping))
    return lists
