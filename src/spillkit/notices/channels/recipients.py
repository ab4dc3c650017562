"""Read again what a channel needs of each person: name, region, postal address.

In:    customer lists; who is told.
Out:   Addressed, in the order of those who are told; nothing of it is kept.
Else:  the mail address of a notice is `spillkit.notices.addressees`.

A person is found by the ids of his accounts. The account whose id comes first speaks, or the first of them that has a postal
address. Of several addresses of an account the one without a word before its columns counts (`street` before `billing_street`),
else the first in the list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from spillkit.directory.mapping import Mapping, Role
from spillkit.directory.postal import PostalAddress
from spillkit.directory.survey import MappedSource, UsableRows, usable_rows
from spillkit.directory.traits import country_code
from spillkit.model import SubjectId
from spillkit.notices.addressees import readers_of
from spillkit.notices.channels.channel import Addressed
from spillkit.notices.reader import NOBODY, Reader
from spillkit.notices.told import Told

_NO_POSTAL = PostalAddress()
_PARTS = (Role.ADDRESS, Role.STREET, Role.LINE2, Role.HOUSE_NUMBER, Role.POSTCODE, Role.CITY, Role.REGION)


@dataclass(frozen=True, slots=True, repr=False)
class _Read:
    """What one row says."""

    reader: Reader
    postal: PostalAddress
    country: str


_NOTHING = _Read(NOBODY, _NO_POSTAL, "")


def read_recipients(
    lists: Sequence[MappedSource], told: Sequence[Told], id_key: bytes | None = None
) -> Iterator[Addressed]:
    """Yield every notice once, with what was read of its person; nothing of whoever is not listed any more.

    lists   the lists by which they were planned
    id_key  under which ids are replaced by tokens; None: they are kept as they are
    Raises  DirectoryError if a list cannot be read to its end
    """
    wanted = {subject for one in told for subject in one.subjects}
    read: dict[SubjectId, _Read] = {}
    for mapped in lists:
        for usable in usable_rows(mapped, id_key, None):
            for subject, row in _rows(usable, mapped.mapping, wanted):
                known = read.get(subject)
                if known is None or (not known.postal and row.postal):
                    read[subject] = row
    for one in told:
        rows = [read[subject] for subject in one.subjects if subject in read]
        best = next((row for row in rows if row.postal), rows[0] if rows else _NOTHING)
        yield Addressed(one, best.reader, best.postal, best.country or one.country)


def _rows(usable: UsableRows, mapping: Mapping, wanted: set[SubjectId]) -> Iterator[tuple[SubjectId, _Read]]:
    groups = [_columns(usable, parts) for parts in _in_order(mapping)]
    countries = usable.rows.column(name).to_pylist() if (name := _country_column(mapping)) else None
    readers = readers_of(usable, mapping)
    for row, subject in enumerate(usable.ids.to_pylist()):
        if subject not in wanted:
            continue
        found = ((_postal(columns, row), columns.get(Role.COUNTRY)) for columns in groups)
        postal, own = next(((postal, own) for postal, own in found if postal), (_NO_POSTAL, None))
        text = (own[row] if own else "") or (countries[row] if countries else "") or ""
        yield SubjectId(subject), _Read(readers[row], postal, country_code(text))


def _in_order(mapping: Mapping) -> Iterable[dict[Role, str]]:
    """Return the columns of each postal address, the one without a word before it first."""
    groups = mapping.address_groups()
    return [groups[name] for name in sorted(groups, key=bool)]


def _country_column(mapping: Mapping) -> str:
    return mapping.address_groups().get("", {}).get(Role.COUNTRY, "")


def _columns(usable: UsableRows, parts: dict[Role, str]) -> dict[Role, list[str | None]]:
    return {role: usable.rows.column(name).to_pylist() for role, name in parts.items()}


def _postal(columns: dict[Role, list[str | None]], row: int) -> PostalAddress:
    return PostalAddress(*((columns[role][row] or "" if role in columns else "").strip() for role in _PARTS))
