"""Answer questions 8, 9 and 10: what caused it, is it fixed, is it the same as that other incident.

In:    a measurement, whole or already cut down for its reader.
Out:   for each its confidence, words and evidence; None where nothing was looked at.
Else:  the other questions are `questions`; phrases of causes are `cause_words`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

from spillkit.cause.compare import Comparison, Verdict
from spillkit.cause.facts import tell_fact
from spillkit.cause.incident import CauseClass, Incident
from spillkit.printed import printable
from spillkit.scope.cause_words import CAUSE_WORDS, Confidence, cause_meaning, next_best_guess
from spillkit.scope.measurement import FixProof, IncidentSummary, Measurement
from spillkit.scope.words import moment, percent
from spillkit.voice import ENGLISH, Voice

_MOST_NAMED = 4
_LEAST_SURE: tuple[Confidence, ...] = ("unknown", "possible", "confirmed")

VERDICTS = {
    Verdict.SAME: "{first} and {second} are the same.",
    Verdict.PROBABLY_SAME: "{first} and {second} are probably the same.",
    Verdict.DIFFERENT: "{first} and {second} are different.",
    Verdict.CANNOT_TELL: "{first} and {second} cannot be told apart or together.",
}
_TELLING = (Verdict.SAME, Verdict.PROBABLY_SAME, Verdict.CANNOT_TELL, Verdict.DIFFERENT)


@dataclass(frozen=True, slots=True)
class CauseAnswer:
    """One of the three cells."""

    confidence: Confidence
    words: str
    evidence: str


def what_caused_it(measurement: Measurement, voice: Voice = ENGLISH) -> CauseAnswer | None:
    """Answer question 8; None where no cause was looked for."""
    summaries = measurement.incidents
    if summaries is None:
        return None
    if not summaries:
        none = voice.say("Unknown, because nobody was found in what was looked at: there is no incident.")
        return CauseAnswer("unknown", none, "")
    sure = min((summary.confidence for summary in summaries), key=_LEAST_SURE.index)
    if len(summaries) == 1:
        return CauseAnswer(sure, _one_cause(summaries[0].incident, voice), _signs(summaries[0].incident, voice))
    said = [voice.several("{count} incident.", "{count} incidents.", len(summaries))]
    said += [_short(summary, voice) for summary in summaries[:_MOST_NAMED]]
    if (more := len(summaries) - _MOST_NAMED) > 0:
        said.append(voice.several("And {count} more incident.", "And {count} more incidents.", more))
    decided = sum(summary.confidence != "unknown" for summary in summaries)
    evidence = voice.say("signs for each incident; {decided} of {count} decided", decided=decided, count=len(summaries))
    return CauseAnswer(sure, voice.chain(" ", said), evidence)


def is_it_fixed(measurement: Measurement, zone: tzinfo, voice: Voice = ENGLISH) -> CauseAnswer | None:
    """Answer question 9; None where nothing was checked."""
    proof = measurement.fix
    if proof is None:
        return None
    at = moment(proof.checked_at, zone, seconds=False)
    evidence = (
        voice.say("check at {at}", at=at)
        if proof.incident is None
        else voice.say("check of incident {incident} at {at}", incident=str(proof.incident), at=at)
    )
    if proof.replay_crossed or proof.later_exposed:
        return CauseAnswer("confirmed", voice.say("No. {why}", why=_still(proof, voice)), evidence)
    if not proof.proven:
        missing = voice.chain(" ", [voice.kept(printable(line)) for line in proof.not_yet])
        missing = missing or voice.say("a replay and later recordings are missing.")
        return CauseAnswer("possible", voice.say("Not yet proven: {missing}", missing=missing), evidence)
    since = _since(proof, voice)
    if proof.replay_requests == 0:
        # Mail and exports cannot be asked for again: later traffic stands alone.
        words = voice.say("Yes: {since}. Asking again is not possible here.", since=since)
        return CauseAnswer("confirmed", words, evidence)
    asked = voice.several(
        "{count} recorded request sent again, none answered with another’s data",
        "{count} recorded requests sent again, none answered with another’s data",
        proof.replay_requests,
    )
    return CauseAnswer("confirmed", voice.say("Yes: {asked}; {since}.", asked=asked, since=since), evidence)


def is_it_the_same(measurement: Measurement, voice: Voice = ENGLISH) -> CauseAnswer | None:
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
    said = [_verdict(comparison, voice) for comparison in telling[:_MOST_NAMED]]
    if (more := len(compared) - len(said)) > 0:
        said.append(voice.several("And {count} more comparison.", "And {count} more comparisons.", more))
    return CauseAnswer(sure, voice.chain(" ", said), voice.say("cause, routes, time and people of both"))


def _one_cause(incident: Incident, voice: Voice) -> str:
    cause = incident.cause
    if cause.cause is CauseClass.UNKNOWN:
        said = [voice.say("Unknown, because what is recorded does not decide it.")]
        if best := next_best_guess(incident):
            said.append(voice.say("The best guess is: {cause}.", cause=voice.say(best)))
        if cause.missing:
            said.append(voice.kept(printable(cause.missing)))
        return voice.chain(" ", said)
    said = [voice.sentence(voice.begin(voice.say(CAUSE_WORDS[cause.cause]))), voice.say(cause_meaning(incident))]
    if cause.cause is CauseClass.STAFF:
        return voice.chain(" ", said)
    said += [tell_fact(_sentence(fact), voice) for fact in cause.facts[:2]]
    onset = incident.onset
    if onset.began_with is not None and onset.first_at is not None:
        seconds = int((onset.first_at - onset.began_with.at).total_seconds())
        ago = (
            voice.several("{count} second", "{count} seconds", seconds)
            if seconds < 120
            else voice.several("{count} minute", "{count} minutes", seconds // 60)
        )
        what = " ".join(printable(onset.began_with.what).split())
        said.append(
            voice.say("The nearest change before it came {ago} earlier: {what}.", ago=ago, what=what)
            if what
            else voice.say("The nearest change before it came {ago} earlier.", ago=ago)
        )
    return voice.chain(" ", said)


def _short(summary: IncidentSummary, voice: Voice) -> str:
    incident = summary.incident
    return voice.say(
        "Incident {number}: {cause} ({people}).",
        number=str(incident.number),
        cause=voice.kept(summary.words),
        people=voice.several("{count} person", "{count} people", incident.subjects),
    )


def _signs(incident: Incident, voice: Voice, most: int = 3) -> str:
    told = []
    for sign in incident.cause.evidence_for[:most]:
        name, value = voice.kept(printable(sign.name)), f"{sign.value:.2f}"
        words = (
            voice.say("{name} {value} of {n}", name=name, value=value, n=sign.n)
            if sign.chance is None
            else voice.say(
                "{name} {value} (chance {chance}) of {n}", name=name, value=value, chance=f"{sign.chance:.2f}", n=sign.n
            )
        )
        told.append(voice.apart(words))
    against = incident.cause.evidence_against
    if against:
        told.append(voice.apart(voice.several("{count} sign against it", "{count} signs against it", len(against))))
    return voice.listed(told)


def _still(proof: FixProof, voice: Voice) -> str:
    parts = []
    if proof.replay_crossed:
        parts.append(
            voice.say(
                "{count} of {requests} sent again showed somebody to another",
                count=proof.replay_crossed,
                requests=voice.several("{count} recorded request", "{count} recorded requests", proof.replay_requests),
            )
        )
    if proof.later_exposed:
        parts.append(
            voice.say(
                "{count} of {answers} exposed somebody",
                count=proof.later_exposed,
                answers=voice.several("{count} later answer", "{count} later answers", proof.later_answers),
            )
        )
    return voice.sentence(voice.listed(parts))


def _since(proof: FixProof, voice: Voice) -> str:
    said = voice.several(
        "{count} answer recorded since, none exposed",
        "{count} answers recorded since, none exposed",
        proof.later_answers,
    )
    if proof.upper_bound_95 is None:
        return said
    bound = _rate(proof.upper_bound_95, voice)
    if proof.coverage_share is None:
        return voice.say("{said}: at most {bound} may still be (95 %)", said=said, bound=bound)
    return voice.say(
        "{said}: at most {bound} may still be (95 %), with {share} of them looked at",
        said=said,
        bound=bound,
        share=percent(proof.coverage_share, voice),
    )


def _rate(share: float, voice: Voice) -> str:
    return percent(share, voice) if share >= 0.001 else f"{share * 100:.2g} %"


def _verdict(comparison: Comparison, voice: Voice) -> str:
    said = voice.say(
        VERDICTS[comparison.verdict], first=_capital(printable(comparison.first)), second=printable(comparison.second)
    )
    return voice.chain(" ", [said, *(voice.kept(printable(reason)) for reason in comparison.reasons)])


def _sentence(text: str) -> str:
    told = " ".join(_capital(printable(text)).split())
    return told if told.endswith((".", "!", "?")) else f"{told}."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
