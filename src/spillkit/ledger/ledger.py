"""The ledger: what was seen, what was looked at, and what was judged.

In:    tables of scanned chunks, entries of the manifest, judgements.
Out:   files in one folder, and answers over them.
Else:  finding sightings is `scan`; judging them is `judging`; numbers are `scope`.

    ledger/
        sources/<source>.json                              the manifest of recordings
        parts/<source>/<settings>/<first>-<last>/*.parquet one folder for each scanned chunk
        judgements/<judgement>/                            exposures and findings (derived; one counts)
        judgement                                          the name of the judgement that counts
        scratch/                                           unfinished work; empty between runs
        lock                                               held by the one writer
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pyarrow as pa

from spillkit.errors import LedgerError
from spillkit.ledger.database import ask, connect, create_view
from spillkit.ledger.lock import hold_lock
from spillkit.ledger.manifest import Source, read_source, read_sources, write_source
from spillkit.ledger.parts import TABLES, ChunkId, cannot_write, write_file, write_part
from spillkit.model import SourceId
from spillkit.schemas import CORRECTIONS, EXPOSURES

SOURCES = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),
        pa.field("name", pa.string(), nullable=False),
        pa.field("path", pa.string(), nullable=False),
        pa.field("format", pa.string(), nullable=False),
        pa.field("file_bytes", pa.int64(), nullable=False),
        pa.field("settings", pa.string(), nullable=False),
        pa.field("complete", pa.bool_(), nullable=False),
        pa.field("scanning", pa.bool_(), nullable=False),  # a scan was begun and has not ended
        pa.field("entries", pa.int64()),
        pa.field("facts", pa.string(), nullable=False),  # JSON object
    ]
)

_JUDGED = {"exposures": EXPOSURES, "corrections": CORRECTIONS}
_SPILL = "duckdb-"


class Ledger:
    """One ledger on disk. Reading needs no lock; writing takes it for as long as `writing()` lasts.

    path  the folder; it is made at the first write

    with ledger.writing():
        ledger.begin_source(source)
        if not ledger.has_chunk(chunk):
            ledger.record_chunk(chunk, sightings, exchanges, coverage, damages)
        ledger.finish_source(source_id, entries=4104)
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._is_writing = False

    @classmethod
    def of_worker(cls, path: Path) -> Ledger:
        """Return the ledger for a process whose parent is `writing()`: it puts parts in place under the parent's lock."""
        ledger = cls(path)
        ledger._is_writing = True
        return ledger

    # -- the manifest -------------------------------------------------------------------------------------------

    @property
    def sources_dir(self) -> Path:
        return self.path / "sources"

    def sources(self) -> list[Source]:
        """Return every recording that was read or is being read, ordered by id."""
        return read_sources(self.sources_dir)

    def source(self, source: SourceId) -> Source | None:
        """Return what the manifest says of one recording, or None if it was never scanned."""
        return read_source(self.sources_dir, source)

    def open_sources(self) -> list[Source]:
        """Return recordings whose scan was begun and has not ended: read them again to finish."""
        return [source for source in self.sources() if source.scanning]

    def is_scanned(self, source: SourceId, settings: str) -> bool:
        """Return whether this recording was read to its end under these settings."""
        known = self.source(source)
        return known is not None and known.complete and known.settings == settings

    def begin_source(
        self,
        source: SourceId,
        *,
        name: str,
        path: str,
        format: str,  # noqa: A002 - the word of the manifest
        file_bytes: int,
        settings: str,
        facts: Mapping[str, str | int | float | bool | None] | None = None,
    ) -> Source:
        """Write down that a recording is being scanned; what was complete under other settings counts until the end.

        settings  digest of everything that changes the result (`ChunkId`)
        Returns   the manifest's entry
        """
        known = self.source(source)
        values: dict[str, Any] = {
            "name": name,
            "path": path,
            "format": format,
            "file_bytes": file_bytes,
            "facts": dict(facts or {}),
        }
        if known is None or not known.complete:
            entry = Source(source=source, settings=settings, scanning=settings, **values)
        elif known.settings == settings:
            entry = msgspec.structs.replace(known, **{**values, "facts": {**known.facts, **values["facts"]}})
        else:
            entry = msgspec.structs.replace(known, name=name, path=path, scanning=settings)
        with self._write():
            write_source(self.sources_dir, entry)
        return entry

    def finish_source(
        self,
        source: SourceId,
        *,
        settings: str,
        entries: int,
        facts: Mapping[str, str | int | float | bool | None] | None = None,
    ) -> Source:
        """Write down that a recording was read to its end; from now on only its rows under `settings` count.

        Raises  LedgerError if the scan was never begun
        """
        known = self.source(source)
        if known is None:
            raise LedgerError(f"The manifest does not know source {source}. Begin it before it is finished.")
        entry = msgspec.structs.replace(
            known,
            settings=settings,
            complete=True,
            scanning="",
            entries=entries,
            facts={**known.facts, **(facts or {})},
        )
        with self._write():
            write_source(self.sources_dir, entry)
            self._sweep_parts(entry)
        return entry

    # -- parts --------------------------------------------------------------------------------------------------

    def has_chunk(self, chunk: ChunkId) -> bool:
        """Return whether this chunk's part is in place."""
        return (self.path / "parts" / chunk.folder).is_dir()

    def record_chunk(
        self, chunk: ChunkId, sightings: pa.Table, exchanges: pa.Table, coverage: pa.Table, damages: pa.Table
    ) -> bool:
        """Put one chunk's rows in place, whole or not at all; return False if they were there already.

        Raises  LedgerError if the disk refuses or another process is writing
        """
        tables = {"sightings": sightings, "exchanges": exchanges, "coverage": coverage, "damages": damages}
        with self._write():
            return write_part(self.path / "parts", self.path / "scratch", chunk, tables)

    def part_files(self, table: str) -> list[Path]:
        """Return the files of a table that count, in the order of source and entry."""
        files = []
        for source in self.sources():
            for part in self._folders(self.path / "parts" / source.source / source.settings):
                if (part / f"{table}.parquet").is_file():
                    files.append(part / f"{table}.parquet")
        return files

    def sources_without_exchanges(self) -> list[Source]:
        """Return the recordings of which the ledger has rows but not how their answers came about: scan them again.

        Ledgers of before version 3 of the scan kept sightings and coverage only. They open and are judged as they were; causes
        and handed-over sessions can be found only after a new scan, which replaces their rows.
        """
        return [
            source
            for source in self.sources()
            for folder in [self.path / "parts" / source.source / source.settings]
            if any((part / "coverage.parquet").is_file() for part in self._folders(folder))
            and not any((part / "exchanges.parquet").is_file() for part in self._folders(folder))
        ]

    # -- judgements ---------------------------------------------------------------------------------------------

    @property
    def judgement_dir(self) -> Path | None:
        """The folder of the judgement that counts, or None before the first."""
        try:
            name = (self.path / "judgement").read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise LedgerError(
                f"{self.path / 'judgement'}: cannot be read. Delete it and run `spillkit judge`."
            ) from error
        folder = self.path / "judgements" / name
        return folder if name and "/" not in name and folder.is_dir() else None

    def record_exposures(self, judgement_id: str, draft: Path) -> Path:
        """Make a finished draft the judgement that counts, at once and as a whole, and drop the one before.

        judgement_id  hex digest of what was judged and by which rules
        draft         folder below scratch/ with exposures.parquet and whatever else belongs to it
        Returns       the folder of the judgement
        """
        with self._write():
            target = self.path / "judgements" / judgement_id
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                for file in draft.iterdir():
                    _sync_file(file)
                if target.exists():
                    shutil.rmtree(target)
                draft.rename(target)
            except OSError as error:
                raise cannot_write(self.path, error) from error
            write_file(self.path / "judgement", judgement_id.encode("ascii") + b"\n")
            for folder in self._folders(target.parent):
                if folder != target:
                    shutil.rmtree(folder, ignore_errors=True)
            return target

    # -- questions ----------------------------------------------------------------------------------------------

    @contextmanager
    def database(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open a DuckDB connection with the views sightings, exchanges, coverage, damages, exposures, corrections and sources.

        It may touch files below the ledger only, and spills into scratch/.
        """
        spill = self.path / "scratch" / f"{_SPILL}{os.getpid()}-{secrets.token_hex(4)}"
        connection = connect(self.path, spill)
        try:
            for name, schema in TABLES.items():
                create_view(connection, name, schema, self.part_files(name))
            judged = self.judgement_dir
            for name, schema in _JUDGED.items():
                file = judged / f"{name}.parquet" if judged else None
                # Judgements of before had no corrections.
                there = file is not None and (name == "exposures" or file.is_file())
                create_view(connection, name, schema, [file] if file is not None and there else [])
            connection.register("sources", self._sources_table())
            yield connection
        finally:
            connection.close()
            shutil.rmtree(spill, ignore_errors=True)

    def query(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> pa.Table:
        """Return the answer to one SQL question over the views (see `database`).

        parameters  values for ? (a list) or $name (a mapping)
        Raises      LedgerError if a file is damaged
        """
        with self.database() as connection:
            return ask(connection, sql, parameters)

    def _sources_table(self) -> pa.Table:
        rows = [
            {
                **{name: getattr(source, name) for name in SOURCES.names if name not in ("facts", "scanning")},
                "scanning": bool(source.scanning),
                "facts": msgspec.json.encode(dict(sorted(source.facts.items()))).decode(),
            }
            for source in self.sources()
        ]
        return pa.Table.from_pylist(rows, schema=SOURCES)

    # -- writing ------------------------------------------------------------------------------------------------

    @contextmanager
    def writing(self) -> Iterator[Ledger]:
        """Hold the ledger's lock, after sweeping away what an interrupted run left unfinished.

        May be nested. Raises LedgerError if another process is writing.
        """
        if self._is_writing:
            yield self
            return
        try:
            for folder in (self.path, self.sources_dir, self.path / "parts", self.path / "scratch"):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise cannot_write(self.path, error) from error
        with hold_lock(self.path):
            self._sweep()
            self._is_writing = True
            try:
                yield self
            finally:
                self._is_writing = False

    @contextmanager
    def _write(self) -> Iterator[None]:
        """Take the lock for one act, unless it is held for longer already."""
        with self.writing():
            yield

    def _sweep(self) -> None:
        """Remove what an interrupted run left unfinished. Only the holder of the lock may."""
        for leftover in (self.path / "scratch").iterdir():
            if not _is_in_use(leftover):
                shutil.rmtree(leftover, ignore_errors=True)
        for leftover in [*self.sources_dir.glob(".*.json.*"), *self.path.glob(".judgement.*")]:
            leftover.unlink(missing_ok=True)
        for source in self.sources():
            self._sweep_parts(source)

    def _sweep_parts(self, source: Source) -> None:
        for folder in self._folders(self.path / "parts" / source.source):
            if folder.name not in (source.settings, source.scanning):
                shutil.rmtree(folder, ignore_errors=True)

    @staticmethod
    def _folders(folder: Path) -> list[Path]:
        return sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []


def _is_in_use(leftover: Path) -> bool:
    """Return whether a running process of ours spills into this folder: readers hold no lock."""
    process = leftover.name.removeprefix(_SPILL).partition("-")[0]
    if not leftover.name.startswith(_SPILL) or not process.isdigit():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _sync_file(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
