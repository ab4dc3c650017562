"""Decide what somebody is answered who asked the portal whether he was affected.

In:    questions that are to be answered, the customers at their mailboxes, what the mailings tell these people.
Out:   Reply, for each: his notice again, that he is not affected, nothing because nobody knows the address, or a person's work.
Else:  how often a mailbox is answered is `asking`; making and sending the mail is the room's.

Only a mailbox that stands in the customer list is written to. Whoever is not told for now, whose notice was withdrawn, or whose
account was told at another mailbox, is answered by a person: neither "you are" nor "you are not" would be right.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from spillkit.directory.contact import split_emails
from spillkit.directory.mapping import Role
from spillkit.directory.survey import MappedSource, usable_rows
from spillkit.directory.traits import legal_entity
from spillkit.model import SubjectId
from spillkit.notices.addressees import Addressee, readers_of
from spillkit.notices.letterhead import Letterhead
from spillkit.notices.marks import mailbox_marks, mark_text
from spillkit.notices.question import Question
from spillkit.notices.reader import Reader
from spillkit.notices.told import Kind, Told
from spillkit.notices.told_table import told_of
from spillkit.notices.wording import language_of

_OF_PEOPLE = frozenset({Kind.AFFECTED, Kind.CORRECTION})


class Becomes(StrEnum):
    """What becomes of a question."""

    NOTICE = "notice"  # he gets his notice again
    UNAFFECTED = "unaffected"
    BY_A_PERSON = "by a person"
    UNKNOWN = "unknown"  # no customer has this address: nobody is written to


class Customer(msgspec.Struct, frozen=True):
    """One row of the customer list at a mailbox that somebody asked for. Never stored, never logged."""

    subject: SubjectId
    address: str  # as the list writes it
    entity: str  # "": not known
    reader: Reader

    def __repr__(self) -> str:
        return "Customer(…)"


class Letter(msgspec.Struct, frozen=True):
    """A mail that answers. Never stored, never logged."""

    mailing: int  # place in the mailings
    told: Told  # his row, in the language that he asked in; of a letter to somebody who is not affected without an id
    to: Addressee

    def __repr__(self) -> str:
        return "Letter(…)"


class Reply(msgspec.Struct, frozen=True):
    """What becomes of a question."""

    becomes: Becomes
    letter: Letter | None = None  # with NOTICE and UNAFFECTED
    notice: str = ""  # with BY_A_PERSON: id of the notice that it is about


def customers_at(
    lists: Iterable[tuple[Sequence[MappedSource], bytes | None]], marks: frozenset[str], key: bytes
) -> dict[str, list[Customer]]:
    """Return the customers at some mailboxes, by mark: those of one mailbox in the order of the lists.

    lists   each with the key of its ids
    key     of `marks.derived_key(workspace_key, "marks")`
    Cost    one pass over the lists, and a keyed hash for each address
    Raises  DirectoryError if a list cannot be read to its end
    """
    found: dict[str, list[Customer]] = defaultdict(list)
    wanted = np.array([int(mark, 16) for mark in marks], dtype=np.uint64)
    for mapped_lists, id_key in lists:
        for mapped in mapped_lists:
            mapping = mapped.mapping
            for usable in usable_rows(mapped, id_key, None):
                cells = [
                    (row, address)
                    for name in mapping.names(Role.EMAIL)
                    for row, cell in enumerate(usable.rows.column(name).to_pylist())
                    for address in (split_emails(cell) if cell else ())
                ]
                numbers = mailbox_marks([address for _row, address in cells], key)
                hits = [
                    (*cells[place], mark_text(int(numbers[place])))
                    for place in np.flatnonzero(np.isin(numbers, wanted)).tolist()
                ]
                if not hits:
                    continue
                readers = readers_of(usable, mapping)
                entities = next((usable.rows.column(name) for name in mapping.names(Role.LEGAL_ENTITY)), None)
                for row, address, mark in hits:
                    found[mark].append(
                        Customer(
                            subject=SubjectId(usable.ids[row].as_py()),
                            address=address,
                            entity=legal_entity(entities[row].as_py() or "") if entities is not None else "",
                            reader=readers[row],
                        )
                    )
    return dict(found)


def told_at(told: pa.Table, marks: Iterable[str], subjects: Iterable[str]) -> list[Told]:
    """Return the rows of some mailboxes, and those of some accounts, each once.

    told  of TOLD
    """
    table = told.combine_chunks()
    by_mailbox = pc.is_in(table.column("mailbox"), value_set=pa.array(sorted(set(marks)), pa.string()))
    places = set(pc.indices_nonzero(by_mailbox).to_pylist())
    column = table.column("subjects").combine_chunks()
    column = column.chunk(0) if isinstance(column, pa.ChunkedArray) and column.num_chunks else column
    if len(column):
        wanted = pc.is_in(pc.list_flatten(column), value_set=pa.array(sorted(set(subjects)), pa.large_string()))
        places |= set(pc.list_parent_indices(column).filter(wanted).to_pylist())
    return [told_of(row) for row in table.take(pa.array(sorted(places), pa.int64())).to_pylist()]


def decide(
    question: Question,
    mark: str,
    customers: Sequence[Customer],
    told: Sequence[Sequence[Told]],
    withdrawn: frozenset[str],
    speaks: Sequence[frozenset[str]],
    letterheads: Sequence[Mapping[str, Letterhead]],
) -> Reply:
    """Return what somebody is answered.

    mark         of the mailbox
    customers    at the mailbox
    told         of each approved mailing, oldest first: at least its rows of the mailbox and of the customers' accounts
    withdrawn    ids of notices that were withdrawn
    speaks       of each mailing, the languages that are sent: those that a native reader signed, or that two people let go
    letterheads  of each mailing, by legal entity
    """
    here = {customer.subject for customer in customers}
    own = [
        (place, one)
        for place, rows in enumerate(told)
        for one in rows
        if one.kind in _OF_PEOPLE and (one.mailbox == mark or here & set(one.subjects))
    ]
    going = [(place, one) for place, one in own if one.hold is None and one.mailbox == mark and one.id not in withdrawn]
    if going:
        place, one = going[-1]
        to = _addressee(one, customers)
        if to is None:
            return Reply(Becomes.BY_A_PERSON, notice=one.id)
        asked = (question.language,) if language_of(question.language) in speaks[place] else ()
        languages = one.languages if set(asked) <= set(one.languages) else (*asked, *one.languages)
        return Reply(Becomes.NOTICE, Letter(place, msgspec.structs.replace(one, languages=languages), to))
    if own:
        return Reply(Becomes.BY_A_PERSON, notice=own[-1][1].id)
    if not customers:
        return Reply(Becomes.UNKNOWN)
    return _not_affected(question, customers[0], speaks, letterheads)


def _addressee(told: Told, customers: Sequence[Customer]) -> Addressee | None:
    """Return where a notice goes: only to an address that still is that of one of its accounts."""
    found = next((one for one in customers if one.subject in told.subjects), None)
    return Addressee(found.address, found.reader) if found is not None else None


def _not_affected(
    question: Question,
    customer: Customer,
    speaks: Sequence[frozenset[str]],
    letterheads: Sequence[Mapping[str, Letterhead]],
) -> Reply:
    """Return the letter of the newest mailing, in the language asked or that of the legal entity. It names nobody."""
    place = len(letterheads) - 1
    heads = letterheads[place]
    entity = customer.entity or (next(iter(heads)) if len(heads) == 1 else "")
    if entity not in heads:
        return Reply(Becomes.BY_A_PERSON)  # Nobody is told under the name of a company that he does not know.
    choices = (question.language, *heads[entity].languages, *sorted(speaks[place]))
    language = next((tag for tag in choices if language_of(tag) in speaks[place]), "")
    if not language:
        return Reply(Becomes.BY_A_PERSON)
    # Without a country: what a law prescribes for those who are told is not for him, and the portal says the same under its code.
    told = Told("", (), Kind.UNAFFECTED, entity, "", (language,), (), None, None, ())
    return Reply(Becomes.UNAFFECTED, Letter(place, told, Addressee(customer.address, Reader())))
