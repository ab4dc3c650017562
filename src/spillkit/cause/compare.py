"""Compare an incident with another one: is it the same?

In:    the traits of two incidents: of one workspace, or of two whose reports were written as JSON.
Out:   Comparison: the same, probably the same, different, or cannot tell; with reasons.
Else:  finding incidents is `spillkit.cause`; question 10 is worded in `scope`.

The same means: the same fault at work. People are the weakest sign. A cache that gives out random pages hits other people each
time, and whoever signs in often is hit by everything; so people alone never make two incidents one.
"""

# ruff: noqa: S608 - the SQL is put together from constants of the code and whole numbers.

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import duckdb
import msgspec

from spillkit.cause.incident import CauseClass, Incident

MOST_SKETCHED = 1024
_FAR_APART = timedelta(days=1)
_CACHES = frozenset({CauseClass.SHARED_CACHE, CauseClass.APP_CACHE, CauseClass.CACHE})
# A shared people count speaks for "the same" where it is that many times what chance gives, and that unlikely by chance.
_TIMES_CHANCE = 3.0
_UNLIKELY = 0.001
_MANY = 0.5
_SALT = "spillkit subject "
_DIGEST = f"left(sha256('{_SALT}' || e.subject), 16)"


class Verdict(StrEnum):
    SAME = "same"
    PROBABLY_SAME = "probably the same"
    DIFFERENT = "different"
    CANNOT_TELL = "cannot tell"


class Traits(msgspec.Struct, frozen=True, kw_only=True):
    """What of an incident can be compared. Part of an internal report in JSON, so that another workspace can read it."""

    number: int
    cause: CauseClass
    score: float  # 0..1
    channel: str
    routes: tuple[str, ...]
    first_at: datetime | None
    last_at: datetime | None
    began_with: datetime | None  # time of the change that lies nearest before it
    subjects: int
    sketch: tuple[
        str, ...
    ]  # the smallest digests of its subjects' ids (`digest_of`), sorted; all of them up to MOST_SKETCHED
    ids: str  # "" for the company's own ids; for pseudonyms, which key they were made with


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Whether two incidents are the same, and why."""

    first: str  # "incident 1"
    second: str  # "incident 2", or with the name of the other report
    verdict: Verdict
    reasons: tuple[str, ...]  # sentences; ids and names of people are in none
    subjects_first: int
    subjects_second: int
    shared: int | None  # people in both; None where it cannot be known
    shared_is_estimate: bool
    jaccard: float | None  # shared / people in either, 0..1
    expected_shared: float | None  # for random people of the directory; None where its size is not known
    routes_shared: tuple[str, ...]


def read_traits(
    connection: duckdb.DuckDBPyConnection, incidents: Sequence[Incident], ids: str = ""
) -> tuple[Traits, ...]:
    """Return what of each incident can be compared.

    connection  has the views exposures and incident_rows (`kept.Incidents.attach`); a temporary table is made in it
    ids         "" if subjects stand under the company's own ids; for pseudonyms, which key they were made with
    """
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE incident_subjects AS
        SELECT i.incident, e.subject, {_DIGEST} AS digest
        FROM exposures e JOIN incident_rows i USING (source, entry, viewer) GROUP BY ALL"""
    )
    counts = dict(connection.execute("SELECT incident, count(*) FROM incident_subjects GROUP BY 1").fetchall())
    traits = []
    for incident in incidents:
        smallest = connection.execute(
            f"SELECT digest FROM incident_subjects WHERE incident = {incident.number:d} ORDER BY 1 LIMIT {MOST_SKETCHED:d}"
        ).fetchall()
        traits.append(traits_of(incident, counts.get(incident.number, 0), [digest for [digest] in smallest], ids))
    return tuple(traits)


def count_shared(connection: duckdb.DuckDBPyConnection, one: int, two: int) -> int:
    """Return how many people two incidents of one ledger share, counted and not estimated. `read_traits` goes before."""
    [[shared]] = connection.execute(
        f"""SELECT count(*) FROM (SELECT subject FROM incident_subjects WHERE incident = {one:d}
            INTERSECT SELECT subject FROM incident_subjects WHERE incident = {two:d})"""
    ).fetchall()
    return int(shared)


def traits_of(incident: Incident, subjects: int, sketch: Sequence[str], ids: str = "") -> Traits:
    """Return what of an incident can be compared.

    subjects  how many people it has
    sketch    the smallest digests of their ids, sorted, MOST_SKETCHED at most
    """
    return Traits(
        number=incident.number,
        cause=incident.cause.cause,
        score=incident.cause.score,
        channel=incident.channel,
        routes=tuple(sorted(incident.routes)),
        first_at=incident.onset.first_at,
        last_at=incident.onset.last_at,
        began_with=incident.onset.began_with.at if incident.onset.began_with else None,
        subjects=subjects,
        sketch=tuple(sketch),
        ids=ids,
    )


def digest_of(subject: str) -> str:
    """Return 64 bits of a digest of an id, in hex; the plain twin of what `read_traits` asks DuckDB for.

    A report for internal readers holds ids anyway: this is to give them an order, and hides nothing.
    """
    return hashlib.sha256(f"{_SALT}{subject}".encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class _Sign:
    """One sign: +1 speaks for the same, -1 against, 0 says nothing."""

    weight: int
    words: str


def compare(
    first: Traits,
    second: Traits,
    *,
    directory_size: int | None = None,
    shared: int | None = None,
    names: tuple[str, str] | None = None,
) -> Comparison:
    """Say whether two incidents are the same.

    directory_size  subjects in the directory that both are about; None: not known
    shared          people in both, where they were counted (`count_shared`); None: by the sketches
    names           how they are called in the words
    Returns         the same verdict in either order

    Rules, first that fits:
    1. causes are decided and differ: different; unless routes, time and many people are shared, then nobody can tell
    2. cause and routes the same: the same if the time is shared too, else probably the same (it came back)
    3. routes and time both apart: different
    4. cause not decided, but routes, time and people shared: probably the same
    5. else nobody can tell
    """
    cause, routes, time = _by_cause(first, second), _by_routes(first, second), _by_time(first, second)
    is_estimate = False
    if shared is None:
        shared, is_estimate = shared_subjects(first, second)
    expected = first.subjects * second.subjects / directory_size if directory_size else None
    people = _by_people(first, second, shared, is_estimate, expected, directory_size)
    if cause.weight < 0:
        # One fault whose signs were read in two ways looks like this; two faults on routes of their own do not.
        alike = routes.weight > 0 and time.weight > 0 and people.weight > 0
        is_one = alike and _share_of_smaller(first, second, shared) >= _MANY
        verdict = Verdict.CANNOT_TELL if is_one else Verdict.DIFFERENT
    elif cause.weight > 0 and routes.weight > 0:
        verdict = Verdict.SAME if time.weight > 0 else Verdict.PROBABLY_SAME
    elif routes.weight < 0 and time.weight < 0:
        verdict = Verdict.DIFFERENT
    elif cause.weight == 0 and routes.weight > 0 and time.weight > 0 and people.weight > 0:
        verdict = Verdict.PROBABLY_SAME
    else:
        verdict = Verdict.CANNOT_TELL
    either = first.subjects + second.subjects - (shared or 0)
    called = names or (f"incident {first.number}", f"incident {second.number}")
    return Comparison(
        first=called[0],
        second=called[1],
        verdict=verdict,
        reasons=tuple(sign.words for sign in (cause, routes, time, people)),
        subjects_first=first.subjects,
        subjects_second=second.subjects,
        shared=shared,
        shared_is_estimate=is_estimate,
        jaccard=None if shared is None or either == 0 else shared / either,
        expected_shared=expected,
        routes_shared=tuple(sorted(set(first.routes) & set(second.routes))),
    )


def shared_subjects(first: Traits, second: Traits) -> tuple[int | None, bool]:
    """Return how many people are in both, and whether that is an estimate; None where ids cannot be compared.

    Source  A. Broder, On the resemblance and containment of documents, 1997: of the k smallest digests of the union,
            the share that is in both is the sets' Jaccard index
    """
    if first.ids != second.ids:
        return None, False
    one, two = set(first.sketch), set(second.sketch)
    if len(one) == first.subjects and len(two) == second.subjects:
        return len(one & two), False
    # Below the smaller of the two largest digests, both sketches are whole.
    limit = min(
        first.sketch[-1] if len(one) < first.subjects else "g", second.sketch[-1] if len(two) < second.subjects else "g"
    )
    below = [digest for digest in one | two if digest <= limit]
    both = sum(digest in one and digest in two for digest in below)
    jaccard = both / len(below) if below else 0.0
    return round(jaccard / (1 + jaccard) * (first.subjects + second.subjects)), True


def chance_of_sharing(shared: int, first: int, second: int, everybody: int) -> float:
    """Return how likely it is that two random groups of people share so many, or more.

    shared, first, second, everybody  people in both, in each, and in the directory; first and second at most everybody
    Source  hypergeometric distribution

    >>> round(chance_of_sharing(1, 1, 1, 10), 3)
    0.1
    """
    lowest, highest = max(0, first + second - everybody), min(first, second)
    if shared <= lowest:
        return 1.0
    whole = _log_choose(everybody, second)
    total = 0.0
    for both in range(shared, highest + 1):
        term = math.exp(_log_choose(first, both) + _log_choose(everybody - first, second - both) - whole)
        total += term
        if term < total * 1e-12 and both > first * second / everybody:
            break
    return min(total, 1.0)


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def _by_cause(first: Traits, second: Traits) -> _Sign:
    if CauseClass.UNKNOWN in (first.cause, second.cause):
        return _Sign(0, "The cause of at least one of them is not known.")
    if first.cause is second.cause:
        return _Sign(1, f"Both have the same kind of cause: {first.cause}.")
    if first.cause in _CACHES and second.cause in _CACHES and CauseClass.CACHE in (first.cause, second.cause):
        return _Sign(1, "Both are caches, and for one of them nothing recorded tells which layer.")
    return _Sign(-1, f"Their causes differ: {first.cause} and {second.cause}.")


def _by_routes(first: Traits, second: Traits) -> _Sign:
    one, two = set(first.routes), set(second.routes)
    both, smaller = len(one & two), min(len(one), len(two))
    if not smaller:
        return _Sign(0, "No routes are known.")
    if not both:
        return _Sign(-1, f"They share none of their {len(one | two)} routes.")
    words = f"They share {both} of {len(one | two)} routes."
    return _Sign(1 if both >= smaller / 2 else 0, words)


def _by_time(first: Traits, second: Traits) -> _Sign:
    if first.first_at is None or first.last_at is None or second.first_at is None or second.last_at is None:
        return _Sign(0, "The time of at least one of them is not known.")
    if first.began_with is not None and first.began_with == second.began_with:
        return _Sign(1, "Both began after the same change.")
    gap = max(first.first_at, second.first_at) - min(first.last_at, second.last_at)
    if gap <= timedelta(0):
        return _Sign(1, "They were at work at the same time.")
    return _Sign(-1 if gap >= _FAR_APART else 0, f"Between them lie {_span(gap)}.")


def _by_people(
    first: Traits,
    second: Traits,
    shared: int | None,
    is_estimate: bool,
    expected: float | None,
    directory_size: int | None,
) -> _Sign:
    if shared is None:
        return _Sign(
            0, "People cannot be compared: the ids of at least one report are pseudonyms under a key of its own."
        )
    about = "about " if is_estimate else ""
    words = f"They share {about}{shared:,} of {first.subjects:,} and {second.subjects:,} people"
    if expected is None or not directory_size:
        return _Sign(0, f"{words}; how many chance would give is not known.")
    chance = f"random people of the directory would share about {_few(expected)}"
    largest = max(first.subjects, second.subjects)
    if largest > directory_size:
        return _Sign(0, f"{words}; the directory holds fewer people than that, so chance cannot be told.")
    unlikely = chance_of_sharing(shared, first.subjects, second.subjects, directory_size) < _UNLIKELY
    if unlikely and shared >= _TIMES_CHANCE * expected:
        return _Sign(1, f"{words}; {chance}.")
    return _Sign(0, f"{words}; {chance}, so this says nothing.")


def _share_of_smaller(first: Traits, second: Traits, shared: int | None) -> float:
    return (shared or 0) / max(min(first.subjects, second.subjects), 1)


def _few(expected: float) -> str:
    return f"{expected:,.0f}" if expected >= 10 else f"{expected:.1f}"


def _span(gap: timedelta) -> str:
    minutes = int(gap.total_seconds() // 60)
    for size, word in ((1440, "days"), (60, "hours")):
        if minutes >= 2 * size:
            return f"{minutes // size:,} {word}"
    return f"{minutes:,} minutes"


def pairs(traits: Sequence[Traits], most: int = 6) -> list[tuple[Traits, Traits]]:
    """Return each two of the first few incidents."""
    few = traits[:most]
    return [(one, two) for place, one in enumerate(few) for two in few[place + 1 :]]
