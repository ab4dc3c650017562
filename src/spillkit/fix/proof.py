"""Decide whether a repair is proven, and if not, what is missing and what to do.

In:    an incident, what asking again showed, what later recordings hold, the time.
Out:   Verdict: scope's FixProof with the numbers behind it.
Else:  the statistics are `bounds`; docs/explanation/proof-of-a-fix.md says why two proofs, and how far each reaches.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime

import msgspec

from spillkit.cause.incident import CauseClass, Incident
from spillkit.fix.bounds import LEVEL, chance_of_seeing, hazard, lower_limit, upper_limit
from spillkit.fix.results import Later, Replay, RouteTraffic
from spillkit.scope.measurement import FixProof

# A rate found over fewer hours than a fault was at work may have missed the hour in which it works; said, not refused.
_SAMPLE_WORDS = {
    CauseClass.ENUMERATION: "somebody must try it",
    CauseClass.REQUEST_RACE: "it grows with the square of the load",
}


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """What the counts of later traffic mean."""

    answers: int  # since the repair, that could have shown the fault
    exposed: int  # of these
    upper_bound_95: float | None  # of the share exposed since the repair; None: nothing was looked at
    rate_then: float | None  # share exposed while the fault was at work; None: not known
    rate_then_at_least: float | None  # the smallest that fits at 95 %; the decision counts with it
    expected: float  # exposed answers since, had nothing changed
    chance_of_seeing: float  # that at least one would have been exposed, had the fault gone on at that smallest rate
    answers_more: int | None  # how many more it takes for 95 %; 0 if none; None where nobody can say
    coverage_share: float | None
    hours: float  # with any such answer


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that `fix verify` says."""

    proof: FixProof
    cause: CauseClass
    routes: tuple[str, ...]
    replay: Replay | None
    later: Later
    rates: Rates
    notes: tuple[str, ...] = ()  # what to know besides; it changes no verdict

    @property
    def headline(self) -> str:
        """Return the verdict in a few words."""
        if self.proof.proven:
            return "proven"
        if self.proof.replay_crossed or self.proof.later_exposed:
            return "not fixed"
        return "not yet proven"


def decide(incident: Incident, replay: Replay | None, later: Later, now: datetime) -> Verdict:
    """Return whether the repair is proven.

    replay  None if nothing was sent
    now     UTC
    """
    rates = rates_of(later)
    missing: list[str] = []
    notes: list[str] = []
    if incident.cause.cause is CauseClass.STAFF:
        missing.append(
            "Staff opened what their role lets them open: there is no fault whose repair could be proven, and asking again makes "
            "no sense. Find out who it was, and settle who may open what."
        )
    else:
        missing.extend(_missing_of_replay(incident, replay))
        missing.extend(_missing_of_later(incident, later, rates))
        missing.extend(_missing_routes(incident, replay, later))
        if replay is not None and replay.impossible:
            notes.append(f"Not asked again, because {replay.impossible}. The later traffic stands alone.")
        notes.extend(_notes(incident, replay, later, rates))
    crossed = replay.crossed if replay is not None else 0
    proof = FixProof(
        incident=incident.number,
        checked_at=now,
        replay_requests=replay.requests if replay is not None else 0,
        replay_crossed=crossed,
        later_answers=later.answers,
        later_exposed=later.exposed,
        upper_bound_95=rates.upper_bound_95,
        coverage_share=rates.coverage_share,
        proven=not missing,
        not_yet=tuple(missing),
    )
    return Verdict(
        proof=proof,
        cause=incident.cause.cause,
        routes=incident.routes,
        replay=replay,
        later=later,
        rates=rates,
        notes=tuple(notes),
    )


def rates_of(later: Later) -> Rates:
    """Return what the counts mean.

    The rate before is known from few exposed answers only, so the decision counts with the smallest rate that fits them at 95 %
    (Clopper and Pearson). Routes keep their own share of it: an answer on a route that seldom showed anybody proves less.
    """
    answers, exposed = later.answers, later.exposed
    then = sum(route.answers_then for route in later.routes)
    exposed_then = sum(route.exposed_then for route in later.routes)
    rate = exposed_then / then if then else None
    least = lower_limit(exposed_then, then) if exposed_then else None
    strata = _strata(later.routes, least / rate if rate and least else 0.0)
    seen = chance_of_seeing(strata)
    return Rates(
        answers=answers,
        exposed=exposed,
        upper_bound_95=upper_limit(exposed, answers) if answers else None,
        rate_then=rate,
        rate_then_at_least=least,
        expected=sum(route.answers_since * _rate(route) for route in later.routes),
        chance_of_seeing=seen,
        answers_more=_answers_more(later.routes, strata, seen),
        coverage_share=min(1.0, later.looked_at_since / later.known_since) if later.known_since else None,
        hours=later.minutes / 60,
    )


def prove_together(proofs: Sequence[FixProof], unchecked: Sequence[int]) -> FixProof:
    """Return the proofs of several incidents as one, for a report that speaks of all of them: proven only if each is.

    proofs     one or more
    unchecked  numbers of incidents of which there is none
    """
    if len(proofs) == 1 and not unchecked:
        return proofs[0]
    bounds = [proof.upper_bound_95 for proof in proofs if proof.upper_bound_95 is not None]
    shares = [proof.coverage_share for proof in proofs if proof.coverage_share is not None]
    missing = [f"Incident {proof.incident}: {line}" for proof in proofs for line in proof.not_yet]
    missing += [f"Incident {number} was not checked: spillkit fix verify --incident {number}." for number in unchecked]
    return FixProof(
        incident=None,
        checked_at=max(proof.checked_at for proof in proofs),
        replay_requests=sum(proof.replay_requests for proof in proofs),
        replay_crossed=sum(proof.replay_crossed for proof in proofs),
        later_answers=sum(proof.later_answers for proof in proofs),
        later_exposed=sum(proof.later_exposed for proof in proofs),
        upper_bound_95=max(bounds) if bounds else None,
        coverage_share=min(shares) if shares else None,
        proven=not missing and all(proof.proven for proof in proofs),
        not_yet=tuple(missing),
    )


def _rate(route: RouteTraffic) -> float:
    return route.exposed_then / route.answers_then if route.answers_then else 0.0


def _strata(routes: Sequence[RouteTraffic], caution: float) -> list[tuple[int, float]]:
    return [(route.answers_since, caution * _rate(route)) for route in routes]


def _answers_more(routes: Sequence[RouteTraffic], strata: Sequence[tuple[int, float]], seen: float) -> int | None:
    """How many more answers it takes, if they spread over the routes as those since the repair do (or, without any, as before)."""
    if seen >= LEVEL:
        return 0
    weights = [answers for answers, _ in strata]
    if not any(weight and rate for weight, (_, rate) in zip(weights, strata)):
        weights = [route.answers_then for route in routes]
    total = sum(weights)
    each = sum(weight * min(hazard(rate), 50.0) for weight, (_, rate) in zip(weights, strata)) / total if total else 0.0
    if each <= 0:
        return None
    lacking = -math.log1p(-LEVEL) - sum(answers * min(hazard(rate), 50.0) for answers, rate in strata)
    return max(1, math.ceil(lacking / each))


def _missing_of_replay(incident: Incident, replay: Replay | None) -> list[str]:
    if replay is None:
        return [
            "Nothing was asked again. Give --base-url with the server to ask and --identities with two test customers "
            "(docs/how-to/verify-a-fix.md)."
        ]
    if replay.impossible:
        return []
    missing = []
    if replay.crossed:
        where = [route for route in replay.routes if route.crossed or route.sessions_crossed]
        shown = "; ".join(
            f"{route.route}: {route.crossed:,} of {route.asked:,}"
            + (f" ({', '.join(route.fields)})" if route.fields else "")
            + (f", and {route.sessions_crossed:,} handed over a session" if route.sessions_crossed else "")
            for route in where
        )
        missing.append(f"Asked again, the fault is still there: {shown}. Repair it, then run this again.")
        return missing
    if replay.stopped:
        missing.append(f"The replay ended early: {replay.stopped}. Mend that, then run this again.")
    elif not replay.requests:
        why = "; ".join(sorted({route.why_not for route in replay.routes if route.why_not}))
        missing.append(f"Nothing could be asked again: {why or 'no recorded request could be read'}.")
    if replay.unrecognised and replay.requests and not replay.stopped:
        missing.append(
            f"No answer showed {_listed(replay.unrecognised)} their own data, so it is not known that they were signed in. "
            "Renew their sessions, or name an address that shows it with `own` in the identities file."
        )
    return missing


def _missing_of_later(incident: Incident, later: Later, rates: Rates) -> list[str]:
    if later.fixed_at is None:
        return [
            "The exposed answers have no times, so nothing tells what was recorded since the repair. Scan recordings with "
            "times, and give --fixed-at."
        ]
    if later.exposed:
        where = "; ".join(
            f"{route.route}: {route.exposed_since:,} of {route.answers_since:,}"
            for route in later.routes
            if route.exposed_since
        )
        return [
            f"Answers recorded since the repair still expose people ({where}). Repair it, or correct --fixed-at, and scan what "
            "is recorded after that."
        ]
    if not later.answers:
        return [
            f"Nothing was recorded since the repair on {_listed(incident.routes[:3])} that could show the fault: answers with a "
            f"body to {_listed(later.viewer_kinds) or 'known'} viewers. Record traffic and scan it."
        ]
    if rates.rate_then is None or rates.answers_more is None:
        return [
            "How often the fault showed itself is not known from what was recorded while it was at work, so no number of clean "
            "answers proves its absence. Scan more of that time."
        ]
    if rates.answers_more:
        return [
            f"{later.answers:,} clean answers since the repair are too few: had nothing changed, all of them could still be clean "
            f"with a chance of {_percent(1 - rates.chance_of_seeing)}. Record and scan about {rates.answers_more:,} more on these "
            "routes."
        ]
    return []


def _missing_routes(incident: Incident, replay: Replay | None, later: Later) -> list[str]:
    """Routes of which neither proof says anything."""
    asked = {route.route for route in replay.routes if route.answered} if replay is not None else set()
    since = {route.route for route in later.routes if route.answers_since}
    silent = [route for route in incident.routes if route not in asked and route not in since]
    if not silent or not (asked or since):
        return []
    named = _listed(silent[:5]) + (f" and {len(silent) - 5} more" if len(silent) > 5 else "")
    return [
        f"On {named} nothing was answered again and nothing was recorded since. Give identities that may open it, or record "
        "traffic there."
    ]


def _notes(incident: Incident, replay: Replay | None, later: Later, rates: Rates) -> list[str]:
    notes = []
    if later.fixed_by.startswith("the last exposed"):
        notes.append(
            "The time of the repair was not given: what came after the last exposed answer counts as later. --fixed-at is surer."
        )
    if later.other_exposed:
        notes.append(
            f"{later.other_exposed:,} answers on these routes since the repair are exposed by another incident, whose repair "
            "is checked by itself."
        )
    if rates.coverage_share is not None and rates.coverage_share < 1:
        notes.append(f"Only {_percent(rates.coverage_share)} of the later answers on these routes could be looked at.")
    if later.untimed:
        notes.append(f"{later.untimed:,} answers on these routes have no time and count for nothing.")
    if incident.cause.cause in _SAMPLE_WORDS:
        notes.append(f"How often this fault shows itself is no fixed rate: {_SAMPLE_WORDS[incident.cause.cause]}.")
    if replay is not None and not replay.impossible:
        left = [route for route in replay.routes if route.why_not]
        notes.extend(f"Not asked again: {route.route}, because {route.why_not}." for route in left[:5])
        silent = [route.route for route in replay.routes if route.asked and not route.answered]
        if silent:
            notes.append(
                f"Asked, but never answered with success: {_listed(silent[:5])}. The server may not hold these objects, or rightly "
                "refuses them."
            )
    return notes


def _listed(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)


def _percent(share: float) -> str:
    return f"{share * 100:.3g} %"
