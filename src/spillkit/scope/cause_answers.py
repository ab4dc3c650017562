"""Answer questions 8, 9 and 10: what caused it, is it fixed, is it the same as that other incident.

In:    a measurement, whole or already cut down for its reader.
Out:   for each its confidence, words and evidence; None where nothing was looked at.
Else:  the other questions are `questions`; phrases of causes are `cause_words`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

from spillkit.cause.compare import Comparison, Verdict
from spillkit.cause.incident import CauseClass, Incident
from spillkit.printed import printable
from spillkit.scope.cause_words import CAUSE_WORDS, Confidence, cause_meaning, next_best_guess
from spillkit.scope.measurement import FixProof, IncidentSummary, Measurement
from spillkit.scope.words import count_of, listed, moment, number, percent

_MOST_NAMED = 4
_LEAST_SURE: tuple[Confidence, ...] = ("unknown", "possible", "confirmed")

_TELLING = (Verdict.SAME, Verdict.PROBABLY_SAME, Verdict.CANNOT_TELL, Verdict.DIFFERENT)


@dataclass(frozen=True, slots=True)
class CauseAnswer:
    """One of the three cells."""

    confidence: Confidence
    words: str
    evidence: str


def what_caused_it(measurement: Measurement) -> CauseAnswer | None:
    """Answer question 8; None where no cause was looked for."""
    summaries = measurement.incidents
    if summaries is None:
        return None
    if not summaries:
        return CauseAnswer(
            "unknown", "Unknown, because nobody was found in what was looked at: there is no incident.", ""
        )
    sure = min((summary.confidence for summary in summaries), key=_LEAST_SURE.index)
    if len(summaries) == 1:
        return CauseAnswer(sure, _one_cause(summaries[0].incident), _signs(summaries[0].incident))
    shown = [_short(summary) for summary in summaries[:_MOST_NAMED]]
    more = len(summaries) - len(shown)
    words = f"{len(summaries)} incidents. {' '.join(shown)}" + (
        f" And {count_of(more, 'more incident')}." if more else ""
    )
    decided = sum(summary.confidence != "unknown" for summary in summaries)
    return CauseAnswer(sure, words, f"signs for each incident; {decided} of {len(summaries)} decided")


def is_it_fixed(measurement: Measurement, zone: tzinfo) -> CauseAnswer | None:
    """Answer question 9; None where nothing was checked."""
    proof = measurement.fix
    if proof is None:
        return None
    which = "" if proof.incident is None else f" of incident {proof.incident}"
    evidence = f"check{which} at {moment(proof.checked_at, zone, seconds=False)}"
    if proof.replay_crossed or proof.later_exposed:
        return CauseAnswer("confirmed", f"No. {_still(proof)}", evidence)
    if not proof.proven:
        missing = " ".join(printable(line) for line in proof.not_yet) or "a replay and later recordings are missing."
        return CauseAnswer("possible", f"Not yet proven: {missing}", evidence)
    since = f"{count_of(proof.later_answers, 'answer')} recorded since, none exposed{_at_most(proof)}"
    if proof.replay_requests == 0:
        # Mail and exports cannot be asked for again: later traffic stands alone.
        return CauseAnswer("confirmed", f"Yes: {since}. Asking again is not possible here.", evidence)
    asked = f"{count_of(proof.replay_requests, 'recorded request')} sent again, none answered with another’s data"
    words = f"Yes: {asked}; {since}."
    return CauseAnswer("confirmed", words, evidence)


def is_it_the_same(measurement: Measurement) -> CauseAnswer | None:
    """Answer question 10; None where nothing was compared."""
    compared = measurement.compared
    if not compared:
        return None
    sure: Confidence = "confirmed"
    if any(comparison.verdict is Verdict.CANNOT_TELL for comparison in compared):
        sure = "unknown"
    elif any(comparison.verdict is Verdict.PROBABLY_SAME for comparison in compared):
        sure = "possible"
    telling = sorted(compared, key=lambda comparison: _TELLING.index(comparison.verdict))
    shown = [_verdict(comparison) for comparison in telling[:_MOST_NAMED]]
    more = len(compared) - len(shown)
    words = " ".join(shown) + (f" And {count_of(more, 'more comparison')}." if more else "")
    return CauseAnswer(sure, words, "cause, routes, time and people of both")


def _one_cause(incident: Incident) -> str:
    cause = incident.cause
    if cause.cause is CauseClass.UNKNOWN:
        best = next_best_guess(incident)
        guess = f" The best guess is: {best}." if best else ""
        log = f" {printable(cause.missing)}" if cause.missing else ""
        return f"Unknown, because what is recorded does not decide it.{guess}{log}"
    if cause.cause is CauseClass.STAFF:
        return f"{_capital(CAUSE_WORDS[cause.cause])}. {cause_meaning(incident)}"
    facts = " ".join(_sentence(fact) for fact in cause.facts[:2])
    change = ""
    onset = incident.onset
    if onset.began_with is not None and onset.first_at is not None:
        seconds = int((onset.first_at - onset.began_with.at).total_seconds())
        ago = count_of(seconds, "second") if seconds < 120 else count_of(seconds // 60, "minute")
        what = f": {printable(onset.began_with.what)}" if onset.began_with.what else ""
        change = f" The nearest change before it came {ago} earlier{what}."
    return " ".join(f"{_capital(CAUSE_WORDS[cause.cause])}. {cause_meaning(incident)} {facts}{change}".split())


def _short(summary: IncidentSummary) -> str:
    incident = summary.incident
    people = count_of(incident.subjects, "person", "people")
    return f"Incident {incident.number}: {summary.words} ({people})."


def _signs(incident: Incident, most: int = 3) -> str:
    signs = incident.cause.evidence_for[:most]
    told = [
        f"{printable(sign.name)} {sign.value:.2f}{'' if sign.chance is None else f' (chance {sign.chance:.2f})'} of {sign.n:,}"
        for sign in signs
    ]
    against = incident.cause.evidence_against
    return listed([*told, count_of(len(against), "sign against it", "signs against it")] if against else told)


def _still(proof: FixProof) -> str:
    parts = []
    if proof.replay_crossed:
        parts.append(
            f"{number(proof.replay_crossed)} of {count_of(proof.replay_requests, 'recorded request')} sent again showed "
            "somebody to another"
        )
    if proof.later_exposed:
        parts.append(
            f"{number(proof.later_exposed)} of {count_of(proof.later_answers, 'later answer')} exposed somebody"
        )
    return f"{listed(parts)}."


def _at_most(proof: FixProof) -> str:
    if proof.upper_bound_95 is None:
        return ""
    share = "" if proof.coverage_share is None else f", with {percent(proof.coverage_share)} of them looked at"
    return f": at most {_rate(proof.upper_bound_95)} may still be (95 %){share}"


def _rate(share: float) -> str:
    return percent(share) if share >= 0.001 else f"{share * 100:.2g} %"


def _verdict(comparison: Comparison) -> str:
    said = {
        Verdict.SAME: "are the same",
        Verdict.PROBABLY_SAME: "are probably the same",
        Verdict.DIFFERENT: "are different",
        Verdict.CANNOT_TELL: "cannot be told apart or together",
    }
    reasons = " ".join(printable(reason) for reason in comparison.reasons)
    names = f"{_capital(printable(comparison.first))} and {printable(comparison.second)}"
    return f"{names} {said[comparison.verdict]}. {reasons}"


def _sentence(text: str) -> str:
    told = _capital(printable(text)).rstrip()
    return told if told.endswith((".", "!", "?")) else f"{told}."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
