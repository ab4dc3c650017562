"""Read again where each person is written to, at the moment his text is made.

In:    customer lists; who is told.
Out:   each notice with its address and what its text needs of the person; nothing of it is kept.
Else:  who is told what is `gather`; the text is `writing`.

The address is the one by which the person was planned: the mailbox whose mark stands in his row. Where the list has it no more, he
is told nothing under another: he comes back without an address.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from spillkit.directory.contact import split_emails
from spillkit.directory.mapping import Mapping as ColumnMapping
from spillkit.directory.mapping import Role
from spillkit.directory.survey import MappedSource, UsableRows, usable_rows
from spillkit.directory.traits import country_code, region_code
from spillkit.model import SubjectId
from spillkit.notices.marks import mailbox_mark
from spillkit.notices.reader import Reader
from spillkit.notices.told import Told


class Addressee(msgspec.Struct, frozen=True):
    """Somebody who is written to. Never stored, never logged."""

    address: str  # as the customer list writes it; "": there is none any more
    reader: Reader

    def __repr__(self) -> str:
        return "Addressee(…)"


NOWHERE = Addressee("", Reader())


def read_addressees(
    lists: Sequence[MappedSource], told: Iterable[Told], marks_key: bytes, id_key: bytes | None = None
) -> Iterator[tuple[Told, Addressee]]:
    """Yield every notice once, with where it goes; those that were not found come last.

    lists      the lists by which they were planned
    told       rows with a mailbox; those that are held should not be among them
    marks_key  of `derived_key(workspace_key, "marks")`
    id_key     under which ids are replaced by tokens; None: they are kept as they are
    """
    waiting: dict[SubjectId, list[Told]] = defaultdict(list)
    left: dict[str, Told] = {}
    for one in told:
        left[one.id] = one
        for subject in one.subjects:
            waiting[subject].append(one)
    wanted = pa.array(waiting, pa.large_string())
    for mapped in lists:
        for usable in usable_rows(mapped, id_key, None):
            is_wanted = pc.is_in(usable.ids, value_set=wanted)
            usable = UsableRows(usable.rows.filter(is_wanted), usable.ids.filter(is_wanted), usable.places)
            for subject, addresses, reader in _rows(usable, mapped.mapping):
                for one in waiting.get(subject, ()):
                    if one.id not in left:
                        continue
                    address = next((text for text in addresses if mailbox_mark(text, marks_key) == one.mailbox), None)
                    if address is not None:
                        del left[one.id]
                        yield one, Addressee(address, reader)
    for one in left.values():
        yield one, NOWHERE


def readers_of(usable: UsableRows, mapping: ColumnMapping) -> list[Reader]:
    """Return what is read of the person of each row while a text is made."""
    given, family, whole = (
        next((usable.rows.column(name).to_pylist() for name in mapping.names(role)), None)
        for role in (Role.GIVEN_NAME, Role.FAMILY_NAME, Role.NAME)
    )
    columns = [column for column in ((given, family) if given or family else (whole,)) if column]
    names = [" ".join(filter(None, parts)) for parts in zip(*columns)] or [""] * usable.rows.num_rows
    return [Reader(name, region) for name, region in zip(names, _regions(usable, mapping))]


def _regions(usable: UsableRows, mapping: ColumnMapping) -> list[str]:
    """Return the region in which each person lives; "" where his addresses name none, or more than one."""
    groups = [parts for parts in mapping.address_groups().values() if Role.REGION in parts]
    country = next(iter(mapping.names(Role.COUNTRY)), "")
    found: list[set[str]] = [set() for _ in range(usable.rows.num_rows)]
    for parts in groups:
        if not (where := parts.get(Role.COUNTRY, country)):
            continue
        regions, countries = (usable.rows.column(name).to_pylist() for name in (parts[Role.REGION], where))
        for one, region, of in zip(found, regions, countries):
            one.add(region_code(country_code(of or ""), region or ""))
    # Who has an address in two regions lives in one of them, and nobody here knows in which.
    return [next(iter(one)) if len(one := each - {""}) == 1 else "" for each in found]


def _rows(usable: UsableRows, mapping: ColumnMapping) -> Iterator[tuple[SubjectId, list[str], Reader]]:
    emails = [usable.rows.column(name).to_pylist() for name in mapping.names(Role.EMAIL)]
    for row, (subject, reader) in enumerate(zip(usable.ids.to_pylist(), readers_of(usable, mapping))):
        addresses = [text for column in emails for text in split_emails(column[row] or "")]
        yield SubjectId(subject), addresses, reader
