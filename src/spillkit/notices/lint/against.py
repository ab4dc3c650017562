"""Hold one document against the facts.

In:    a document with its claims; Known.
Out:   Contradictions, each with its rule and its place; the claims that no fact decides.
Else:  figures are `figures`, what is missing is `missing`; two documents are held against each other by `between`.
"""

from __future__ import annotations

from collections.abc import Iterator

from spillkit.notices.lint import figures, missing
from spillkit.notices.lint.claims import Bound, Claim, Kind, Purpose
from spillkit.notices.lint.contradictions import Contradiction, members
from spillkit.notices.lint.judged import ALOUD, LETTERS, Judged
from spillkit.notices.lint.places import is_within, link_domain


def contradictions_of(judged: Judged) -> Iterator[Contradiction]:
    """Yield where a document says something else than the facts, or lacks something."""
    for claim in judged.said.claims:
        yield from _of_claim(judged, claim)
    yield from _links(judged)
    yield from missing.fields_missing(judged)
    yield from missing.names(judged)
    yield from missing.missing(judged)
    for start, end in judged.said.unread:
        yield judged.at(start, end, "not-read", "a paragraph in a language that is not known", "each paragraph is read")


def _of_claim(judged: Judged, claim: Claim) -> Iterator[Contradiction]:
    known = judged.known
    match claim.kind:
        case Kind.PEOPLE:
            yield from figures.people(judged, claim)
        case Kind.VIEWERS:
            yield from figures.viewers(judged, claim)
        case Kind.DAY | Kind.AGAIN:
            yield from figures.day(judged, claim)
        case Kind.MOMENT:
            yield from figures.moment(judged, claim)
        case Kind.DURATION:
            yield from figures.duration(judged, claim)
        case Kind.FIELD:
            yield from _field(judged, claim)
        case Kind.ACTOR:
            yield from _actor(judged, claim)
        case Kind.CAUSE:
            if known.actors in ("one", "several"):
                yield judged.differs(claim, "staff-or-technical", "a technical fault", members(known.actors))
            elif not known.actors:
                judged.leave(claim)
        case Kind.AFFECTED:
            yield from _affected(judged, claim)
        case Kind.VIEWER:
            yield from _viewer(judged, claim)
        case Kind.AUDIENCE:
            yield from _audience(judged, claim)
        case Kind.PROMISE:
            if known.story is None and not known.assured:
                judged.leave(claim)
            elif not known.may_promise(claim.value):
                yield judged.differs(claim, "promise", f"promise: {claim.value}", "the facts do not say so")
        case Kind.DONE:
            is_the_asking = claim.value == "copies-asked-back" and judged.document.purpose is Purpose.UNINTENDED_VIEWER
            if known.story is None:
                judged.leave(claim)
            elif not is_the_asking and not known.was_done(claim.value):
                yield judged.differs(claim, "done", f"done: {claim.value}", "the facts do not say so")
        case Kind.HEDGE if judged.document.purpose in ALOUD and not _is_bounded(judged, claim):
            yield judged.differs(claim, "hedge", "a hedge", "it is known")
        case Kind.EMPTY if judged.document.purpose in ALOUD:
            yield judged.differs(claim, "empty-words", "words that soothe", "nothing of the facts")
        case Kind.WORD if not known.is_word_signed:
            yield judged.differs(claim, "unsigned-word", f"the word: {claim.value}", "no signed decision")
        case Kind.LINK:
            yield from _link(judged, claim)
        case Kind.DOMAIN:
            yield from _domain(judged, claim)
        case _:
            pass


def _field(judged: Judged, claim: Claim) -> Iterator[Contradiction]:
    shown = judged.known.shown_of(judged.document)
    everybody = set(shown) | set(judged.known.fields)
    if not everybody and not judged.known.not_shown:
        judged.leave(claim)
        return
    if claim.is_denied:
        if claim.value in (shown or judged.known.fields):
            yield judged.differs(claim, "field-denied", f"{claim.value} was not shown", f"{claim.value} was shown")
        elif claim.value not in judged.known.not_shown and not (judged.document.told and claim.value in everybody):
            yield judged.differs(claim, "field-not-looked-for", f"{claim.value} was not shown", "it was not looked for")
    elif claim.value not in shown:
        yield judged.differs(
            claim, "field-not-shown", f"{claim.value} was shown", f"shown: {', '.join(shown) or 'nothing'}"
        )


def _actor(judged: Judged, claim: Claim) -> Iterator[Contradiction]:
    actors = judged.known.actors
    if not actors:
        judged.leave(claim)
    elif actors == "none":
        yield judged.differs(claim, "staff-or-technical", members(claim.value), "no member of staff did it")
    elif claim.value != actors:
        yield judged.differs(claim, "one-or-several-staff", members(claim.value), members(actors))


def _affected(judged: Judged, claim: Claim) -> Iterator[Contradiction]:
    story = judged.known.story
    if story is None:
        judged.leave(claim)
        return
    people = max(story.people_confirmed, story.people_upper or 0)
    if claim.value == "one" and people > 1 and judged.document.purpose not in LETTERS:
        yield judged.differs(claim, "one-or-several-affected", "one person", f"{story.people_confirmed} people")
    elif claim.value == "several" and people == 1:
        yield judged.differs(claim, "one-or-several-affected", "several people", "one person")


def _viewer(judged: Judged, claim: Claim) -> Iterator[Contradiction]:
    viewers = sum(judged.known.viewers_of(judged.document).values())
    if not viewers:
        judged.leave(claim)
    elif claim.value == "several" and judged.document.told is not None:
        return  # what happened, and the title, are told of everybody; who saw this one's data stands in figures
    elif viewers == 1 if claim.value == "several" else 1 not in judged.known.viewers_of(judged.document).values():
        yield judged.differs(claim, "one-or-several-viewers", f"{claim.value} of them", f"{viewers} viewers")


def _audience(judged: Judged, claim: Claim) -> Iterator[Contradiction]:
    viewers = judged.known.viewers_of(judged.document)
    if not viewers:
        judged.leave(claim)
    elif claim.value == judged.known.audience or judged.document.purpose is Purpose.UNINTENDED_VIEWER:
        return  # said of the incident; and in a letter to a viewer, others are those whose data it is
    elif not viewers.get(claim.value) and not (claim.value == "anonymous" and viewers.get("crawler")):
        who = ", ".join(sorted(kind for kind, count in viewers.items() if count))
        yield judged.differs(claim, "audience", claim.value, who)


def _is_bounded(judged: Judged, claim: Claim) -> bool:
    """Whether the hedge stands beside the upper bound of a number that is not known exactly."""
    story = judged.known.story
    if story is None or story.people_upper is None or story.people_upper == story.people_confirmed:
        return False
    return any(
        other.kind is Kind.PEOPLE and other.bound is Bound.MOST and abs(other.start - claim.start) <= 80
        for other in judged.said.claims
    )


def _link(judged: Judged, claim: Claim) -> Iterator[Contradiction]:
    if not _is_own(judged, claim.value):
        yield judged.differs(claim, "foreign-domain", "a link to another domain", "only the company's own")
    if judged.document.purpose in LETTERS:
        yield judged.differs(claim, "link", "a link", "no link is needed")


def _domain(judged: Judged, claim: Claim) -> Iterator[Contradiction]:
    if not _is_own(judged, claim.value):
        yield judged.differs(claim, "foreign-domain", "another domain", "only the company's own")


def _links(judged: Judged) -> Iterator[Contradiction]:
    for target in judged.document.links:
        if not _is_own(judged, link_domain(target)):
            yield judged.lacks("foreign-domain", "the markup leads to another domain", "only the company's own")
        if judged.document.purpose in LETTERS:
            yield judged.lacks("link", "a link in the markup", "no link is needed")


def _is_own(judged: Judged, domain: str) -> bool:
    own = [judged.letterhead.domain] if judged.letterhead else [one.domain for one in judged.known.letterheads]
    if not own and not judged.known.domains:
        return True  # no letterhead was given: nobody knows what is foreign
    return any(is_within(domain, one) for one in (*own, *judged.known.domains))
