"""Gather who is told what: from exposures, persons and letterheads to one row for each person.

In:    a connection with the relation exposures (spillkit.schemas), the persons, their attributes, letterheads, decisions, the time.
Out:   a TOLD table, and counts of everybody who is not in it.
Else:  which accounts are one person is `merging`; who is held is `holds`; a list without a scan is `plain_list`.

Only confirmed exposures tell anybody anything. Somebody of whom nothing is confirmed is held as a namesake, with nothing said of
him, until it is resolved. What one account of a person saw of another account of the same person was shown to nobody else, and is
left out. The people behind one shared mailbox who were not resolved are one row without fields.
"""

# ruff: noqa: S608 - the SQL is put together from constants of the code and labels of enums, never from values.

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from spillkit.cause.kept import incidents_at_hand, read_incidents
from spillkit.directory import Directory
from spillkit.directory.opened import remembered_lists
from spillkit.errors import LedgerError, NoticesError
from spillkit.law.books import Books
from spillkit.ledger import Ledger, read_judgement
from spillkit.ledger.database import unreadable
from spillkit.model import Evidence, Field, SubjectId, ViewerKind
from spillkit.notices.complaint import authority_id
from spillkit.notices.holds import NO_TIME, Candidates, Known, hold_bits, holds_in
from spillkit.notices.letterhead import Letterhead
from spillkit.notices.marks import Marks, derived_key, mark_text, marks_of
from spillkit.notices.merging import Decided, Persons, merge
from spillkit.notices.notice_ids import notice_ids
from spillkit.notices.speaking import ENGLISH, languages_for
from spillkit.notices.told import Kind
from spillkit.notices.told_table import TOLD
from spillkit.printed import printable
from spillkit.settings import Workspace

_CONFIRMED = 0xFFFF  # bits of fields seen with confirmed evidence; the possible ones are 16 bits higher
_HIMSELF = 1 << 40  # seen by an account of the same person
_KINDS = tuple(sorted(ViewerKind, key=lambda kind: kind.value))
_NEVER = 1 << 62  # a time after all others
_NAMED_ENTITIES = 10  # in a message
_AT_ONCE = 100_000

ATTRIBUTES = pa.schema(
    [
        pa.field("subject", pa.large_string(), nullable=False),
        pa.field("country", pa.string(), nullable=False),
        pa.field("language", pa.string(), nullable=False),
        pa.field("legal_entity", pa.string(), nullable=False),
        pa.field("minor", pa.bool_()),  # null: not known
    ]
)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a campaign is made with."""

    campaign: str  # a name without personal data: ids are made of it
    letterheads: Mapping[str, Letterhead]  # by legal entity
    texts: frozenset[str]  # languages that there are texts in; English is among them
    known: Known = field(default_factory=Known)
    resolved: frozenset[SubjectId] = frozenset()  # decided by somebody: of these, what is possible is so
    kind: Kind = Kind.AFFECTED  # or UNINTENDED_VIEWER: those to whom it was shown are asked to delete it
    counts_viewers: bool = True  # False: nobody knows who saw it (a plain list)


@dataclass(frozen=True, slots=True)
class Gathered:
    """Who is told what."""

    told: pa.Table = field(repr=False)  # of TOLD, sorted by id
    only_himself: int  # people in no row: shown to nobody but other accounts of the same person
    not_listed: int  # rows whose account is not in the customer list: deleted since, or of another list
    several_entities: int  # rows whose accounts have more than one legal entity: told under that of the first exposure


def gather_incident(
    workspace: Workspace,
    incident: int | None,
    wishes: Wishes,
    decided: Iterable[Decided],
    books: Books,
    now: datetime,
) -> tuple[Gathered, Persons]:
    """Read ledger and customer list of a workspace, and return who is told what of an incident.

    incident  None: of everything that was found
    now       aware
    Raises    LedgerError if nothing was judged, DirectoryError if the customer list cannot be read again, NoticesError
    """
    ledger = Ledger(workspace.ledger_dir)
    if read_judgement(ledger) is None:
        raise LedgerError("Nothing was judged yet. Run `spillkit scan RECORDING`, or `spillkit judge`.")
    found = read_incidents(ledger) if incident is not None else incidents_at_hand(ledger)
    directory = Directory.open(workspace)
    key = workspace.key()
    id_key = key if directory.manifest.pseudonymised else None
    lists = remembered_lists(directory.manifest)
    with ledger.database() as connection:
        if found is not None and incident is not None:
            found.narrow(connection, incident)
        shown = _ask(connection, f"SELECT DISTINCT subject FROM {_told_from(wishes.kind)}").column("subject")
        persons = merge(with_accounts(marks_of(lists, derived_key(key, "marks"), id_key), shown), decided)
        attributes = attributes_of(directory.attributes())
        return gather(connection, persons, attributes, wishes, books, derived_key(key, "ids"), now), persons


def gather(
    connection: duckdb.DuckDBPyConnection,
    persons: Persons,
    attributes: pa.Table,
    wishes: Wishes,
    books: Books,
    key: bytes,
    now: datetime,
) -> Gathered:
    """Return who is told what.

    connection  has the relation exposures; temporary tables are made in it
    persons     of all accounts that were shown
    attributes  columns of ATTRIBUTES; accounts that are not in it count as not known
    key         of `marks.derived_key(workspace_key, "ids")`
    now         aware
    Raises      NoticesError if somebody who would be told belongs to a legal entity without a letterhead
    Cost        one pass over the exposures in the database; memory grows with the people shown
    """
    if ENGLISH not in wishes.texts:
        raise NoticesError("There is no English text: it stands in where nothing else is known of a reader. Add one.")
    seen = _count(connection, persons, wishes)
    rows = _rows_of(seen, persons)
    ids = _ids(persons, rows, wishes, key)
    order = pc.sort_indices(ids).to_numpy()
    seen, rows = seen.ordered(order), rows.ordered(order)  # By id from here on: a table is not put in order twice.
    traits = _aligned(persons.subjects, attributes)
    lead = seen.lead
    country = traits.country[lead]
    entity = _entities(traits.entity[lead], wishes.letterheads)
    language = _first_language(traits.language, lead, rows)
    is_namesake = (seen.bits & _CONFIRMED) == 0
    readers = persons.readers[lead]
    languages = _by_combination((language, country, entity), _speaker(wishes), pa.list_(pa.string()))
    candidates = Candidates(
        subjects=persons.subjects.take(pa.array(rows.account)),
        notice=rows.notice,
        is_minor=traits.is_minor[rows.account],
        country=_text(country),
        entity=_text(entity),
        languages=languages,
        first_us=seen.first,
        is_namesake=is_namesake,
        readers=readers,
    )
    bits = hold_bits(candidates, wishes.known, now)
    _require_letterheads(entity, bits, wishes.letterheads, seen.people)
    is_shared = readers > 1
    texts = pa.list_(pa.string())
    said = np.where(is_shared | is_namesake, 0, seen.bits & _CONFIRMED)
    subjects = pa.LargeListArray.from_arrays(pa.array(rows.starts, pa.int64()), candidates.subjects)
    columns = {
        "id": ids.take(pa.array(order)),
        "subjects": subjects.cast(TOLD.field("subjects").type),
        "kind": pa.repeat(pa.scalar(wishes.kind.value), len(lead)),
        "entity": candidates.entity,
        "country": candidates.country,
        "languages": languages,
        "fields": _by_value(said, lambda value: [one.label for one in Field if value >> one & 1], texts),
        "first_at": _moments(np.where(is_namesake, NO_TIME, seen.first)),
        "last_at": _moments(np.where(is_namesake, NO_TIME, seen.last)),
        "viewers": _viewers(np.where(is_namesake[:, None], 0, seen.viewers)),
        "authority": _by_combination((country,), lambda one: authority_id(one, books, now.date()), pa.string()),
        "is_shared": pa.array(is_shared),
        "hold": _by_value(bits, lambda value: holds_in(value)[0].value if value else None, pa.string()),
        "holds": _by_value(bits, lambda value: [hold.value for hold in holds_in(value)], texts),
        "people": pa.array(seen.people, pa.int32()),
        "mailbox": pa.array([mark_text(mark) for mark in persons.mailbox[lead].tolist()], pa.string()),
    }
    told = pa.Table.from_arrays([columns[name] for name in TOLD.names], schema=TOLD)
    return Gathered(
        told=told,
        only_himself=seen.only_himself,
        not_listed=int((~traits.is_listed[lead]).sum()),
        several_entities=_several_entities(traits.entity, rows, wishes.letterheads),
    )


def with_accounts(marks: Marks, subjects: pa.Array | pa.ChunkedArray) -> Marks:
    """Return the marks with further accounts, of whom nothing is known: shown, and not on the list any more."""
    ids = subjects.cast(pa.large_string())
    ids = ids.combine_chunks() if isinstance(ids, pa.ChunkedArray) else ids
    more = pc.unique(ids.filter(pc.invert(pc.is_in(ids, value_set=marks.subjects))))
    if not len(more):
        return marks
    everybody = pa.concat_arrays([marks.subjects, more])
    order = pc.sort_indices(everybody).to_numpy()
    place = np.empty(len(order), dtype=np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    account = pa.array(place[marks.table.column("account").to_numpy()], pa.int32())
    return Marks(everybody.take(pa.array(order)), marks.table.set_column(0, marks.table.schema.field(0), account))


def attributes_of(subjects: pa.Table) -> pa.Table:
    """Return the attributes of a directory (`Directory.attributes()`) with the columns of ATTRIBUTES."""
    renamed = subjects.rename_columns(["subject" if name == "id" else name for name in subjects.column_names])
    return pa.table({one.name: renamed.column(one.name).cast(one.type) for one in ATTRIBUTES}, schema=ATTRIBUTES)


# -- counting in the database ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was shown, by row-to-be: of one person, or of the unresolved people at one shared mailbox."""

    row: NDArray[np.int32]  # place of the account that names it; ascending
    bits: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    lead: NDArray[np.int64]  # place of the account that was shown first
    viewers: NDArray[np.int64]  # by kind, in the order of _KINDS
    people: NDArray[np.int32]
    members: tuple[NDArray[np.int32], NDArray[np.int32]]  # of shared rows: row and person
    only_himself: int

    def ordered(self, order: NDArray[np.int64]) -> _Seen:
        """Return the same rows in another order."""
        columns = ("row", "bits", "first", "last", "lead", "viewers", "people")
        return replace(self, **{name: getattr(self, name)[order] for name in columns})


def _count(connection: duckdb.DuckDBPyConnection, persons: Persons, wishes: Wishes) -> _Seen:
    row = _row_names(persons)
    accounts = pa.table(
        {
            "subject": persons.subjects,
            "account": pa.array(np.arange(len(row), dtype=np.int32)),
            "person": pa.array(persons.person),
            "told_row": pa.array(row),
            "shared": pa.array(persons.readers > 1),
        }
    )
    resolved = pa.table({"subject": pa.array(sorted(wishes.resolved), pa.large_string())})
    bits = " ".join(f"WHEN '{one.label}' THEN {1 << one}" for one in Field)
    kinds = " ".join(f"WHEN '{kind.value}' THEN {code}" for code, kind in enumerate(_KINDS))
    unknown = _KINDS.index(ViewerKind.UNKNOWN)
    sure = f"(bits & {_CONFIRMED}) <> 0"
    sums = ", ".join(f"count(*) FILTER (kind = {code} AND {sure})" for code in range(len(_KINDS)))
    told_from = _told_from(wishes.kind)
    connection.register("notice_accounts", accounts)
    connection.register("notice_resolved", resolved)
    run = connection.execute
    try:
        run("SET preserve_insertion_order=false")
        [[strangers]] = run(
            f"SELECT count(*) FROM (SELECT DISTINCT subject FROM {told_from}) ANTI JOIN notice_accounts USING (subject)"
        ).fetchall()
        if strangers:
            raise ValueError("accounts that were shown are in no person: give `merge` all of them (`with_accounts`)")
        # A viewer is a person, where it is a customer whom we know: two accounts of his are one viewer.
        run(
            f"""CREATE OR REPLACE TEMP TABLE notice_viewers AS
            SELECT viewer, viewer_kind, coalesce(a.person::BIGINT, -(row_number() OVER ())) AS person
            FROM (SELECT DISTINCT viewer, viewer_kind FROM {told_from}) v
            LEFT JOIN notice_accounts a ON a.subject = v.viewer AND v.viewer_kind = 'subject'"""
        )
        # One row: what one viewer was shown of one row-to-be. The key of its first account orders by time, then by account.
        run(
            f"""CREATE OR REPLACE TEMP TABLE notice_seen AS
            WITH shown AS (
                SELECT a.told_row, a.person, a.shared, a.account, v.person AS viewer,
                    (CASE e.viewer_kind {kinds} ELSE {unknown} END)::TINYINT AS kind,
                    CASE WHEN epoch_us(e.shown_at) < 0 THEN 0 ELSE epoch_us(e.shown_at) END AS us,
                    (CASE e.field {bits} ELSE {1 << Field.TOKEN} END)::BIGINT AS field,
                    e.evidence = 'confirmed' OR r.subject IS NOT NULL AS sure
                FROM {told_from} e JOIN notice_accounts a ON a.subject = e.subject JOIN notice_viewers v USING (viewer, viewer_kind)
                    LEFT JOIN notice_resolved r ON r.subject = e.subject
            )
            SELECT told_row, person, shared, viewer, kind,
                CASE WHEN viewer = person THEN {_HIMSELF} ELSE bit_or(CASE WHEN sure THEN field ELSE field << 16 END) END AS bits,
                min(us) FILTER (sure) AS first_at, max(us) FILTER (sure) AS last_at,
                min((CASE WHEN sure THEN coalesce(us, {_NEVER - 1}) ELSE {_NEVER} END)::HUGEINT * 4294967296 + account) AS lead
            FROM shown GROUP BY told_row, person, shared, viewer, kind"""
        )
        [[only_himself]] = run(
            f"SELECT count(*) FROM (SELECT told_row FROM notice_seen GROUP BY told_row HAVING bit_and(bits) & {_HIMSELF} <> 0)"
        ).fetchall()
        # In a shared mailbox two people may be shown to one viewer: he is counted once.
        run(
            f"""CREATE OR REPLACE TEMP TABLE notice_pairs AS
            SELECT told_row, viewer, kind, bit_or(bits) AS bits, min(first_at) AS first_at, max(last_at) AS last_at,
                min(lead) AS lead
            FROM notice_seen WHERE bits <> {_HIMSELF} GROUP BY told_row, viewer, kind"""
        )
        counted = _ask(
            connection,
            f"""SELECT told_row, bit_or(bits) AS bits, coalesce(min(first_at), {NO_TIME}) AS first_at,
                coalesce(max(last_at), {NO_TIME}) AS last_at, (min(lead) % 4294967296)::BIGINT AS lead, {sums}
            FROM notice_pairs GROUP BY told_row ORDER BY told_row""",
        )
        members = _ask(
            connection,
            f"""SELECT told_row, person FROM (
                SELECT told_row, person, bool_or({sure}) AS mine, bool_or(bool_or({sure})) OVER (PARTITION BY told_row) AS anybody
                FROM notice_seen WHERE shared AND bits <> {_HIMSELF} GROUP BY told_row, person
            ) WHERE mine OR NOT anybody ORDER BY told_row, person""",
        )
        for table in ("notice_viewers", "notice_seen", "notice_pairs"):
            run(f"DROP TABLE {table}")
    except (duckdb.IOException, duckdb.InvalidInputException, duckdb.OutOfMemoryException) as error:
        raise unreadable(error) from error
    finally:
        connection.unregister("notice_accounts")
        connection.unregister("notice_resolved")
    names, bits_of, first, last, lead, *by_kind = (_numbers(column) for column in counted.columns)
    row_of, person_of = (_numbers(column).astype(np.int32) for column in members.columns)
    people = np.ones(len(names), dtype=np.int32)
    shared_rows, counts = np.unique(row_of, return_counts=True)
    people[np.searchsorted(names, shared_rows)] = counts
    if not wishes.counts_viewers or wishes.kind is Kind.UNINTENDED_VIEWER:
        by_kind = [np.zeros(len(names), np.int64)] * len(_KINDS)
    return _Seen(
        row=names.astype(np.int32),
        bits=bits_of,
        first=first,
        last=last,
        lead=lead,
        viewers=np.stack(by_kind, axis=1),
        people=people,
        members=(row_of, person_of),
        only_himself=only_himself,
    )


def _told_from(kind: Kind) -> str:
    """Return the relation of who is told of what: exposures, or the same seen from the customers to whom it was shown.

    A viewer's fields are those of others that he was certainly shown. Staff, partners and crawlers are not written to in this way.
    """
    if kind is not Kind.UNINTENDED_VIEWER:
        return "exposures"
    return (
        "(SELECT viewer AS subject, subject AS viewer, viewer_kind, field, evidence, shown_at FROM exposures "
        f"WHERE viewer_kind = '{ViewerKind.SUBJECT.value}' AND evidence = '{Evidence.CONFIRMED.value}')"
    )


def _row_names(persons: Persons) -> NDArray[np.int32]:
    """Return for each account the account that names its row: the person's first, or the first at a shared mailbox."""
    shared = persons.readers > 1
    row = persons.person.copy()
    _, first, of = np.unique(persons.mailbox[shared], return_index=True, return_inverse=True)
    row[shared] = np.flatnonzero(shared)[first][of].astype(np.int32)
    return row


# -- one column after another ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Rows:
    """The accounts of each row, one row behind the other."""

    account: NDArray[np.int64]  # ascending within a row
    notice: NDArray[np.int64]  # the row of each
    starts: NDArray[np.int64]  # where each row begins, and where the last ends

    def ordered(self, order: NDArray[np.int64]) -> _Rows:
        """Return the same rows in another order."""
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order))
        return _in_rows(self.account, place[self.notice], len(order))


def _rows_of(seen: _Seen, persons: Persons) -> _Rows:
    notice_of_person = np.full(len(persons.person), -1, dtype=np.int64)
    is_alone = persons.readers[seen.row] <= 1
    notice_of_person[persons.person[seen.row[is_alone]]] = np.flatnonzero(is_alone)
    row, person = seen.members
    notice_of_person[person] = np.searchsorted(seen.row, row)
    notice = notice_of_person[persons.person]
    account = np.flatnonzero(notice >= 0)
    return _in_rows(account, notice[account], len(seen.row))


def _in_rows(account: NDArray[np.int64], notice: NDArray[np.int64], count: int) -> _Rows:
    order = np.lexsort((account, notice))
    account, notice = account[order], notice[order]
    return _Rows(account, notice, np.searchsorted(notice, np.arange(count + 1)))


def _ids(persons: Persons, rows: _Rows, wishes: Wishes, key: bytes) -> pa.Array:
    """Return the id of each row's notice, made of the first of its accounts."""
    found: list[str] = []
    first = rows.account[rows.starts[:-1]]
    for start in range(0, len(first), _AT_ONCE):
        accounts = persons.subjects.take(pa.array(first[start : start + _AT_ONCE])).to_pylist()
        found += notice_ids(wishes.campaign, wishes.kind, accounts, key)
    return pa.array(found, pa.string())


@dataclass(frozen=True, slots=True)
class _Traits:
    country: NDArray[np.object_]
    language: NDArray[np.object_]
    entity: NDArray[np.object_]
    is_minor: NDArray[np.bool_]
    is_listed: NDArray[np.bool_]


def _aligned(subjects: pa.Array, attributes: pa.Table) -> _Traits:
    """Return the attributes in the order of the accounts; "" and False where nothing is known."""
    place = pc.index_in(subjects, value_set=attributes.column("subject").combine_chunks().cast(subjects.type))

    def texts(name: str) -> NDArray[np.object_]:
        # Few values, many rows: each value is one Python object, however often it stands there.
        coded = attributes.column(name).combine_chunks().cast(pa.string()).dictionary_encode()
        values = np.array([*coded.dictionary.to_pylist(), ""], dtype=np.object_)
        codes = pc.fill_null(coded.indices.take(place), len(values) - 1)
        aligned: NDArray[np.object_] = values[codes.to_numpy(zero_copy_only=False)]
        return aligned

    minor = pc.fill_null(attributes.column("minor").combine_chunks().take(place), False)
    return _Traits(
        texts("country"),
        texts("language"),
        texts("legal_entity"),
        minor.to_numpy(zero_copy_only=False).astype(np.bool_),
        place.is_valid().to_numpy(zero_copy_only=False),
    )


def _speaker(wishes: Wishes) -> Callable[[str, str, str], tuple[str, ...]]:
    def speak(language: str, country: str, entity: str) -> tuple[str, ...]:
        letterhead = wishes.letterheads.get(entity)
        return languages_for(language, country, letterhead.languages if letterhead else (), wishes.texts)

    return speak


def _first_language(language: NDArray[np.object_], lead: NDArray[np.int64], rows: _Rows) -> NDArray[np.object_]:
    """Return the language of the account that was shown first, or else of the first account of the row that names one."""
    found = language[lead].copy()
    named = np.flatnonzero(language[rows.account] != "")[::-1]  # The first of a row is written last, and stays.
    other = np.full(len(lead), "", dtype=np.object_)
    other[rows.notice[named]] = language[rows.account[named]]
    return np.where(found == "", other, found)


def _entities(entity: NDArray[np.object_], letterheads: Mapping[str, Letterhead]) -> NDArray[np.object_]:
    """Return the legal entity of each row; where there is a single letterhead, people without a legal entity are its people."""
    if len(letterheads) == 1:
        return np.where(entity == "", next(iter(letterheads)), entity)
    return entity


def _require_letterheads(
    entity: NDArray[np.object_],
    bits: NDArray[np.uint16],
    letterheads: Mapping[str, Letterhead],
    people: NDArray[np.int32],
) -> None:
    missing: dict[str, int] = {}
    for name in set(entity[bits == 0].tolist()) - set(letterheads):
        missing[name] = int(people[(bits == 0) & (entity == name)].sum())
    if not missing:
        return
    ordered = sorted(missing.items(), key=lambda item: (-item[1], item[0]))
    named = "; ".join(f"{printable(name) or 'no legal entity'}: {count:,}" for name, count in ordered[:_NAMED_ENTITIES])
    more = f"; and {len(ordered) - _NAMED_ENTITIES} more" if len(ordered) > _NAMED_ENTITIES else ""
    raise NoticesError(
        f"{sum(missing.values()):,} people belong to a legal entity without a letterhead ({named}{more}). Nobody is told under "
        "another's name: add these legal entities to notices.toml, or mend the column of the customer list."
    )


def _several_entities(entity: NDArray[np.object_], rows: _Rows, letterheads: Mapping[str, Letterhead]) -> int:
    known: dict[str, int] = {}
    of_account = _entities(entity[rows.account], letterheads).tolist()
    codes = np.array([known.setdefault(name, len(known)) for name in of_account], dtype=np.int32)
    highest, lowest = np.zeros(len(rows.starts) - 1, np.int64), np.full(len(rows.starts) - 1, len(codes) + 1)
    np.maximum.at(highest, rows.notice, codes)
    np.minimum.at(lowest, rows.notice, codes)
    return int((highest > lowest).sum())


def _by_combination(columns: Sequence[NDArray[np.object_]], decide: Callable[..., Any], of: pa.DataType) -> pa.Array:
    """Return a column decided once for each combination of texts: there are a million rows, and a few hundred of these."""
    known: dict[tuple[str, ...], int] = {}
    codes = [known.setdefault(one, len(known)) for one in zip(*(column.tolist() for column in columns))]
    return pa.array([decide(*one) for one in known], of).take(pa.array(codes, pa.int64()))


def _by_value(values: NDArray[Any], decide: Callable[[int], Any], of: pa.DataType) -> pa.Array:
    """Return a column decided once for each different number."""
    distinct, codes = np.unique(values, return_inverse=True)
    return pa.array([decide(value) for value in distinct.tolist()], of).take(pa.array(codes))


def _viewers(counts: NDArray[np.int64]) -> pa.Array:
    """Return of each row the kinds of viewers that there are, with their number."""
    row, kind = np.nonzero(counts)
    starts = np.searchsorted(row, np.arange(len(counts) + 1))
    names = pa.array([one.value for one in _KINDS], pa.string()).take(pa.array(kind))
    of = TOLD.field("viewers").type
    pairs = pa.StructArray.from_arrays([names, pa.array(counts[row, kind])], fields=list(of.value_type))
    return pa.ListArray.from_arrays(pa.array(starts, pa.int32()), pairs).cast(of)


def _moments(microseconds: NDArray[np.int64]) -> pa.Array:
    return pa.array(microseconds, pa.int64(), mask=microseconds == NO_TIME).cast(TOLD.field("first_at").type)


def _text(column: NDArray[np.object_]) -> pa.Array:
    return pa.array(column.tolist(), pa.string())


def _numbers(column: pa.ChunkedArray) -> NDArray[np.int64]:
    return np.asarray(column.to_numpy(), dtype=np.int64)


def _ask(connection: duckdb.DuckDBPyConnection, question: str) -> pa.Table:
    return connection.sql(question).to_arrow_table()
