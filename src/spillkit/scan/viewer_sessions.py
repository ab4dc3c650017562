"""Remember which session belonged to whom, without remembering any session.

In:    a table from value to viewer, with times of validity if it has them.
Out:   Sessions: who a value belonged to at a time.
Else:  the options are `viewer_options`; what an id stands for (customer, staff) is `viewers`.

Values (cookies, header values) are kept as keyed hashes of 64 bits only; each is forgotten as soon as its row is read.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from spillkit.errors import InputError
from spillkit.scan.viewer_options import ViewerSource
from spillkit.scan.viewer_tables import Row, read_query, read_rows
from spillkit.scan.viewer_validity import read_bound

_PERSON = b"spillkit-session"  # blake2b's personalisation: this use of the key and no other

# An address, a number or a token where a column's name should be: the table has no line of names.
_DATA_IN_NAME = re.compile(r"@|[0-9].*[0-9].*[0-9]|.{41}")

# What tables call these columns, tried in this order; without any of them the first two columns are taken.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "value": ("value", "cookie", "session", "sessionid", "session_id", "session_key", "sid", "token", "header"),
    "viewer": (
        "viewer",
        "customer_id",
        "customer",
        "subject",
        "subject_id",
        "user_id",
        "user",
        "account_id",
        "member_id",
        "id",
    ),
    "from": ("from", "valid_from", "start", "starts_at", "created_at", "created", "login_at"),
    "to": ("to", "valid_to", "end", "ends_at", "expires_at", "expires", "expire_date", "logout_at", "valid_until"),
}


@dataclass(frozen=True, slots=True)
class Tenure:
    """A session belonged to somebody for a time."""

    viewer: str  # id as the table has it
    starts_at: datetime | None  # UTC
    ends_at: datetime | None  # UTC, exclusive


class Sessions:
    """The table of one viewer source."""

    def __init__(self, tenures: Mapping[str, tuple[Tenure, ...]]) -> None:
        self._tenures = tenures

    def __len__(self) -> int:
        return len(self._tenures)

    def __repr__(self) -> str:
        return f"Sessions({len(self._tenures)} values)"

    def viewers(self) -> Iterator[str]:
        """Yield every viewer id of the table."""
        for tenures in self._tenures.values():
            for tenure in tenures:
                yield tenure.viewer

    def owner(self, session: str, shown_at: datetime | None) -> str | None:
        """Return whose session it was; None if it is not in the table, or not at that time.

        session   keyed pseudonym of the value
        shown_at  UTC; without a time only sessions without bounds have an owner
        """
        tenures = self._tenures.get(session)
        if tenures is None:
            return None
        for tenure in tenures:
            if tenure.starts_at is None and tenure.ends_at is None:
                return tenure.viewer
            if (
                shown_at is not None
                and (tenure.starts_at is None or tenure.starts_at <= shown_at)
                and (tenure.ends_at is None or shown_at < tenure.ends_at)
            ):
                return tenure.viewer
        return None


def pseudonym_maker(key: bytes) -> Callable[[str], str]:
    """Return the function that turns a session's value into its keyed pseudonym: 16 hex digits.

    key     the workspace's, 16 bytes
    Source  RFC 7693 (BLAKE2), keyed mode; Python's hashlib names the personalisation
    """
    keyed = hashlib.blake2b(digest_size=8, key=key, person=_PERSON)

    def pseudonym(value: str) -> str:
        digest = keyed.copy()
        digest.update(value.encode("utf-8", "surrogatepass"))
        return digest.hexdigest()

    return pseudonym


def clean_value(value: str) -> str:
    """Return a cookie's or header's value without the quotes and spaces around it."""
    value = value.strip()
    return value[1:-1] if len(value) >= 2 and value[0] == value[-1] == '"' else value


def read_sessions(source: ViewerSource, pseudonym: Callable[[str], str], folder: Path) -> Sessions:
    """Read the table of a viewer source.

    folder  where a relative path counts from
    Raises  InputError that names the file and line: no such column, an empty value, a bad time, two owners at one time
    """
    title = "the query's answer" if source.sql else source.file
    rows = read_query(source.sql, source.file) if source.sql else read_rows(folder / source.file)
    found: dict[str, tuple[Tenure, ...]] = {}
    columns: Mapping[str, str] = {}
    for row in rows:
        where = f"{title}, {row.place}"
        if not columns:
            columns = _columns(source.columns, list(row.values), title)
        value, viewer = _text(row, columns["value"]), _text(row, columns["viewer"])
        if not value or not viewer:
            raise InputError(
                f"{where}: {columns['viewer'] if value else columns['value']} is empty. Fill it in, or remove the line."
            )
        tenure = Tenure(viewer, _bound(row, columns, "from", where), _bound(row, columns, "to", where))
        session = pseudonym(clean_value(value))
        others = found.get(session, ())
        if any(other.viewer != viewer and _overlap(other, tenure) for other in others):
            raise InputError(f"{where}: this session belongs to somebody else too, at the same time. Mend the table.")
        found[session] = (*others, tenure)
    if not found:
        raise InputError(f"{title}: holds no session. Check that it is the right table.")
    return Sessions(found)


def _columns(given: Mapping[str, str], header: Iterable[str], title: str) -> Mapping[str, str]:
    header = list(header)
    for column in given.values():
        if column not in header:
            # The columns are not listed: in a table without a line of names they would be somebody's session.
            raise InputError(f"{title}: has no column {column!r}. Look at its first line, which must name the columns.")
    lowered = {name.lower(): name for name in reversed(header)}
    found = dict(given)
    for role, names in _NAMES.items():
        if role not in found:
            near = next(
                (lowered[name] for name in names if name in lowered and lowered[name] not in found.values()), None
            )
            if near is not None:
                found[role] = near
    free = [name for name in header if name not in found.values()]
    for role in ("value", "viewer"):
        if role not in found:
            if not free:
                raise InputError(f"{title}: say which columns to take: {title}:value=COLUMN:viewer=COLUMN")
            found[role] = free.pop(0)
            if _DATA_IN_NAME.search(found[role]):
                raise InputError(f"{title}: its first line looks like data. Add a line before it: value,viewer")
    return found


def _text(row: Row, column: str) -> str:
    value = row.values.get(column)
    return "" if value is None else str(value).strip()


def _bound(row: Row, columns: Mapping[str, str], role: str, where: str) -> datetime | None:
    if role not in columns:
        return None
    try:
        return read_bound(row.values.get(columns[role]), is_end=role == "to")
    except ValueError as error:
        raise InputError(f"{where}: {columns[role]} {error}.") from error


def _overlap(one: Tenure, other: Tenure) -> bool:
    starts_before_end = one.starts_at is None or other.ends_at is None or one.starts_at < other.ends_at
    ends_after_start = one.ends_at is None or other.starts_at is None or other.starts_at < one.ends_at
    return starts_before_end and ends_after_start
