"""The directory as every later stage sees it: ids, traits, and the scanner of its index.

In:    a workspace whose people were added.
Out:   Directory.
Else:  how it came to be is `adding`; matching is the kernel's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from spillkit.directory.identity import pseudonym
from spillkit.directory.manifest import Manifest, Places, key_check, read_manifest
from spillkit.directory.mapping import Role
from spillkit.directory.remembering import reopened
from spillkit.directory.rotation import finish_rotation
from spillkit.directory.subjects import SUBJECTS, read_subjects
from spillkit.directory.survey import MappedSource, usable_rows
from spillkit.errors import DirectoryError, KeyMismatch, SpillkitError
from spillkit.model import SubjectId
from spillkit.settings import Workspace

if TYPE_CHECKING:
    from spillkit.kernel.api import Scanner

_TRIES = 5  # The files may be replaced between reading the manifest and opening them.
_TRAITS = ("country", "language", "account_type", "legal_entity", "minor", "has_fields")


class Directory:
    """All subjects, under their numbers. It holds ids and traits; contact data is read from the list again."""

    def __init__(self, places: Places, manifest: Manifest, key: bytes, table: pa.Table) -> None:
        self.places = places
        self.manifest = manifest
        self._key = key
        self._table = table.combine_chunks()

    def __repr__(self) -> str:
        return f"Directory({self.size} subjects)"

    @classmethod
    def open(cls, workspace: Workspace) -> Directory:
        """Open what `people add` left.

        Raises  DirectoryError if no people were added, KeyMismatch if they were added under another key
        """
        finish_rotation(workspace)
        return cls.open_places(Places(workspace.directory_dir, workspace.index_dir), workspace.key())

    @classmethod
    def open_places(cls, places: Places, key: bytes) -> Directory:
        """Open the directory in two folders; as `open`."""
        for _ in range(_TRIES):
            manifest = read_manifest(places)
            if manifest is None:
                raise DirectoryError(
                    "No customer list was added yet. Add one with `spillkit people add customers.csv`."
                )
            require_key(manifest, key)
            try:
                return cls(places, manifest, key, read_subjects(places.directory_dir / manifest.subjects))
            except FileNotFoundError:
                continue
        raise DirectoryError(
            "The table of subjects is missing. Add the customer list again with `spillkit people add`."
        )

    @cached_property
    def dead(self) -> NDArray[np.uint32]:
        """Subject numbers whose entries in the index no longer count, ascending."""
        mask = self._table.column("dead").combine_chunks().to_numpy(zero_copy_only=False)
        return np.flatnonzero(mask).astype(np.uint32)

    @property
    def size(self) -> int:
        """How many living subjects there are."""
        return int(self._table.num_rows - len(self.dead))

    def scanner(self) -> Scanner:
        """Open the index and return a scanner of all segments, dead numbers left out.

        Raises KeyMismatch, IndexDamaged
        """
        from spillkit.kernel import Scanner  # Loaded when asked for: counting people needs no matcher.

        segments = [self.places.index_dir / name for name in self.manifest.segments]
        try:
            return Scanner(segments, self._key, self.dead)
        except FileNotFoundError:
            raise SpillkitError(
                "The index was replaced while it was opened, or files were taken away. "
                "Run the same command again; if it persists, run `spillkit people add` again."
            ) from None

    def numbers(self, ids: Sequence[str]) -> NDArray[np.int64]:
        """Return the number of each id; -1 where nobody living has it. Ask for many at once."""
        found = pc.index_in(pa.array(ids, pa.large_string()), value_set=self._live_ids)
        return np.asarray(pc.fill_null(found, -1).to_numpy(zero_copy_only=False), dtype=np.int64)

    def id(self, number: int) -> SubjectId:
        """Return the id of a number; "" if it is dead."""
        return SubjectId(self._ids[number].as_py())

    def ids(self, numbers: NDArray[np.uint32]) -> list[SubjectId]:
        """Return the ids of numbers; "" for those that are dead."""
        taken: list[SubjectId] = self._ids.take(pa.array(np.asarray(numbers, dtype=np.int64))).to_pylist()
        return taken

    def attributes(self, numbers: NDArray[np.uint32] | None = None) -> pa.Table:
        """Return id, country, language, account_type, legal_entity, minor, has_fields of numbers; None: of all living."""
        table = self._table
        if numbers is None:
            table = table.filter(pc.invert(table.column("dead")))
        else:
            table = table.take(pa.array(np.asarray(numbers, dtype=np.int64)))
        return table.select(["id", *_TRAITS])

    def by_country(self) -> dict[str, int]:
        """Return how many living subjects each country has; "" for unknown."""
        return self.count_by("country")

    def count_by(self, trait: str) -> dict[str, int]:
        """Return how many living subjects there are of each value of country, language, account_type or legal_entity."""
        if trait not in _TRAITS[:4]:
            raise ValueError(f"subjects are counted by {', '.join(_TRAITS[:4])}")
        column = self.attributes().column(trait).cast(pa.string())
        counts = {row["values"]: row["counts"] for row in pc.value_counts(column.combine_chunks()).to_pylist()}
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))

    def subject_id(self, raw: str) -> SubjectId:
        """Return the id under which a customer is kept, from the company's own id (another text only with --pseudonymise-ids)."""
        raw = raw.strip()
        return SubjectId(pseudonym(raw, self._key) if self.manifest.pseudonymised else raw)

    def read_rows(self, ids: Sequence[str]) -> Iterator[tuple[SubjectId, Mapping[Role, list[str]]]]:
        """Read the contact data of some subjects from the list itself, as notices need it; nothing of it is kept.

        Yields  for each of their rows the id, and the cells by role
        Raises  DirectoryError if the list is not where it was, or cannot be read again (standard input, rows in memory)
        """
        wanted = pa.array(ids, pa.large_string())
        id_key = self._key if self.manifest.pseudonymised else None
        for mapped in remembered_lists(self.manifest):
            for usable in usable_rows(mapped, id_key, None):
                mask = pc.is_in(usable.ids, value_set=wanted)
                for id_text, row in zip(usable.ids.filter(mask).to_pylist(), usable.rows.filter(mask).to_pylist()):
                    cells: dict[Role, list[str]] = {}
                    for column in mapped.mapping.columns:
                        cells.setdefault(column.role, []).append(row[column.name])
                    yield SubjectId(id_text), cells

    @cached_property
    def _ids(self) -> pa.Array:
        return self._table.column("id").combine_chunks()

    @cached_property
    def _live_ids(self) -> pa.Array:
        return pc.if_else(self._table.column("dead").combine_chunks(), pa.scalar(None, pa.large_string()), self._ids)


def require_key(manifest: Manifest, key: bytes) -> None:
    """Raise KeyMismatch unless the directory was made under this key."""
    if manifest.key_check != key_check(key):
        raise KeyMismatch(
            "The people were added under another key than the one given. Put the old key back, "
            "or move the folders directory/ and index/ away and add the customer list again."
        )


def remembered_lists(manifest: Manifest) -> list[MappedSource]:
    """Open the lists that the directory was made from, with the mapping they had.

    Raises DirectoryError if one cannot be read again
    """
    return reopened(manifest.sources)


__all__ = ["SUBJECTS", "Directory", "remembered_lists", "require_key"]
