"""Find the notice that a code belongs to, among a million, without keeping a code.

In:    the ids of a mailing's notices, the keys of codes; the digest of a code that somebody typed.
Out:   the row of the notice, or none. The index is a file beside the rows, made when it is first needed, and again when it is gone.
Else:  reading what was typed is `code`; reading the row is `ours`.

The file holds, sorted, the first eight bytes of each code's keyed digest (`code.digest_of`) and its row: 12 bytes a notice. Without
the keys nobody makes a code from it. Eight bytes may fall on a wrong row, by a chance of one in 10^13 for a million notices: who
asks compares the row's own code.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spillkit.notices.code import CodeKeys, code_of, digest_of

_ENTRY = np.dtype([("digest", "<u8"), ("row", "<u4")])


class CodeIndex:
    """Where the codes of one mailing lead."""

    def __init__(self, entries: NDArray[np.void]) -> None:
        self._entries = entries

    def row_of(self, digest: bytes) -> int | None:
        """Return the row of the notice whose code has this digest (`code.digest_of`); None if no notice has."""
        wanted = np.frombuffer(digest[:8], dtype="<u8")[0]
        at = int(np.searchsorted(self._entries["digest"], wanted))
        if at == len(self._entries) or self._entries["digest"][at] != wanted:
            return None
        return int(self._entries["row"][at])


def index_codes(notice_ids: Iterable[str], keys: CodeKeys) -> CodeIndex:
    """Make the index of notices, in the order of their rows. A million take some ten seconds."""
    digests = b"".join(digest_of(code_of(notice_id, keys), keys)[:8] for notice_id in notice_ids)
    entries = np.empty(len(digests) // 8, dtype=_ENTRY)
    entries["digest"] = np.frombuffer(digests, dtype="<u8")
    entries["row"] = np.arange(len(entries), dtype="<u4")
    return CodeIndex(entries[np.argsort(entries["digest"], kind="stable")])


def read_index(path: Path, rows: int) -> CodeIndex | None:
    """Open an index that was kept; None where there is none that can be used.

    rows  how many notices the mailing has
    """
    try:
        entries = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return CodeIndex(entries) if entries.dtype == _ENTRY and entries.shape == (rows,) else None


def keep_index(index: CodeIndex, path: Path) -> None:
    """Keep an index; where it cannot be written it is made again the next time, and nothing is lost."""
    draft = None
    try:
        handle, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            np.save(file, index._entries, allow_pickle=False)
        Path(draft).replace(path)
    except OSError:
        if draft is not None:
            Path(draft).unlink(missing_ok=True)
