"""Read ownership tokens: ids of orders, documents, devices and sessions, with their owner.

In:    tables of their own: `order=orders.csv:order_no,customer_id`.
Out:   for each owner a digest of all his tokens, and the tokens of those owners who are asked for.
Else:  files and databases are opened by `reading`; what is done with digests is `adding`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from spillkit.directory.databases import without_password
from spillkit.directory.identity import subject_ids
from spillkit.directory.mapping import Role, find_column, normalise
from spillkit.directory.persons import OWN_TOKENS
from spillkit.directory.reading import Source, open_source
from spillkit.errors import DirectoryError
from spillkit.model import Field


@dataclass(frozen=True, slots=True)
class TokenTable:
    """A table of tokens and their owners."""

    source: Source
    kind: Field
    value: str  # column name
    owner: str  # column name
    location: str = field(default="", repr=False)

    @property
    def option(self) -> str:
        """The --tokens option that opens this table again, from any folder and without a password."""
        return f"{self.kind.label}={self.location}:{self.value},{self.owner}"

    def batches(self, id_key: bytes | None) -> Iterator[tuple[pa.Array, pa.Array, NDArray[np.int64]]]:
        """Yield owners' subject ids, tokens, and line numbers; rows without either are left out."""
        for batch in self.source.batches():
            values = pc.utf8_trim_whitespace(batch.rows.column(self.value))
            raw = pc.utf8_trim_whitespace(batch.rows.column(self.owner))
            keep = pc.and_(pc.not_equal(values, ""), pc.not_equal(raw, ""))
            owners = subject_ids(raw.filter(keep), id_key)
            yield owners, values.filter(keep), batch.places[np.asarray(keep)]


def open_tokens(text: str) -> TokenTable:
    """Open the table that a --tokens option names: KIND=LOCATION:VALUE_COLUMN,OWNER_COLUMN.

    Raises DirectoryError if the option, the table or a column cannot be read
    """
    kind, equals, rest = text.partition("=")
    location, colon, columns = rest.rpartition(":")
    value, comma, owner = columns.partition(",")
    kinds = {role.value: code for role, code in OWN_TOKENS.items()}
    if not (equals and colon and comma) or kind.strip() not in kinds:
        raise DirectoryError(
            f"--tokens: write KIND=FILE:TOKEN_COLUMN,OWNER_COLUMN, with KIND one of {', '.join(kinds)}. "
            "Example: --tokens order=orders.csv:order_no,customer_id"
        )
    source = open_source(location)
    for name in (value, owner):
        if normalise(name) not in map(normalise, source.header):
            raise DirectoryError(
                f"--tokens {kind}: {source.name} has no column of that name. Check the two names behind the colon."
            )
    again = without_password(location) if source.kind == "SQL" else source.location
    columns_found = find_column(source.header, value), find_column(source.header, owner)
    return TokenTable(source, kinds[kind.strip()], *columns_found, again)


def owners_digests(
    tables: Sequence[TokenTable], key: bytes, id_key: bytes | None
) -> tuple[pa.Array, NDArray[np.uint64]]:
    """Return every owner, and the sum (mod 2^64) of the keyed digests of what he owns.

    A sum does not depend on the order of the tables' rows, and changes with every token that comes or goes.
    """
    owners: list[pa.Array] = []
    digests: list[NDArray[np.uint64]] = []
    for table in tables:
        salt = bytes([table.kind])
        for ids, values, _ in table.batches(id_key):
            owners.append(ids.cast(pa.large_string()))
            digests.append(
                np.array(
                    [
                        int.from_bytes(
                            hashlib.blake2b(v.encode("utf-8", "replace"), key=key, digest_size=8, salt=salt).digest(),
                            "little",
                        )
                        for v in values.to_pylist()
                    ],
                    dtype=np.uint64,
                )
            )
    if not owners:
        return pa.array([], pa.large_string()), np.zeros(0, dtype=np.uint64)
    coded = pa.chunked_array(owners).combine_chunks().dictionary_encode()
    sums = np.zeros(len(coded.dictionary), dtype=np.uint64)
    np.add.at(sums, coded.indices.to_numpy(), np.concatenate(digests))
    return coded.dictionary, sums


__all__ = ["Role", "TokenTable", "open_tokens", "owners_digests"]
