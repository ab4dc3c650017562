"""Read some rows of a prepared mailing, out of a million: by notice, by account, those who are on hold.

In:    the workspace, the head of a mailing (`prepared.read_head`), ids.
Out:   Told values, in the order of their ids.
Else:  reading all rows, with the digest held against them, is `prepared`; this is for a screen that shows a few.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from spillkit.errors import NoticesError
from spillkit.model import SubjectId
from spillkit.notices.prepared import Prepared, folder_of
from spillkit.notices.told import Told
from spillkit.notices.told_table import TOLD, rows_of
from spillkit.settings import Workspace


def told_file(workspace: Workspace, prepared: Prepared) -> Path:
    """Return where the rows of a mailing are."""
    return folder_of(workspace, prepared.mailing) / prepared.told_file


def rows_by_id(workspace: Workspace, prepared: Prepared, ids: Collection[str]) -> list[Told]:
    """Return the rows of some notices. Ids that are not of this mailing are passed over.

    Raises  NoticesError if the rows are gone or damaged
    """
    return _read(workspace, prepared, pc.field("id").isin(sorted(ids))) if ids else []


def rows_on_hold(workspace: Workspace, prepared: Prepared) -> pa.Table:
    """Return the rows of TOLD of those who are on hold, namesakes among them. NoticesError as `rows_by_id`."""
    try:
        return pq.read_table(told_file(workspace, prepared), filters=~pc.field("hold").is_null()).select(TOLD.names)
    except (OSError, pa.ArrowException) as error:
        raise _gone() from error


def first_on_hold(workspace: Workspace, prepared: Prepared, most: int) -> list[Told]:
    """Return the first of them, and no more than so many. NoticesError as `rows_by_id`."""
    found: list[Told] = []
    for batch in _batches(workspace, prepared, TOLD.names):
        found += rows_of(pa.Table.from_batches([batch.filter(pc.is_valid(batch.column("hold")))]))
        if len(found) >= most:
            break
    return found[:most]


def rows_of_account(workspace: Workspace, prepared: Prepared, subject: SubjectId) -> list[Told]:
    """Return what is told about one account, also where nobody is told for now.

    Raises  NoticesError as `rows_by_id`
    Cost    one pass over the ids of all accounts: a tenth of a second for a million
    """
    found: list[str] = []
    for batch in _batches(workspace, prepared, ["id", "subjects"]):
        subjects = batch.column("subjects")
        is_his = pc.equal(pc.list_flatten(subjects), subject)
        places = pc.unique(pc.list_parent_indices(subjects).filter(is_his))
        found += batch.column("id").take(places).to_pylist()
    return rows_by_id(workspace, prepared, found)


def _batches(workspace: Workspace, prepared: Prepared, columns: list[str]) -> Iterator[pa.RecordBatch]:
    try:
        with pq.ParquetFile(told_file(workspace, prepared)) as file:
            yield from file.iter_batches(columns=columns)
    except (OSError, pa.ArrowException) as error:
        raise _gone() from error


def _read(workspace: Workspace, prepared: Prepared, wanted: pc.Expression) -> list[Told]:
    try:
        table = pq.read_table(told_file(workspace, prepared), filters=wanted).select(TOLD.names)
    except (OSError, pa.ArrowException) as error:
        raise _gone() from error
    return list(rows_of(table.sort_by("id")))


def _gone() -> NoticesError:
    return NoticesError("The rows of this mailing are gone or damaged. Prepare it again: spillkit notify prepare.")
