"""Ask questions over the ledger's files in place, in bounded memory.

In:    the files that count, by view.
Out:   a DuckDB connection with the views, locked down; answers as Arrow tables.
Else:  which files count is `ledger`; the columns are `spillkit.schemas`.

The connection may read and write below the ledger's folder only. Extensions of DuckDB are fetched from the network at run
time, so they stay off.
"""

# ruff: noqa: S608 - the SQL is put together from constants of the code and labels of enums, never from values.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from spillkit.errors import LedgerError

MEMORY_LIMIT = "1GiB"

_SQL_TYPES: Mapping[pa.DataType, str] = {
    pa.string(): "VARCHAR",
    pa.bool_(): "BOOLEAN",
    pa.int16(): "SMALLINT",
    pa.int32(): "INTEGER",
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    pa.timestamp("us", tz="UTC"): "TIMESTAMPTZ",
}


def connect(folder: Path | None = None, scratch: Path | None = None) -> duckdb.DuckDBPyConnection:
    """Return a new connection that may touch files below `folder` only.

    folder   the ledger's folder; None: no files at all
    scratch  where larger-than-memory sorts may spill, below `folder`
    """
    connection = duckdb.connect(
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            "memory_limit": MEMORY_LIMIT,
        }
    )
    connection.execute("SET TimeZone='UTC'")
    connection.execute("SET enable_progress_bar=false")
    if scratch is not None:
        connection.execute(f"SET temp_directory={quoted(scratch)}")
    if folder is not None:
        connection.execute(f"SET allowed_directories=[{quoted(folder.absolute())}]")
    connection.execute("SET enable_external_access=false")
    return connection


def create_view(connection: duckdb.DuckDBPyConnection, name: str, schema: pa.Schema, files: Sequence[Path]) -> None:
    """Make a view over Parquet files, in the order given; without files an empty one of the same columns."""
    columns = ", ".join(f'"{field.name}"' for field in schema)
    if files:
        listed = ", ".join(quoted(path.absolute()) for path in files)
        body = f"SELECT {columns} FROM read_parquet([{listed}], union_by_name=false)"
    else:
        empty = ", ".join(f'NULL::{_SQL_TYPES[field.type]} AS "{field.name}"' for field in schema)
        body = f"SELECT {empty} WHERE false"
    try:
        connection.execute(f'CREATE OR REPLACE VIEW "{name}" AS {body}')
    except (duckdb.IOException, duckdb.InvalidInputException) as error:
        raise unreadable(error) from error


def ask(
    connection: duckdb.DuckDBPyConnection, question: str, parameters: Sequence[Any] | Mapping[str, Any] = ()
) -> pa.Table:
    """Return the answer to a SQL question as an Arrow table; LedgerError if a file is damaged or memory ends."""
    try:
        relation = connection.sql(question, params=list(parameters) if isinstance(parameters, Sequence) else parameters)
        if relation is None:
            return pa.table({})
        return relation.to_arrow_table()
    except (duckdb.IOException, duckdb.InvalidInputException, duckdb.OutOfMemoryException) as error:
        raise unreadable(error) from error


def unreadable(error: duckdb.Error) -> LedgerError:
    """Return the LedgerError for what DuckDB could not do with the ledger's files."""
    if isinstance(error, duckdb.OutOfMemoryException):
        return LedgerError("The question needs more memory or disk than there is. Make room and ask again.")
    return LedgerError(
        "A file of the ledger cannot be read: it is damaged, or was changed from outside. "
        "Run `spillkit doctor`, then scan the recording it belongs to again."
    )


def quoted(path: Path) -> str:
    """Return the path as a SQL string."""
    return "'" + str(path).replace("'", "''") + "'"
