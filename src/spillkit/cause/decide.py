"""Decide the cause of a group of exposed answers from its signs.

In:    Signs: shares with what chance would give, and counts.
Out:   Verdict: the class or unknown, its score, the runner-up, the evidence for and against, what is missing.
Else:  measuring is `measure`; words of advice are `remedies`; what each class looks like is docs/explanation/causes.

Each class gets a score from 0 to 1: the product of the signs that it must show. The highest wins if it reaches 0.35 and leads;
otherwise the cause is unknown, which costs a day's search, where a wrong one costs trust.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from spillkit.cause.incident import CauseClass, Statistic
from spillkit.cause.measure import Signs
from spillkit.cause.signs import Share

LEAST_SCORE = 0.35
LEAST_LEAD = 1.15  # times the score of the next class
_SPEAKS = 0.5  # from this strength a sign speaks for a cause


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign that a class wants to see."""

    name: str
    share: Share
    words: str
    strength: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """One class with its score and its signs."""

    cause: CauseClass
    score: float
    signs: tuple[Sign, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided."""

    cause: CauseClass
    score: float
    runner_up: CauseClass | None
    evidence_for: tuple[Statistic, ...]
    evidence_against: tuple[Statistic, ...]
    missing: str


def decide(signs: Signs) -> Verdict:
    """Return the cause that the signs tell, or unknown with what is missing."""
    ranked = rank_candidates(signs)
    best, second = ranked[0], ranked[1]
    is_decided = best.score >= LEAST_SCORE and best.score >= LEAST_LEAD * second.score
    runner_up = second.cause if second.score >= 0.05 else None
    if not is_decided:
        return Verdict(
            CauseClass.UNKNOWN,
            round(best.score, 3),
            best.cause if best.score >= 0.05 else None,
            tuple(_statistic(sign) for sign in best.signs if sign.strength >= _SPEAKS),
            tuple(_statistic(sign) for sign in (*_weak(best), *second.signs) if sign.share.n > 0),
            _missing(best, second, signs),
        )
    against = [*_weak(best), *(sign for sign in second.signs if sign.strength >= _SPEAKS and second.score >= 0.05)]
    return Verdict(
        best.cause,
        round(best.score, 3),
        runner_up,
        tuple(_statistic(sign) for sign in best.signs if sign.strength >= _SPEAKS),
        tuple({sign.name: _statistic(sign) for sign in against}.values()),
        "",
    )


def rank_candidates(signs: Signs) -> tuple[Candidate, ...]:
    """Return every class with its score, best first."""
    return tuple(sorted((judge(signs) for judge in _JUDGES), key=lambda candidate: -candidate.score))


def _weak(candidate: Candidate) -> list[Sign]:
    return [sign for sign in candidate.signs if sign.strength < _SPEAKS and sign.share.n > 0]


def _statistic(sign: Sign) -> Statistic:
    share = sign.share
    return Statistic(
        name=sign.name,
        value=round(share.value, 4),
        chance=round(share.chance, 4),
        n=share.n,
        words=share.words(sign.words),
    )


def _sign(name: str, share: Share, words: str, strength: float | None = None) -> Sign:
    return Sign(name, share, words, share.strength if strength is None else strength)


def _absent(share: Share) -> float:
    """How sure it is that a sign is not there: 1 where it is never seen."""
    return 1.0 - share.strength


# -- mail -----------------------------------------------------------------------------------------------------------


def _judge_open(signs: Signs) -> Candidate:
    shown = _sign("open recipients", signs.open, "Several addresses stand in To or Cc", signs.open.value)
    return Candidate(CauseClass.OPEN_RECIPIENTS, signs.mail.value * signs.open.value, (shown,))


def _judge_shift(signs: Signs) -> Candidate:
    rows = f"{abs(signs.shift)} row{'s' if abs(signs.shift) != 1 else ''} {'later' if signs.shift > 0 else 'earlier'}"
    shown = _sign("shift", signs.shifted, f"The person named is the recipient {rows}")
    return Candidate(CauseClass.MAIL_SHIFT, signs.mail.value * (1 - signs.open.value) * shown.strength, (shown,))


# -- who asked ------------------------------------------------------------------------------------------------------


def _judge_staff(signs: Signs) -> Candidate:
    shown = _sign("staff", signs.staff, "The viewer is a member of staff", signs.staff.value)
    technical = max(_stored(signs), signs.handed.value, signs.overlap.strength)
    return Candidate(CauseClass.STAFF, signs.staff.value * (1 - technical), (shown,))


def _judge_enumeration(signs: Signs) -> Candidate:
    many_objects = min(1.0, max(signs.urls, 1) / signs.n) if signs.objects.value > 0 else min(1.0, signs.urls / signs.n)
    top = _sign("one asker", signs.top_actor, "One asker received the answer", signs.top_actor.value)
    steps = _sign("steps", signs.stepped, "The number asked for is 1 to 3 from the one before")
    enough = min(1.0, (signs.n - 1) / 3)
    few = max(signs.top_actor.value, 1.0 if signs.askers <= max(1, signs.n // 10) else 0.0)
    score = few * (0.25 + 0.75 * steps.strength) * many_objects * enough * _technical_is_absent(signs)
    return Candidate(CauseClass.ENUMERATION, score * (1 - signs.many.value) * signs.single.value, (top, steps))


# -- what was shown -------------------------------------------------------------------------------------------------


def _judge_template(signs: Signs) -> Candidate:
    allowed = _sign(
        "same person, allowed field",
        signs.allowed_too,
        "The page may show another field of the same person",
        signs.allowed_too.value,
    )
    lasting = _sign(
        "lasting", signs.lasting, "Another viewer of the address, a quarter of an hour apart, saw the same people"
    )
    everybody = Share(signs.of_all, 0.0, signs.n)
    all_answers = _sign("everybody", everybody, "An answer of these routes shows it", everybody.value)
    public = max(allowed.strength, lasting.strength * (1 - 0.8 * signs.signed_in.value))
    score = public * _clip(0.3 + everybody.value) * (1 - signs.handed.value) * (1 - signs.mail.value)
    return Candidate(CauseClass.TEMPLATE_FIELD, score, (allowed, lasting, all_answers))


def _judge_bulk(signs: Signs) -> Candidate:
    many = _sign("many people", signs.many, "Four strangers or more stand in one answer", signs.many.value)
    everybody = _sign(
        "saturation", signs.saturation, "A personal answer of these routes exposes", signs.saturation.value
    )
    some = 0.6 * everybody.strength if signs.median_people >= 2 and signs.viewers >= 3 else 0.0
    score = max(many.strength, some) * (1 - _stored(signs)) * (1 - signs.mail.value) * (1 - signs.staff.value)
    score *= (1 - signs.allowed_too.value) * (1 - signs.handed.value)
    return Candidate(CauseClass.BULK_LISTING, score, (many, everybody))


def _judge_fragment(signs: Signs) -> Candidate:
    misplaced = _sign(
        "out of place",
        signs.misplaced,
        "The stranger's data stands behind the viewer's own, or is of a kind that this route never shows,",
        signs.misplaced.value,
    )
    odd = _sign("behind the usual end", signs.odd_place, "It stands behind the last of such data on this route")
    strange = _sign("strange field", signs.strange, "This route never shows such a field to anybody else")
    long = _sign("too long", signs.too_long, "The answer is longer than 95 % of this route's")
    place = max(odd.strength, strange.strength, long.strength)
    score = misplaced.strength * (0.3 + 0.7 * place) * (1 - _everybody(signs))
    score *= (1 - signs.mail.value) * (1 - _stored(signs)) * (1 - signs.many.value) * (1 - signs.handed.value)
    return Candidate(CauseClass.MEMORY_FRAGMENT, score, (misplaced, odd, strange, long))


def _everybody(signs: Signs) -> float:
    """How sure it is that every answer of these addresses shows the same people to everybody, 0..1."""
    return max(signs.allowed_too.value, signs.lasting.strength * _clip(2 * signs.of_all - 0.5))


def _judge_job(signs: Signs) -> Candidate:
    overlap = _sign("jobs overlap", signs.overlap, "The person shown had a job at the same time")
    missing = Share(1 - signs.own.value, 0.0, signs.own.n)
    own = _sign("own data missing", missing, "The viewer's own data is missing from his file", missing.value)
    # With two exporters in an hour chance is high, and the overlap still tells.
    together = max(overlap.strength, 0.7 * signs.overlap.value)
    return Candidate(CauseClass.JOB_MIX_UP, signs.job.value * own.strength * together, (overlap, own))


# -- whose session, whose account -----------------------------------------------------------------------------------


def _judge_cookie(signs: Signs) -> Candidate:
    handed = _sign("session handed over", signs.handed, "The session is the person's who is shown", signs.handed.value)
    again = _sign("given out again", signs.reissued, "The session was given out again from a stored answer")
    return Candidate(CauseClass.CACHED_COOKIE, handed.strength * _clip(signs.reissued.value), (handed, again))


def _judge_session(signs: Signs) -> Candidate:
    handed = _sign("session handed over", signs.handed, "The session is the person's who is shown", signs.handed.value)
    once = Share(1 - signs.reissued.value, 0.0, signs.reissued.n)
    fresh = _sign("given out once", once, "The session was given to one stranger, and by no stored answer", once.value)
    return Candidate(CauseClass.SESSION_MIX_UP, handed.strength * _clip(1 - signs.reissued.value), (handed, fresh))


def _judge_mapping(signs: Signs) -> Candidate:
    sticky = _sign(
        "never himself", signs.sticky, "The viewer's next answer from elsewhere shows the same stranger, not himself"
    )
    fixed = _sign("one stranger", signs.fixed, "A viewer always sees the same stranger")
    score = sticky.strength * (0.5 + 0.5 * signs.fixed.value) * (1 - signs.handed.value) * (1 - _stored(signs))
    score *= (1 - signs.mail.value) * (1 - signs.allowed_too.value) * (1 - signs.many.value)
    return Candidate(CauseClass.ACCOUNT_MAPPING, score, (sticky, fixed))


# -- caches ---------------------------------------------------------------------------------------------------------


def _best_repeats(signs: Signs) -> Share:
    return max((signs.repeats, signs.repeats_edge, signs.repeats_worker), key=lambda share: share.strength)


def _stored(signs: Signs) -> float:
    """How sure it is that the answers came out of a store of any kind, 0..1."""
    spread = min(1.0, max(0.0, (signs.fan - 1) / 2))
    return max(signs.hit.strength, _best_repeats(signs).strength * max(signs.owner.value, 0.8 * spread))


def _layer(signs: Signs) -> CauseClass:
    """Which layer the store is in, as far as anything recorded tells."""
    if signs.hit.n >= 0.5 * signs.n:
        return CauseClass.SHARED_CACHE if signs.hit.value >= 0.5 else CauseClass.APP_CACHE
    by_edge = signs.repeats_edge.value - signs.repeats.value
    if signs.edges >= 2 and by_edge >= 0.15:
        return CauseClass.SHARED_CACHE
    if signs.workers >= 2 and signs.same_worker.n >= 5:
        # A stored answer keeps the name of the worker that made it; an application's store is read by whichever worker answers.
        if signs.same_worker.value < 0.9:
            return CauseClass.APP_CACHE
        # A store in each worker would answer everybody of that worker alike; several nodes in front do not.
        is_per_worker = signs.repeats_worker.value >= 0.9 > signs.repeats.value
        if signs.same_worker.tail < 0.01 and not is_per_worker:
            return CauseClass.SHARED_CACHE
    return CauseClass.CACHE


def _judge_cache(signs: Signs) -> Candidate:
    hit = _sign("hit excess", signs.hit, "The answer says that it came from a cache")
    owner = _sign("first owner", signs.owner, "The same answer had been served to somebody entitled", signs.owner.value)
    repeats = _sign(
        "nobody between", _best_repeats(signs), "The address had just answered somebody else with the same body"
    )
    layer = _layer(signs)
    shown = [owner, repeats]
    if signs.hit.n:
        shown.insert(0, hit if layer is not CauseClass.APP_CACHE else _no_hit(signs))
    score = _stored(signs) * (1 - signs.mail.value) * (1 - signs.handed.value) * (1 - signs.allowed_too.value)
    return Candidate(layer, score, tuple(shown))


def _no_hit(signs: Signs) -> Sign:
    none = Share(1 - signs.hit.value, 0.0, signs.hit.n)
    return _sign("no hit", none, "The answer says that no cache in front kept it", none.value)


# -- neighbours -----------------------------------------------------------------------------------------------------


def _judge_desync(signs: Signs) -> Candidate:
    by_connection = signs.by_connection.value > 0.5
    line = "connection" if by_connection else "worker"
    lagged = _sign("lag 1", signs.lagged, f"The person shown had asked just before, on that {line}")
    runs = _sign(
        "runs", signs.in_run, f"The answer before or after it on that {line} was wrong too", signs.in_run.value
    )
    chain = _sign("chain", signs.chained, "What the person shown was last sent himself was a stranger's, or an error,")
    out_of_step = lagged.strength * (0.4 + 0.6 * signs.in_run.value) * (1.0 if by_connection else chain.strength)
    score = (
        max(out_of_step, chain.strength) * (1 - signs.sticky.strength) * _technical_is_absent(signs, neighbours=True)
    )
    return Candidate(CauseClass.DESYNC, score, (lagged, runs, chain))


def _judge_race(signs: Signs) -> Candidate:
    during = _sign("at once", signs.during, "The person shown had a request under way at the same time")
    near = _sign("near", signs.near, "The person shown had a request within a second")
    right = _sign("own answer right", signs.near_clean, "And got his own answer", signs.near_clean.value)
    together = during.strength if signs.during.n else 0.9 * near.strength
    score = together * (1 - signs.chained.strength) * (0.3 + 0.7 * signs.near_clean.value)
    return Candidate(
        CauseClass.REQUEST_RACE, score * _technical_is_absent(signs, neighbours=True), (during, near, right)
    )


def _technical_is_absent(signs: Signs, *, neighbours: bool = False) -> float:
    """How sure it is that no mark is there that other causes leave."""
    absent = (1 - signs.mail.value) * (1 - signs.handed.value) * (1 - _stored(signs)) * (1 - signs.allowed_too.value)
    if neighbours:
        absent *= (1 - signs.many.value) * (1 - signs.job.value) * (1 - signs.misplaced.value)
    return absent


def _clip(value: float) -> float:
    return min(1.0, max(0.0, value))


_JUDGES: Sequence[Callable[[Signs], Candidate]] = (
    _judge_open,
    _judge_shift,
    _judge_staff,
    _judge_enumeration,
    _judge_template,
    _judge_bulk,
    _judge_fragment,
    _judge_job,
    _judge_cookie,
    _judge_session,
    _judge_mapping,
    _judge_cache,
    _judge_desync,
    _judge_race,
)

CACHES = frozenset({CauseClass.SHARED_CACHE, CauseClass.APP_CACHE, CauseClass.CACHE})
_MOMENTS = frozenset({CauseClass.REQUEST_RACE, CauseClass.DESYNC})


# The one thing to log that would tell the two best causes apart.
TO_LOG = {
    "mail list": "keep the list that the mails were made from, with the number of its row in a header of each mail",
    "sessions": "log the session of each request, and the table of sessions",
    "cache": "log what the cache did with each answer (Cache-Status, or X-Cache and Age)",
    "connection": "log the upstream connection id",
    "duration": "log how long each request took",
    "sessions set": "log the session of each request and each session that an answer sets",
    "jobs": "log when each job began and ended",
    "worker": "log which worker answered",
    "more": "more answers: record until there are ten exposed ones",
    "rendered for": "let the application say in a header for whom it rendered each answer",
}


def _missing(best: Candidate, second: Candidate, signs: Signs) -> str:
    """Name the one thing to log that would tell the two best apart."""
    two = {best.cause, second.cause}
    if signs.mail.value > 0.5:
        return TO_LOG["mail list"]
    if signs.known_viewers.value < 0.5:
        return TO_LOG["sessions"]
    if two & CACHES and signs.hit.n < 0.5 * signs.n:
        return TO_LOG["cache"]
    if two & _MOMENTS and signs.by_connection.value < 0.5:
        return TO_LOG["connection"]
    if two & _MOMENTS and signs.during.n < 0.5 * signs.n:
        return TO_LOG["duration"]
    if (
        two & {CauseClass.CACHED_COOKIE, CauseClass.SESSION_MIX_UP, CauseClass.ACCOUNT_MAPPING}
        and signs.has_session.value < 0.5
    ):
        return TO_LOG["sessions set"]
    if CauseClass.JOB_MIX_UP in two:
        return TO_LOG["jobs"]
    if signs.workers == 0:
        return TO_LOG["worker"]
    if math.isnan(signs.slope) and signs.n < 10:
        return TO_LOG["more"]
    if signs.by_connection.value < 0.5:
        return TO_LOG["connection"]
    return TO_LOG["rendered for"]
