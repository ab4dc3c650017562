"""Find sessions that lie: handed to somebody else, and used from then on by him.

In:    a DuckDB connection with `exchanges` (schema EXCHANGES), viewers as scanned.
Out:   a table CORRECTIONS: the answers whose viewer was not the owner of the session, and who it was.
Else:  judging with the corrected viewers is `judge_sql`; what handed the session over is found in `cause`.

A place is a network address and a user agent together: one browser, or several behind one address. A session comes to a place
rightly by a login there, or because its owner moved: then the address or the user agent stays. It is foreign at a place where

1. an answer set it there for a request that carried another's session or none, and no login asked for it; or
2. it is suddenly used there though both address and user agent differ from where it was first, another subject's session was
   used there before, and nobody logged in between. This needs no Set-Cookie in the recording.

and where its owner was not before under a session of his own. All that is sent to a foreign session at that place, until a login
there asks for it, was seen by whoever sits there: the owner of the session that the handing request carried; else the owner of
the last own session there, unless two people took turns there within half an hour; else `unknown:` and the pseudonym of the
address. Doubt leaves the owner in place: a correction that is wrong would accuse somebody of having seen what he did not.

An unknown holder is known not to be the owner, so what he saw is an exposure, though only a possible one: he may be somebody
whom a rule allows it. Without the correction these answers would pass as people seeing their own data.
"""

# ruff: noqa: S608 - the SQL is put together from constants of the code and labels of enums, never from values.

from __future__ import annotations

import re

import duckdb
import pyarrow as pa

from spillkit.schemas import CORRECTIONS

HANDED_OVER = "handed-over"  # by the session that the handing request carried
HANDED_OVER_GUESS = (
    "handed-over-guess"  # by what was used at that place before, or by nothing: never more than possible
)

SHARED_PLACE_SECONDS = 1800  # two owners at one place within this time: nobody can say which of them it was
RACE_SECONDS = 10  # a session in use elsewhere this shortly before a login got it: two answers were mixed up

_ENTERING = re.compile(
    r"log[-_]?in|sign[-_]?in|sign[-_]?up|sessions?|auth|authn|authenticate|authentication|authori[sz]e|tokens?|sso|saml\w*|"
    r"oauth\w*|oidc|acs|callback|verify|otp|2fa|mfa|register|activate|impersonate|switch",
    re.IGNORECASE,
)
_ENTERING_BY_GET = re.compile(r"sso|saml\w*|oauth\w*|oidc|acs|callback|verify|magic\w*|activate", re.IGNORECASE)


def is_login(method: str, route: str) -> bool:
    """Whether a request by its route asks for a session: a form sent, or a way back from a single sign-on.

    >>> is_login("POST", "/login"), is_login("GET", "/login"), is_login("GET", "/oauth/callback")
    (True, False, True)
    """
    words = [word for segment in route.split("/") for word in (segment, *re.split(r"[_.-]", segment))]
    pattern = _ENTERING if method in ("POST", "PUT", "PATCH") else _ENTERING_BY_GET
    return any(pattern.fullmatch(word) for word in words)


def find_corrections(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the table `found_corrections` (schema CORRECTIONS) on the connection; empty where no session lies.

    connection  has `exchanges`
    Cost        one pass over sessions and addresses; only places of sessions that were seen at two of them are looked at closer
    """
    places = connection.sql("SELECT DISTINCT method, route FROM exchanges WHERE client <> '' ORDER BY ALL").fetchall()
    logins = [row for row in places if is_login(*row)]
    names = ("method", "route")
    given = pa.table({name: pa.array([row[at] for row in logins], pa.string()) for at, name in enumerate(names)})
    connection.register("login_routes", given)
    try:
        connection.execute(_CANDIDATES)
        if not connection.execute("FROM candidates LIMIT 1").fetchall():
            connection.execute(_NOTHING)
            return
        connection.execute(_HISTORY)
        connection.execute(_ARRIVALS)
        connection.execute(_DOUBTED)
        connection.execute(_OWN_RUNS)
        connection.execute(_FOREIGN)
        connection.execute(_CORRECTIONS)
    finally:
        connection.unregister("login_routes")
        for name in ("candidates", "history", "arrivals", "doubted", "own_runs", "foreign_sessions"):
            connection.execute(f"DROP TABLE IF EXISTS {name}")


_USABLE = "shown_at IS NOT NULL AND client <> '' AND device <> ''"
# Only a table says whose a cookie is, and what is no session of anybody's cannot be handed over.
_OWNER = (
    "CASE WHEN session <> '' AND viewer_from LIKE 'cookie:%' AND viewer_kind NOT IN ('unknown', 'anonymous') "
    "THEN viewer ELSE '' END"
)

# Sessions that were at two addresses and with two user agents, or were set for a request of somebody else.
_CANDIDATES = f"""
    CREATE OR REPLACE TEMP TABLE candidates AS
    WITH seen AS (
        SELECT session AS s, client, device, false AS is_mismatch FROM exchanges WHERE {_USABLE} AND session <> ''
        UNION ALL
        SELECT issued, client, device, issued_to <> '' AND {_OWNER} NOT IN ('', issued_to)
        FROM exchanges WHERE {_USABLE} AND issued <> '' AND issued <> session
    )
    SELECT s FROM seen GROUP BY s
    HAVING (min(client) <> max(client) AND min(device) <> max(device))
        OR (bool_or(is_mismatch) AND (min(client) <> max(client) OR min(device) <> max(device)))"""

# All that happened at their places, in order.
_HISTORY = f"""
    CREATE OR REPLACE TEMP TABLE history AS
    WITH places AS (
        SELECT DISTINCT client, device FROM exchanges
        WHERE {_USABLE} AND (session IN (FROM candidates) OR issued IN (FROM candidates))
    )
    SELECT row_number() OVER (ORDER BY shown_at, source, entry, session, issued) AS n, source, entry, shown_at, client, device,
        viewer, viewer_kind, session, issued, issued_to, {_OWNER} AS owner, login_routes.route IS NOT NULL AS is_login
    FROM exchanges SEMI JOIN places USING (client, device) LEFT JOIN login_routes USING (method, route)
    WHERE {_USABLE}"""

# How each session came to each place: its first row there, and what was there before.
_ARRIVALS = """
    CREATE OR REPLACE TEMP TABLE arrivals AS
    WITH events AS (
        SELECT session AS s, client, device, n FROM history WHERE session <> ''
        UNION ALL
        SELECT issued, client, device, n FROM history WHERE issued <> '' AND issued <> session
    ), firsts AS (
        SELECT s, client, device, min(n) AS n FROM events SEMI JOIN candidates USING (s) GROUP BY s, client, device
    ), placed AS (
        SELECT *, row_number() OVER w > 1 AS is_later,
            first_value(client) OVER w <> client AND first_value(device) OVER w <> device AS is_far,
            count(*) OVER (PARTITION BY s) - count(*) OVER (PARTITION BY s, client)
                - count(*) OVER (PARTITION BY s, device) + 1 > 0 AS is_far_from_any
        FROM firsts WINDOW w AS (PARTITION BY s ORDER BY n)
    ), carrying AS (
        SELECT n, client, device FROM history WHERE session <> ''
    ), logins AS (
        SELECT n, client, device FROM history WHERE is_login AND issued = ''
    )
    SELECT p.*, h.source, h.entry, h.shown_at, h.viewer, h.viewer_kind, h.session AS carried, h.owner AS carried_owner,
        h.session <> p.s AS is_issue, CASE WHEN h.session <> p.s THEN h.issued_to ELSE h.owner END AS owner,
        (h.is_login AND h.issued IN ('', p.s)) OR coalesce(l.n, 0) >= coalesce(c.n, 1) AS is_login
    FROM placed p JOIN history h USING (n)
    ASOF LEFT JOIN carrying c ON c.client = p.client AND c.device = p.device AND p.n > c.n
    ASOF LEFT JOIN logins l ON l.client = p.client AND l.device = p.device AND p.n > l.n"""

# Arrivals that no login explains and that are not the owner's. A session that came like this says nothing of who sits there.
_DOUBTED = f"""
    CREATE OR REPLACE TEMP TABLE doubted AS
    WITH raced AS (
        SELECT DISTINCT a.n, a.s FROM arrivals a JOIN history h ON h.session = a.s
            AND (h.client <> a.client OR h.device <> a.device)
            AND h.shown_at BETWEEN a.shown_at - INTERVAL {RACE_SECONDS} SECOND AND a.shown_at
        WHERE a.is_login AND a.is_issue
    )
    SELECT a.* FROM arrivals a LEFT JOIN raced USING (n, s)
    WHERE a.owner <> '' AND NOT (a.is_issue AND a.carried_owner = a.owner)
        AND (NOT a.is_login OR raced.n IS NOT NULL)
        AND ((a.is_issue AND a.carried_owner <> '' AND (a.is_later OR a.is_far_from_any)) OR (a.is_later AND a.is_far))"""

# Who sat where by sessions that came there rightly, in runs, each with who sat there before.
_OWN_RUNS = """
    CREATE OR REPLACE TEMP TABLE own_runs AS
    WITH own AS (
        SELECT h.n, h.client, h.device, h.owner, h.viewer_kind, h.shown_at,
            lag(h.owner) OVER w AS owner_before, lag(h.shown_at) OVER w AS at_before
        FROM history h ANTI JOIN doubted d ON d.s = h.session AND d.client = h.client AND d.device = h.device
        WHERE h.owner <> '' WINDOW w AS (PARTITION BY h.client, h.device ORDER BY h.n)
    )
    SELECT * FROM own WHERE owner_before IS DISTINCT FROM owner"""

# A browser that carried one doubted session when it got the next is the same browser: what is known of who sat there at the first
# holds for the whole chain.
_FOREIGN = f"""
    CREATE OR REPLACE TEMP TABLE foreign_sessions AS
    WITH there AS (
        SELECT client, device, owner, min(n) AS n FROM own_runs GROUP BY client, device, owner
    ), found AS (
        SELECT d.*, coalesce(r.owner, '') AS last_owner, r.viewer_kind AS last_kind, t.owner IS NOT NULL AS was_there,
            r.at_before IS NOT NULL AND r.at_before >= d.shown_at - INTERVAL {SHARED_PLACE_SECONDS} SECOND AS is_shared,
            c.s IS NOT NULL AS is_chained, d.is_issue AND coalesce(d.carried = lag(d.s) OVER w, false) AS is_link
        FROM doubted d
        ASOF LEFT JOIN own_runs r ON r.client = d.client AND r.device = d.device AND d.n > r.n
        LEFT JOIN doubted c ON c.s = d.carried AND c.client = d.client AND c.device = d.device AND c.n < d.n
        LEFT JOIN there t ON t.client = d.client AND t.device = d.device AND t.owner = d.owner AND t.n < d.n
        WINDOW w AS (PARTITION BY d.client, d.device ORDER BY d.n, d.is_issue, d.s)
    ), chained AS (
        SELECT *, sum(CASE WHEN is_link THEN 0 ELSE 1 END)
                OVER (PARTITION BY client, device ORDER BY n, is_issue, s ROWS UNBOUNDED PRECEDING) AS chain,
            is_issue AND carried_owner <> '' AND NOT is_chained AS is_own, last_owner <> '' AND NOT is_shared AS is_lone
        FROM found
    ), known AS (
        SELECT *, first_value(is_own) OVER w AS is_sure, first_value(is_lone) OVER w AS is_guessed,
            first_value(carried_owner) OVER w AS sure_holder, first_value(last_owner) OVER w AS guessed_holder,
            first_value(CASE WHEN is_own THEN viewer_kind ELSE last_kind END) OVER w AS known_kind,
            first_value(CASE WHEN viewer_kind = 'unknown' AND carried <> '' THEN viewer ELSE 'unknown:' || client END)
                OVER w AS unknown_holder
        FROM chained WINDOW w AS (PARTITION BY client, device, chain ORDER BY n, is_issue, s)
    )
    SELECT s, client, device, n, source, entry, is_issue, is_sure, is_guessed,
        CASE WHEN is_sure THEN sure_holder WHEN is_guessed THEN guessed_holder ELSE unknown_holder END AS holder,
        CASE WHEN is_sure OR is_guessed THEN known_kind ELSE 'unknown' END AS holder_kind
    FROM known
    WHERE NOT was_there AND (is_sure OR is_guessed OR (is_issue AND NOT is_login))"""

_CORRECTIONS = f"""
    CREATE OR REPLACE TEMP TABLE found_corrections AS
    WITH entered AS (
        SELECT n, client, device, issued FROM history WHERE is_login AND issued IN (SELECT s FROM foreign_sessions)
    ), entered_unseen AS (
        SELECT n, client, device FROM history WHERE is_login AND issued = ''
    ), held AS (
        SELECT f.*, least(coalesce(e.n, {2**62}), CASE WHEN f.is_issue THEN {2**62} ELSE coalesce(u.n, {2**62}) END) AS until
        FROM foreign_sessions f
        ASOF LEFT JOIN entered e ON e.client = f.client AND e.device = f.device AND e.issued = f.s AND f.n < e.n
        ASOF LEFT JOIN entered_unseen u ON u.client = f.client AND u.device = f.device AND f.n < u.n
    )
    SELECT DISTINCT h.source, h.entry, h.viewer AS viewer_was, f.holder AS viewer, f.holder_kind AS viewer_kind,
        CASE WHEN f.is_sure THEN '{HANDED_OVER}' ELSE '{HANDED_OVER_GUESS}' END AS viewer_from,
        CASE WHEN f.is_issue THEN 'handed over in entry ' ELSE 'in other hands since entry ' END || f.entry
            || CASE WHEN f.source = h.source THEN '' ELSE ' of source ' || f.source END
            || CASE WHEN f.is_sure OR f.is_guessed THEN '' ELSE '; who held it is not known' END AS because
    FROM history h JOIN held f ON f.s = h.session AND f.client = h.client AND f.device = h.device
        AND h.n >= f.n AND h.n < f.until
    WHERE h.owner <> '' AND h.viewer <> f.holder
    ORDER BY h.source, h.entry, viewer_was"""

_SQL_TYPES = {"entry": "BIGINT"}
_EMPTY_COLUMNS = ", ".join(f"NULL::{_SQL_TYPES.get(name, 'VARCHAR')} AS {name}" for name in CORRECTIONS.names)
_NOTHING = f"CREATE OR REPLACE TEMP TABLE found_corrections AS SELECT {_EMPTY_COLUMNS} WHERE false"
