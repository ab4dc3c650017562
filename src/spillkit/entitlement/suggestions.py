"""Propose public rules for what a route shows to everybody on purpose. Proposed, never applied.

In:    a DuckDB connection with `judged` and `exposures`.
Out:   Suggestion values, with the rule as it would be written.
Else:  applying one is for a human, who adds it to rules.toml and runs `spillkit judge`.

Only names are ever proposed: an e-mail address that everybody can see is far more often a fault than a choice.
"""

# ruff: noqa: S608 - the SQL is put together from constants of the code and labels of enums, never from values.

from __future__ import annotations

from datetime import datetime

import duckdb
import msgspec

from spillkit.model import Field

MIN_VIEWERS = 20
MIN_SHARE_OF_OTHERS = 0.8  # of the sightings there: people seeing somebody else
MIN_VIEWERS_EACH = 3.0  # the same person is shown to so many viewers on average: a cache fault shows each to few


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """A route that shows a field to everybody."""

    channel: str
    method: str
    route: str
    field: str
    subjects: int
    viewers: int
    signed_out: int  # sightings by anonymous viewers and crawlers
    since: datetime | None  # UTC, first seen

    @property
    def words(self) -> str:
        """The question to ask."""
        since = f" since {self.since:%Y-%m-%d}" if self.since is not None else ""
        return (
            f"{self.method} {self.route} shows the {self.field} of {self.subjects} people to {self.viewers} viewers{since}, "
            "signed-out ones among them: public by design?"
        )

    @property
    def rule(self) -> str:
        """The rule that would allow it, for rules.toml."""
        route = self.route.replace("\\", "\\\\").replace('"', '\\"')
        return (
            f'[[public]]\nroute = "{self.method} {route}"\nfields = ["{self.field}"]\n'
            'reason = "write here who decided that this is public, and why"\n'
        )


def find_suggestions(connection: duckdb.DuckDBPyConnection) -> tuple[Suggestion, ...]:
    """Return proposals for routes that show names to at least 20 viewers, some of them signed out, mostly of other people."""
    rows = connection.sql(
        f"""
        WITH open_to_all AS (
            SELECT DISTINCT channel, method, route FROM exposures
            WHERE field = '{Field.NAME.label}' AND viewer_kind IN ('anonymous', 'crawler')
        ), shown AS (
            SELECT channel, method, route, field, count(*) AS others, count(DISTINCT subject) AS subjects,
                count(DISTINCT CASE WHEN session = '' THEN viewer ELSE viewer || ' ' || session END) AS viewers,
                count(*) FILTER (viewer_kind IN ('anonymous', 'crawler')) AS signed_out, min(shown_at) AS since,
                count(DISTINCT (viewer, session, subject)) AS pairs
            FROM exposures SEMI JOIN open_to_all USING (channel, method, route)
            WHERE field = '{Field.NAME.label}' GROUP BY channel, method, route, field
        ), own AS (
            SELECT channel, method, route, field, count(*) AS own FROM judged SEMI JOIN open_to_all USING (channel, method, route)
            WHERE viewer = subject
            GROUP BY channel, method, route, field
        )
        SELECT channel, method, route, field, subjects, viewers, signed_out, since
        FROM shown LEFT JOIN own USING (channel, method, route, field)
        WHERE viewers >= {MIN_VIEWERS} AND signed_out > 0 AND pairs >= {MIN_VIEWERS_EACH} * subjects
            AND others >= {MIN_SHARE_OF_OTHERS} * (others + coalesce(own, 0))
        ORDER BY viewers DESC, route, method, channel"""
    ).to_arrow_table()
    return tuple(Suggestion(**row) for row in rows.to_pylist())
