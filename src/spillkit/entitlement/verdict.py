"""Decide for one sighting whether its viewer was entitled to see it: the plain decider, easy to believe.

In:    a sighting, the sightings of the same place in the same answer, the rules.
Out:   a Verdict: entitled, exposure or undecided, by which rule, in words.
Else:  `judge_sql` decides the same over millions of rows; a property test holds the two together.

Order: oneself, public fields and roles by route, relations and tickets, then what several subjects share.
The first that allows it decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from spillkit.entitlement.continuity import HANDED_OVER, HANDED_OVER_GUESS
from spillkit.entitlement.rules import Grant, RouteRule, Rules
from spillkit.model import Evidence, Field, SubjectId, ViewerId, ViewerKind

NO_RULE = "none"
SELF_RULE = "self"
UNKNOWN_RULE = "viewer-unknown"
NAMESAKE_SUFFIX = "-namesake"
_GUESSES = ("inferred", HANDED_OVER_GUESS)


class Outcome(StrEnum):
    ENTITLED = "entitled"
    EXPOSURE = "exposure"
    UNDECIDED = "undecided"  # nobody can say who the viewer was


@dataclass(frozen=True, slots=True)
class Sighting:
    """One row of the ledger's sightings, as far as judging needs it."""

    source: str
    entry: int
    shown_at_us: int | None  # microseconds since 1970, UTC; None where the recording has no time
    channel: str
    method: str
    route: str
    viewer: ViewerId
    viewer_kind: ViewerKind
    viewer_from: str
    subject: SubjectId
    field: Field
    evidence: Evidence
    bearers: int  # how many subjects share the value
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided, by which rule, and why."""

    outcome: Outcome
    rule: str  # id of the rule that decided; "none" if no rule allows it
    words: str
    evidence: Evidence  # of the exposure; of the sighting otherwise


def is_entitled(sighting: Sighting, rules: Rules, same_place: Sequence[Sighting] = ()) -> Verdict:
    """Return whether the viewer may see this field of this subject here, and which rule says so.

    sighting    one subject's field in one answer
    rules       who may see whom
    same_place  the other candidates where several subjects share the value: same answer, field, start and end
    Source      charter, section 5; the order of the rules is docs/how-to/write-rules.md
    """
    direct = _find_rule(sighting, rules)
    if direct is not None:
        return Verdict(Outcome.ENTITLED, *direct, sighting.evidence)
    shared = _find_namesake(sighting, rules, same_place)
    if shared is not None:
        return Verdict(Outcome.ENTITLED, *shared, sighting.evidence)
    # Who held a session that was handed over is not its owner, even where nobody knows who it was.
    is_nobody = sighting.viewer_kind is ViewerKind.UNKNOWN and not sighting.viewer_from.startswith(HANDED_OVER)
    if is_nobody and not rules.unknown_are_possible:
        return Verdict(Outcome.UNDECIDED, UNKNOWN_RULE, "nobody can say who the viewer was", sighting.evidence)
    return Verdict(Outcome.EXPOSURE, NO_RULE, _say_why_not(sighting, rules), _evidence(sighting, rules))


def _find_rule(sighting: Sighting, rules: Rules) -> tuple[str, str] | None:
    if str(sighting.viewer) == sighting.subject:
        return SELF_RULE, "everybody may see his own data"
    for rule in rules.routes:
        if _route_rule_allows(rule, sighting):
            whom = "everybody" if rule.kind is None else f"{rule.kind.value} viewers"
            return rule.id, f"{whom} may see {sighting.field.label} on this route: {rule.reason}"
    for grant in rules.grants_by_pair.get((sighting.viewer, sighting.subject), ()):
        if _grant_fits(grant, sighting) and _is_in_time(grant, sighting):
            return grant.rule.id, f"a row of the table allows {sighting.field.label}: {grant.reason}"
    return None


def _route_rule_allows(rule: RouteRule, sighting: Sighting) -> bool:
    return (
        sighting.field in rule.fields
        and (rule.kind is None or sighting.viewer_kind is rule.kind)
        and (rule.viewers is None or sighting.viewer in rule.viewers)
        and rule.covers_route(sighting.channel, sighting.method, sighting.route)
    )


def _grant_fits(grant: Grant, sighting: Sighting) -> bool:
    return sighting.field in grant.fields and (grant.rule.kind is None or sighting.viewer_kind is grant.rule.kind)


def _is_in_time(grant: Grant, sighting: Sighting) -> bool:
    if grant.starts_at_us is None and grant.ends_at_us is None:
        return True
    if sighting.shown_at_us is None:
        return False
    return (grant.starts_at_us is None or grant.starts_at_us <= sighting.shown_at_us) and (
        grant.ends_at_us is None or sighting.shown_at_us < grant.ends_at_us
    )


def _find_namesake(sighting: Sighting, rules: Rules, same_place: Sequence[Sighting]) -> tuple[str, str] | None:
    """A value that several subjects share is most likely that of the one whom the viewer may see.

    Not so where a second field makes this subject certain and that one not.
    """
    if sighting.bearers <= 1:
        return None
    for other in same_place:
        is_surer = sighting.evidence is Evidence.CONFIRMED and other.evidence is Evidence.POSSIBLE
        if other.bearers <= 1 or other.subject == sighting.subject or is_surer:
            continue
        allowed = _find_rule(other, rules)
        if allowed is not None:
            rule, words = allowed
            return rule + NAMESAKE_SUFFIX, f"shared by {sighting.bearers} subjects, and for one of the others {words}"
    return None


def _evidence(sighting: Sighting, rules: Rules) -> Evidence:
    """Confirmed only if the sighting is, the viewer is not a guess, and no grant might hold at an unknown time."""
    unsure_viewer = sighting.viewer_kind is ViewerKind.UNKNOWN or sighting.viewer_from in _GUESSES
    if sighting.evidence is Evidence.POSSIBLE or unsure_viewer or _might_hold(sighting, rules):
        return Evidence.POSSIBLE
    return Evidence.CONFIRMED


def _might_hold(sighting: Sighting, rules: Rules) -> bool:
    if sighting.shown_at_us is not None:
        return False
    grants = rules.grants_by_pair.get((sighting.viewer, sighting.subject), ())
    return any(_grant_fits(grant, sighting) for grant in grants)


def _say_why_not(sighting: Sighting, rules: Rules) -> str:
    """Say which rule came nearest, for the reader who expected it to allow this."""
    for grant in rules.grants_by_pair.get((sighting.viewer, sighting.subject), ()):
        named = f"rule {grant.rule.id} names this viewer and subject"
        if sighting.field not in grant.fields:
            return f"no rule allows it; {named}, but not the field {sighting.field.label}"
        if not _grant_fits(grant, sighting):
            return f"no rule allows it; {named}, but only for {grant.rule.kind} viewers"
        if sighting.shown_at_us is None:
            return f"no rule allows it; {named} for a limited time, and the recording does not say when this was shown"
        early = grant.starts_at_us is not None and sighting.shown_at_us < grant.starts_at_us
        return f"no rule allows it; {named}, but it {'began later' if early else 'had ended'} when this was shown"
    for rule in rules.routes:
        if rule.kind is not None and rule.kind is not sighting.viewer_kind:
            continue
        if rule.covers_route(sighting.channel, sighting.method, sighting.route):
            if sighting.field not in rule.fields:
                return f"no rule allows it; rule {rule.id} covers this route, but not the field {sighting.field.label}"
            return f"no rule allows it; rule {rule.id} covers this route and field, but not this viewer"
    if sighting.viewer_kind is ViewerKind.STAFF:
        return (
            "no rule allows it: no ticket of this subject was assigned to this member of staff, and no role covers it"
        )
    return "no rule allows it"
