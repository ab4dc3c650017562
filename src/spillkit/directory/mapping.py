"""Find out which column is what: by its name in many languages, and by what the first rows hold.

In:    column names, a sample of rows, and what the user says with --map.
Out:   a Mapping from roles to columns, which says itself in plain words (column names only, never values).
Else:  what is done with the values is `persons`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources

import pyarrow as pa

from spillkit.directory.batches import MULTIPLE
from spillkit.errors import DirectoryError


class Role(StrEnum):
    """What a column of a customer list may be."""

    ID = "id"
    NAME = "name"
    GIVEN_NAME = "given_name"
    FAMILY_NAME = "family_name"
    EMAIL = "email"
    PHONE = "phone"
    ADDRESS = "address"
    STREET = "street"
    LINE2 = "line2"
    HOUSE_NUMBER = "house_number"
    POSTCODE = "postcode"
    CITY = "city"
    REGION = "region"
    COUNTRY = "country"
    LANGUAGE = "language"
    ACCOUNT_TYPE = "account_type"
    LEGAL_ENTITY = "legal_entity"
    BIRTH_DATE = "birth_date"
    ORDER = "order"
    DOCUMENT = "document"
    DEVICE = "device"
    SESSION = "session"
    TOKEN = "token"  # noqa: S105 - a role, not a password
    IGNORE = "ignore"


ADDRESS_ROLES = frozenset(
    {Role.ADDRESS, Role.STREET, Role.LINE2, Role.HOUSE_NUMBER, Role.POSTCODE, Role.CITY, Role.REGION, Role.COUNTRY}
)
_MANY = frozenset({Role.NAME, Role.EMAIL, Role.PHONE, Role.ORDER, Role.DOCUMENT, Role.DEVICE, Role.SESSION, Role.TOKEN})
_ONCE = frozenset(
    {Role.ID, Role.GIVEN_NAME, Role.FAMILY_NAME, Role.ACCOUNT_TYPE, Role.LEGAL_ENTITY, Role.BIRTH_DATE, Role.LANGUAGE}
)
_ID_WEAK = "id_weak"
_QUALIFIER = "qualifier"

_EMAIL_SHAPE = re.compile(r"[^\s@<>;,]+@[^\s@<>;,]+\.[^\s@<>;,]+")
_INTERNATIONAL_SHAPE = re.compile(r"\+[0-9][0-9 ()./-]{6,20}")
_SAMPLE_SHARE = 0.5  # of the filled cells of a column, before what they look like outweighs what it is called


@dataclass(frozen=True, slots=True)
class Column:
    """One column and what it is taken for."""

    name: str
    role: Role
    group: str = ""  # of the parts of one address: "billing", "shipping", …


@dataclass(frozen=True, slots=True)
class Mapping:
    """What every used column is taken for; all others are ignored."""

    columns: tuple[Column, ...]
    ignored: tuple[str, ...] = ()

    def names(self, role: Role) -> tuple[str, ...]:
        """Return the columns of that role."""
        return tuple(column.name for column in self.columns if column.role is role)

    @property
    def used(self) -> tuple[str, ...]:
        """All columns that are read, in the order of the file."""
        return tuple(column.name for column in self.columns)

    @property
    def id_column(self) -> str:
        return self.names(Role.ID)[0]

    def address_groups(self) -> dict[str, dict[Role, str]]:
        """Return the columns of each postal address."""
        groups: dict[str, dict[Role, str]] = {}
        for column in self.columns:
            if column.role in ADDRESS_ROLES:
                groups.setdefault(column.group, {}).setdefault(column.role, column.name)
        return groups

    def to_json(self) -> list[dict[str, str]]:
        """Return the mapping as it is kept and printed with --json."""
        return [{"column": c.name, "role": c.role.value, "group": c.group} for c in self.columns]

    @classmethod
    def of_json(cls, rows: Iterable[dict[str, str]]) -> Mapping:
        return cls(tuple(Column(row["column"], Role(row["role"]), row.get("group", "")) for row in rows))


def guess_mapping(header: Sequence[str], sample: pa.RecordBatch, said: Sequence[tuple[Role, str]] = ()) -> Mapping:
    """Return what each column is taken for.

    header  column names, unique
    sample  some first rows, text columns named like the header
    said    what the user said with --map: it replaces every guess for that role, and for that column
    Raises  DirectoryError if no column, or more than one, could be the id, or a role that can be only one column
    """
    told = [(role, find_column(header, name)) for role, name in said]
    told_roles = {role for role, _ in told} - {Role.IGNORE}
    told_columns = {name for _, name in told}
    if Role.NAME in told_roles:
        told_roles |= {Role.GIVEN_NAME, Role.FAMILY_NAME}
    guesses: list[tuple[str, str, str]] = []  # column, role or id_weak, group
    for position, name in enumerate(header):
        if name in told_columns:
            continue
        role, group = _role_of_name(name)
        role = _role_of_values(role, sample.column(position) if sample.num_columns else pa.array([], pa.string()))
        if role and role.removesuffix("_weak") not in told_roles:
            guesses.append((name, role, group))
    guesses = _settle_names(guesses, {role.value for role in told_roles})
    guesses = _settle_id(guesses, has_id=Role.ID in told_roles)
    columns = {name: Column(name, Role(role), group) for name, role, group in guesses}
    columns |= {name: Column(name, role, _role_of_name(name)[1]) for role, name in told}
    mapping = Mapping(
        tuple(columns[name] for name in header if name in columns and columns[name].role is not Role.IGNORE),
        tuple(name for name in header if name not in columns or columns[name].role is Role.IGNORE),
    )
    _check(mapping, header)
    return mapping


def parse_said(texts: Iterable[str]) -> list[tuple[Role, str]]:
    """Read --map options: "email=Mail2,name=Full name".

    Raises DirectoryError if a role is unknown

    >>> parse_said(["email=Mail2,name=Name, full"])
    [(<Role.EMAIL: 'email'>, 'Mail2'), (<Role.NAME: 'name'>, 'Name, full')]
    """
    said: list[tuple[Role, str]] = []
    for text in texts:
        for part in text.split(","):
            word, equals, column = part.partition("=")
            role = _role_said(word)
            if equals and role is not None:
                said.append((role, column.strip()))
            elif said and not equals:
                said[-1] = (said[-1][0], f"{said[-1][1]},{part}")  # A column whose name holds a comma.
            else:
                raise DirectoryError(
                    f"--map: write ROLE=COLUMN. The roles are: {', '.join(role.value for role in Role)}."
                )
    return said


def find_column(header: Sequence[str], name: str) -> str:
    """Return the column of that name, or the only one alike but for case and spaces; DirectoryError if there is none."""
    if name in header:
        return name
    alike = [column for column in header if normalise(column) == normalise(name)]
    if len(alike) == 1:
        return alike[0]
    raise DirectoryError(f"There is no column of the name given with --map. The columns are: {_shown(header)}.")


def normalise(name: str) -> str:
    """Return a column name without case, accents and separators.

    >>> normalise("E-Mail Adresse"), normalise("Prénom")
    ('emailadresse', 'prenom')
    """
    return "".join(_words(name))


def _role_said(word: str) -> Role | None:
    text = word.strip().lower().replace("-", "_").replace(" ", "_")
    text = {"e_mail": "email", "zip": "postcode", "given": "given_name", "family": "family_name"}.get(text, text)
    return Role(text) if text in set(Role) else None


def _words(name: str) -> list[str]:
    """Cut a column name into words: at separators, and at camelCase borders."""
    name = name.rpartition(".")[2] if _words_table().get(_flat(name.rpartition(".")[2])) else name
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return [flat for word in re.split(r"[\W_]+", parted) if (flat := _flat(word))]


def _flat(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(c for c in decomposed if c.isalnum())
    # Kana lose their voicing marks and Hangul its syllables when decomposed; the table is flattened in the same way.
    return bare.replace("ø", "o").replace("ł", "l").replace("ı", "i")


@cache
def _words_table() -> dict[str, str]:
    table: dict[str, str] = {}
    text = (resources.files("spillkit.directory") / "header_words.tsv").read_text("utf-8")
    for line in text.splitlines():
        if line.startswith("#") or not line.strip():
            continue
        role, words = line.split("\t")
        for word in words.split():
            table.setdefault(_flat(word), role)
    return table


def _role_of_name(name: str) -> tuple[str, str]:
    """Return the role a column name stands for ("" if none), and the group its qualifiers make."""
    table = _words_table()
    prefix = name.rpartition(".")[0]
    words = _words(name)
    whole = "".join(words)
    if (role := table.get(whole, "")) not in ("", _QUALIFIER):
        return role, _flat(prefix).removesuffix("address") if prefix else ""
    kept = [word for word in words if table.get(word) != _QUALIFIER]
    if kept and len(kept) < len(words):
        dropped = "".join(word for word in words if table.get(word) == _QUALIFIER)
        role = table.get("".join(kept), "")
        return ("", "") if role in ("", _QUALIFIER) else (role, dropped)
    match = re.fullmatch(r"(\D+?)(\d)", whole)
    if match and (role := table.get(match[1], "")) in ("email", "phone"):
        return role, match[2]
    return "", ""


def _role_of_values(role: str, column: pa.Array) -> str:
    """Let what the cells look like outweigh a name that says nothing, or something else."""
    filled = [text for text in column.to_pylist() if text and text.strip()]
    if not filled:
        return role
    if role in ("", "name", "address", _ID_WEAK) and _share(filled, _EMAIL_SHAPE) > _SAMPLE_SHARE:
        # An account or user column full of addresses is an e-mail column; a column called id stays one, and is refused later.
        return "email"
    if role == "" and _share(filled, _INTERNATIONAL_SHAPE) > _SAMPLE_SHARE:
        return "phone"
    return role


def _share(filled: Sequence[str], shape: re.Pattern[str]) -> float:
    return sum(shape.fullmatch(text.split(MULTIPLE)[0].strip()) is not None for text in filled) / len(filled)


def _settle_names(guesses: list[tuple[str, str, str]], told: set[str]) -> list[tuple[str, str, str]]:
    """In many languages the word for "name" is also that for the family name, or for the given name."""
    roles = {role for _, role, _ in guesses} | told
    has_given, has_family = "given_name" in roles, "family_name" in roles
    if has_given == has_family:
        return guesses
    plain = [column for column, role, _ in guesses if role == "name"]
    if len(plain) != 1:
        return guesses
    other = "family_name" if has_given else "given_name"
    return [(column, other if role == "name" else role, group) for column, role, group in guesses]


def _settle_id(guesses: list[tuple[str, str, str]], *, has_id: bool) -> list[tuple[str, str, str]]:
    if has_id or any(role == "id" for _, role, _ in guesses):
        return [guess for guess in guesses if guess[1] != _ID_WEAK]
    return [(column, "id" if role == _ID_WEAK else role, group) for column, role, group in guesses]


def _check(mapping: Mapping, header: Sequence[str]) -> None:
    ids = mapping.names(Role.ID)
    if not ids:
        raise DirectoryError(
            f"No column looks like the id of a customer. Say which with --map id=COLUMN. The columns are: {_shown(header)}."
        )
    for role in _ONCE:
        names = mapping.names(role)
        if len(names) > 1:
            raise DirectoryError(
                f"{len(names)} columns could be the {role.value}: {_shown(names)}. Say which with --map {role.value}=COLUMN."
            )
    seen: dict[tuple[Role, str], str] = {}
    for column in mapping.columns:
        if column.role in _MANY or column.role in _ONCE:
            continue
        first = seen.setdefault((column.role, column.group), column.name)
        if first != column.name:
            raise DirectoryError(
                f"2 columns could be the {column.role.value}: {_shown((first, column.name))}. "
                f"Say which with --map {column.role.value}=COLUMN, or leave one out with --map ignore=COLUMN."
            )
    if len(mapping.columns) == 1:
        raise DirectoryError(
            "Only the id was recognised: there would be nothing to look for. "
            f"Say what the columns are with --map email=COLUMN,name=COLUMN. The columns are: {_shown(header)}."
        )


def _shown(names: Sequence[str]) -> str:
    """List column names for a message; at most 30, each cut short and fit for a terminal."""
    clean = ["".join(c if c.isprintable() else "\ufffd" for c in name)[:60] for name in names[:30]]
    return ", ".join(clean) + (f" and {len(names) - 30:,} more" if len(names) > 30 else "")
