"""Understand where the viewer is to be found: `--viewer-from` and `--viewer`.

In:    the options' texts.
Out:   ViewerSource values; viewers by file name.
Else:  the tables are read by `viewer_sessions`, exchanges are asked by `viewers`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from spillkit.errors import InputError

_HELP = (
    "Write one of: cookie:NAME,FILE   header:NAME   header:NAME,FILE   jwt:CLAIM   jwt:CLAIM@cookie:NAME   "
    "jwt:CLAIM@header:NAME   column:viewer"
)
_COLUMN_ROLES = ("value", "viewer", "from", "to")
_DATABASE = "db="


class Carrier(StrEnum):
    """Where in an exchange the viewer's sign stands."""

    COOKIE = "cookie"
    HEADER = "header"
    JWT = "jwt"
    COLUMN = "column"


@dataclass(frozen=True, slots=True)
class ViewerSource:
    """One way to find the viewer of an exchange."""

    carrier: Carrier
    name: str  # of the cookie or header (lower case), or of the claim
    file: str = ""  # table from value to viewer; "": the value is the viewer's id
    sql: str = ""  # instead of a file: a query on the database named by `file`
    columns: Mapping[str, str] = field(default_factory=dict)  # role (value, viewer, from, to) -> column
    token_in: tuple[Carrier, str] = (Carrier.HEADER, "authorization")  # jwt only

    @property
    def found_by(self) -> str:
        """How the ledger names this way: without the file."""
        return f"{self.carrier.value}:{self.name}"


def parse_viewer_source(text: str) -> ViewerSource:
    """Return what one `--viewer-from` means; InputError says how to write it.

    A file may be followed by its columns, `sessions.csv:value=sid:viewer=customer:from=start:to=end`, and may be
    `db=PATH-OR-URI,SELECT …` instead.
    """
    word, _, rest = text.strip().partition(":")
    try:
        carrier = Carrier(word)
    except ValueError:
        raise InputError(f"--viewer-from begins with {word!r}, which is not known. {_HELP}") from None
    if carrier is Carrier.COLUMN:
        if rest != "viewer":
            raise InputError(f"--viewer-from column: knows the recorder's own column only. {_HELP}")
        return ViewerSource(carrier, "viewer")
    if carrier is Carrier.JWT:
        return _parse_token(rest)
    name, _, table = rest.partition(",")
    name = name.strip()
    if not name:
        raise InputError(f"--viewer-from {word}: does not name the {word}. {_HELP}")
    if carrier is Carrier.HEADER:
        name = name.lower()
    if not table and carrier is Carrier.COOKIE:
        raise InputError(f"--viewer-from cookie:{name}: name the table that says whose session it is. {_HELP}")
    if table.startswith(_DATABASE):
        database, _, sql = table.removeprefix(_DATABASE).partition(",")
        if not database or not sql.strip():
            raise InputError(f"--viewer-from {word}: after db= come the database, a comma and the query.")
        return ViewerSource(carrier, name, database, sql.strip())
    file, columns = _split_columns(table)
    return ViewerSource(carrier, name, file, columns=columns)


def parse_file_viewers(texts: Iterable[str]) -> dict[str, str]:
    """Return the viewer of each file from `--viewer FILE=VIEWER`; InputError if one is not of that form."""
    found: dict[str, str] = {}
    for text in texts:
        file, mark, viewer = text.rpartition("=")
        if not mark or not file.strip() or not viewer.strip():
            raise InputError("--viewer names a file and who received it: --viewer alice.har=c_17")
        if found.setdefault(file.strip(), viewer.strip()) != viewer.strip():
            raise InputError(f"--viewer names two viewers for {file.strip()}. Keep one.")
    return found


def _parse_token(rest: str) -> ViewerSource:
    claim, _, place = rest.partition("@")
    if not claim.strip():
        raise InputError(f"--viewer-from jwt: does not name the claim. {_HELP}")
    token_in = (Carrier.HEADER, "authorization")
    if place:
        word, _, name = place.partition(":")
        if word == "cookie" and name:
            token_in = (Carrier.COOKIE, name)
        elif word == "header":
            token_in = (Carrier.HEADER, name.lower() or "authorization")
        else:
            raise InputError(f"--viewer-from jwt:{claim}@ is followed by cookie:NAME or header:NAME. {_HELP}")
    return ViewerSource(Carrier.JWT, claim.strip(), token_in=token_in)


def _split_columns(table: str) -> tuple[str, dict[str, str]]:
    columns: dict[str, str] = {}
    while True:
        head, mark, last = table.rpartition(":")
        role, equals, column = last.partition("=")
        if not mark or not equals or role not in _COLUMN_ROLES or not column:
            return table, columns
        columns[role] = column
        table = head
