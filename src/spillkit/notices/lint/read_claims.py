"""Read what a text says: numbers, days, fields, who did it, promises, hedges.

In:    a Text.
Out:   Claims with their places; which language each paragraph was read in.
Else:  the words are `vocabulary`; what is true is `facts_of`; what contradicts is `compare`.

Precise first: where words could mean two things, nothing is claimed. tests/notices/labelled.toml holds how often that is right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

import msgspec

from spillkit.notices.lint.claims import Bound, Claim, Kind, Text
from spillkit.notices.lint.days import Day, Moment, days, moments
from spillkit.notices.lint.folded import Folded, fold, fold_lines
from spillkit.notices.lint.numbers import Number, numbers
from spillkit.notices.lint.places import places
from spillkit.notices.lint.sentences import Block, blocks
from spillkit.notices.lint.vocabulary import ENDINGS, LANGUAGES, UNBROKEN, Vocabulary, common_words, read_vocabulary

_ARTICLE = re.compile(r"(?: (?:the|le|la|il|el|den|dem|am|o|em|dia|dnia|op|um|at|on|a|les|kl\.?))+ ?$")
_FEW_CHARACTERS = 60  # a heading, an entry of a list
_CLEARLY = 2  # common words
_MOST_REMEMBERED = 20_000  # blocks
_TURNING_LATE = frozenset({"de", "nl", "sv"})  # "Ihre Telefonnummer aber nicht"
_ZONE = re.compile(r"\b(?:utc|gmt|cest|cet|est|edt|pst|pdt|jst|kst|uhr|o'clock)\b")


@dataclass(frozen=True, slots=True)
class Read:
    """What a document says."""

    claims: tuple[Claim, ...]
    languages: tuple[str, ...]  # in which it was read
    unread: tuple[tuple[int, int], ...]  # paragraphs whose language nobody could tell


class Remembered:
    """Blocks that were read before, so that a mailing of a thousand like texts is read once.

    It holds their words. Make one for one run, and let it go with it.
    """

    def __init__(self) -> None:
        self.folded = lru_cache(maxsize=20_000)(fold)
        self._lines = lru_cache(maxsize=20_000)(fold)
        self._said: dict[tuple[str, str, bool, str, bool], tuple[Claim, ...]] = {}

    def whole(self, text: str) -> Folded:
        """Return a whole text, folded."""
        return fold_lines(text, self._lines)

    def of_block(self, block: Block, language: str, *, goes_on: bool) -> tuple[Claim, ...]:
        """Return what a block says, with places counted from its start."""
        key = (block.raw, block.lead, block.is_item, language, goes_on)
        said = self._said.get(key)
        if said is None:
            said = self._said[key] = tuple(_of_block(block, read_vocabulary(language), goes_on=goes_on))
            if len(self._said) > _MOST_REMEMBERED:
                del self._said[next(iter(self._said))]
        return said


def read_claims(document: Text, remembered: Remembered | None = None) -> Read:
    """Return everything that a document says, as far as the vocabularies reach. What its structure says goes with it.

    remembered  blocks of texts before it; None: there is no other
    """
    remembered = remembered or Remembered()
    found: list[Claim] = [*document.typed]
    spoken: dict[str, None] = {}
    unread: list[tuple[int, int]] = []
    known = tuple(language for tag in document.languages if (language := base_language(tag)))
    pieces = blocks(document.text, remembered.folded)
    whole = known[0] if len(known) == 1 else _guess(" ".join(block.folded.text for block in pieces), known or LANGUAGES)
    if known and not whole and any(common_words(one).search(block.folded.text) for one in known for block in pieces):
        whole = known[0]  # as much of one as of another
    counts_people = False
    before = ""
    for block in pieces:
        guessed = whole if len(known) == 1 else _guess(block.folded.text, known or LANGUAGES, before)
        language = before = guessed or before or whole
        if not language:
            first, last = block.folded.back(0, len(block.folded.text))
            unread.append((block.start + first, block.start + last))
            continue
        spoken.setdefault(language)
        of_block = [
            msgspec.structs.replace(claim, start=block.start + claim.start, end=block.start + claim.end)
            for claim in remembered.of_block(block, language, goes_on=counts_people)
        ]
        counts_people = any(claim.kind is Kind.PEOPLE for claim in of_block)
        found += of_block
    found += _of_places(document)
    return Read(
        tuple(sorted(set(found), key=lambda claim: (claim.start, claim.end, claim.kind))), tuple(spoken), tuple(unread)
    )


def base_language(tag: str) -> str:
    """Return the language of a tag that we have words for; "" if it is none.

    >>> base_language("pt-BR"), base_language("zh_Hant"), base_language("fi")
    ('pt', 'zh', '')
    """
    language = re.split(r"[-_]", tag.lower(), maxsplit=1)[0]
    language = {"iw": "he"}.get(language, language)
    return language if language in LANGUAGES else ""


def _guess(text: str, among: tuple[str, ...], before: str = "") -> str:
    """Return the language whose common words occur most; "" where none leads.

    before  of the words before these: a few words are in the same one, unless they clearly are not
    """
    if re.search(r"[\u3041-\u30ff]", text) and "ja" in among:
        return "ja"
    best = sorted(((len(common_words(one).findall(text)), one) for one in among), reverse=True)
    if not best or best[0][0] == 0 or (len(best) > 1 and best[0][0] == best[1][0]):
        return ""
    if (
        before
        and len(text) <= _FEW_CHARACTERS
        and best[0][0] - next((count for count, one in best if one == before), 0) < _CLEARLY
    ):
        return before
    return best[0][1]


def _of_block(block: Block, words: Vocabulary, *, goes_on: bool) -> Iterator[Claim]:
    """Yield what a block says.

    goes_on  what stands before it counted people: "At most 1,310." goes on counting them
    """
    for start, end in block.sentences():
        claims = list(_Sentence(block, start, end, words, goes_on=goes_on).claims())
        goes_on = any(claim.kind is Kind.PEOPLE for claim in claims)
        yield from claims


class _Sentence:
    """One sentence, read in one language."""

    def __init__(self, block: Block, start: int, end: int, words: Vocabulary, *, goes_on: bool) -> None:
        self.goes_on = goes_on
        self.words = words
        self.text = block.folded.text[start:end]
        self.lead = block.lead
        # A few words of a list, and no sentence.
        self.is_entry = (
            block.is_item and len(block.folded.text) <= 60 and not self.text.rstrip().endswith((".", ":", "。", "："))
        )
        self.is_item = block.is_item or bool(block.lead)
        self._folded: Folded = block.folded
        self._offset = start

    def claims(self) -> Iterator[Claim]:
        yield from self._words()
        yield from self._numbers()
        yield from self._times()
        yield from self._fields()
        yield from self._people()

    def claim(self, kind: Kind, value: str, start: int, end: int, **more: object) -> Claim:
        first, last = self._folded.back(self._offset + start, self._offset + end)
        return Claim(kind, value, first, last, **more)  # type: ignore[arg-type]

    def has(self, group: str, name: str) -> bool:
        return bool(self.words.of(group, name).search(self.text))

    @cached_property
    def is_about_showing(self) -> bool:
        lead = any(self.words.of("cue", name).search(self.lead) for name in ("shown", "who"))
        return lead or self.has("cue", "shown")

    def _words(self) -> Iterator[Claim]:
        # Headings that a law prescribes are English whatever the language of the notice.
        official = [
            found.span()
            for words in (self.words, read_vocabulary("en"))
            for found in words.of("word", "official").finditer(self.text)
        ]
        for name, pattern in self.words.group("word").items():
            for found in pattern.finditer(self.text) if name != "official" else ():
                if not any(start <= found.start() and found.end() <= end for start, end in official):
                    yield self.claim(Kind.WORD, name, *found.span())
        for found in self.words.of("empty", "any").finditer(self.text):
            yield self.claim(Kind.EMPTY, "empty", *found.span())
        # What others might do with the data is not known to anybody; that it was shown is.
        if self.is_about_showing and not self.has("cue", "aside"):
            for found in self.words.of("hedge", "any").finditer(self.text):
                yield self.claim(Kind.HEDGE, "hedge", *found.span())
        for name, pattern in self.words.group("promise").items():
            for found in pattern.finditer(self.text) if self._may_promise(name) else ():
                if not self._is_undone:
                    yield self.claim(Kind.PROMISE, name, *found.span())
        for name, pattern in self.words.group("done").items():
            for found in pattern.finditer(self.text):
                if not self._is_undone:
                    yield self.claim(Kind.DONE, name, *found.span())
        for name, kind in (("authority", Kind.AUTHORITY), ("contact", Kind.CONTACT), ("code", Kind.CODE)):
            for found in self.words.of("item", name).finditer(self.text):
                yield self.claim(kind, name, *found.span())

    def _may_promise(self, name: str) -> bool:
        """Whether words that sound like a promise are one: "it asks for nothing else" and "no need to click" are none."""
        if name == "only-these":
            return self.is_about_showing and not self.has("cue", "aside")
        return name != "no-action" or not self.has("cue", "click")

    @property
    def _is_undone(self) -> bool:
        """Whether the sentence says that something is not so yet, or is only asked or planned."""
        return self.has("cue", "undone")

    def _numbers(self) -> Iterator[Claim]:
        nouns = self.words.of("people", "nouns")
        staff = [
            *self.words.of("actor", "one").finditer(self.text),
            *self.words.of("actor", "several").finditer(self.text),
        ]
        for number in self._counts:
            if any(found.start() < number.end and number.begin < found.end() for found in staff):
                continue
            counted = self._counted(number, nouns)
            if counted is None and self.goes_on and number.bound is not Bound.EXACT and self._ends_with(number):
                counted = Kind.PEOPLE, number.end
            if counted is None:
                continue
            kind, end = counted
            value = "" if number.value is None else str(number.value)
            bound = number.bound
            if bound is Bound.EXACT and self.words.of("bound", "most").match(self.text[end:].lstrip()):
                bound = Bound.MOST
            yield self.claim(kind, value, number.start, end, bound=bound)

    def _ends_with(self, number: Number) -> bool:
        """Whether a short sentence ends with a number, but for one word: "There are at most 1,310." """
        rest = self.text[number.end :].strip(" .。!")
        return len(self.text) <= 60 and len(rest.split()) <= 1 and not self.words.unit.match(rest)

    @cached_property
    def _counts(self) -> list[Number]:
        """The numbers that are no part of a day or a time of day."""
        times = [
            *((day.start, day.end) for day in self._days),
            *((moment.start, moment.end) for moment in self._moments),
        ]
        return [
            number
            for number in numbers(self.text, self.words)
            if not any(start < number.end and number.begin < end for start, end in times)
        ]

    @cached_property
    def _days(self) -> list[Day]:
        return days(self.text, self.words)

    @cached_property
    def _moments(self) -> list[Moment]:
        return list(moments(self.text))

    def _counted(self, number: Number, nouns: re.Pattern[str]) -> tuple[Kind, int] | None:
        """Which people a number counts, and where the words end; None where it counts something else."""
        text, language = self.text, self.words.language
        counter = self.words.of("people", "counters").match(
            text, number.end + (text[number.end : number.end + 1] == " ")
        )
        after = text[number.end : number.end + 48]
        noun = nouns.search(after)
        between = after[: noun.start()] if noun else ""
        is_near = noun is not None and not re.search(r"[.,;:!?()\d。、]", between) and len(between.split()) <= 2
        if noun and is_near and self.words.number_word.search(between):
            is_near = False
        if counter:
            end = counter.end()
        elif noun and is_near:
            end = number.end + noun.end()
        else:
            labelled = re.search(r"(?:^|[.;] ?)([^.;:]*): ?$", text[: number.start])
            rest = text[number.end :].strip(" .。")
            if not labelled or rest or not nouns.search(labelled[1]):
                return None
            return Kind.PEOPLE, number.end
        if language in (*UNBROKEN, *ENDINGS) or language == "tr":
            is_viewer = bool(self.words.of("people", "toward_after").match(text[end : end + 14].lstrip()))
        else:
            is_viewer = bool(re.search(r"(?:^| )$", text[: number.start])) and any(
                not text[found.end() : number.start].strip()
                for found in self.words.of("people", "toward").finditer(text[: number.start])
            )
            is_viewer |= bool(self.words.of("people", "toward_after").match(text[end : end + 24].lstrip()))
        is_viewer |= bool(self.words.of("people", "other").search(text[number.end : end + 12]))
        is_viewer |= any(
            not text[found.end() : number.start].strip()
            for found in self.words.of("people", "other").finditer(text[: number.start])
        )
        is_viewer |= self.is_item and bool(self.words.of("cue", "who").search(self.lead))
        if any(
            found.start() < end and number.begin < found.end()
            for found in self.words.of("affected", "several").finditer(self.text)
        ):
            is_viewer = False
        return (Kind.VIEWERS if is_viewer else Kind.PEOPLE), end

    def _times(self) -> Iterator[Claim]:
        named = self._days
        is_known, is_again = self._is_alone("known"), self._is_alone("again")
        roles: list[str] = []
        for day in named:
            roles.append(self._role(day.start, day.end, has_first="from" in roles))
        if not (self.is_about_showing or self.has("cue", "lasted") or {"from", "until"} <= set(roles)):
            roles = [""] * len(roles)  # "we test until 22 November" is no end of the incident
        for day, role in zip(named, roles, strict=True):
            if is_again:
                said = "again"
            elif not role and is_known and len(named) == 1:
                said = "known"
            else:
                said = role
            value = "|".join(f"{year:04d}-{month:02d}-{number:02d}" for year, month, number in day.readings)
            yield self.claim(Kind.AGAIN if said == "again" else Kind.DAY, value, day.start, day.end, role=said)
        has_first = "from" in roles
        is_when = (bool(named) or bool(_ZONE.search(self.text)) or self.is_about_showing) and not self.has(
            "cue", "contact"
        )
        for moment in self._moments if is_when else ():
            if any(day.start < moment.end and moment.start < day.end for day in named):
                continue
            role = self._role(moment.start, moment.end, has_first=has_first)
            has_first = has_first or role == "from"
            yield self.claim(Kind.MOMENT, f"{moment.hour:02d}:{moment.minute:02d}", moment.start, moment.end, role=role)
        yield from self._lengths()

    def _is_alone(self, cue: str) -> bool:
        """Whether a cue is there, and nothing beside it is about showing."""
        spans = [found.span() for found in self.words.of("cue", cue).finditer(self.text)]
        shown = self.words.of("cue", "shown").finditer(self.text)
        return bool(spans) and all(any(start <= one.start() < end for start, end in spans) for one in shown)

    def _lengths(self) -> Iterator[Claim]:
        if not self.is_about_showing and not self.has("cue", "lasted"):
            return
        for number in self._counts:
            begin = number.end + (self.text[number.end : number.end + 1] == " ")
            unit = self.words.unit.match(self.text, begin)
            if not unit or unit[0] not in self.words.units:
                continue
            if self.words.language in ENDINGS and unit[0] == "분" and not self.text[number.begin].isdigit():
                continue  # "한 분" is one person, said politely
            before = self.text[max(0, number.start - 24) : number.start]
            after = self.text[unit.end() : unit.end() + 12]
            if any(not before[found.end() :].strip() for found in self.words.of("cue", "within").finditer(before)):
                continue
            if self.words.of("cue", "within_after").match(after.lstrip()):
                continue
            value = "" if number.value is None else str(number.value)
            yield self.claim(
                Kind.DURATION, value, number.start, unit.end(), bound=number.bound, unit_s=self.words.units[unit[0]]
            )

    def _role(self, start: int, end: int, *, has_first: bool) -> str:
        """Whether a time is the first or the last: the word right before it, or right after it, says so.

        has_first  a first time stands before: then words as "and" and "to" are enough to make this one the last
        """
        before, after = self.text[max(0, start - 24) : start], self.text[end : end + 24].lstrip()
        short = _ARTICLE.sub(" ", before)
        for role, names in (("from", ("from",)), ("until", ("until", "until_weak") if has_first else ("until",))):
            for name in names:
                pattern = self.words.of("cue", name)
                if any(not text[found.end() :].strip() for text in (before, short) for found in pattern.finditer(text)):
                    return role
            if self.words.of("cue", f"{role}_after").match(after):
                return role
        if re.match(r"-\d", after):
            return "from"
        return "until" if has_first and before.endswith("-") else ""

    def _fields(self) -> Iterator[Claim]:
        is_lead = bool(self.words.of("cue", "shown").search(self.lead))
        is_list_of_viewers = self.is_item and bool(self.words.of("cue", "who").search(self.lead))
        is_aside = self.has("cue", "aside") and not (is_lead and self.is_entry)
        if is_list_of_viewers or is_aside or not (is_lead or self.has("cue", "shown")):
            return
        spans = self._field_spans()
        if not spans:
            return
        lead_denied = bool(
            self.words.of("cue", "denied").search(self.lead) or self.words.of("cue", "none").search(self.lead)
        )
        state: str | None = ("denied" if lead_denied else "shown") if is_lead else None
        waiting: list[tuple[str, int, int]] = []
        for first, last in self._clauses():
            inside = [span for span in spans if first <= span[1] < last]
            onward = [found.start() for found in self.words.of("cue", "none").finditer(self.text, first, last)]
            denied = [found.span() for found in self.words.of("cue", "denied").finditer(self.text, first, last)]
            shown = [
                found.start()
                for found in self.words.of("cue", "shown").finditer(self.text, first, last)
                if not any(start <= found.start() < end for start, end in denied)
            ]
            if not (onward or denied or shown) and state is None:
                waiting += inside  # "Your name and e-mail address, … were shown": the verb comes later
                continue
            if onward and not (denied or shown or state or self.has("cue", "shown")):
                continue
            for kind, start, end in [*waiting, *inside]:
                is_denied = _is_denied(start, onward, denied, shown, inherited=state == "denied")
                yield self.claim(Kind.FIELD, kind, start, end, is_denied=is_denied)
            waiting = []
            if onward or denied or shown:
                state = "shown" if shown and not denied and not onward else "denied" if not shown else state or "shown"

    def _clauses(self) -> list[tuple[int, int]]:
        """Return where the sentence turns: at a "but", or at the comma before what the "but" is said of."""
        text, shown = self.text, self.words.of("cue", "shown")
        cuts = {0, len(text), *(found.start() for found in re.finditer(";", text))}
        for found in self.words.of("cue", "but").finditer(text):
            comma = text.rfind(", ", 0, found.start())
            turns_late = (
                comma > 0 and text[comma + 2 : found.start()].strip() and not shown.search(text, comma, found.start())
            )
            cuts.add(comma if turns_late and self.words.language in _TURNING_LATE else found.start())
        ordered = sorted(cuts)
        return list(pairwise(ordered))

    def _field_spans(self) -> list[tuple[str, int, int]]:
        found = [
            (name, *match.span())
            for name, pattern in self.words.group("field").items()
            for match in pattern.finditer(self.text)
        ]
        if self.is_item:
            found += [
                (name, *match.span())
                for name, pattern in self.words.group("bare").items()
                for match in pattern.finditer(self.text)
            ]
        kept: list[tuple[str, int, int]] = []
        for span in sorted(found, key=lambda one: (one[1] - one[2], one[1])):
            if not any(span[1] < other[2] and other[1] < span[2] for other in kept):
                kept.append(span)
        return sorted(kept, key=lambda one: one[1])

    def _people(self) -> Iterator[Claim]:
        if self.has("actor", "act") and not self.has("actor", "guard"):
            yield from self._one_or_several(Kind.ACTOR, "actor")
        for found in self.words.of("cause", "technical").finditer(self.text):
            if not self._is_undone:
                yield self.claim(Kind.CAUSE, "technical", *found.span())
        if self.is_about_showing and not self.has("cue", "aside"):
            yield from self._one_or_several(Kind.AFFECTED, "affected")
            yield from self._one_or_several(Kind.VIEWER, "viewer")
            for name, pattern in self.words.group("audience").items():
                for found in pattern.finditer(self.text):
                    yield self.claim(Kind.AUDIENCE, name, *found.span())

    def _one_or_several(self, kind: Kind, group: str) -> Iterator[Claim]:
        several = [found.span() for found in self.words.of(group, "several").finditer(self.text)]
        one = [found.span() for found in self.words.of(group, "one").finditer(self.text)]
        for span in several:
            if not any(start <= span[0] and span[1] <= end and (start, end) != span for start, end in one):
                yield self.claim(kind, "several", *span)
        for span in one:
            # "100 other customer", as Arabic and Turkish write it: the number says how many, the noun does not.
            if any(
                count.value != 1 and not self.text[count.end : span[0]].strip()
                for count in self._counts
                if count.end <= span[0]
            ):
                continue
            if not any(start < span[1] and span[0] < end and end - start > span[1] - span[0] for start, end in several):
                yield self.claim(kind, "one", *span)


def _is_denied(
    start: int, onward: list[int], denied: list[tuple[int, int]], shown: list[int], *, inherited: bool
) -> bool:
    """Whether a field at this place is said not to have been shown."""
    before = [place for place in onward if place < start]
    if before:
        return True
    for first, last in denied:
        if start < first and not any(start < place < first for place in shown):
            return True  # "your phone number was not shown"
        if start >= last and not any(last <= place < start for place in shown):
            return True  # "we did not show your phone number"
    return inherited and not shown


def _of_places(document: Text) -> Iterator[Claim]:
    for place in places(document.text):
        match place.kind:
            case "link":
                yield Claim(Kind.LINK, place.domain, place.start, place.end)
            case "mail":
                yield Claim(Kind.DOMAIN, place.domain, place.start, place.end)
                yield Claim(Kind.CONTACT, "mail", place.start, place.end)
            case "domain":
                yield Claim(Kind.DOMAIN, place.domain, place.start, place.end)
            case _:
                yield Claim(Kind.CONTACT, "telephone", place.start, place.end)


__all__ = ["Bound", "Read", "base_language", "read_claims"]
