"""Find who occurs in what was sent: a batch of exchanges becomes sightings and coverage.

In:    exchanges with their viewers, the scanner of the directory.
Out:   Arrow tables `SIGHTINGS` and `COVERAGE` (spillkit.schemas): no text, no values, no judgement.
Else:  grading is `evidence`, routes are `routes`; entitlement and the ledger come later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import numpy as np
import pyarrow as pa

from spillkit.kernel.api import SLOT_BARE, SLOT_SUPPORTED, Scanner
from spillkit.model import BodyState, Evidence, Exchange, Field, SubjectId, Viewer, ViewerKind
from spillkit.scan.evidence import Grading, Match, grade
from spillkit.scan.routes import path_of, route_of, segments_of
from spillkit.schemas import COVERAGE, SIGHTINGS

_ROUTES_REMEMBERED = 100_000
_IDS_REMEMBERED = 1_000_000


@dataclass(frozen=True, slots=True)
class Found:
    """What one batch gave."""

    sightings: pa.Table  # schema SIGHTINGS
    coverage: pa.Table  # schema COVERAGE


class Finder:
    """Finds sightings in batches of exchanges with one scanner.

    scanner       the directory's opened segments
    id_of         the company's id of each subject number: uint32 array -> list of SubjectId
    rendered_for  tells for whom the application says it rendered an answer, or None
    sampled_share what share of the traffic the recording holds, above 0 and up to 1
    """

    def __init__(
        self,
        scanner: Scanner,
        id_of: Callable[[np.ndarray], Sequence[str]],
        rendered_for: Callable[[Exchange], SubjectId | None] | None = None,
        sampled_share: float = 1.0,
    ) -> None:
        self._scanner = scanner
        self._id_of = id_of
        self._rendered_for = rendered_for
        self._sampled_share = sampled_share
        self._groups = lru_cache(maxsize=200_000)(self._group)
        self._routes: dict[str, str] = {}
        self._ids: dict[int, str] = {}

    def find(self, exchanges: Sequence[Exchange], viewers: Sequence[Viewer]) -> Found:
        """Return the sightings and the coverage of a batch.

        exchanges, viewers  of equal length, in the order of their recording
        Returns             sightings sorted by entry, then place in the body; one row for each subject and field
                            of an exchange (the first place with the best evidence)
        """
        bodies = [exchange.body or b"" for exchange in exchanges]
        hits = self._scanner.scan(bodies)
        routes = self._routes_of(exchanges)
        rows: list[tuple[object, ...]] = []
        for page, start, stop in _pages(hits):
            gradings = grade(self._matches(hits[start:stop]))
            ids = self._ids_of([grading.number for grading in gradings])
            head = _head(exchanges[page], viewers[page], routes[page])
            rows.extend(_row(head, subject, grading) for subject, grading in zip(ids, gradings, strict=True))
        if self._rendered_for is not None:
            rows.extend(_stamped(self._rendered_for, exchanges, viewers, routes))
            rows.sort(key=lambda row: (row[1], row[16]))
        return Found(_table(rows, SIGHTINGS), _coverage(exchanges, viewers, routes, self._sampled_share))

    def _ids_of(self, numbers: Sequence[int]) -> list[str]:
        """Ids of subject numbers, remembered: most answers show the viewer himself, again and again."""
        known = self._ids
        new = [number for number in numbers if number not in known]
        if new:
            if len(known) > _IDS_REMEMBERED:
                known.clear()
                new = list(numbers)
            known.update(zip(new, self._id_of(np.array(new, dtype=np.uint32)), strict=True))
        return [known[number] for number in numbers]

    def _matches(self, hits: np.ndarray) -> list[Match]:
        matches = []
        for _, start, end, slot in hits.tolist():
            field, weak, numbers, bearers = self._groups(slot & ~SLOT_BARE)
            if numbers:
                matches.append(Match(field, numbers, bearers, weak, bool(slot & SLOT_BARE), start, end))
        return matches

    def _group(self, slot: int) -> tuple[Field, bool, tuple[int, ...], int]:
        field, weak, numbers = self._scanner.group(slot)
        bearers = self._scanner.bearers(slot) if slot & SLOT_SUPPORTED else len(numbers)
        return field, weak, tuple(numbers.tolist()), bearers

    def _routes_of(self, exchanges: Sequence[Exchange]) -> list[str]:
        """Routes of a batch; a path segment in which a subject is found is replaced like an id."""
        paths = [path_of(exchange.url) for exchange in exchanges]
        new = sorted({path for path in paths if path not in self._routes})
        if new:
            segments = [segments_of(path) for path in new]
            flat = [
                segment.replace("-", " ").replace("_", " ").replace(".", " ") for group in segments for segment in group
            ]
            whole = [segment for group in segments for segment in group]
            found = {
                page % len(flat)
                for page in self._scanner.scan([text.encode("utf-8", "replace") for text in flat + whole])[
                    :, 0
                ].tolist()
            }
            if len(self._routes) > _ROUTES_REMEMBERED:
                self._routes.clear()
                return self._routes_of(exchanges)
            place = 0
            for path, group in zip(new, segments, strict=True):
                personal = {segment for at, segment in enumerate(group, place) if at in found}
                place += len(group)
                self._routes[path] = route_of(path, personal)
        return [self._routes[path] for path in paths]


def _stamped(
    rendered_for: Callable[[Exchange], SubjectId | None],
    exchanges: Sequence[Exchange],
    viewers: Sequence[Viewer],
    routes: Sequence[str],
) -> Iterator[tuple[object, ...]]:
    """One row for each answer in which the application says for whom it rendered it."""
    stamp = Grading(0, Field.RENDERED_FOR, Evidence.CONFIRMED, "the answer says so itself", 1, 0, 0)
    for exchange, viewer, route in zip(exchanges, viewers, routes, strict=True):
        subject = rendered_for(exchange)
        if subject is not None:
            yield _row(_head(exchange, viewer, route), subject, stamp)


def _pages(hits: np.ndarray) -> list[tuple[int, int, int]]:
    """Page number, first row and one past the last row of each page that has hits."""
    if len(hits) == 0:
        return []
    pages, first = np.unique(hits[:, 0], return_index=True)
    ends = np.append(first[1:], len(hits))
    return list(zip(pages.tolist(), first.tolist(), ends.tolist(), strict=True))


def _head(exchange: Exchange, viewer: Viewer, route: str) -> tuple[object, ...]:
    return (
        exchange.source,
        exchange.entry,
        exchange.shown_at,
        exchange.channel.value,
        method_word(exchange.method),
        route,
        exchange.status,
        viewer.id,
        viewer.kind.value,
        viewer.found_by,
        viewer.session,
    )


def _row(head: tuple[object, ...], subject: str, grading: Grading) -> tuple[object, ...]:
    return (
        *head,
        subject,
        grading.field.label,
        grading.evidence.value,
        grading.because,
        grading.bearers,
        grading.start,
        grading.end,
    )


def _table(rows: Sequence[tuple[object, ...]], schema: pa.Schema) -> pa.Table:
    if not rows:
        return schema.empty_table()
    columns = zip(*rows, strict=True)
    return pa.table(
        [pa.array(column, type=field.type) for column, field in zip(columns, schema, strict=True)], schema=schema
    )


def method_word(method: str) -> str:
    """Return the request's method if it looks like one, else "OTHER": recordings may say anything here."""
    return method if method.isascii() and method.isalpha() and len(method) <= 16 and method.isupper() else "OTHER"


def _minute(moment: datetime | None) -> datetime | None:
    return moment.replace(second=0, microsecond=0) if moment is not None else None


def _coverage(
    exchanges: Sequence[Exchange], viewers: Sequence[Viewer], routes: Sequence[str], sampled_share: float
) -> pa.Table:
    counts: dict[tuple[object, ...], list[int]] = {}
    for exchange, viewer, route in zip(exchanges, viewers, routes, strict=True):
        key = (
            exchange.source,
            _minute(exchange.shown_at),
            exchange.channel.value,
            method_word(exchange.method),
            route,
            exchange.status,
            viewer.kind.value,
        )
        count = counts.setdefault(key, [0, 0, 0, 0, 0])
        count[0] += 1
        count[1] += exchange.body_state is BodyState.OK
        count[2] += exchange.body_state in (BodyState.DAMAGED, BodyState.TOO_LARGE)
        count[3] += viewer.kind is not ViewerKind.UNKNOWN
        count[4] += exchange.body_bytes
    return _table([(*key, *count[:4], sampled_share, count[4]) for key, count in counts.items()], COVERAGE)


def count_states(exchanges: Sequence[Exchange]) -> Mapping[BodyState, int]:
    """Return how many exchanges are in each body state."""
    counts = dict.fromkeys(BodyState, 0)
    for exchange in exchanges:
        counts[exchange.body_state] += 1
    return counts
