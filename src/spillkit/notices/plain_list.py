"""Read who is told what from a plain list: the door without a scan.

In:    a CSV, JSON lines or Parquet file, one row a person: id, email, name, country, language, entity, fields, first_at, last_at.
Out:   the same TOLD rows as a scan gives, and every row and cell that could not be used, by line.
Else:  a scan's rows are `gather`; what the columns are called in thirty languages is `directory.mapping`.

A row is left out where what it says cannot be told: without a usable id, of an unknown field, with a time that cannot be read. It
is then named by line. A missing or wrong address leaves the row in, and holds it. Two rows of one id are one person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pyarrow as pa

from spillkit.directory.badcells import BadCells
from spillkit.directory.batches import LOST_ROW, Batch
from spillkit.directory.batches import Reason as RowReason
from spillkit.directory.contact import split_emails
from spillkit.directory.mapping import Column, Mapping, Role, guess_mapping, normalise
from spillkit.directory.opening import ReadProgress
from spillkit.directory.reading import Source, open_source
from spillkit.directory.survey import MappedSource, UsableRows, usable_rows
from spillkit.directory.traits import country_code, is_minor, language_tag, legal_entity
from spillkit.errors import NoticesError
from spillkit.law.books import Books
from spillkit.model import Evidence, Field, ViewerKind
from spillkit.notices.gather import ATTRIBUTES, Gathered, Wishes, gather
from spillkit.notices.marks import canonical_mailbox, derived_key, marks_of
from spillkit.notices.merging import Decided, Persons, merge
from spillkit.scope.measure import connected

FIELDS, FIRST_AT, LAST_AT = "fields", "first_at", "last_at"
# What people write for a field, beside its label; compared without case, accents and separators.
_ALSO_WRITTEN = {
    Field.NAME: "name fullname firstname lastname nom nome nombre naam nazwisko namn isim",
    Field.EMAIL: "email mail emailaddress mailaddress courriel correo epost",
    Field.PHONE: "phone phonenumber telephone telephonenumber mobile mobilenumber telefon telefono telephone tel",
    Field.ADDRESS: "address postaladdress street adresse direccion indirizzo endereco adres adress",
    Field.CUSTOMER_ID: "customerid customernumber accountnumber kundennummer clientid",
    Field.ORDER: "order ordernumber orders",
    Field.DOCUMENT: "document documents",
    Field.DEVICE: "device",
    Field.SESSION: "session",
    Field.TOKEN: "token",
}
_LIST_WORDS = {
    FIELDS: {"fields", "field", "shownfields", "fieldsshown"},
    FIRST_AT: {"firstat", "firstseen", "first"},
    LAST_AT: {"lastat", "lastseen", "last"},
}
_BETWEEN = re.compile(r"[,;|\x1e\n]")
_PLACES_KEPT = 1_000
_AT_ONCE = 50_000
_DAY_ONLY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Wrong(StrEnum):
    """Why a row or a cell could not be used, in words that hold no value."""

    NO_FIELDS = "no field is named: nothing would be said"
    UNKNOWN_FIELD = (
        "a field that is none of name, e-mail, phone, address, customer-id, order, document, device, session, token"
    )
    BAD_TIME = "not a time: write 2026-11-02T12:00:00Z"
    NO_ZONE = "a time without a zone: write Z or +01:00 behind it, or say in which zone the list was written"
    TWICE_OR_NEVER = "a time that the clocks showed twice, or never, on that day: write its offset behind it"
    BACKWARDS = "the last time lies before the first"
    BAD_EMAIL = "not an e-mail address"


@dataclass(frozen=True, slots=True)
class BadRow:
    """One row, or one cell, that could not be used."""

    line: int  # in a text file; the row in a table; counted from 1
    column: str  # "" for the whole row
    reason: str  # of Wrong, or of the reader (`directory.batches.Reason`)
    is_lost: bool  # the whole row is left out


@dataclass(slots=True)
class Bad:
    """What could not be used so far."""

    first: list[BadRow] = field(default_factory=list)  # the first thousand
    lost_rows: int = 0
    lost_cells: int = 0

    def add(self, line: int, column: str, reason: str, *, is_lost: bool) -> None:
        self.lost_rows += is_lost
        self.lost_cells += not is_lost
        if len(self.first) < _PLACES_KEPT:
            self.first.append(BadRow(line, column, reason, is_lost))


@dataclass(frozen=True, slots=True)
class ReadList:
    """A list as it was read."""

    gathered: Gathered
    persons: Persons
    bad: Bad
    rows: int  # that were used
    mapped: MappedSource = field(repr=False)  # the list, to be read again when texts are made


@dataclass(frozen=True, slots=True)
class _Columns:
    mapping: Mapping
    of: dict[str, str]  # FIELDS, FIRST_AT, LAST_AT -> name in the list


def read_plain_list(
    location: str | Source,
    wishes: Wishes,
    books: Books,
    workspace_key: bytes,
    now: datetime,
    decided: Sequence[Decided] = (),
    said: Sequence[tuple[Role, str]] = (),
    zone: str = "",
) -> ReadList:
    """Read a list and return who is told what.

    location       a path, `-` for standard input, or an opened list
    workspace_key  under which marks and ids are made: the same list and key give the same ids
    now            aware
    decided        pairs of accounts, as for a scan
    said           what a column is, where its name does not tell
    zone           IANA zone of times without one; "": such times are refused, and named by line
    Raises         NoticesError, DirectoryError if the list cannot be read at all, or no row of it can be used
    """
    source = location if isinstance(location, Source) else open_source(location)
    if location == "-":
        source = replace(
            source, reader=_Kept(source.header, tuple(source.batches()))
        )  # It is read twice, and held in memory.
    columns = _columns_of(source, said)
    bad = Bad()
    rows = list(_rows(source, columns, bad, _zone(zone), now.date()))
    if not rows:
        raise NoticesError(
            f"{source.name}: no row can be used. {_first_reason(bad)} A row needs an id and the fields that were shown: "
            "id,email,name,country,language,entity,fields,first_at,last_at."
        )
    persons = merge(
        marks_of([MappedSource(source, columns.mapping)], derived_key(workspace_key, "marks"), None), decided
    )
    attributes = list({row.id: row for row in reversed(rows)}.values())  # Of several rows of one id the first counts.
    traits = pa.table([list(column) for column in zip(*(row[:5] for row in attributes))], schema=ATTRIBUTES)
    with connected({"exposures": pa.Table.from_batches(_shown(rows))}) as connection:
        unseen = replace(wishes, counts_viewers=False)
        gathered = gather(connection, persons, traits, unseen, books, derived_key(workspace_key, "ids"), now)
    return ReadList(gathered, persons, bad, len(rows), MappedSource(source, columns.mapping))


def fields_of_text(text: str) -> tuple[tuple[Field, ...], Wrong | None]:
    """Return the fields that a cell names, and what is wrong with it.

    >>> fields_of_text("E-Mail, phone number"), fields_of_text("shoe size")[1].name
    (((<Field.EMAIL: 1>, <Field.PHONE: 2>), None), 'UNKNOWN_FIELD')
    """
    found: set[Field] = set()
    for part in _BETWEEN.split(text):
        # "phone number" is one field, "name phone" are two.
        for word in [part] if normalise(part) in _FIELD_WORDS else part.split():
            if (of := _FIELD_WORDS.get(normalise(word))) is not None:
                found.add(of)
            elif word.strip():
                return (), Wrong.UNKNOWN_FIELD
    return tuple(sorted(found)), None if found else Wrong.NO_FIELDS


def moment_of_text(text: str, zone: ZoneInfo | None, *, is_last: bool) -> tuple[datetime | None, Wrong | None]:
    """Return the time that a cell names, in UTC, and what is wrong with it; neither for an empty cell.

    zone     of times without one; None: they are refused
    is_last  a day without a time is its end; otherwise its beginning
    """
    text = text.strip()
    if not text:
        return None, None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None, Wrong.BAD_TIME
    if _DAY_ONLY.fullmatch(text) and is_last:
        at = at.replace(hour=23, minute=59, second=59)
    if at.tzinfo is None:
        if zone is None:
            return None, Wrong.NO_ZONE
        early, late = (at.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
        if early != late:
            return None, Wrong.TWICE_OR_NEVER
        at = at.replace(tzinfo=zone)
    try:
        return at.astimezone(UTC), None
    except OverflowError:
        return None, Wrong.BAD_TIME


class _Row(NamedTuple):
    id: str
    country: str
    language: str
    entity: str
    minor: bool | None
    fields: tuple[Field, ...]
    first_at: datetime | None
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Kept:
    """Rows that were read once, to be read again."""

    header: tuple[str, ...]
    kept: tuple[Batch, ...] = field(repr=False)

    def batches(self, progress: ReadProgress | None = None) -> Iterator[Batch]:
        yield from self.kept


class _Noted(BadCells):
    """Hands what a reader notes on to ours, which names every line."""

    def __init__(self, bad: Bad) -> None:
        super().__init__()
        self._bad = bad

    def add(self, file: str, place: int, column: str, reason: RowReason) -> None:
        self._bad.add(place, column, reason.value, is_lost=reason in LOST_ROW)


def _columns_of(source: Source, said: Sequence[tuple[Role, str]]) -> _Columns:
    of: dict[str, str] = {}
    for name in source.header:
        for what, words in _LIST_WORDS.items():
            if normalise(name) in words:
                of.setdefault(what, name)
    if FIELDS not in of:
        raise NoticesError(
            f"{source.name}: no column says which fields were shown of each person. Name one `fields`, with values such as "
            "`name, e-mail`."
        )
    ours = [(Role.IGNORE, name) for name in of.values()]
    mapping = guess_mapping(source.header, source.sample(), [*said, *ours])
    # Columns that are ignored there are read all the same: they are ours.
    whole = Mapping((*mapping.columns, *(Column(name, Role.IGNORE) for name in of.values())), mapping.ignored)
    return _Columns(whole, of)


def _rows(source: Source, columns: _Columns, bad: Bad, zone: ZoneInfo | None, today: date) -> Iterator[_Row]:
    mapped = MappedSource(source, columns.mapping)
    for usable in usable_rows(mapped, None, _Noted(bad)):
        yield from _rows_of(usable, columns, bad, zone, today)


def _rows_of(usable: UsableRows, columns: _Columns, bad: Bad, zone: ZoneInfo | None, today: date) -> Iterator[_Row]:
    count = usable.rows.num_rows
    blank = [""] * count

    def cells(name: str | None) -> list[str]:
        return usable.rows.column(name).to_pylist() if name else blank

    def of_role(role: Role) -> list[str]:
        return cells(next(iter(columns.mapping.names(role)), None))

    for line, subject, shown, first, last, email, country, language, entity, birth in zip(
        usable.places.tolist(),
        usable.ids.to_pylist(),
        *(cells(columns.of.get(what)) for what in (FIELDS, FIRST_AT, LAST_AT)),
        *(of_role(role) for role in (Role.EMAIL, Role.COUNTRY, Role.LANGUAGE, Role.LEGAL_ENTITY, Role.BIRTH_DATE)),
    ):
        fields, wrong = fields_of_text(shown)
        first_at, wrong_first = moment_of_text(first, zone, is_last=False)
        last_at, wrong_last = moment_of_text(last, zone, is_last=True)
        if not (wrong or wrong_first or wrong_last) and first_at and last_at and last_at < first_at:
            wrong_last = Wrong.BACKWARDS
        found = [(FIELDS, wrong), (FIRST_AT, wrong_first), (LAST_AT, wrong_last)]
        if named := next(((what, reason) for what, reason in found if reason is not None), None):
            bad.add(line, columns.of.get(named[0], ""), named[1].value, is_lost=True)
            continue
        if email and not all(canonical_mailbox(text) for text in split_emails(email)):
            bad.add(line, columns.mapping.names(Role.EMAIL)[0], Wrong.BAD_EMAIL.value, is_lost=False)
        yield _Row(
            subject,
            country_code(country),
            language_tag(language),
            legal_entity(entity),
            is_minor(birth, today) if birth else None,
            fields,
            first_at,
            last_at,
        )


def _shown(rows: Sequence[_Row]) -> Iterator[pa.RecordBatch]:
    """Say the rows as exposures: what `gather` counts. One time alone counts for both."""
    for start in range(0, len(rows), _AT_ONCE):
        subjects, fields, moments = [], [], []
        for row in rows[start : start + _AT_ONCE]:
            for at in {row.first_at, row.last_at}:
                for one in row.fields:
                    subjects.append(row.id)
                    fields.append(one.label)
                    moments.append(at)
        count = len(subjects)
        columns = {
            "subject": pa.array(subjects, pa.string()),
            "field": pa.array(fields, pa.string()),
            "shown_at": pa.array(moments, pa.timestamp("us", tz="UTC")),
            "viewer": pa.repeat(pa.scalar("unknown"), count),
            "viewer_kind": pa.repeat(pa.scalar(ViewerKind.UNKNOWN.value), count),
            "evidence": pa.repeat(pa.scalar(Evidence.CONFIRMED.value), count),
        }
        yield pa.RecordBatch.from_pydict(columns)


def _zone(name: str) -> ZoneInfo | None:
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise NoticesError("There is no such time zone. Give its IANA name, such as Europe/Rome.") from None


def _first_reason(bad: Bad) -> str:
    return f"Line {bad.first[0].line}: {bad.first[0].reason}." if bad.first else "It holds no rows."


_FIELD_WORDS = {normalise(one.label): one for one in Field} | {
    word: of for of, words in _ALSO_WRITTEN.items() for word in words.split()
}
