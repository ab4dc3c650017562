"""Decide who is not told for now, and why.

In:    what is known of the people to be told, what the company knows besides (deceased, changed addresses, legal holds), the time.
Out:   holds, all of them and the strongest; the list of those who stand in for a notice that was not sent.
Else:  finding the people is `gather`; what becomes of somebody who is held is decided by a person.

A hold is never silence: whoever is held stands in the list of substitute notices, with all reasons, until somebody decides. GDPR
Art. 34(3)(c) lets a public communication take the place of notices that cannot be sent; so do the laws of the states (California,
Civil Code 1798.82(j)(3)) and HIPAA (45 CFR 164.404(d)(2)) where addresses are missing.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TextIO

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from spillkit.errors import NoticesError
from spillkit.model import SubjectId
from spillkit.notices.told import Hold
from spillkit.printed import safe_cell

# What forbids telling stands before what makes it unsure whom one would tell, and that before what is missing.
STRONGEST_FIRST = (
    Hold.LEGAL_HOLD,
    Hold.NAMESAKE,
    Hold.DECEASED,
    Hold.MINOR,
    Hold.ADDRESS_CHANGED,
    Hold.SHARED_MAILBOX,
    Hold.NO_ADDRESS,
    Hold.NOT_SIGNED_OFF,
)
REASONS: Mapping[Hold, str] = {
    Hold.LEGAL_HOLD: "An authority asked to wait. Ask it again when its time is over; until then nobody here is told.",
    Hold.NAMESAKE: "Nobody knows yet which of several people it was. Find out who it was; the others are not told.",
    Hold.DECEASED: "The customer list or the company says that this person has died. Decide who of the family is told, and how.",
    Hold.MINOR: "Under 18 by the customer list. Tell the holder of parental responsibility instead.",
    Hold.ADDRESS_CHANGED: "The address was changed since the exposure, and nothing shows that it is still the same person's. "
    "Tell this person another way, or find out.",
    Hold.SHARED_MAILBOX: "More people than a household has are listed with this mailbox: it may be a placeholder. "
    "Find their own addresses, or let it be told without values.",
    Hold.NO_ADDRESS: "The customer list holds no mail address. Write a letter, or tell this person in the account.",
    Hold.NOT_SIGNED_OFF: "No text in this language was read by a native reader. Have it read, or decide to send it as it is.",
}
# What a person may decide against. The others end when the fact does: the authority agrees, an address is found, a text is read.
RELEASABLE = frozenset({Hold.DECEASED, Hold.MINOR, Hold.ADDRESS_CHANGED, Hold.SHARED_MAILBOX})
MOST_READERS = 8  # of a mailbox of a household or a small office
NO_TIME = np.iinfo(np.int64).min  # stands for "not known" in columns of microseconds
_OF_ACCOUNT = (Hold.DECEASED, Hold.MINOR, Hold.ADDRESS_CHANGED)


@dataclass(frozen=True, slots=True)
class LegalHold:
    """An authority asked to wait (GDPR recital 88, and the laws of the states). What is left empty counts everybody."""

    because: str  # which authority, which file; without a person's name
    country: str = ""  # ISO 3166-1 alpha-2
    entity: str = ""
    subjects: frozenset[SubjectId] = frozenset()
    until: datetime | None = None  # UTC; None: until it is taken back


@dataclass(frozen=True, slots=True)
class Known:
    """What the company knows of people besides the customer list."""

    deceased: frozenset[SubjectId] = frozenset()
    minors: frozenset[SubjectId] = frozenset()  # beside those of the list
    changed_at: Mapping[SubjectId, datetime] = field(
        default_factory=dict
    )  # address changed, without proof that it is his; UTC
    legal: tuple[LegalHold, ...] = ()
    released: Mapping[Hold, frozenset[SubjectId]] = field(
        default_factory=dict
    )  # decided by somebody: tell him all the same
    signed: frozenset[str] = frozenset()  # languages whose text was read by a native reader, or is sent by a decision
    most_readers: int = MOST_READERS

    def __post_init__(self) -> None:
        if wrong := sorted(hold.value for hold in self.released if hold not in RELEASABLE):
            raise NoticesError(
                f"A hold cannot be released: {', '.join(wrong)}. It ends when its reason does: resolve the namesake, "
                "lift the legal hold, find an address, or have the text read."
            )


@dataclass(frozen=True, slots=True)
class Candidate:
    """One row before it is told: what holds are decided on."""

    subjects: tuple[SubjectId, ...]
    country: str
    entity: str
    languages: tuple[str, ...]
    first_at: datetime | None
    is_namesake: bool  # only possible evidence
    minors: frozenset[SubjectId]  # of the subjects, by the customer list
    readers: int  # people who read the mailbox; 0: there is none


@dataclass(frozen=True, slots=True)
class Candidates:
    """Many of them, as columns. The first two are by account, the others by notice."""

    subjects: pa.Array = field(repr=False)  # large_string
    notice: NDArray[np.int64] = field(repr=False)  # of each account: the place of the notice that it belongs to
    is_minor: NDArray[np.bool_] = field(repr=False)  # of each account
    country: pa.Array = field(repr=False)  # string
    entity: pa.Array = field(repr=False)  # string
    languages: pa.Array = field(repr=False)  # list of string
    first_us: NDArray[np.int64] = field(repr=False)  # microseconds since 1970; NO_TIME
    is_namesake: NDArray[np.bool_] = field(repr=False)
    readers: NDArray[np.int32] = field(repr=False)


def holds_of(one: Candidate, known: Known, now: datetime) -> tuple[Hold, ...]:
    """Return everything that speaks against telling somebody now, the strongest first; empty: he is told.

    now  aware; a legal hold ends with its time
    """
    released = {hold: known.released.get(hold, frozenset()) for hold in Hold}

    def is_held(hold: Hold, subjects: Iterable[SubjectId]) -> bool:
        return any(subject not in released[hold] for subject in subjects)

    changed = [
        subject
        for subject in one.subjects
        if subject in known.changed_at and (one.first_at is None or known.changed_at[subject] >= one.first_at)
    ]
    found = {
        Hold.LEGAL_HOLD: any(_waits(legal, one, now) for legal in known.legal),
        Hold.NAMESAKE: one.is_namesake,
        Hold.DECEASED: is_held(Hold.DECEASED, (s for s in one.subjects if s in known.deceased)),
        Hold.MINOR: is_held(Hold.MINOR, (s for s in one.subjects if s in one.minors or s in known.minors)),
        Hold.ADDRESS_CHANGED: is_held(Hold.ADDRESS_CHANGED, changed),
        Hold.SHARED_MAILBOX: one.readers > known.most_readers and is_held(Hold.SHARED_MAILBOX, one.subjects),
        Hold.NO_ADDRESS: one.readers == 0,
        Hold.NOT_SIGNED_OFF: not set(one.languages) <= known.signed,
    }
    return tuple(hold for hold in STRONGEST_FIRST if found[hold])


def hold_bits(many: Candidates, known: Known, now: datetime) -> NDArray[np.uint16]:
    """Return for each notice its holds, as bits in the order of STRONGEST_FIRST: `holds_of`, for a million."""
    count = len(many.readers)
    found = {hold: np.zeros(count, dtype=np.bool_) for hold in Hold}
    changed = _times(many.subjects, known.changed_at)
    accounts = {
        Hold.DECEASED: _among(many.subjects, known.deceased),
        Hold.MINOR: many.is_minor | _among(many.subjects, known.minors),
        Hold.ADDRESS_CHANGED: (changed != NO_TIME) & (changed >= many.first_us[many.notice]),
    }
    for hold in _OF_ACCOUNT:
        held = accounts[hold] & ~_among(many.subjects, known.released.get(hold, frozenset()))
        found[hold][many.notice[held]] = True
    for legal in known.legal:
        if legal.until is not None and legal.until <= now:
            continue
        waits = np.ones(count, dtype=np.bool_)
        if legal.country:
            waits &= _mask(pc.equal(many.country, legal.country))
        if legal.entity:
            waits &= _mask(pc.equal(many.entity, legal.entity))
        if legal.subjects:
            named = np.zeros(count, dtype=np.bool_)
            named[many.notice[_among(many.subjects, legal.subjects)]] = True
            waits &= named
        found[Hold.LEGAL_HOLD] |= waits
    found[Hold.NAMESAKE] = many.is_namesake
    kept = np.zeros(count, dtype=np.bool_)
    kept[many.notice[~_among(many.subjects, known.released.get(Hold.SHARED_MAILBOX, frozenset()))]] = True
    found[Hold.SHARED_MAILBOX] = (many.readers > known.most_readers) & kept
    found[Hold.NO_ADDRESS] = many.readers == 0
    unsigned = ~_mask(pc.is_in(pc.list_flatten(many.languages), value_set=pa.array(sorted(known.signed), pa.string())))
    parents = pc.list_parent_indices(many.languages).to_numpy()
    found[Hold.NOT_SIGNED_OFF][parents[unsigned]] = True
    bits = np.zeros(count, dtype=np.uint16)
    for place, hold in enumerate(STRONGEST_FIRST):
        bits |= found[hold].astype(np.uint16) << np.uint16(place)
    return bits


def holds_in(bits: int) -> tuple[Hold, ...]:
    """Return the holds of some bits, the strongest first."""
    return tuple(hold for place, hold in enumerate(STRONGEST_FIRST) if bits >> place & 1)


# -- those who stand in for a notice that was not sent ------------------------------------------------------------------


class Substitute(msgspec.Struct, frozen=True):
    """People who are not told for now, by what they share: what a substitute notice, or a letter, has to reach."""

    country: str
    entity: str
    language: str  # the first of theirs
    hold: Hold  # the strongest
    people: int
    notices: int


COLUMNS = ("notice", "subjects", "people", "country", "entity", "languages", "hold", "holds")


def substitutes(told: pa.Table) -> pa.Table:
    """Return the held rows of a TOLD table, in the order of their ids."""
    return told.filter(pc.is_valid(told.column("hold"))).sort_by("id")


def count_substitutes(told: pa.Table) -> tuple[Substitute, ...]:
    """Count the held rows of a TOLD table, most people first; a namesake is nobody to be reached, and is left out."""
    held = told.select(["id", "country", "entity", "languages", "hold", "people"])
    held = held.filter(pc.not_equal(pc.fill_null(held.column("hold"), Hold.NAMESAKE.value), Hold.NAMESAKE.value))
    language = pc.list_element(held.column("languages"), 0) if held.num_rows else pa.array([], pa.string())
    keys = ["country", "entity", "language", "hold"]
    grouped = held.append_column("language", language).group_by(keys).aggregate([("people", "sum"), ("id", "count")])
    found = [
        Substitute(
            row["country"], row["entity"], row["language"], Hold(row["hold"]), row["people_sum"], row["id_count"]
        )
        for row in grouped.to_pylist()
    ]
    return tuple(sorted(found, key=lambda one: (-one.people, one.country, one.entity, one.language, one.hold)))


def write_substitutes(told: pa.Table, file: TextIO) -> int:
    """Write the held rows as CSV, ids only; return how many there are.

    file  text, opened with newline=""
    """
    held = substitutes(told)
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    for batch in held.to_batches(max_chunksize=10_000):
        for row in batch.to_pylist():
            cells = (
                row["id"],
                " ".join(row["subjects"]),
                str(row["people"]),
                row["country"],
                row["entity"],
                " ".join(row["languages"]),
                row["hold"],
                " ".join(row["holds"]),
            )
            writer.writerow([safe_cell(cell) for cell in cells])
    return int(held.num_rows)


def _waits(legal: LegalHold, one: Candidate, now: datetime) -> bool:
    return (
        (legal.until is None or now < legal.until)
        and legal.country in ("", one.country)
        and legal.entity in ("", one.entity)
        and (not legal.subjects or not legal.subjects.isdisjoint(one.subjects))
    )


def _among(subjects: pa.Array, wanted: frozenset[SubjectId]) -> NDArray[np.bool_]:
    if not wanted:
        return np.zeros(len(subjects), dtype=np.bool_)
    return _mask(pc.is_in(subjects, value_set=pa.array(sorted(wanted), subjects.type)))


def _times(subjects: pa.Array, at: Mapping[SubjectId, datetime]) -> NDArray[np.int64]:
    """Return the time of each subject in microseconds; NO_TIME where it has none."""
    ids = sorted(at)
    times = pa.array([at[subject] for subject in ids], pa.timestamp("us", tz="UTC")).cast(pa.int64())
    found = np.full(len(subjects), NO_TIME, dtype=np.int64)
    if ids:
        place = pc.fill_null(pc.index_in(subjects, value_set=pa.array(ids, subjects.type)), -1).to_numpy()
        found[place >= 0] = times.to_numpy()[place[place >= 0]]
    return found


def _mask(column: pa.Array) -> NDArray[np.bool_]:
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    return np.asarray(pc.fill_null(column, False).to_numpy(zero_copy_only=False), dtype=np.bool_)
