"""Find the shapes of a mailing: rows of whom nothing differs but name, code, address and the figures that are put in.

In:    a TOLD table, the renderers of its legal entities, the zone of the story.
Out:   Shape: one row that stands for all that are written alike, and how many they are.
Else:  what a shape is written like is `render`; holding each against the facts is `lint.mailing`.

A shape is finer than the renderer's: it also tells whether the data was shown on one day or on several, whether an hour is named
that clocks show twice, and numbers of other length, since these are read in other ways. Where the law of a region prescribes
something, a shape holds a reader of each kind of region: which one it is is known only when the customer list is read again.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from spillkit.errors import NoticesError
from spillkit.notices.reader import NOBODY, Reader
from spillkit.notices.render import Renderer
from spillkit.notices.told import Hold, Told
from spillkit.notices.told_table import told_of
from spillkit.notices.wording import catalogue, language_of
from spillkit.printed import printable

_AT_ONCE = 100_000
_LISTS, _LIST, _PAIR = "\x1f", "\x1e", "\x1d"
_PLAIN = ("kind", "entity", "country", "authority")
_QUARTER_US = 15 * 60 * 1_000_000  # every change of a clock begins at a quarter of an hour
_MINUTE_US, _DAY_US = 60 * 1_000_000, 86_400 * 1_000_000
_NEVER = -1  # instead of a minute or day where the time is not known
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Shape(msgspec.Struct, frozen=True):
    """Rows that are written alike."""

    told: Told  # the first of them in the table's order
    readers: tuple[Reader, ...]  # without a name: one for each kind of place whose law prescribes something there
    notices: int
    people: int  # more than the notices where several read one mailbox


def shapes_of(told: pa.Table, renderers: Mapping[str, Renderer], zone: str) -> list[Shape]:
    """Return one shape for all rows that are written alike, most people first.

    told       of TOLD; namesakes are passed over, since they are told nothing; whoever is on hold is not
    renderers  by legal entity
    zone       IANA name, in which moments are said
    Raises     NoticesError where a row's legal entity has no letterhead; WordingError where a language has no catalogue
    Cost       about a second for 200,000 rows; memory grows with the shapes only
    """
    found: dict[str, list[int]] = {}  # key -> place of the first row, notices, people
    rows = told.filter(pc.not_equal(pc.fill_null(told.column("hold"), ""), Hold.NAMESAKE.value))
    for start in range(0, rows.num_rows, _AT_ONCE):
        part = rows.slice(start, _AT_ONCE)
        _count(found, _keys(part, zone), start, part.column("people"))
    merged: dict[Hashable, list[int]] = {}
    firsts: dict[Hashable, tuple[Told, tuple[Reader, ...]]] = {}
    places = [place for place, _, _ in found.values()]
    # Each part of a key but the country and the viewers is one of the renderer's; these may be written alike.
    for (key, (_, notices, people)), row in zip(found.items(), rows.take(pa.array(places, pa.int64())).to_pylist()):
        one = told_of(row)
        renderer = renderers.get(one.entity)
        if renderer is None:
            raise NoticesError(
                f"{printable(one.entity)}: there is no letterhead of this legal entity. Add it to notices.toml."
            )
        readers = tuple(Reader(region=region) for region in renderer.regions(one.country)) or (NOBODY,)
        written = tuple(renderer.shape(one, reader) for reader in readers)
        whole = (one.entity, written, key.rpartition(_LISTS)[2])
        counts = merged.setdefault(whole, [0, 0])
        counts[0] += notices
        counts[1] += people
        firsts.setdefault(whole, (one, readers))
    shapes = [Shape(*firsts[whole], *counts) for whole, counts in merged.items()]
    return sorted(shapes, key=lambda shape: (-shape.people, shape.told.id))


def _count(found: dict[str, list[int]], keys: pa.Array, start: int, people: pa.ChunkedArray) -> None:
    coded = keys.dictionary_encode()
    codes = np.asarray(coded.indices, dtype=np.int64)
    _, first, counts = np.unique(codes, return_index=True, return_counts=True)
    sums = np.bincount(codes, weights=people.to_numpy())
    for key, place, notices, total in zip(coded.dictionary.to_pylist(), first.tolist(), counts.tolist(), sums.tolist()):
        one = found.setdefault(key, [start + place, 0, 0])
        one[1] += notices
        one[2] += int(total)


def _keys(rows: pa.Table, zone: str) -> pa.Array:
    """Return for each row a text of everything by which the words of its notice can differ; the shape of its times stands last."""
    rows = rows.combine_chunks()
    columns = [rows.column(name).combine_chunks() for name in _PLAIN]
    languages = rows.column("languages").combine_chunks()
    columns += [pc.binary_join(languages, _LIST), pc.binary_join(rows.column("fields").combine_chunks(), _LIST)]
    spoken = {language for tag in pc.unique(languages.flatten()).to_pylist() if (language := language_of(tag))}
    columns.append(_viewers(rows.column("viewers").combine_chunks(), sorted(spoken)))
    columns.append(pc.if_else(rows.column("is_shared").combine_chunks(), "1", "0"))
    columns.append(_times(rows, ZoneInfo(zone)))
    return pc.binary_join_element_wise(*[column.cast(pa.string()) for column in columns], _LISTS)


def _viewers(lists: pa.ListArray, languages: list[str]) -> pa.Array:
    """Return for each row its kinds of viewer, each with a number that is said in the same way in every language."""
    flat = lists.flatten()
    counts, places = np.unique(np.asarray(flat.field("count"), dtype=np.int64), return_inverse=True)
    alike = [_said_as(count, languages) for count in counts.tolist()]
    said = pa.array([alike[place] for place in places.tolist()], pa.string())
    tokens = pc.binary_join_element_wise(flat.field("kind"), said, _PAIR)
    offsets = np.concatenate(([0], np.cumsum(np.asarray(lists.value_lengths(), dtype=np.int64))))
    return pc.binary_join(pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), tokens), _LIST)


def _said_as(count: int, languages: list[str]) -> str:
    plurals = "".join(f"{catalogue(language).plural(count)[:3]} " for language in languages)
    return f"{'none' if count < 1 else 'one' if count == 1 else len(str(count))} {plurals}"


def _times(rows: pa.Table, zone: ZoneInfo) -> pa.Array:
    """Return for each row how its times are said: known or not, one minute, one day, several; at an hour that comes twice."""
    minutes, days, twice = [], [], []
    for name in ("first_at", "last_at"):
        column = rows.column(name).combine_chunks()
        is_known = np.asarray(pc.is_valid(column))
        at = np.asarray(pc.fill_null(column.cast(pa.int64()), 0))
        shift, is_twice = _clocks(at, zone)
        minutes.append(np.where(is_known, at // _MINUTE_US, _NEVER))
        days.append(np.where(is_known, (at + shift) // _DAY_US, _NEVER))
        twice.append(is_twice & is_known)
    is_first, is_last = (found != _NEVER for found in days)
    same_minute, same_day = minutes[0] == minutes[1], days[0] == days[1]
    how = np.select(
        [~is_first & ~is_last, ~is_last, ~is_first, same_minute, same_day],
        ["none", "first", "last", "once", "one day"],
        default="days",
    )
    ends = np.char.add(np.where(twice[0], " twice", ""), np.where(twice[1], " late", ""))
    return pa.array(np.char.add(how, ends), pa.string())


def _clocks(at: NDArray[np.int64], zone: ZoneInfo) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return by how much a zone's clocks differ from UTC at each time, in microseconds, and whether they show that hour twice."""
    quarters, places = np.unique(at // _QUARTER_US, return_inverse=True)
    found = list(_of_quarters(quarters.tolist(), zone))
    shifts = np.array([shift for shift, _ in found], dtype=np.int64)
    twice = np.array([is_twice for _, is_twice in found], dtype=np.bool_)
    return shifts[places], twice[places]


def _of_quarters(quarters: list[int], zone: ZoneInfo) -> Iterator[tuple[int, bool]]:
    for quarter in quarters:
        try:
            local = (_EPOCH + timedelta(microseconds=quarter * _QUARTER_US)).astimezone(zone)
            offset = local.utcoffset() or timedelta()
            yield offset // timedelta(microseconds=1), offset != local.replace(fold=1 - local.fold).utcoffset()
        except OverflowError:
            yield 0, False  # outside of the calendar: writing it is refused, in words
