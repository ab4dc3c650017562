"""Read a customer list from SQLite or PostgreSQL, through ADBC drivers.

In:    a URI and a SELECT.
Out:   the column names and batches of rows with their row numbers.
Else:  Arrow columns become text in `columnar`; what columns mean is `mapping`.

Passwords are used to connect, never printed and never remembered: give them by PGPASSWORD or a .pgpass file instead.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit, urlunsplit

import pyarrow as pa

from spillkit.directory.batches import Batch
from spillkit.directory.columnar import text_batch
from spillkit.directory.delimited import unique_names
from spillkit.directory.opening import ReadProgress
from spillkit.errors import DirectoryError

_DRIVERS = {
    "sqlite": "adbc_driver_sqlite",
    "postgresql": "adbc_driver_postgresql",
    "postgres": "adbc_driver_postgresql",
}


@dataclass(frozen=True, slots=True)
class QueryRows:
    """A SELECT whose column names were asked for."""

    uri: str = field(repr=False)  # may hold a password
    sql: str = field(repr=False)
    header: tuple[str, ...] = ()

    @property
    def safe_uri(self) -> str:
        """The URI without a password."""
        return without_password(self.uri)

    def batches(self, progress: ReadProgress | None = None) -> Iterator[Batch]:
        """Yield the rows in the order the database gives them. Raises DirectoryError if the query fails."""
        # Every column is asked for as text: SQLite columns hold any type from row to row.
        quoted = ['"' + name.replace('"', '""') + '"' for name in self.header]
        columns = ", ".join(f"CAST({name} AS TEXT) AS {name}" for name in quoted)
        row = 1
        with _cursor(self.uri, "reading") as cursor:
            cursor.execute(f"SELECT {columns} FROM ({self.sql}) AS people")  # noqa: S608 - the user's own query
            for batch in cursor.fetch_record_batch():
                if batch.num_rows:
                    yield text_batch(batch, row)
                    row += batch.num_rows


def is_database(location: str) -> bool:
    """Return whether a location names a database rather than a file."""
    return location.partition(":")[0] in _DRIVERS and ":" in location


def open_query(location: str, sql: str | None = None) -> QueryRows:
    """Ask a database for the column names of a query.

    location  `sqlite:///path.db`, `sqlite:path.db` or `postgresql://user@host/name`, with `?query=SELECT …` or `?table=name`
    sql       the SELECT, where the location does not say
    Raises    DirectoryError if the driver is missing, the query is, or the database refuses
    """
    uri, asked = _split_location(location)
    query = (sql or asked or "").strip().rstrip(";").strip()
    if not query:
        raise DirectoryError('A database needs a query. Add --sql "SELECT id, name, email FROM customers".')
    with _cursor(uri, "asking for the column names") as cursor:
        cursor.execute(f"SELECT * FROM ({query}) AS people LIMIT 0")  # noqa: S608 - the user's own query
        names = [column[0] for column in cursor.description]
    if len(set(names)) != len(names):
        raise DirectoryError("The query gives two columns the same name. Rename one with AS.")
    return QueryRows(uri, query, unique_names(names))


def without_password(uri: str) -> str:
    """Return a database URI without its password, fit to be printed and kept.

    >>> without_password("postgresql://shop:secret@db.example/crm?sslmode=require&password=x")
    'postgresql://shop@db.example/crm?sslmode=require'
    """
    parts = urlsplit(uri)
    user, at, host = parts.netloc.rpartition("@")
    query = {name: values for name, values in _options(parts.query).items() if name != "password"}
    return urlunsplit(
        (
            parts.scheme,
            user.partition(":")[0] + at + host,
            parts.path,
            urlencode(query, doseq=True, quote_via=quote),
            "",
        )
    )


def _split_location(location: str) -> tuple[str, str | None]:
    """Return the URI for the driver, and the query that the location held."""
    base, _, tail = location.partition("?")
    options = _options(tail)
    query = options.pop("query", [None])[0]
    if table := options.pop("table", [None])[0]:
        query = "SELECT * FROM " + ".".join('"' + part.replace('"', '""') + '"' for part in table.split("."))  # noqa: S608
    if base.startswith("sqlite:"):
        path = unquote(base.removeprefix("sqlite:"))
        # As SQLAlchemy has it: three slashes before a relative path, four before an absolute one; both are tried.
        stripped = path.removeprefix("//") if path.startswith("//") else path
        if stripped.startswith("/") and not Path(stripped).exists() and Path(stripped[1:]).exists():
            stripped = stripped[1:]
        return "sqlite:" + stripped.replace("//", "/"), query
    rest = urlencode(options, doseq=True, quote_via=quote)
    return base.replace("postgres://", "postgresql://", 1) + (f"?{rest}" if rest else ""), query


def _options(text: str) -> dict[str, list[str]]:
    return parse_qs(text.replace("+", "%2B"), keep_blank_values=True)  # A plus in a query is a plus.


@contextmanager
def _cursor(uri: str, doing: str) -> Iterator[Any]:
    kind = uri.partition(":")[0]
    driver_name = _DRIVERS[kind]
    try:
        driver = importlib.import_module(f"{driver_name}.dbapi")
    except ImportError as error:
        raise DirectoryError('Reading a database needs the drivers. Run: pip install "spillkit[sql]"') from error
    target = uri
    if kind == "sqlite":
        path = Path(uri.removeprefix("sqlite:"))
        if not path.is_file():
            raise DirectoryError(f"{path.name}: there is no such SQLite file.")
        target = f"file:{quote(str(path))}?mode=ro"
    try:
        with driver.connect(target) as connection, connection.cursor() as cursor:
            yield cursor
    except (
        driver.Error,
        pa.ArrowException,
        OSError,
    ) as error:  # While batches arrive, Arrow raises in the driver's place.
        # The driver's own words may quote a row, or the password; the state code does not.
        state = getattr(error, "sqlstate", None)
        code = f", SQLSTATE {state}" if state else ""
        raise DirectoryError(
            f"The database refused while {doing} ({type(error).__name__}{code}). "
            "Try the same query in the database's own client; nothing was changed."
        ) from None
