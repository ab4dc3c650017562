"""Hold what texts say against the facts, and against each other.

In:    documents with their claims; Known.
Out:   Contradictions, each with its rule and its place; the claims that no fact decides.
Else:  reading claims is `read_claims`; what becomes of a contradiction is `decisions`.

A contradiction never quotes the text.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import combinations

import msgspec

from spillkit.notices.lint.claims import Bound, Claim, Kind, Purpose, Text
from spillkit.notices.lint.facts_of import Known
from spillkit.notices.lint.folded import fold
from spillkit.notices.lint.places import is_within, link_domain
from spillkit.notices.lint.read_claims import Read, read_claims

_ABOUT = 0.05  # "about 1,200" may differ from what was measured by so much
_TO_ONE = (Purpose.NOTICE, Purpose.CORRECTION)
_LETTERS = (*_TO_ONE, Purpose.UNAFFECTED, Purpose.UNINTENDED_VIEWER)
_ALOUD = (*_LETTERS, Purpose.STATEMENT, Purpose.PORTAL, Purpose.AGENT)


class Contradiction(msgspec.Struct, frozen=True):
    """A place where a text says something else than the facts, or than another text."""

    rule: str  # of `rules.RULES`
    document: str
    start: int  # characters into the document's text; both 0 where something is missing
    end: int
    line: int  # from 1; 0 where something is missing
    says: str  # in our words
    other: str  # what the facts say, or the other text
    digest: str  # of the document's text
    other_document: str = ""
    other_start: int = 0
    other_end: int = 0
    other_digest: str = ""

    @property
    def id(self) -> str:
        """16 hex digits: the same for the same rule, place, wording and facts, so that no decision outlives what it was about."""
        parts = (self.rule, self.document, self.digest, self.start, self.end, self.says, self.other)
        others = (self.other_document, self.other_digest, self.other_start, self.other_end)
        return hashlib.sha256(repr((*parts, *others)).encode()).hexdigest()[:16]


class Unchecked(msgspec.Struct, frozen=True):
    """A claim that no fact decides. It stops nothing, and nobody has checked it."""

    document: str
    kind: str
    value: str
    start: int
    end: int
    line: int


class Checked(msgspec.Struct, frozen=True):
    """What came of holding texts against the facts and each other."""

    contradictions: tuple[Contradiction, ...]
    unchecked: tuple[Unchecked, ...]
    languages: dict[str, tuple[str, ...]]  # in which each document was read
    claims: dict[str, int]  # how many things each document says


def check(documents: Sequence[Text], known: Known) -> Checked:
    """Hold documents against the facts and each other.

    Cost  a few milliseconds for a page of text
    """
    read = [(document, read_claims(document)) for document in documents]
    found: list[Contradiction] = []
    unchecked: list[Unchecked] = []
    for document, said in read:
        against = _Against(document, said, known)
        found += against.contradictions()
        unchecked += against.unchecked
    found += [one for first, second in combinations(read, 2) for one in _between(first, second)]
    return Checked(
        contradictions=tuple(dict.fromkeys(found)),
        unchecked=tuple(unchecked),
        languages={document.name: said.languages for document, said in read},
        claims={document.name: len(said.claims) for document, said in read},
    )


class _Against:
    """One document against the facts."""

    def __init__(self, document: Text, said: Read, known: Known) -> None:
        self.document, self.said, self.known = document, said, known
        self.unchecked: list[Unchecked] = []
        self._letterhead = known.letterhead_of(document)

    def contradictions(self) -> Iterator[Contradiction]:
        for claim in self.said.claims:
            yield from self._of_claim(claim)
        yield from self._links()
        yield from self._fields_missing()
        yield from self._names()
        yield from self._missing()
        for start, end in self.said.unread:
            yield self._at(
                start, end, "not-read", "a paragraph in a language that is not known", "each paragraph is read"
            )

    def _of_claim(self, claim: Claim) -> Iterator[Contradiction]:
        known = self.known
        match claim.kind:
            case Kind.PEOPLE:
                yield from self._people(claim)
            case Kind.VIEWERS:
                yield from self._viewers(claim)
            case Kind.DAY | Kind.AGAIN:
                yield from self._day(claim)
            case Kind.MOMENT:
                yield from self._moment(claim)
            case Kind.DURATION:
                yield from self._duration(claim)
            case Kind.FIELD:
                yield from self._field(claim)
            case Kind.ACTOR:
                yield from self._actor(claim)
            case Kind.CAUSE:
                if known.actors in ("one", "several"):
                    yield self._is(claim, "staff-or-technical", "a technical fault", _members(known.actors))
                elif not known.actors:
                    self._leave(claim)
            case Kind.AFFECTED:
                yield from self._affected(claim)
            case Kind.VIEWER:
                yield from self._viewer(claim)
            case Kind.AUDIENCE:
                yield from self._audience(claim)
            case Kind.PROMISE:
                if known.story is None and not known.assured:
                    self._leave(claim)
                elif not known.may_promise(claim.value):
                    yield self._is(claim, "promise", f"promise: {claim.value}", "the facts do not say so")
            case Kind.DONE:
                is_the_asking = (
                    claim.value == "copies-asked-back" and self.document.purpose is Purpose.UNINTENDED_VIEWER
                )
                if known.story is None:
                    self._leave(claim)
                elif not is_the_asking and not known.was_done(claim.value):
                    yield self._is(claim, "done", f"done: {claim.value}", "the facts do not say so")
            case Kind.HEDGE if self.document.purpose in _ALOUD and not self._is_bounded(claim):
                yield self._is(claim, "hedge", "a hedge", "it is known")
            case Kind.EMPTY if self.document.purpose in _ALOUD:
                yield self._is(claim, "empty-words", "words that soothe", "nothing of the facts")
            case Kind.WORD if not known.is_word_signed:
                yield self._is(claim, "unsigned-word", f"the word: {claim.value}", "no signed decision")
            case Kind.LINK:
                yield from self._link(claim)
            case Kind.DOMAIN:
                yield from self._domain(claim)
            case _:
                pass

    def _people(self, claim: Claim) -> Iterator[Contradiction]:
        story = self.known.story
        if not claim.value or story is None:
            self._leave(claim)
            return
        said = int(claim.value)
        if claim.bound is Bound.EXACT and said in (story.people_confirmed, *self.known.counts):
            return
        low, high = story.people_confirmed, story.people_upper
        match claim.bound:
            case Bound.ABOUT:
                holds = abs(said - low) <= _ABOUT * low or any(
                    abs(said - one) <= _ABOUT * one for one in self.known.counts
                )
            case Bound.MOST:
                holds = said >= (high if high is not None else low)
                if high is None:
                    holds = False  # nobody can say at most
            case Bound.LEAST:
                holds = low / 2 <= said <= low  # true, and not so low that it plays it down
            case _:
                holds = False
        if not holds:
            upper = "no upper bound" if high is None else f"at most {high}"
            yield self._is(claim, "people-number", f"{claim.bound} {said} people", f"{low} confirmed, {upper}")

    def _viewers(self, claim: Claim) -> Iterator[Contradiction]:
        viewers = self.known.viewers_of(self.document)
        if not claim.value or not viewers:
            self._leave(claim)
            return
        said, total = int(claim.value), sum(viewers.values())
        allowed = {total, *viewers.values()}
        match claim.bound:
            case Bound.ABOUT:
                holds = any(abs(said - one) <= _ABOUT * one for one in allowed)
            case Bound.MOST:
                holds = said >= total
            case Bound.LEAST:
                holds = total / 2 <= said <= total
            case _:
                holds = said in allowed
        if not holds:
            yield self._is(claim, "viewers-number", f"{claim.bound} {said} viewers", f"{total} viewers")

    def _day(self, claim: Claim) -> Iterator[Contradiction]:
        periods = self.known.periods_of(self.document)
        story = self.known.story
        if story is None and not periods and not self.known.days:
            self._leave(claim)
            return
        zone = self.known.zone
        firsts = {first.astimezone(zone).date() for first, _ in periods if first is not None}
        lasts = {last.astimezone(zone).date() for _, last in periods if last is not None}
        named = self.known.named_days()
        match claim.role:
            case "from" if firsts:
                rule, allowed = "first-day", firsts
            case "until" if lasts:
                rule, allowed = "last-day", lasts
            case "known" if story is not None:
                rule, allowed = "known-day", {story.known_on, *self.known.days}
            case "again" if story is not None:
                rule, allowed = "again-day", {story.next_word_on} if story.next_word_on else set()
            case _:
                rule, allowed = "day", _between_days(firsts, lasts) | firsts | lasts | named
        if not _readings(claim, sorted(allowed)) & allowed:
            days = ", ".join(sorted(day.isoformat() for day in allowed)[:4])
            yield self._is(claim, rule, claim.value.replace("|", " or "), days or "no such day is known")

    def _moment(self, claim: Claim) -> Iterator[Contradiction]:
        periods = self.known.periods_of(self.document)
        zone = self.known.zone
        firsts = {_minute(first.astimezone(zone)) for first, _ in periods if first is not None}
        lasts = {_minute(last.astimezone(zone)) for _, last in periods if last is not None}
        others = {_minute(moment.astimezone(zone)) for moment in self.known.moments}
        if not (firsts or lasts or others):
            self._leave(claim)
            return
        allowed = {"from": firsts | others, "until": lasts | others}.get(claim.role) or firsts | lasts | others
        if claim.value not in allowed:
            yield self._is(claim, "moment", claim.value, f"{', '.join(sorted(allowed))} ({zone})")

    def _duration(self, claim: Claim) -> Iterator[Contradiction]:
        lengths = [
            (last - first).total_seconds() for first, last in self.known.periods_of(self.document) if first and last
        ]
        days = [
            (last.astimezone(self.known.zone).date() - first.astimezone(self.known.zone).date()).days
            for first, last in self.known.periods_of(self.document)
            if first and last
        ]
        if not claim.value or not lengths:
            self._leave(claim)
            return
        said = int(claim.value) * claim.unit_s
        match claim.bound:
            case Bound.MOST:
                holds = any(said >= length for length in lengths)
            case Bound.LEAST:
                holds = any(length / 2 <= said <= length for length in lengths)
            case _:
                slack = claim.unit_s if claim.bound is Bound.EXACT else max(claim.unit_s, 0.1 * said)
                holds = any(abs(said - length) < slack or said == length for length in lengths)
                # Somebody who counts days counts the first one too.
                holds |= claim.unit_s == 86_400 and any(int(claim.value) in (count, count + 1) for count in days)
        if not holds:
            measured = " or ".join(str(timedelta(seconds=int(length))) for length in lengths)
            yield self._is(claim, "duration", f"{claim.bound} {timedelta(seconds=said)}", measured)

    def _field(self, claim: Claim) -> Iterator[Contradiction]:
        shown = self.known.shown_of(self.document)
        everybody = set(shown) | set(self.known.fields)
        if not everybody and not self.known.not_shown:
            self._leave(claim)
            return
        if claim.is_denied:
            if claim.value in (shown or self.known.fields):
                yield self._is(claim, "field-denied", f"{claim.value} was not shown", f"{claim.value} was shown")
            elif claim.value not in self.known.not_shown and not (self.document.told and claim.value in everybody):
                yield self._is(claim, "field-not-looked-for", f"{claim.value} was not shown", "it was not looked for")
        elif claim.value not in shown:
            yield self._is(
                claim, "field-not-shown", f"{claim.value} was shown", f"shown: {', '.join(shown) or 'nothing'}"
            )

    def _actor(self, claim: Claim) -> Iterator[Contradiction]:
        actors = self.known.actors
        if not actors:
            self._leave(claim)
        elif actors == "none":
            yield self._is(claim, "staff-or-technical", _members(claim.value), "no member of staff did it")
        elif claim.value != actors:
            yield self._is(claim, "one-or-several-staff", _members(claim.value), _members(actors))

    def _affected(self, claim: Claim) -> Iterator[Contradiction]:
        story = self.known.story
        if story is None:
            self._leave(claim)
            return
        people = max(story.people_confirmed, story.people_upper or 0)
        if claim.value == "one" and people > 1 and self.document.purpose not in _LETTERS:
            yield self._is(claim, "one-or-several-affected", "one person", f"{story.people_confirmed} people")
        elif claim.value == "several" and people == 1:
            yield self._is(claim, "one-or-several-affected", "several people", "one person")

    def _viewer(self, claim: Claim) -> Iterator[Contradiction]:
        viewers = sum(self.known.viewers_of(self.document).values())
        if not viewers:
            self._leave(claim)
        elif viewers == 1 if claim.value == "several" else 1 not in self.known.viewers_of(self.document).values():
            yield self._is(claim, "one-or-several-viewers", f"{claim.value} of them", f"{viewers} viewers")

    def _audience(self, claim: Claim) -> Iterator[Contradiction]:
        viewers = self.known.viewers_of(self.document)
        if not viewers:
            self._leave(claim)
        elif not viewers.get(claim.value) and not (claim.value == "anonymous" and viewers.get("crawler")):
            who = ", ".join(sorted(kind for kind, count in viewers.items() if count))
            yield self._is(claim, "audience", claim.value, who)

    def _is_bounded(self, claim: Claim) -> bool:
        """Whether the hedge stands beside the upper bound of a number that is not known exactly."""
        story = self.known.story
        if story is None or story.people_upper is None or story.people_upper == story.people_confirmed:
            return False
        return any(
            other.kind is Kind.PEOPLE and other.bound is Bound.MOST and abs(other.start - claim.start) <= 80
            for other in self.said.claims
        )

    def _link(self, claim: Claim) -> Iterator[Contradiction]:
        if not self._is_own(claim.value):
            yield self._is(claim, "foreign-domain", "a link to another domain", "only the company's own")
        if self.document.purpose in _LETTERS:
            yield self._is(claim, "link", "a link", "no link is needed")

    def _domain(self, claim: Claim) -> Iterator[Contradiction]:
        if not self._is_own(claim.value):
            yield self._is(claim, "foreign-domain", "another domain", "only the company's own")

    def _links(self) -> Iterator[Contradiction]:
        for target in self.document.links:
            if not self._is_own(link_domain(target)):
                yield self._without_place(
                    "foreign-domain", "the markup leads to another domain", "only the company's own"
                )
            if self.document.purpose in _LETTERS:
                yield self._without_place("link", "a link in the markup", "no link is needed")

    def _is_own(self, domain: str) -> bool:
        own = [self._letterhead.domain] if self._letterhead else [one.domain for one in self.known.letterheads]
        if not own and not self.known.domains:
            return True  # no letterhead was given: nobody knows what is foreign
        return any(is_within(domain, one) for one in (*own, *self.known.domains))

    def _fields_missing(self) -> Iterator[Contradiction]:
        told = self.document.told
        if self.document.purpose not in (*_TO_ONE, Purpose.STATEMENT, Purpose.REPORT) or (told and told.is_shared):
            return
        named = {claim.value for claim in self.said.claims if claim.kind is Kind.FIELD and not claim.is_denied}
        for field in self.known.shown_of(self.document):
            if field not in named:
                yield self._without_place("field-missing", f"{field} is not named", f"{field} was shown")

    def _names(self) -> Iterator[Contradiction]:
        own = self._letterhead
        if own is None:
            return
        text = fold(self.document.text)
        own_spans = [span for name in (own.name, own.brand) for span in _spans(name, text.text)]
        seen: set[tuple[int, int]] = set()
        for other in self.known.letterheads:
            for name in {other.name, other.brand} - {own.name, own.brand} if other.entity != own.entity else ():
                for start, end in _spans(name, text.text):
                    inside = any(first <= start and end <= last for first, last in own_spans)
                    if not inside and (start, end) not in seen:
                        seen.add((start, end))
                        yield self._at(*text.back(start, end), "other-entity", "another legal entity", own.entity)
        if self.document.purpose in (*_LETTERS, Purpose.STATEMENT) and not list(_spans(own.name, text.text)):
            yield self._without_place("missing-entity", "the legal entity is not named", own.entity)

    def _missing(self) -> Iterator[Contradiction]:
        purpose, said = self.document.purpose, {claim.kind for claim in self.said.claims}
        own = self._letterhead
        text = fold(self.document.text).text
        if purpose in (*_LETTERS, Purpose.STATEMENT):
            has_contact = bool(list(_spans(own.contact, text))) if own else any(
                claim.kind is Kind.CONTACT and claim.value in ("mail", "telephone") for claim in self.said.claims
            )  # fmt: skip
            if not has_contact:
                yield self._without_place("missing-contact", "no contact", "the letterhead's contact")
        if purpose in _TO_ONE:
            names = self.known.authorities.get(self.document.told.authority, ()) if self.document.told else ()
            has_authority = any(list(_spans(name, text)) for name in names) if names else Kind.AUTHORITY in said
            if not has_authority:
                yield self._without_place(
                    "missing-authority", "no authority", "the authority to which a reader may complain"
                )
        if purpose in _LETTERS and not self._has_code(text):
            yield self._without_place("missing-code", "no code", "the code of this message")
        story = self.known.story
        if purpose in (*_TO_ONE, Purpose.STATEMENT) and story is not None and story.next_word_on is not None:
            on = story.next_word_on
            if not any(
                claim.kind in (Kind.DAY, Kind.AGAIN) and on in _readings(claim, [on]) for claim in self.said.claims
            ):
                yield self._without_place("missing-again", "no day of the next word", on.isoformat())

    def _has_code(self, text: str) -> bool:
        if self.document.code:
            return fold(self.document.code).text in text
        return bool(_CODE.search(self.document.text))

    def _leave(self, claim: Claim) -> None:
        line = _line(self.document, claim.start)
        self.unchecked.append(Unchecked(self.document.name, claim.kind, claim.value, claim.start, claim.end, line))

    def _is(self, claim: Claim, rule: str, says: str, other: str) -> Contradiction:
        return self._at(claim.start, claim.end, rule, says, other)

    def _at(self, start: int, end: int, rule: str, says: str, other: str) -> Contradiction:
        line = _line(self.document, start)
        return Contradiction(rule, self.document.name, start, end, line, says, other, self.document.digest)

    def _without_place(self, rule: str, says: str, other: str) -> Contradiction:
        return Contradiction(rule, self.document.name, 0, 0, 0, says, other, self.document.digest)


# Groups of capitals and figures as `code` writes them, or a place kept for one in a template.
_CODE = re.compile(r"(?<![^\W_])(?=[A-Z0-9-]*\d)[A-Z0-9]{3,6}(?:[- ][A-Z0-9]{3,6}){2}(?![^\W_])|\{\{? ?code ?\}?\}")


def _between(first: tuple[Text, Read], second: tuple[Text, Read]) -> Iterator[Contradiction]:
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
        line=_line(here, claim.start),
        says=words.format(_said(claim)),
        other=words.format(_said(other)),
        digest=here.digest,
        other_document=there.name,
        other_start=other.start,
        other_end=other.end,
        other_digest=there.digest,
    )


def _members(count: str) -> str:
    return {"one": "one member of staff", "several": "several members of staff"}[count]


def _said(claim: Claim) -> str:
    if claim.kind is Kind.ACTOR:
        return _members(claim.value)
    if claim.kind is Kind.FIELD:
        return f"{claim.value} was {'not ' if claim.is_denied else ''}shown"
    return {"only-these": "nothing else was shown", "technical": "a technical fault"}.get(claim.value, claim.value)


def _line(document: Text, place: int) -> int:
    return document.text.count("\n", 0, place) + 1


def _minute(moment: datetime) -> str:
    return f"{moment:%H:%M}"


def _readings(claim: Claim, years_of: Sequence[date] = ()) -> set[date]:
    """Return the days that a claim may mean; a day without a year is that of any year in question."""
    found: set[date] = set()
    for said in claim.value.split("|"):
        year, month, day = (int(part) for part in said.split("-"))
        for one in [year] if year else {known.year for known in years_of}:
            try:
                found.add(date(one, month, day))
            except ValueError:
                continue
    return found


def _all_days(claims: Iterable[Claim]) -> set[str]:
    """Month and day of each reading, with the year where it is said."""
    return {part[5:] for claim in claims for part in claim.value.split("|")}


def _between_days(firsts: set[date], lasts: set[date]) -> set[date]:
    if not firsts or not lasts:
        return firsts | lasts
    first, last = min(firsts), max(lasts)
    return {first + timedelta(days=count) for count in range(min((last - first).days, 3660) + 1)}


def _spans(name: str, text: str) -> Iterator[tuple[int, int]]:
    """Yield where a name stands in folded text, as a word of its own."""
    folded = fold(name).text.strip()
    if folded:
        for found in re.finditer(rf"(?<![^\W_]){re.escape(folded)}(?![^\W_])", text):
            yield found.span()
