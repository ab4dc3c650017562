"""All events with what was measured of each, as columns of numbers.

In:    the tables that `events` and the modules of the faults made.
Out:   Events: one array for each column; Load: how many answers the exposed routes gave in each second.
Else:  shares over groups of events are `measure`.
"""

# ruff: noqa: S608 - the SQL is put together from constants of the code.

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

SECOND_US = 1_000_000

# What may be unknown becomes NaN; identities become numbers of 52 bits, which a double holds exactly.
_FROM = """
    FROM cause_events e JOIN cause_places p USING (channel, method, route)
    LEFT JOIN cause_caches c USING (id) LEFT JOIN cause_sessions s USING (id) LEFT JOIN cause_neighbours n USING (id)
    LEFT JOIN cause_mapping m USING (id) LEFT JOIN cause_jobs j USING (id) LEFT JOIN cause_fragments f USING (id)
    LEFT JOIN cause_template t USING (id) LEFT JOIN cause_mail l USING (id) LEFT JOIN cause_staff st USING (id)
    LEFT JOIN cause_steps ls USING (id)
    ORDER BY id"""

_NUMBERS = {
    "id": "e.id",
    "place": "p.place",
    "at": "e.at_us",
    "mail": "e.channel = 'mail'",
    "export": "e.channel = 'export'",
    "subjects": "e.subjects",
    "own": "e.own",
    "corrected": "e.corrected",
    "sure": "e.is_sure",
    "open_recipients": "e.open_recipients",
    "known_viewer": "e.viewer_kind <> 'unknown'",
    "signed_in": "e.viewer_kind IN ('subject', 'staff', 'partner')",
    "age": "e.age_seconds",
    "viewer": "hash(e.viewer) >> 12",
    "subject": "hash(e.subject) >> 12",
    "people": "hash(e.people) >> 12",
    "actor": "hash(e.actor) >> 12",
    "url": "CASE WHEN e.url IS NULL THEN NULL ELSE hash(e.url) >> 12 END",
    "body": "CASE WHEN e.body IS NULL THEN NULL ELSE hash(e.body) >> 12 END",
    "message": "hash(e.source, e.entry) >> 12",
    "has_cache": "e.cache <> ''",
    "edge": "CASE WHEN e.edge = '' THEN NULL ELSE hash(e.edge) >> 12 END",
    "worker": "CASE WHEN e.worker = '' THEN NULL ELSE hash(e.worker) >> 12 END",
    "has_connection": "e.connection <> ''",
    "has_object": "e.object IS NOT NULL",
    "hit": "c.hit",
    "hit_chance": "c.hit_chance",
    "repeats": "c.repeats",
    "repeats_edge": "c.repeats_edge",
    "repeats_worker": "c.repeats_worker",
    "repeats_chance": "c.repeats_chance",
    "owner": "c.owner",
    "owner_gap": "c.owner_gap",
    "owner_worker": "c.owner_worker",
    "fan": "c.fan",
    "handed": "coalesce(s.handed, 0)",
    "sid": "CASE WHEN coalesce(s.sid, '') = '' THEN NULL ELSE hash(s.sid) >> 12 END",
    "issues": "s.issues",
    "receivers": "s.receivers",
    "hit_issues": "s.hit_issues",
    "copied": "s.copied",
    "holders": "s.holders",
    "has_session": "coalesce(s.has_session, 0)",
    "near": "n.near",
    "near_chance": "n.near_chance",
    "near_clean": "n.near_clean",
    "near_wrong": "n.near_wrong",
    "during": "n.during",
    "during_later": "n.during_later",
    "during_chance": "n.during_chance",
    "lagged": "n.lagged",
    "lag_chance": "n.lag_chance",
    "in_run": "n.in_run",
    "by_connection": "coalesce(n.by_connection, 0)",
    "chained": "n.chained",
    "chain_chance": "n.chain_chance",
    "sticky": "m.sticky",
    "next_other_session": "m.next_other_session",
    "overlap": "j.overlap",
    "overlap_chance": "j.overlap_chance",
    "behind": "f.behind",
    "odd_place": "f.odd_place",
    "too_long": "f.too_long",
    "strange": "f.strange",
    "allowed_too": "t.allowed_too",
    "mail_row": "l.mail_row",
    "batch_rows": "l.batch_rows",
    "shift": "l.shift",
    "staff": "coalesce(st.staff, 0)",
    "staff_share": "coalesce(st.staff_share, 0)",
    "stepped": "ls.stepped",
    "refused": "ls.refused",
    "asked": "ls.asked",
}


@dataclass(frozen=True, slots=True)
class Events:
    """Events as columns of equal length, in order of time."""

    columns: dict[str, Array]

    def __len__(self) -> int:
        return len(self.columns["id"])

    def __getitem__(self, name: str) -> Array:
        return self.columns[name]

    def where(self, mask: Mask) -> Events:
        """Return the events of a mask."""
        return Events({name: column[mask] for name, column in self.columns.items()})


@dataclass(frozen=True, slots=True)
class Load:
    """How busy the exposed routes were: one row for each place and second with an answer."""

    place: Array
    second: Array  # since 1970
    answers: Array
    clean: Array  # answers with the viewer's own data in them, and nobody's who is a stranger to him

    def between(self, places: Array, first_us: float, last_us: float) -> Load:
        """Return the rows of some places from one time to another, in microseconds, seconds rounded outwards."""
        inside = (self.second >= first_us // SECOND_US) & (self.second <= last_us // SECOND_US)
        inside &= np.isin(self.place, places)
        return Load(self.place[inside], self.second[inside], self.answers[inside], self.clean[inside])


def read_events(connection: duckdb.DuckDBPyConnection) -> Events:
    """Return every event with all that was measured."""
    chosen = ", ".join(f'({sql})::DOUBLE AS "{name}"' for name, sql in _NUMBERS.items())
    return Events(_arrays(connection, f"SELECT {chosen} {_FROM}"))


def read_load(connection: duckdb.DuckDBPyConnection) -> Load:
    """Return the load of the exposed routes."""
    columns = _arrays(
        connection,
        f"""
        WITH all_answers AS (
            SELECT place, at_us // {SECOND_US} AS second, count(*) AS answers
            FROM cause_answers JOIN cause_places USING (channel, method, route) WHERE at_us IS NOT NULL GROUP BY ALL
        ), clean AS (
            SELECT place, at_us // {SECOND_US} AS second, count(*) AS clean FROM cause_clean
            WHERE at_us IS NOT NULL AND own GROUP BY ALL
        )
        SELECT place::DOUBLE AS place, second::DOUBLE AS second, answers::DOUBLE AS answers, coalesce(clean, 0)::DOUBLE AS clean
        FROM all_answers LEFT JOIN clean USING (place, second) ORDER BY second, place""",
    )
    return Load(columns["place"], columns["second"], columns["answers"], columns["clean"])


def _arrays(connection: duckdb.DuckDBPyConnection, question: str) -> dict[str, Array]:
    found = connection.sql(question).fetchnumpy()
    return {name: np.ma.filled(np.ma.asarray(column, dtype=np.float64), np.nan) for name, column in found.items()}
