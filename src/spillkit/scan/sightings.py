"""Find who occurs in what was sent: a batch of exchanges becomes sightings and coverage.

In:    exchanges with their viewers, the scanner of the directory.
Out:   Arrow tables `SIGHTINGS`, `EXCHANGES` and `COVERAGE` (spillkit.schemas): no text, no values, no judgement.
Else:  grading is `evidence`, routes are `routes`, rows of exchanges are `exchanges`; entitlement and the ledger come later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import pairwise

import numpy as np
import pyarrow as pa

from spillkit.kernel.api import SLOT_BARE, SLOT_SUPPORTED, Scanner
from spillkit.model import BodyState, Evidence, Exchange, Field, SubjectId, Viewer, ViewerKind
from spillkit.scan.evidence import Grading, Match, grade
from spillkit.scan.exchanges import ExchangeRows
from spillkit.scan.routes import path_of, route_of, segments_of
from spillkit.schemas import COVERAGE, EXCHANGES, SIGHTINGS

_ROUTES_REMEMBERED = 100_000
_IDS_REMEMBERED = 1_000_000
_SPACED = str.maketrans("-_.", "   ")

_LABELS = {field: field.label for field in Field}
_EVIDENCE = {evidence: evidence.value for evidence in Evidence}
_HEAD = pa.schema(list(SIGHTINGS)[: SIGHTINGS.get_field_index("subject")])
_TAIL = pa.schema(list(SIGHTINGS)[SIGHTINGS.get_field_index("subject") :])


@dataclass(frozen=True, slots=True)
class Found:
    """What one batch gave."""

    sightings: pa.Table  # schema SIGHTINGS
    coverage: pa.Table  # schema COVERAGE
    exchanges: pa.Table  # schema EXCHANGES; empty where nobody keeps them


class Finder:
    """Finds sightings in batches of exchanges with one scanner.

    scanner       the directory's opened segments
    id_of         the company's id of each subject number: uint32 array -> list of SubjectId
    rendered_for  tells for whom the application says it rendered an answer, or None
    sampled_share what share of the traffic the recording holds, above 0 and up to 1
    exchange_rows makes the rows of exchanges, or None: they are not kept then
    """

    def __init__(
        self,
        scanner: Scanner,
        id_of: Callable[[np.ndarray], Sequence[str]],
        rendered_for: Callable[[Exchange], SubjectId | None] | None = None,
        sampled_share: float = 1.0,
        exchange_rows: ExchangeRows | None = None,
    ) -> None:
        self._scanner = scanner
        self._exchange_rows = exchange_rows
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
        pages: list[int] = []
        gradings: list[Grading] = []
        for page, matches in self._matches(hits):
            graded = grade(matches)
            pages.extend([page] * len(graded))
            gradings.extend(graded)
        subjects = self._ids_of([grading.number for grading in gradings])
        if self._rendered_for is not None:
            for page, exchange in enumerate(exchanges):
                subject = self._rendered_for(exchange)
                if subject is not None:
                    pages.append(page)
                    gradings.append(_STAMP)
                    subjects.append(subject)
            order = sorted(range(len(pages)), key=lambda at: (exchanges[pages[at]].entry, gradings[at].start))
            pages, gradings, subjects = (
                [pages[at] for at in order],
                [gradings[at] for at in order],
                [subjects[at] for at in order],
            )
        found = _sightings(exchanges, viewers, routes, pages, gradings, subjects)
        rows = EXCHANGES.empty_table()
        if self._exchange_rows is not None:
            methods = [method_word(exchange.method) for exchange in exchanges]
            rows = self._exchange_rows.table(exchanges, viewers, routes, methods)
        return Found(found, _coverage(exchanges, viewers, routes, self._sampled_share), rows)

    def _ids_of(self, numbers: Sequence[int]) -> list[str]:
        """Ids of subject numbers, remembered: most answers show the viewer himself, again and again."""
        known = self._ids
        new = sorted({number for number in numbers if number not in known})
        if new:
            if len(known) > _IDS_REMEMBERED:
                known.clear()
                new = sorted(set(numbers))
            known.update(zip(new, self._id_of(np.array(new, dtype=np.uint32)), strict=True))
        return [known[number] for number in numbers]

    def _matches(self, hits: np.ndarray) -> Iterator[tuple[int, list[Match]]]:
        """Each page that has hits, with its matches in order of their place."""
        matches: list[Match] = []
        current = -1
        for page, start, end, slot in hits.tolist():
            if page != current:
                if matches:
                    yield current, matches
                current, matches = page, []
            field, numbers, bearers, weak, bare = self._groups(slot)
            if numbers:
                matches.append(Match(field, numbers, bearers, weak, bare, start, end))
        if matches:
            yield current, matches

    def _group(self, slot: int) -> tuple[Field, tuple[int, ...], int, bool, bool]:
        """What stands behind a slot, in the order of Match."""
        entry = slot & ~SLOT_BARE
        field, weak, numbers = self._scanner.group(entry)
        bearers = self._scanner.bearers(entry) if entry & SLOT_SUPPORTED else len(numbers)
        return field, tuple(numbers.tolist()), bearers, weak, bool(slot & SLOT_BARE)

    @staticmethod
    def _is_spread(start: int, end: int, first: str) -> bool:
        """Whether a hit in two segments, the first of them given, needs both."""
        border = len(first.encode("utf-8", "replace"))
        return start < border < end

    def _routes_of(self, exchanges: Sequence[Exchange]) -> list[str]:
        """Routes of a batch; segments in which a subject is found are replaced like ids: /jane-doe, and both of /jane/doe."""
        paths = [path_of(exchange.url) for exchange in exchanges]
        new = sorted({path for path in paths if path not in self._routes})
        if new:
            segments = [segments_of(path) for path in new]
            whole = [segment for group in segments for segment in group]
            spaced = [segment.translate(_SPACED) for segment in whole]
            # A name may stand in two segments. One of common words only would make ids of /account/summary: it does not count.
            pairs = [
                f"{one} {two}".translate(_SPACED) if two else ""
                for group in segments
                for one, two in pairwise([*group, ""])
            ]
            texts = [text.encode("utf-8", "replace") for text in (*whole, *spaced, *pairs)]
            found: set[int] = set()
            for page, start, end, slot in self._scanner.scan(texts).tolist():
                kind, place = divmod(page, len(whole))
                if kind < 2:
                    found.add(place)
                elif self._is_spread(start, end, spaced[place]) and not self._scanner.group(slot & ~SLOT_BARE)[1]:
                    found.update((place, place + 1))
            if len(self._routes) > _ROUTES_REMEMBERED:
                self._routes.clear()
                return self._routes_of(exchanges)
            place = 0
            for path, group in zip(new, segments, strict=True):
                personal = {segment for at, segment in enumerate(group, place) if at in found}
                place += len(group)
                self._routes[path] = route_of(path, personal)
        return [self._routes[path] for path in paths]


# An answer that says itself for whom it was rendered.
_STAMP = Grading(0, Field.RENDERED_FOR, Evidence.CONFIRMED, "the answer says so itself", 1, 0, 0)


def _sightings(
    exchanges: Sequence[Exchange],
    viewers: Sequence[Viewer],
    routes: Sequence[str],
    pages: Sequence[int],
    gradings: Sequence[Grading],
    subjects: Sequence[str],
) -> pa.Table:
    """The table of a batch: what belongs to the answer is written once for each answer, and copied to each of its rows.

    pages, gradings, subjects  of equal length: place of the answer in the batch, what was seen there, and of whom
    """
    if not gradings:
        return SIGHTINGS.empty_table()
    seen = sorted(set(pages))
    place = {page: at for at, page in enumerate(seen)}
    heads = _table([_head(exchanges[page], viewers[page], routes[page]) for page in seen], _HEAD)
    rows = [
        (
            subject,
            _LABELS[grading.field],
            _EVIDENCE[grading.evidence],
            grading.because,
            grading.bearers,
            grading.start,
            grading.end,
        )
        for subject, grading in zip(subjects, gradings, strict=True)
    ]
    repeated = heads.take(pa.array([place[page] for page in pages], pa.int32()))
    return pa.table([*repeated.columns, *_table(rows, _TAIL).columns], schema=SIGHTINGS)


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


def _table(rows: Sequence[tuple[object, ...]], schema: pa.Schema) -> pa.Table:
    if not rows:
        return schema.empty_table()
    columns = zip(*rows, strict=True)
    return pa.table(
        [pa.array(column, type=field.type) for column, field in zip(columns, schema, strict=True)], schema=schema
    )


@lru_cache(maxsize=1024)
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
            exchange.channel,
            method_word(exchange.method),
            route,
            exchange.status,
            viewer.kind,
        )
        count = counts.get(key)
        if count is None:
            count = counts[key] = [0, 0, 0, 0, 0]
        count[0] += 1
        count[1] += exchange.body_state is BodyState.OK
        count[2] += exchange.body_state in (BodyState.DAMAGED, BodyState.TOO_LARGE)
        count[3] += viewer.kind is not ViewerKind.UNKNOWN
        count[4] += exchange.body_bytes
    return _table([(*key, *count[:4], sampled_share, count[4]) for key, count in counts.items()], COVERAGE)
