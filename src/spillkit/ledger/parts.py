"""Write one chunk's tables as a part: a folder of Parquet files that appears whole or not at all.

In:    the sightings, exchanges, coverage and damages of one scanned chunk.
Out:   parts/<source>/<settings>/<first>-<last>/{sightings,exchanges,coverage,damages}.parquet
Else:  which parts count is the manifest's word (`manifest`); questions over them are `database`.

The same rows give the same bytes: rows are sorted, and no time or random value enters a file.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from spillkit.errors import LedgerError
from spillkit.model import SourceId
from spillkit.schemas import COVERAGE, DAMAGES, EXCHANGES, SIGHTINGS

TABLES: Mapping[str, pa.Schema] = {
    "sightings": SIGHTINGS,
    "exchanges": EXCHANGES,
    "coverage": COVERAGE,
    "damages": DAMAGES,
}

# Rows of one part in the order in which somebody would look for them; the rest of the columns settle ties.
_ORDER: Mapping[str, tuple[str, ...]] = {
    "sightings": ("entry", "start", "end", "field", "subject", "evidence", "because"),
    "exchanges": ("entry", "viewer", "shown_at", "channel", "body", "body_bytes"),
    "coverage": ("slice_at", "channel", "method", "route", "status", "viewer_kind", "sampled_share"),
    "damages": ("entry", "offset", "reason"),
}
_HEX = re.compile(r"[0-9a-f]{8,64}\Z")
_ZSTD_LEVEL = 9
_ZSTD_LEVEL_OF_PSEUDONYMS = 3  # they look like chance: more work saves nothing
_ROWS_IN_GROUP = 122_880  # DuckDB's own row group: one reader thread takes one


@dataclass(frozen=True, slots=True)
class ChunkId:
    """Which stretch of which recording was scanned, and under which index and settings.

    The settings digest must hold whatever changes the result: the index, the key, the options for viewers, the
    version of the scan, and how the recording is cut into chunks.
    """

    source: SourceId
    settings: str  # hex digest
    first_entry: int  # 0-based
    last_entry: int  # inclusive

    def __post_init__(self) -> None:
        if not _HEX.match(self.source) or not _HEX.match(self.settings):
            raise ValueError("source and settings of a chunk are digests in hex")
        if not 0 <= self.first_entry <= self.last_entry:
            raise ValueError("a chunk holds at least one entry, and entries count from 0")

    @property
    def folder(self) -> Path:
        """Where the part stands below parts/; names sort by entry."""
        return Path(self.source, self.settings, f"{self.first_entry:012d}-{self.last_entry:012d}")


def write_part(parts: Path, scratch: Path, chunk: ChunkId, tables: Mapping[str, pa.Table]) -> bool:
    """Put a chunk's tables in place; return False if the part was there already (then nothing changes).

    parts    folder of all parts
    scratch  folder on the same file system for what is not finished
    tables   by name (`TABLES`); a missing or empty table writes no file
    Raises   LedgerError if a table has another schema, or the disk refuses; nothing half-written stays
    """
    target = parts / chunk.folder
    if target.exists():
        return False
    canonical = {name: canonical_rows(name, table) for name, table in tables.items() if table.num_rows}
    draft = scratch / f"part-{secrets.token_hex(8)}"
    try:
        draft.mkdir(parents=True)
        for name, table in sorted(canonical.items()):
            level = _ZSTD_LEVEL_OF_PSEUDONYMS if name == "exchanges" else _ZSTD_LEVEL
            write_parquet(table, draft / f"{name}.parquet", level)
        sync_folder(draft)
        make_folders(target.parent, parts)
        draft.rename(target)
        sync_folder(target.parent)
    except OSError as error:
        shutil.rmtree(draft, ignore_errors=True)
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST) and target.exists():
            return False  # Another process of the same scan was faster, with the same bytes.
        raise cannot_write(parts, error) from error
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return True


def canonical_rows(name: str, table: pa.Table) -> pa.Table:
    """Return the table in its one order, in its schema; LedgerError if its columns are not those of the schema."""
    schema = TABLES[name]
    if table.column_names != schema.names:
        raise LedgerError(f"The ledger was given {name} with other columns than its own. Please report this.")
    try:
        cast = table.cast(schema)
    except (pa.ArrowInvalid, ValueError) as error:
        raise LedgerError(
            f"The ledger was given {name} with values that do not fit its columns. Please report this."
        ) from error
    return cast.sort_by([(column, "ascending") for column in _ORDER[name]]).combine_chunks()


def write_parquet(table: pa.Table, path: Path, level: int = _ZSTD_LEVEL) -> None:
    """Write a table as small, repeatable Parquet and wait until it is on the disk; OSError if it cannot be."""
    texts = [field.name for field in table.schema if pa.types.is_string(field.type)]
    numbers = {field.name: "DELTA_BINARY_PACKED" for field in table.schema if _is_counting(field.type)}
    with path.open("wb") as file:
        pq.write_table(
            table,
            file,
            compression="zstd",
            compression_level=level,
            use_dictionary=texts,
            column_encoding=numbers,
            row_group_size=_ROWS_IN_GROUP,
            store_schema=False,
        )
        file.flush()
        os.fsync(file.fileno())


def write_file(path: Path, data: bytes) -> None:
    """Put a small file in place whole or not at all; LedgerError if the disk refuses."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise cannot_write(path, error) from error


def sync_folder(folder: Path) -> None:
    """Wait until the folder's entries are on the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folders(folder: Path, top: Path) -> None:
    """Make a folder below `top` and wait until every new step of the way is on the disk."""
    if folder.is_dir():
        return
    if folder != top:
        make_folders(folder.parent, top)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def cannot_write(place: Path, error: OSError) -> LedgerError:
    """Return the LedgerError for what the system refused, with advice."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        advice = "The disk is full. Make room and run the same command again: it goes on where it stopped."
    elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        advice = "It may not be written to. Check its owner and permissions, then run the same command again."
    else:
        advice = (
            f"The system refused ({error.strerror or type(error).__name__}). Mend that and run the same command again."
        )
    return LedgerError(f"{place}: {advice} Nothing half-written was kept.")


def _is_counting(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_timestamp(kind))
