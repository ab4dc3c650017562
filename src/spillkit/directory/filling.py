"""Prepare the rows of chosen subjects and put their values into an index segment.

In:    the lists again, the numbers of those subjects that are to be indexed.
Out:   a filled Builder; traits and known fields of each new number; bad cells.
Else:  which subjects are chosen, and what is written where, is decided by `adding`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from spillkit.directory.badcells import BadCells
from spillkit.directory.batches import Reason
from spillkit.directory.opening import ReadProgress
from spillkit.directory.persons import Prepared, Preparer, Values
from spillkit.directory.preparing import TASK_ROWS, Prepare, Task
from spillkit.directory.subjects import Interned
from spillkit.directory.survey import MappedSource, Survey, UsableRows, usable_rows
from spillkit.directory.tokens import TokenTable
from spillkit.kernel import Builder
from spillkit.kernel.api import Taken
from spillkit.kernel.words import common_words
from spillkit.model import Field

_TOKENS_AT_ONCE = 1_000_000
_REASONS = {
    Taken.TOO_LONG: dict.fromkeys(Field, Reason.TOO_LONG),
    Taken.EMPTY: {Field.NAME: Reason.BAD_NAME, Field.ADDRESS: Reason.BAD_ADDRESS, Field.EMAIL: Reason.BAD_EMAIL},
    Taken.BAD_SHAPE: {Field.EMAIL: Reason.BAD_EMAIL, Field.PHONE: Reason.BAD_PHONE},
    Taken.TOO_SHORT: {
        Field.NAME: Reason.SHORT_NAME,
        Field.PHONE: Reason.BAD_PHONE,
        **dict.fromkeys((Field.ORDER, Field.DOCUMENT, Field.DEVICE, Field.SESSION, Field.TOKEN), Reason.SHORT_TOKEN),
    },
}


class NewSubjects:
    """Traits of new subjects, by place behind the first new number."""

    def __init__(self, count: int) -> None:
        self.has_fields = np.zeros(count, dtype=np.uint16)
        self.minor = np.full(count, -1, dtype=np.int8)
        self._traits = tuple(Interned(count) for _ in range(4))
        self._done = np.zeros(count, dtype=np.bool_)

    def take(self, places: NDArray[np.int64], prepared: Prepared) -> None:
        """Note the traits of a batch; of several rows of one subject the first counts. Place -1: not a new subject."""
        _, first = np.unique(places, return_index=True)
        first = first[(places[first] >= 0)]
        first = first[~self._done[places[first]]]
        traits = prepared.traits
        for column, texts in zip(
            self._traits, (traits.country, traits.language, traits.account_type, traits.legal_entity)
        ):
            column.set(places[first], [texts[row] for row in first.tolist()])
        self.minor[places[first]] = traits.minor[first]
        self._done[places[first]] = True

    def trait_columns(self) -> list[pa.Array]:
        """Return country, language, account type and legal entity."""
        return [column.column() for column in self._traits]


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows on their way into the index."""

    mapped: MappedSource
    rows: pa.RecordBatch = field(repr=False)
    numbers: NDArray[np.int64]
    places: NDArray[np.int64]


class Filler:
    """Fills one segment.

    numbers    for each id of the survey the number to index it under; -1: leave it out
    first_new  numbers from here on are new and get traits
    """

    def __init__(
        self, key: bytes, numbers: NDArray[np.int64], first_new: int, found: Survey, *, with_ids: bool
    ) -> None:
        people = max(len(numbers), first_new)  # in the whole directory, also where this segment is a delta of it
        self.builder = Builder(key, common_words(people))
        self.subjects = NewSubjects(int((numbers >= first_new).sum()))
        self._numbers = numbers
        self._first_new = first_new
        self._found = found
        self._with_ids = with_ids

    def fill(
        self,
        lists: Sequence[MappedSource],
        id_key: bytes | None,
        default_country: str,
        prepare: Prepare,
        bad: BadCells,
        progress: ReadProgress | None,
    ) -> None:
        """Index the rows of the chosen subjects; the lists are read again unless the survey kept those rows."""
        waiting: deque[_Rows] = deque()

        def tasks() -> Iterator[Task]:
            for chosen in self._chosen_rows(lists, id_key, progress):
                waiting.append(chosen)
                mapping = chosen.mapped.mapping
                yield Preparer(mapping, default_country, today, with_ids=self._with_ids), chosen.rows

        today = datetime.now(UTC).date()
        for prepared in prepare(tasks()):
            chosen = waiting.popleft()
            self._take(prepared, chosen.numbers, chosen.places, chosen.mapped.source.name, bad)

    def _chosen_rows(
        self, lists: Sequence[MappedSource], id_key: bytes | None, progress: ReadProgress | None
    ) -> Iterator[_Rows]:
        kept = self._found.kept
        if kept is not None:
            if kept:  # One look-up for all: each costs a pass over all ids.
                codes = self._look_up(pa.concat_arrays([usable.ids for _, usable in kept]))
                for mapped, usable in kept:
                    yield from self._chosen(mapped, usable, codes[: len(usable.ids)])
                    codes = codes[len(usable.ids) :]
            return
        row = 0
        for mapped in lists:
            for usable in usable_rows(mapped, id_key, None, progress):
                yield from self._chosen(mapped, usable, self._codes_of(usable, row))
                row += len(usable.ids)

    def _chosen(self, mapped: MappedSource, usable: UsableRows, codes: NDArray[np.int64]) -> Iterator[_Rows]:
        numbers = np.where(codes >= 0, self._numbers[codes], -1)
        mask = numbers >= 0
        rows, places, numbers = usable.rows.filter(pa.array(mask)), usable.places[mask], numbers[mask]
        for start in range(0, len(numbers), TASK_ROWS):
            part = slice(start, start + TASK_ROWS)
            yield _Rows(mapped, rows.slice(start, TASK_ROWS), numbers[part], places[part])

    def fill_tokens(self, tables: Sequence[TokenTable], id_key: bytes | None, bad: BadCells) -> int:
        """Index the ownership tokens of the chosen subjects; return how many tokens have an owner that is not on the list."""
        unknown = 0
        for table in tables:
            for owners, texts, places in _large(table.batches(id_key)):
                codes = self._look_up(owners)
                unknown += int((codes < 0).sum())
                numbers = np.where(codes >= 0, self._numbers[codes], -1)
                rows = np.flatnonzero(numbers >= 0)
                values = Values(rows.tolist(), texts.take(pa.array(rows)).to_pylist(), [table.value] * len(rows))
                self._add(table.kind, values, numbers, places, table.source.name, bad, weak=False)
        return unknown

    def _codes_of(self, usable: UsableRows, row: int) -> NDArray[np.int64]:
        """Return the place in the survey of each row's id; -1 for an id that the survey did not meet."""
        codes = self._found.codes[row : row + len(usable.ids)]
        if len(codes) == len(usable.ids) and self._found.ids.take(pa.array(codes)).equals(usable.ids):
            return codes.astype(np.int64)
        return self._look_up(usable.ids)  # A database may give its rows in another order the second time.

    def _look_up(self, ids: pa.Array) -> NDArray[np.int64]:
        found = pc.fill_null(pc.index_in(ids.cast(pa.large_string()), value_set=self._found.ids), -1)
        return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.int64)

    def _take(
        self, prepared: Prepared, numbers: NDArray[np.int64], places: NDArray[np.int64], file: str, bad: BadCells
    ) -> None:
        self.subjects.take(np.where(numbers >= self._first_new, numbers - self._first_new, -1), prepared)
        for row, column, reason in prepared.bad:
            bad.add(file, int(places[row]), column, reason)
        for (of, weak), values in prepared.values.items():
            self._add(of, values, numbers, places, file, bad, weak=weak)

    def _add(
        self,
        of: Field,
        values: Values,
        numbers: NDArray[np.int64],
        places: NDArray[np.int64],
        file: str,
        bad: BadCells,
        *,
        weak: bool,
    ) -> None:
        if not values.texts:
            return
        rows = np.array(values.rows, dtype=np.int64)
        taken = self.builder.add(of, numbers[rows].astype(np.uint32), values.texts, weak=weak)
        fresh = numbers[rows] - self._first_new
        good = (taken == Taken.OK) & (fresh >= 0)
        np.bitwise_or.at(self.subjects.has_fields, fresh[good], np.uint16(1 << of))
        for code, reasons in _REASONS.items():
            reason = reasons.get(of)
            if reason is None:
                continue
            # Several forms of one cell that are refused are one bad cell.
            refused = {(int(rows[i]), values.columns[i]) for i in np.flatnonzero(taken == code).tolist()}
            for row, column in sorted(refused):
                bad.add(file, int(places[row]), column, reason)


def _large(
    batches: Iterator[tuple[pa.Array, pa.Array, NDArray[np.int64]]],
) -> Iterator[tuple[pa.Array, pa.Array, NDArray[np.int64]]]:
    """Join small batches: every look-up of owners costs a pass over all ids."""
    waiting: list[tuple[pa.Array, pa.Array, NDArray[np.int64]]] = []
    count = 0
    for batch in batches:
        waiting.append(batch)
        count += len(batch[0])
        if count >= _TOKENS_AT_ONCE:
            yield _joined(waiting)
            waiting, count = [], 0
    if waiting:
        yield _joined(waiting)


def _joined(
    batches: list[tuple[pa.Array, pa.Array, NDArray[np.int64]]],
) -> tuple[pa.Array, pa.Array, NDArray[np.int64]]:
    owners, texts, places = zip(*batches)
    return pa.concat_arrays(owners), pa.concat_arrays(texts), np.concatenate(places)
