"""Turn counts and coverage into the figure that answers "how many people?".

In:    the temporary tables of `facts` and `looked_at`.
Out:   Figure: confirmed ≤ estimate ≤ interval_high ≤ upper_bound, and the method in a sentence.
Else:  the arithmetic of the estimate is `estimate`; the derivation is docs/explanation/numbers.md.

A stratum is one route over a stretch of time with at least 200 answers looked at: within it, answers not looked at are taken to
be like those that were. Strata are cut by how much was looked at, never by what was found.
"""

# ruff: noqa: S608 - the SQL is put together from constants of the code and labels of enums, never from values.

from __future__ import annotations

import math
from typing import Any

import duckdb

from spillkit.scope.estimate import LEVEL, Singles, estimate_more
from spillkit.scope.facts import CONFIRMED, UNKNOWN_KIND
from spillkit.scope.measurement import Coverage, Figure
from spillkit.scope.why_unknown import why_unknown
from spillkit.scope.words import count_of, percent

STRATUM_ANSWERS = 200


def figure(
    connection: duckdb.DuckDBPyConnection, confirmed: int, possible: int, coverage: Coverage, directory_size: int | None
) -> Figure:
    """Return how many people, with everything that is needed to believe it.

    directory_size  subjects that could be affected at all; None if nobody says
    """
    if coverage.looked_at == 0 and confirmed + possible == 0:
        return _unknown(coverage, directory_size)
    _cut_strata(connection)
    looked_at, unseen, blind, largest_weight = _row(
        connection,
        """SELECT coalesce(sum(looked_at), 0)::BIGINT, coalesce(sum(known - looked_at), 0)::BIGINT,
            coalesce(sum(known) FILTER (looked_at = 0), 0)::BIGINT,
            coalesce(max((known - looked_at) / looked_at) FILTER (looked_at > 0), 0.0) FROM scope_strata""",
    )
    [largest_group] = _row(connection, "SELECT coalesce(max(people), 1) FROM scope_answers")
    allowance = (unseen + coverage.lost) * largest_group
    bound = confirmed + possible + allowance
    if directory_size is not None:
        bound = max(min(bound, directory_size), confirmed + possible)
    complete = unseen == 0 and coverage.lost == 0 and coverage.lost_unknown == 0 and not coverage.gaps
    estimate = high = None
    if looked_at:
        singles, twice = _seen_once(connection)
        more = estimate_more(singles, twice, largest_weight, largest_group)
        # The interval is about confirmed people: what is only possible has no part in it, so that neither tells the other.
        most = (
            confirmed + allowance
            if directory_size is None
            else max(confirmed, min(confirmed + allowance, directory_size))
        )
        high = min(confirmed + more.limit, most)
        estimate = min(confirmed + more.guess, high)
    return Figure(
        confirmed=confirmed,
        possible=possible,
        estimate=estimate,
        interval_low=confirmed if high is not None else None,
        interval_high=high,
        level=LEVEL,
        upper_bound=bound,
        unseen_allowance=allowance,
        complete=complete,
        answers_looked_at=looked_at if confirmed + possible else None,
        answers_known=looked_at + unseen if confirmed + possible else None,
        method=_method(
            complete,
            looked_at,
            unseen,
            blind,
            largest_group,
            coverage,
            directory_size is not None,
            confirmed + possible,
        ),
    )


def _unknown(coverage: Coverage, directory_size: int | None) -> Figure:
    return Figure(
        confirmed=None,
        possible=None,
        estimate=None,
        interval_low=None,
        interval_high=None,
        level=LEVEL,
        upper_bound=directory_size,
        unseen_allowance=None,
        complete=False,
        method=why_unknown(coverage),
    )


def _cut_strata(connection: duckdb.DuckDBPyConnection) -> None:
    """Make scope_strata and scope_slices: the routes in question, in stretches of enough answers that were looked at.

    The routes in question are those where somebody was shown; where nobody was, all of them together.
    """
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE scope_slices AS
        WITH minutes AS (
            SELECT r.id AS route, k.minute, k.known, k.looked_at
            FROM scope_known k JOIN scope_routes r USING (channel, method, route)
            UNION ALL
            SELECT NULL AS route, minute, sum(known)::BIGINT, sum(looked_at)::BIGINT FROM scope_known
            WHERE NOT EXISTS (FROM scope_routes) GROUP BY minute
        ), running AS (
            SELECT *, sum(looked_at) OVER (PARTITION BY route ORDER BY minute NULLS LAST) - looked_at AS before,
                sum(looked_at) OVER (PARTITION BY route) AS whole FROM minutes
        )
        SELECT route, minute, known, looked_at,
            least(before // {STRATUM_ANSWERS}, greatest(whole // {STRATUM_ANSWERS} - 1, 0))::BIGINT AS stratum FROM running"""
    )
    connection.execute(
        """CREATE OR REPLACE TEMP TABLE scope_strata AS
        SELECT route, stratum, sum(known)::DOUBLE AS known, sum(looked_at)::DOUBLE AS looked_at FROM scope_slices GROUP BY 1, 2"""
    )


def _seen_once(connection: duckdb.DuckDBPyConnection) -> tuple[list[Singles], int]:
    """Return where people were who were seen in one answer only, and how many people were seen in exactly two."""
    rows = connection.execute(
        f"""WITH alone AS (
            SELECT h.answer, h.viewer, any_value(h.route) AS route, any_value(h.shown_us) // 60000000 AS minute, count(*) AS people
            FROM scope_shown h JOIN scope_people p USING (subject)
            WHERE p.confirmed_answers = 1 AND (h.bits & {CONFIRMED}) <> 0 AND h.kind <> {UNKNOWN_KIND} GROUP BY 1, 2
        )
        SELECT (t.known - t.looked_at) / t.looked_at AS weight, a.people, count(*) AS answers
        FROM alone a
        JOIN scope_slices s ON s.route = a.route AND s.minute IS NOT DISTINCT FROM a.minute
        JOIN scope_strata t ON t.route = s.route AND t.stratum = s.stratum
        WHERE t.looked_at > 0 AND t.known > t.looked_at GROUP BY 1, 2 ORDER BY 1, 2"""
    ).fetchall()
    [twice] = _row(connection, "SELECT count(*) FROM scope_people WHERE confirmed_answers = 2")
    return [Singles(weight=weight, people=people, answers=answers) for weight, people, answers in rows], twice


def _method(
    complete: bool,
    looked_at: int,
    unseen: int,
    blind: int,
    largest_group: int,
    coverage: Coverage,
    is_capped: bool,
    found: int,
) -> str:
    where = "on the routes in question" if found else "known to us"
    if complete:
        return f"All {count_of(looked_at, 'answer')} {where} were looked at, with body and viewer; people are counted once each."
    known = looked_at + unseen
    parts = [
        f"People counted once each in {count_of(looked_at, 'answer')} looked at, of {count_of(known, 'answer')} {where}"
        + (f" ({percent(looked_at / known)})" if known else "")
    ]
    if looked_at and unseen:
        parts.append(
            f"the estimate takes the {count_of(unseen, 'answer')} not looked at to be like those of the same route and time "
            f"that were, and its {math.floor(LEVEL * 100)} % interval starts at the confirmed number"
        )
    if unseen or coverage.lost:
        lost = f" or lost in damaged parts ({coverage.lost:,})" if coverage.lost else ""
        most = count_of(largest_group, "further person", "further people")
        cap = ", but nobody who is not in the customer list" if is_capped else ""
        parts.append(f"the upper bound allows {most} for each answer not looked at{lost}{cap}")
    if blind:
        parts.append(f"{count_of(blind, 'answer')} are on a route of which none was looked at")
    if coverage.lost_unknown:
        parts.append(
            f"{count_of(coverage.lost_unknown, 'damaged part')} held an unknown number of answers and "
            f"{'are' if coverage.lost_unknown > 1 else 'is'} in none of these figures"
        )
    if coverage.gaps:
        parts.append(
            f"{count_of(len(coverage.gaps), 'stretch', 'stretches')} of time without any recording in none of these figures"
        )
    return "; ".join(parts) + "."


def _row(connection: duckdb.DuckDBPyConnection, question: str) -> tuple[Any, ...]:
    row: tuple[Any, ...]
    [row] = connection.execute(question).fetchall()
    return row
