"""Decide for millions of sightings at once which are exposures: the fast decider.

In:    a DuckDB connection with a view or table `sightings` (schema SIGHTINGS), the rules.
Out:   views `judged` (sightings with inferred viewers put in), `found_exposures` (schema EXPOSURES) and
       `found_undecided` (sightings that no rule allows and whose viewer nobody knows).
Else:  the same in plain Python, for one sighting, is `verdict`; a property test holds the two together.

Every rule becomes rows of small tables, and every question a hash join on equal keys: nothing runs row by row in Python.
"""

# ruff: noqa: S608 - the SQL is put together from constants of the code and labels of enums, never from values.

from __future__ import annotations

import duckdb
import pyarrow as pa

from spillkit.entitlement.continuity import HANDED_OVER, HANDED_OVER_GUESS
from spillkit.entitlement.inference import prepare_inferred
from spillkit.entitlement.rules import Rules
from spillkit.entitlement.verdict import NO_RULE
from spillkit.model import Field, ViewerKind
from spillkit.schemas import SIGHTINGS

_UNBOUNDED = "starts_at IS NULL AND ends_at IS NULL"
_GRANT_TABLES = {
    "lasting_grants": f"kind = '' AND {_UNBOUNDED}",
    "lasting_grants_of_kind": f"kind <> '' AND {_UNBOUNDED}",
    "timed_grants": f"kind = '' AND NOT ({_UNBOUNDED})",
    "timed_grants_of_kind": f"kind <> '' AND NOT ({_UNBOUNDED})",
}
_ROUTE = "g.channel = s.channel AND g.method = s.method AND g.route = s.route AND g.field = s.field"
# A message has one entry and many recipients: the viewer belongs to the place.
_PLACE = ("source", "entry", "viewer", "field", "start", "end")


def prepare_judgement(connection: duckdb.DuckDBPyConnection, rules: Rules, corrections: str | None = None) -> None:
    """Create the views `judged` and `found_exposures` on the connection; nothing is computed yet but small tables.

    connection   has `sightings`; the rows of `found_exposures` come in their order
    corrections  name of a table of schema CORRECTIONS on it, or None
    """
    prepare_inferred(connection, rules, corrections)
    allowing = [*_route_grants(connection, rules), *_table_grants(connection, rules)]
    is_known = f"s.viewer_kind <> '{ViewerKind.UNKNOWN.value}'"
    # Who held a session that was handed over is not its owner, even where nobody knows who it was.
    is_known = f"({is_known} OR starts_with(s.viewer_from, '{HANDED_OVER}'))"
    counts = "true" if rules.unknown_are_possible else is_known
    denied = " AND ".join(["s.viewer <> s.subject", *(f"NOT {question}" for question in allowing)])
    _prepare_shared(connection, ["s.viewer = s.subject", *allowing])
    if connection.execute("SELECT 1 FROM shared_and_allowed LIMIT 1").fetchall():
        denied += f" AND NOT (s.bearers > 1 AND {_shared_question()})"
    columns = ", ".join(f's."{name}"' for name in SIGHTINGS.names if name != "evidence")
    order = ", ".join(f'"{name}"' for name in [*SIGHTINGS.names, "rule"])
    connection.execute(f"""
        CREATE OR REPLACE TEMP VIEW found_exposures AS
        SELECT {order} FROM (
            SELECT {columns}, {_evidence(rules)} AS evidence, '{NO_RULE}' AS rule
            FROM judged s
            WHERE {counts} AND {denied}
        )""")
    connection.execute(f"""
        CREATE OR REPLACE TEMP VIEW found_undecided AS SELECT s.* FROM judged s
        WHERE NOT ({counts}) AND {denied}""")


def _route_grants(connection: duckdb.DuckDBPyConnection, rules: Rules) -> list[str]:
    """Make one row for each (place, field) a route rule allows; return the questions that find it."""
    if not rules.routes:
        return []
    places = connection.sql("SELECT DISTINCT channel, method, route FROM sightings ORDER BY ALL").to_arrow_table()
    everybody, by_kind, by_viewer = set(), set(), set()
    for channel, method, route in zip(*places.to_pydict().values(), strict=True):
        for rule in rules.routes:
            if not rule.covers_route(channel, method, route):
                continue
            for field in rule.fields:
                here = (channel, method, route, field.label)
                kind = rule.kind.value if rule.kind is not None else ""
                if rule.viewers is not None:
                    kinds = [kind] if kind else [each.value for each in ViewerKind]
                    by_viewer |= {(*here, each, viewer) for each in kinds for viewer in rule.viewers}
                elif kind:
                    by_kind.add((*here, kind, ""))
                else:
                    everybody.add((*here, "", ""))
    questions = []
    for name, rows, condition in (
        ("public_grants", everybody, _ROUTE),
        ("kind_grants", by_kind, f"{_ROUTE} AND g.kind = s.viewer_kind"),
        ("viewer_grants", by_viewer, f"{_ROUTE} AND g.viewer = s.viewer AND g.kind = s.viewer_kind"),
    ):
        if rows:
            names = ["channel", "method", "route", "field", "kind", "viewer"]
            table = pa.table([pa.array(column, pa.string()) for column in zip(*sorted(rows), strict=True)], names=names)
            _keep(connection, name, table)
            questions.append(f"EXISTS (SELECT 1 FROM {name} g WHERE {condition})")
    return questions


def _table_grants(connection: duckdb.DuckDBPyConnection, rules: Rules) -> list[str]:
    """Make one row for each viewer, subject, field and time a table rule allows; return the questions that find it."""
    if rules.grants.num_rows == 0:
        return []
    kinds = pa.table(
        {
            "rule": pa.array(range(len(rules.tables)), pa.int32()),
            "kind": pa.array([rule.kind.value if rule.kind is not None else "" for rule in rules.tables], pa.string()),
        }
    )
    bits = pa.table(
        {
            "field": pa.array([field.label for field in Field], pa.string()),
            "bit": pa.array([1 << field for field in Field], pa.int32()),
        }
    )
    _keep(connection, "grant_kinds", kinds)
    _keep(connection, "field_bits", bits)
    connection.register("grants_given", rules.grants)
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE grants AS
        SELECT DISTINCT viewer, subject, field, kind, starts_at, ends_at
        FROM grants_given JOIN grant_kinds USING (rule) JOIN field_bits ON (fields & bit) <> 0""")
    connection.unregister("grants_given")
    # Joins want equal keys, and few rows: what holds for every kind of viewer, and what holds for ever, stand apart.
    questions = []
    for name, which in _GRANT_TABLES.items():
        connection.execute(f"""
            CREATE OR REPLACE TEMP TABLE {name} AS SELECT DISTINCT viewer, subject, field, kind,
                coalesce(starts_at, '-infinity'::TIMESTAMPTZ) AS starts_at, coalesce(ends_at, 'infinity'::TIMESTAMPTZ) AS ends_at
            FROM grants WHERE {which}""")
        if connection.execute(f"SELECT 1 FROM {name} LIMIT 1").fetchall():
            in_time = " AND g.starts_at <= s.shown_at AND s.shown_at < g.ends_at" if name.startswith("timed") else ""
            questions.append(f"EXISTS (SELECT 1 FROM {name} g WHERE {_same_pair(name)}{in_time})")
    return questions


def _same_pair(table: str) -> str:
    kind = " AND g.kind = s.viewer_kind" if table.endswith("of_kind") else ""
    return f"g.viewer = s.viewer AND g.subject = s.subject AND g.field = s.field{kind}"


def _evidence(rules: Rules) -> str:
    """Confirmed only if the sighting is, the viewer is not a guess, and no grant might hold at an unknown time."""
    unsure = [f"s.viewer_kind = '{ViewerKind.UNKNOWN.value}'", f"s.viewer_from IN ('inferred', '{HANDED_OVER_GUESS}')"]
    if rules.grants.num_rows:
        for name in ("timed_grants", "timed_grants_of_kind"):
            unsure.append(f"(s.shown_at IS NULL AND EXISTS (SELECT 1 FROM {name} g WHERE {_same_pair(name)}))")
    return f"CASE WHEN {' OR '.join(unsure)} THEN 'possible' ELSE s.evidence END"


def _prepare_shared(connection: duckdb.DuckDBPyConnection, allowing: list[str]) -> None:
    """Find the places whose value several subjects share, and for one of whom the viewer is entitled."""
    place = ", ".join(f's."{name}"' for name in _PLACE)
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE shared_and_allowed AS
        SELECT {place}, max((s.evidence = 'confirmed')::INTEGER) AS surety
        FROM judged s WHERE s.bearers > 1 AND ({" OR ".join(allowing)}) GROUP BY ALL""")


def _shared_question() -> str:
    same = " AND ".join(f'g."{name}" = s."{name}"' for name in _PLACE)
    return (
        f"EXISTS (SELECT 1 FROM shared_and_allowed g WHERE {same} AND g.surety >= (s.evidence = 'confirmed')::INTEGER)"
    )


def _keep(connection: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> None:
    connection.register("given", table)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM given")
    connection.unregister("given")
