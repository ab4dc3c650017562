"""The rules of who may see whom, as values.

In:    what `rules_file` read.
Out:   Rules: frozen, the same for both deciders (`verdict` in plain Python, `judge_sql` in DuckDB).
Else:  oneself is built in; what a sighting is, is `verdict`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pyarrow as pa

from spillkit.entitlement.routes import RouteGlob
from spillkit.model import Field, ViewerKind
from spillkit.scan.viewer_rendered_for import RenderedForRule
from spillkit.scan.viewer_rules import ViewerRule

ALL_FIELDS = frozenset(Field)

# Rows of relations and tickets. fields: bit n is Field n. rule: place in Rules.tables.
GRANTS = pa.schema(
    [
        pa.field("viewer", pa.string(), nullable=False),
        pa.field("subject", pa.string(), nullable=False),
        pa.field("fields", pa.int32(), nullable=False),
        pa.field("starts_at", pa.timestamp("us", tz="UTC")),
        pa.field("ends_at", pa.timestamp("us", tz="UTC")),  # exclusive
        pa.field("rule", pa.int32(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
    ]
)

DEFAULT_ACCOUNT_ROUTES = tuple(
    RouteGlob.of_text(text)
    for text in ("GET /account*", "GET /my*", "GET /me", "GET /me/*", "GET /profile*", "GET /settings*", "GET /*/me")
)


@dataclass(frozen=True, slots=True)
class RouteRule:
    """Fields that everybody, or everybody of a kind, may see of anybody on some routes."""

    id: str
    reason: str
    fields: frozenset[Field]
    routes: tuple[RouteGlob, ...]  # empty: every route
    kind: ViewerKind | None = None  # None: everybody
    viewers: frozenset[str] | None = None  # viewer ids; None: all of the kind

    def covers_route(self, channel: str, method: str, route: str) -> bool:
        return not self.routes or any(glob.matches(channel, method, route) for glob in self.routes)


@dataclass(frozen=True, slots=True)
class TableRule:
    """Pairs of viewer and subject from a table: relations, or tickets assigned to staff."""

    id: str
    reason: str
    kind: ViewerKind | None = None  # None: whoever the table names


@dataclass(frozen=True, slots=True)
class Grant:
    """One row of a table rule."""

    fields: frozenset[Field]
    starts_at_us: int | None  # microseconds since 1970, UTC
    ends_at_us: int | None  # exclusive
    rule: TableRule
    reason: str


@dataclass(frozen=True)
class Rules:
    """All rules of one file with the tables they name."""

    routes: tuple[RouteRule, ...] = ()
    tables: tuple[TableRule, ...] = ()
    grants: pa.Table = field(default_factory=GRANTS.empty_table, repr=False)
    viewers: tuple[ViewerRule, ...] = ()
    rendered_for: RenderedForRule | None = None
    infer_viewers: bool = False
    account_routes: tuple[RouteGlob, ...] = DEFAULT_ACCOUNT_ROUTES
    correct_viewers: bool = True  # sessions that were handed over are judged by who held them
    unknown_are_possible: bool = False  # sightings of unknown viewers are possible exposures, not only counted
    digest: str = "0" * 16  # of the file and every table it names, hex

    @cached_property
    def grants_by_pair(self) -> Mapping[tuple[str, str], tuple[Grant, ...]]:
        """Grants of each (viewer, subject), in the order of the rules."""
        found: dict[tuple[str, str], list[Grant]] = {}
        columns = self.grants.select(["viewer", "subject", "fields", "rule", "reason"]).to_pydict()
        starts = self.grants["starts_at"].cast(pa.int64()).to_pylist()
        ends = self.grants["ends_at"].cast(pa.int64()).to_pylist()
        for viewer, subject, bits, rule, reason, start, end in zip(*columns.values(), starts, ends, strict=True):
            grant = Grant(fields_of_bits(bits), start, end, self.tables[rule], reason)
            found.setdefault((viewer, subject), []).append(grant)
        return {pair: tuple(grants) for pair, grants in found.items()}


def bits_of_fields(fields: frozenset[Field]) -> int:
    """Return the fields as bits: bit n is Field n."""
    return sum(1 << field for field in fields)


def fields_of_bits(bits: int) -> frozenset[Field]:
    """Return the fields of bits: the other way round."""
    return frozenset(field for field in Field if bits >> field & 1)
