"""Find the notice that a code belongs to, among a million, without keeping a code.

In:    a prepared mailing, the keys of codes; a code that somebody typed.
Out:   the row of the notice, or none. The index is a file beside the rows, made when it is first needed, and again when it is gone.
Else:  reading what was typed is `code`; reading the row is `ours`.

The file holds, sorted, eight bytes of a keyed digest of each code, and its row: 12 bytes a notice. Without the keys nobody makes a
code from it. Eight bytes may fall on a wrong row, by a chance of one in 10^13 for a million notices: who asks compares the row's
own code.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from spillkit.notices.code import Code, CodeKeys, code_of
from spillkit.notices.prepared import Prepared
from spillkit.notices.told_rows import told_file
from spillkit.settings import Workspace

_ENTRY = np.dtype([("digest", "<u8"), ("row", "<u4")])


class CodeIndex:
    """Where the codes of one mailing lead."""

    def __init__(self, entries: NDArray[np.void], keys: CodeKeys) -> None:
        self._entries, self._keys = entries, keys

    def row_of(self, code: Code) -> int | None:
        """Return the row of the notice that has a code, by all that the index can tell; None if no notice has."""
        wanted = np.frombuffer(_digest(code, self._keys), dtype="<u8")[0]
        at = int(np.searchsorted(self._entries["digest"], wanted))
        if at == len(self._entries) or self._entries["digest"][at] != wanted:
            return None
        return int(self._entries["row"][at])


def index_of(workspace: Workspace, prepared: Prepared, keys: CodeKeys) -> CodeIndex:
    """Return the index of a mailing's codes, made and kept where there is none yet. Making a million takes some ten seconds.

    Raises  OSError, pyarrow.ArrowException where the rows are gone or damaged
    """
    rows = told_file(workspace, prepared)
    path = rows.with_name(f"codes-{prepared.plan.digest[:16]}.npy")
    with pq.ParquetFile(rows) as file:
        entries = _read(path, file.metadata.num_rows)
        if entries is None:
            ids = (id_.as_py() for batch in file.iter_batches(columns=["id"]) for id_ in batch.column("id"))
            entries = _made(ids, keys)
            _keep(entries, path)
    return CodeIndex(entries, keys)


def _made(notice_ids: Iterable[str], keys: CodeKeys) -> NDArray[np.void]:
    digests = b"".join(_digest(code_of(notice_id, keys), keys) for notice_id in notice_ids)
    entries = np.empty(len(digests) // 8, dtype=_ENTRY)
    entries["digest"] = np.frombuffer(digests, dtype="<u8")
    entries["row"] = np.arange(len(entries), dtype="<u4")
    return entries[np.argsort(entries["digest"], kind="stable")]


def _read(path: Path, rows: int) -> NDArray[np.void] | None:
    """Return what was kept; None where there is none that can be used."""
    try:
        entries = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return entries if entries.dtype == _ENTRY and entries.shape == (rows,) else None


def _keep(entries: NDArray[np.void], path: Path) -> None:
    """Keep an index; where it cannot be written it is made again the next time, and nothing is lost."""
    draft = None
    try:
        handle, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            np.save(file, entries, allow_pickle=False)
        Path(draft).replace(path)
        for old in path.parent.glob("codes-*.npy"):
            if old.name != path.name:  # of what was prepared before
                old.unlink(missing_ok=True)
    except OSError:
        if draft is not None:
            Path(draft).unlink(missing_ok=True)


def _digest(code: Code, keys: CodeKeys) -> bytes:
    return blake2b(code.encode("ascii"), key=keys.looking_up, digest_size=8, person=b"spill-code").digest()
