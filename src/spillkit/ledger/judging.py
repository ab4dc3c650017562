"""Apply rules to every sighting of a ledger, as often as wanted, without the recordings.

In:    a ledger, rules.
Out:   the judgement that counts from now on with its corrections of viewers, and what changed against the one before.
Else:  who may see whom, and whose session lies, is decided in `entitlement`; numbers over exposures are `scope`.
"""

# ruff: noqa: S608 - the SQL is put together from constants of the code and labels of enums, never from values.

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from spillkit import __version__
from spillkit.entitlement.continuity import find_corrections
from spillkit.entitlement.judge_sql import prepare_judgement
from spillkit.entitlement.rules import Rules
from spillkit.entitlement.suggestions import find_suggestions
from spillkit.ledger.database import ask, create_view, quoted, unreadable
from spillkit.ledger.judgement import Finding, Judgement, read_judgement, write_judgement
from spillkit.ledger.ledger import Ledger
from spillkit.ledger.parts import cannot_write
from spillkit.model import Evidence, Field
from spillkit.schemas import EXPOSURES

# Raised whenever the same parts and rules would give another judgement.
JUDGE_VERSION = 2

_ROW = ("source", "entry", "viewer", "subject", "field", "start", "end", "evidence")
_GROUP = ("channel", "method", "route")
_FIELD_ORDER = {field.label: field for field in Field}


@dataclass(frozen=True, slots=True)
class Change:
    """How the exposures of one route differ from the judgement before."""

    channel: str
    method: str
    route: str
    new: int
    vanished: int


@dataclass(frozen=True, slots=True)
class JudgeReport:
    """What a judgement found and what it changed."""

    judgement: Judgement
    is_first: bool  # there was no judgement before
    changes: tuple[Change, ...]  # against the judgement before; none if it was the first


def judge(ledger: Ledger, rules: Rules) -> JudgeReport:
    """Apply the rules to all sightings, make the result the judgement that counts, and say what changed.

    ledger   its parts as they are now
    rules    `entitlement.read_rules`
    Returns  the judgement; the same rules over the same parts give the same one
    Raises   LedgerError if the ledger cannot be read or written; the judgement before stays then
    """
    with ledger.writing():
        before = read_judgement(ledger)
        name = judgement_id(ledger, rules)
        if before is not None and before.id == name:
            return JudgeReport(before, is_first=False, changes=())
        draft = ledger.path / "scratch" / f"judgement-{secrets.token_hex(8)}"
        try:
            draft.mkdir()
        except OSError as error:
            raise cannot_write(draft.parent, error) from error
        with ledger.database() as connection:
            try:
                corrections = "found_corrections" if rules.correct_viewers else None
                if corrections is not None:
                    find_corrections(connection)
                    kept = draft / "corrections.parquet"
                    connection.execute(
                        f"COPY {corrections} TO {quoted(kept.absolute())} (FORMAT parquet, COMPRESSION zstd)"
                    )
                prepare_judgement(connection, rules, corrections)
                exposures = draft / "exposures.parquet"
                connection.execute(
                    f"COPY (FROM found_exposures) TO {quoted(exposures.absolute())} "
                    "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"
                )
                changes = _find_changes(connection, exposures) if before is not None else ()
                create_view(connection, "exposures", EXPOSURES, [exposures])
                judgement = _describe(connection, name, rules, corrections)
            except (duckdb.IOException, duckdb.InvalidInputException, duckdb.OutOfMemoryException) as error:
                raise unreadable(error) from error
        try:
            write_judgement(draft, judgement)
        except OSError as error:
            raise cannot_write(draft, error) from error
        ledger.record_exposures(name, draft)
    return JudgeReport(judgement, is_first=before is None, changes=changes)


def judgement_id(ledger: Ledger, rules: Rules) -> str:
    """Return the digest of what is judged and by which rules: rules, parts, version of Spillkit."""
    digest = hashlib.sha256(f"judge {JUDGE_VERSION} {__version__}\n{rules.digest}\n".encode())
    for table in ("sightings", "coverage"):
        for file in ledger.part_files(table):
            digest.update(str(file.relative_to(ledger.path)).encode() + b"\n")
    return digest.hexdigest()[:32]


def _describe(connection: duckdb.DuckDBPyConnection, name: str, rules: Rules, corrections: str | None) -> Judgement:
    counts = ask(
        connection,
        """
        SELECT count(*) AS sightings, count(*) FILTER (viewer = subject) AS own,
            count(*) FILTER (viewer_kind = 'unknown') AS unknown FROM judged""",
    ).to_pylist()[0]
    exposures = ask(connection, "SELECT count(*) AS n FROM exposures")["n"][0].as_py()
    corrected = (
        0 if corrections is None else ask(connection, f"SELECT count(*) AS n FROM {corrections}")["n"][0].as_py()
    )
    undecided, people = (0, 0) if counts["unknown"] == 0 else _count_undecided(connection, rules)
    return Judgement(
        id=name,
        rules=rules.digest,
        findings=find_findings(connection),
        sightings=counts["sightings"],
        own=counts["own"],
        allowed=counts["sightings"] - counts["own"] - exposures - undecided,
        undecided=undecided,
        undecided_subjects=people,
        exposures=exposures,
        corrected=corrected,
        suggestions=find_suggestions(connection),
    )


def _count_undecided(connection: duckdb.DuckDBPyConnection, rules: Rules) -> tuple[int, int]:
    if rules.unknown_are_possible:
        return 0, 0
    answer = ask(
        connection, "SELECT count(*) AS n, count(DISTINCT subject) AS people FROM found_undecided"
    ).to_pylist()[0]
    return answer["n"], answer["people"]


def find_findings(connection: duckdb.DuckDBPyConnection) -> tuple[Finding, ...]:
    """Return the findings of the view `exposures`, numbered: most confirmed people first, then possible ones, then by route."""
    rows = ask(
        connection,
        """
        WITH routes AS MATERIALIZED (
            SELECT row_number() OVER () AS id, channel, method, route, count(*) AS exposures,
                min(shown_at) AS first_at, max(shown_at) AS last_at
            FROM exposures GROUP BY channel, method, route
        ), sources AS MATERIALIZED (
            SELECT row_number() OVER () AS id, source FROM (SELECT DISTINCT source FROM exposures)
        ), people AS (
            SELECT id, count(*) AS subjects, count(*) FILTER (is_sure) AS subjects_confirmed FROM (
                SELECT id, subject, bool_or(evidence = 'confirmed') AS is_sure
                FROM exposures JOIN routes USING (channel, method, route) GROUP BY id, subject) GROUP BY id
        ), watchers AS (
            SELECT id, count(*) AS viewers FROM (
                SELECT DISTINCT id, viewer FROM exposures JOIN routes USING (channel, method, route)) GROUP BY id
        ), answered AS (
            SELECT id, count(*) AS answers FROM (
                SELECT DISTINCT routes.id AS id, sources.id AS source, entry FROM exposures
                JOIN routes USING (channel, method, route) JOIN sources USING (source)) GROUP BY id
        ), kinds AS (
            SELECT id, list(DISTINCT field) AS fields, list(DISTINCT viewer_kind) AS viewer_kinds FROM (
                SELECT id, field, viewer_kind FROM exposures JOIN routes USING (channel, method, route)
                GROUP BY id, field, viewer_kind) GROUP BY id
        ), looked AS (
            SELECT channel, method, route, sum(exchanges)::BIGINT AS answers_seen FROM coverage GROUP BY channel, method, route
        )
        SELECT channel, method, route, exposures, subjects, subjects_confirmed, viewers, fields, viewer_kinds,
            subjects_confirmed > 0 AS is_confirmed, first_at, last_at, answers, coalesce(answers_seen, 0) AS answers_seen
        FROM routes JOIN people USING (id) JOIN watchers USING (id) JOIN answered USING (id) JOIN kinds USING (id)
        LEFT JOIN looked USING (channel, method, route)
        ORDER BY subjects_confirmed DESC, subjects - subjects_confirmed DESC, route, method, channel""",
    ).to_pylist()
    return tuple(
        Finding(
            number=number,
            evidence=str(Evidence.CONFIRMED if row.pop("is_confirmed") else Evidence.POSSIBLE),
            fields=tuple(sorted(row.pop("fields"), key=lambda label: _FIELD_ORDER[label])),
            viewer_kinds=tuple(sorted(row.pop("viewer_kinds"))),
            **row,
        )
        for number, row in enumerate(rows, 1)
    )


def _find_changes(connection: duckdb.DuckDBPyConnection, exposures: Path) -> tuple[Change, ...]:
    """Compare the view `exposures` (the judgement before) with the new file, route by route."""
    create_view(connection, "exposures_now", EXPOSURES, [exposures])
    row = ", ".join(f'"{name}"' for name in _ROW)
    group = ", ".join(_GROUP)

    def summary(view: str) -> str:
        return f"SELECT {group}, count(*) AS rows, bit_xor(hash({row})) AS rows_hash FROM {view} GROUP BY {group}"

    def only_in(view: str, other: str) -> str:
        changed = f"SELECT {group}, {row} FROM {view} SEMI JOIN changed_routes USING ({group})"
        return f"SELECT {group}, count(*) AS rows FROM ({changed}) ANTI JOIN {other} USING ({group}, {row}) GROUP BY {group}"

    # Routes whose rows are the same as before are told by a hash of them all; only the others are compared row by row.
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE changed_routes AS
        WITH before AS MATERIALIZED ({summary("exposures")}), now AS MATERIALIZED ({summary("exposures_now")})
        SELECT DISTINCT {group} FROM ((FROM before EXCEPT FROM now) UNION ALL (FROM now EXCEPT FROM before))""")
    answer: pa.Table = ask(
        connection,
        f"""
        WITH new AS ({only_in("exposures_now", "exposures")}), vanished AS ({only_in("exposures", "exposures_now")})
        SELECT {group}, coalesce(new.rows, 0) AS new, coalesce(vanished.rows, 0) AS vanished
        FROM new FULL JOIN vanished USING ({group}) ORDER BY route, method, channel""",
    )
    return tuple(Change(**change) for change in answer.to_pylist())
