"""Keep the incidents of a judgement beside it, so that they are looked for once.

In:    a judged ledger; the changes file's lines, if there are any.
Out:   incidents, and for each exposed answer the incident it belongs to.
Else:  finding incidents is `spillkit.cause`; reading a changes file is `changes`.

    ledger/changes.json                                    the changes last given; they hold for later judgements too
    ledger/judgements/<judgement>/incidents.json           derived; gone with the judgement
    ledger/judgements/<judgement>/incident_rows.parquet
    ledger/judgements/<judgement>/comparisons.json         with other incidents, as they were asked for

incidents.json is written last and taken away first: where it is, the rows beside it are its own.
"""

# ruff: noqa: S608 - the SQL is put together from constants of the code and a whole number.

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import msgspec
import pyarrow as pa

from spillkit import __version__
from spillkit.cause.changes import changes_digest
from spillkit.cause.compare import Comparison
from spillkit.cause.incident import Change, Incident
from spillkit.errors import InputError, LedgerError
from spillkit.ledger import Ledger, read_judgement
from spillkit.ledger.database import ask, create_view
from spillkit.ledger.parts import write_file, write_parquet

# Raised whenever the same ledger would give other incidents.
VERSION = 2
INCIDENTS_NAME = "incidents.json"
ROWS_NAME = "incident_rows.parquet"
CHANGES_NAME = "changes.json"
COMPARISONS_NAME = "comparisons.json"
MOST_COMPARISONS = 100
AT_ONCE = 20_000  # exposures whose cause is found within a scan or a measurement, without being asked for

# One row: an exposed answer as one viewer was sent it, and its incident.
INCIDENT_ROWS = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),
        pa.field("entry", pa.int64(), nullable=False),
        pa.field("viewer", pa.string(), nullable=False),
        pa.field("incident", pa.int32(), nullable=False),
    ]
)


class _File(msgspec.Struct, frozen=True, kw_only=True):
    """What incidents.json holds."""

    made_by: str  # version of Spillkit and of its cause finding
    changes: str  # digest of the changes it was made with
    incidents: tuple[Incident, ...]


@dataclass(frozen=True, slots=True)
class Incidents:
    """The incidents of the judgement that counts."""

    incidents: tuple[Incident, ...]
    changes: tuple[Change, ...]
    rows: Path | pa.Table  # columns of INCIDENT_ROWS

    def incident(self, number: int) -> Incident:
        """Return the incident of that number; InputError if there is none."""
        for incident in self.incidents:
            if incident.number == number:
                return incident
        known = f"they go from 1 to {len(self.incidents)}" if self.incidents else "there are none"
        raise InputError(f"There is no incident {number}: {known}. `spillkit cause` lists them.")

    def attach(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Make the view incident_rows on a connection of `Ledger.database()`."""
        if isinstance(self.rows, Path):
            create_view(connection, "incident_rows", INCIDENT_ROWS, [self.rows])
        else:
            connection.register("incident_rows", self.rows)

    def narrow(self, connection: duckdb.DuckDBPyConnection, number: int) -> None:
        """Leave only one incident's rows in the view exposures of a connection of `Ledger.database()`.

        Raises  InputError if there is no such incident
        """
        chosen = self.incident(number).number
        self.attach(connection)
        connection.execute("ALTER VIEW exposures RENAME TO exposures_of_all")
        connection.execute(
            "CREATE VIEW exposures AS SELECT e.* FROM exposures_of_all e SEMI JOIN "
            f"(SELECT * FROM incident_rows WHERE incident = {chosen:d}) i USING (source, entry, viewer)"
        )


def incidents_of(ledger: Ledger, changes: Sequence[Change] | None = None) -> tuple[Incident, ...]:
    """Return the incidents of the judgement that counts (see `read_incidents`)."""
    return read_incidents(ledger, changes).incidents


def read_incidents(ledger: Ledger, changes: Sequence[Change] | None = None) -> Incidents:
    """Return the incidents of the judgement that counts: those kept beside it, or else found now and kept.

    changes  what was deployed or configured when, from now on; None: what was given before
    Raises   LedgerError if nothing was judged, a file is damaged, or other changes cannot be kept
    """
    if changes is not None:
        _remember_changes(ledger, changes)
    known = _read_changes(ledger)
    folder = ledger.judgement_dir
    if folder is None:
        raise LedgerError("Nothing was judged yet. Run `spillkit scan RECORDING`, or `spillkit judge`.")
    kept = _read(folder)
    if kept is not None and kept.made_by == _made_by() and kept.changes == changes_digest(known):
        return Incidents(kept.incidents, known, folder / ROWS_NAME)
    incidents, rows = _find(ledger, known)
    try:
        with ledger.writing():
            if ledger.judgement_dir == folder:
                keep_incidents(folder, incidents, rows, known)
    except LedgerError:
        # Somebody scans meanwhile, or the disk may only be read. The answer is right all the same; it is found again next time.
        return Incidents(incidents, known, rows)
    return Incidents(incidents, known, rows)


def incidents_at_hand(ledger: Ledger) -> Incidents | None:
    """Return the incidents if they are kept, or can be found while somebody waits; None where that may take long.

    Commands that are about something else ask here. `spillkit cause` always looks.
    """
    folder, judgement = ledger.judgement_dir, read_judgement(ledger)
    if folder is None or judgement is None:
        return None
    kept = _read(folder)
    is_kept = kept is not None and kept.made_by == _made_by() and kept.changes == changes_digest(_read_changes(ledger))
    return read_incidents(ledger) if is_kept or judgement.exposures <= AT_ONCE else None


def keep_incidents(folder: Path, incidents: Sequence[Incident], rows: pa.Table, changes: Sequence[Change] = ()) -> None:
    """Put incidents beside their judgement. The caller holds the ledger's lock.

    folder   of the judgement
    rows     columns of INCIDENT_ROWS
    Raises   LedgerError if the disk refuses
    """
    kept = _File(made_by=_made_by(), changes=changes_digest(changes), incidents=tuple(incidents))
    draft = folder / f".{ROWS_NAME}"
    try:
        (folder / INCIDENTS_NAME).unlink(missing_ok=True)
        write_parquet(rows.cast(INCIDENT_ROWS).combine_chunks(), draft)
        draft.replace(folder / ROWS_NAME)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise LedgerError(
            f"{folder}: incidents cannot be kept ({error.strerror}). Make room, then ask again."
        ) from error
    write_file(folder / INCIDENTS_NAME, msgspec.json.format(msgspec.json.encode(kept, order="sorted"), indent=1))


def read_comparisons(ledger: Ledger) -> tuple[Comparison, ...]:
    """Return the comparisons that were asked for since the judgement that counts, oldest first."""
    folder = ledger.judgement_dir
    if folder is None:
        return ()
    try:
        return msgspec.json.decode((folder / COMPARISONS_NAME).read_bytes(), type=tuple[Comparison, ...])
    except (OSError, msgspec.DecodeError):
        return ()  # There are none, or they are of another version: they are asked for again.


def keep_comparisons(ledger: Ledger, comparisons: Sequence[Comparison]) -> None:
    """Keep comparisons for question 10; one of the same two incidents replaces the one before.

    Raises  LedgerError if another process is writing, or the disk refuses
    """
    new = {(comparison.first, comparison.second) for comparison in comparisons}
    with ledger.writing():
        folder = ledger.judgement_dir
        if folder is None:
            return
        before = [one for one in read_comparisons(ledger) if (one.first, one.second) not in new]
        write_file(folder / COMPARISONS_NAME, msgspec.json.encode([*before, *comparisons][-MOST_COMPARISONS:]))


def _find(ledger: Ledger, changes: Sequence[Change]) -> tuple[tuple[Incident, ...], pa.Table]:
    from spillkit.cause.find import find_incidents

    with ledger.database() as connection:
        found = find_incidents(connection, changes)
        rows = ask(connection, "SELECT source, entry, viewer, incident FROM incident_rows ORDER BY ALL")
    return found.incidents, rows.cast(INCIDENT_ROWS)


def _read(folder: Path) -> _File | None:
    """Return what is kept beside a judgement; None where nothing is, or nothing that can be used."""
    try:
        kept = msgspec.json.decode((folder / INCIDENTS_NAME).read_bytes(), type=_File)
    except (OSError, msgspec.DecodeError):
        return None  # Derived: it is made anew.
    return kept if (folder / ROWS_NAME).is_file() else None


def _read_changes(ledger: Ledger) -> tuple[Change, ...]:
    path = ledger.path / CHANGES_NAME
    try:
        return tuple(msgspec.json.decode(path.read_bytes(), type=list[Change]))
    except FileNotFoundError:
        return ()
    except (OSError, msgspec.DecodeError) as error:
        raise LedgerError(f"{path}: cannot be read. Give the changes again: spillkit cause --changes FILE") from error


def _remember_changes(ledger: Ledger, changes: Sequence[Change]) -> None:
    path = ledger.path / CHANGES_NAME
    data = msgspec.json.encode(list(changes))
    try:
        if path.read_bytes() == data:
            return
    except OSError:
        pass  # There are none yet, or none that can be read: they are put in place now.
    with ledger.writing():
        write_file(path, data)


def _made_by() -> str:
    return f"{__version__} {VERSION}"
