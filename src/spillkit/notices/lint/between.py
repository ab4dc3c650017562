"""Hold two documents against each other.

In:    two documents with their claims.
Out:   Contradictions where they say different things of what is one for all.
Else:  one document against the facts is `against`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from spillkit.notices.lint.claims import Bound, Claim, Kind, Text
from spillkit.notices.lint.contradictions import Contradiction, line_of, members
from spillkit.notices.lint.read_claims import Read


def between(first: tuple[Text, Read], second: tuple[Text, Read]) -> Iterator[Contradiction]:
    """Yield where two documents say different things of what is one for all."""
    yield from _one_value(first, second)
    yield from _denied_elsewhere(first, second)
    yield from _only_these(first, second)
    yield from _only_these(second, first)


_ALIKE = {
    Kind.ACTOR: ("one-or-several-staff", "{}"),
    Kind.PEOPLE: ("people-number", "{} people"),
    Kind.AGAIN: ("again-day", "the next word on {}"),
}


def _one_value(first: tuple[Text, Read], second: tuple[Text, Read]) -> Iterator[Contradiction]:
    for kind, (rule, words) in _ALIKE.items():
        here, there = (
            {
                claim.value: claim
                for claim in reversed(read.claims)
                if claim.kind is kind and claim.value and claim.bound is Bound.EXACT
            }
            for _, read in (first, second)
        )
        if here and there and not here.keys() & there.keys():
            yield _two(rule, first[0], next(iter(here.values())), second[0], next(iter(there.values())), words)
    for role, rule in (("from", "first-day"), ("until", "last-day"), ("known", "known-day")):
        if role != "known" and (first[0].told or second[0].told):
            continue  # one person's days are his own
        days = [
            [claim for claim in read.claims if claim.kind is Kind.DAY and claim.role == role]
            for _, read in (first, second)
        ]
        if days[0] and days[1] and not _all_days(days[0]) & _all_days(days[1]):
            yield _two(rule, first[0], days[0][0], second[0], days[1][0], "{}")
    staff = [[claim for claim in read.claims if claim.kind is Kind.ACTOR] for _, read in (first, second)]
    fault = [[claim for claim in read.claims if claim.kind is Kind.CAUSE] for _, read in (first, second)]
    for one, other in ((0, 1), (1, 0)):
        if staff[one] and fault[other] and not fault[one] and not staff[other]:
            documents = (first[0], second[0])
            yield _two("staff-or-technical", documents[one], staff[one][0], documents[other], fault[other][0], "{}")


def _denied_elsewhere(first: tuple[Text, Read], second: tuple[Text, Read]) -> Iterator[Contradiction]:
    for here, there in ((first, second), (second, first)):
        if here[0].told and there[0].told:
            continue  # what was shown of one person was not shown of the other
        if here[0].told:
            continue  # one person's denied field may well be another's
        shown = {claim.value: claim for claim in there[1].claims if claim.kind is Kind.FIELD and not claim.is_denied}
        for claim in here[1].claims:
            if claim.kind is Kind.FIELD and claim.is_denied and claim.value in shown:
                yield _two("field-denied", here[0], claim, there[0], shown[claim.value], "{}")


def _only_these(here: tuple[Text, Read], there: tuple[Text, Read]) -> Iterator[Contradiction]:
    promise = next(
        (claim for claim in here[1].claims if claim.kind is Kind.PROMISE and claim.value == "only-these"), None
    )
    named = {claim.value for claim in here[1].claims if claim.kind is Kind.FIELD and not claim.is_denied}
    if promise is None or not named or here[0].told is not None:
        return
    for claim in there[1].claims:
        if claim.kind is Kind.FIELD and not claim.is_denied and claim.value not in named:
            yield _two("promise", here[0], promise, there[0], claim, "{}")


def _two(rule: str, here: Text, claim: Claim, there: Text, other: Claim, words: str) -> Contradiction:
    return Contradiction(
        rule=rule,
        document=here.name,
        start=claim.start,
        end=claim.end,
        line=line_of(here, claim.start),
        says=words.format(_said(claim)),
        other=words.format(_said(other)),
        digest=here.digest,
        other_document=there.name,
        other_start=other.start,
        other_end=other.end,
        other_digest=there.digest,
    )


def _said(claim: Claim) -> str:
    if claim.kind is Kind.ACTOR:
        return members(claim.value)
    if claim.kind is Kind.FIELD:
        return f"{claim.value} was {'not ' if claim.is_denied else ''}shown"
    return {"only-these": "nothing else was shown", "technical": "a technical fault"}.get(claim.value, claim.value)


def _all_days(claims: Iterable[Claim]) -> set[str]:
    """Month and day of each reading, with the year where it is said."""
    return {part[5:] for claim in claims for part in claim.value.split("|")}
