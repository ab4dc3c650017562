"""The public door: build or open an index, without knowing its parts.

In:    a customer list (path, rows, Arrow table) or a workspace.
Out:   Index.
Else:  the parts are `reading`, `mapping`, `adding`, `opened`.
"""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as AnyMapping
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from spillkit.directory.adding import Added, Wishes, add_people
from spillkit.directory.identity import refuse_contact_ids
from spillkit.directory.manifest import Places
from spillkit.directory.mapping import Mapping, guess_mapping, parse_said
from spillkit.directory.opened import Directory
from spillkit.directory.reading import Source, open_source, source_of_rows
from spillkit.directory.survey import MappedSource
from spillkit.directory.tokens import open_tokens
from spillkit.model import SubjectId
from spillkit.settings import Workspace, open_workspace

if TYPE_CHECKING:
    from spillkit.kernel.api import Scanner

_KEY_BYTES = 16


class Index:
    """A customer list, ready to be looked for.

    >>> index = Index.build([{"id": "c_8f2a91", "name": "Jane Doe", "email": "jane@example.org"}])
    >>> index.find_in(b"to jane@example.org")
    ['c_8f2a91']
    """

    def __init__(self, directory: Directory, added: Added | None = None) -> None:
        self.directory = directory
        self.added = added  # what building did; None for an opened index
        self._scanner: Scanner | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def __repr__(self) -> str:
        return f"Index({self.directory.size} subjects)"

    @classmethod
    def build(
        cls,
        people: str | Path | Iterable[AnyMapping[str, object]] | pa.Table,
        *,
        key: bytes | None = None,
        mapping: AnyMapping[str, str] | Sequence[str] | None = None,
        tokens: Sequence[str] = (),
        default_country: str = "",
        pseudonymise_ids: bool = False,
        place: Path | None = None,
    ) -> Index:
        """Build an index of a customer list.

        people   a path or database URI, mappings, or an Arrow table
        key      16 bytes; None: a random one, which is gone with the index
        mapping  {"email": "Mail2"} or ["email=Mail2"], where the guess is wrong
        tokens   as --tokens: "order=orders.csv:order_no,customer_id"
        place    folder for index and table (no contact data); None: a temporary one
        Raises   DirectoryError, naming what to do
        """
        pairs = mapping.items() if isinstance(mapping, AnyMapping) else ()
        said = [f"{role}={column}" for role, column in pairs] or list(mapping or ())
        source = open_source(str(people)) if isinstance(people, (str, Path)) else source_of_rows(people)
        mapped = map_source(source, said, pseudonymise_ids=pseudonymise_ids)
        folder = tempfile.TemporaryDirectory(prefix="spillkit-index-") if place is None else None
        root = place if place is not None else Path(folder.name if folder else "")
        places = Places(root / "directory", root / "index")
        key = key if key is not None else secrets.token_bytes(_KEY_BYTES)
        if len(key) != _KEY_BYTES:
            raise ValueError("the key must have 16 bytes")
        wishes = Wishes(pseudonymise_ids=pseudonymise_ids, default_country=default_country, allow_removals=True)
        tables = [open_tokens(text) for text in tokens]
        added = add_people(places, key, [mapped], tables, wishes, token_options=[t.option for t in tables])
        index = cls(Directory.open_places(places, key), added)
        index._folder = folder
        return index

    @classmethod
    def open(cls, workspace: Workspace | Path | str | None = None) -> Index:
        """Open what `spillkit people add` left in a workspace; None: the nearest `spill/`."""
        if not isinstance(workspace, Workspace):
            workspace = open_workspace(Path(workspace) if workspace is not None else None)
        return cls(Directory.open(workspace))

    @property
    def scanner(self) -> Scanner:
        """The scanner, opened once."""
        if self._scanner is None:
            self._scanner = self.directory.scanner()
        return self._scanner

    @property
    def size(self) -> int:
        return self.directory.size

    def find_in(self, body: bytes | str) -> list[SubjectId]:
        """Return the ids of all who may be meant in a body, each once; how sure that is, `find_sightings` says."""
        text = body.encode("utf-8", "replace") if isinstance(body, str) else body
        numbers: dict[int, None] = {}
        for slot in self.scanner.scan([text])[:, 3].tolist():
            numbers.update(dict.fromkeys(self.scanner.group(slot)[2].tolist()))
        return [self.directory.id(number) for number in numbers]


def map_source(source: Source, said: Sequence[str] = (), *, pseudonymise_ids: bool = False) -> MappedSource:
    """Find out what the columns of a list are, and refuse ids that are contact data.

    said    as --map: "email=Mail2,name=Full name"
    Raises  DirectoryError
    """
    sample = source.sample()
    mapping: Mapping = guess_mapping(source.header, sample, parse_said(said))
    if not pseudonymise_ids and sample.num_rows:
        refuse_contact_ids(sample, mapping)
    return MappedSource(source, mapping)
