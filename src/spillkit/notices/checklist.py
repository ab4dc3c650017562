"""Say what a notice lacks, law by law, and what it holds that it should not.

In:    a Document; the rules of law that apply where its reader lives; the list of what makes a notice good (law/data/notice.toml).
Out:   Checked: for each law what is where and what is missing; good points that are missing; words to avoid, links.
Else:  whether numbers and fields are those of the ledger is `lint`; whether a rule is triggered is `law.decide`.

An item that nothing in a notice can hold (credit monitoring, the reasons for a delay) is named as missing, with the words of the
rule beside it: a person decides whether its condition holds, and writes it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import lru_cache

import msgspec

from spillkit.law.books import Books
from spillkit.law.rule import DutyKind, Rule, Status
from spillkit.notices.demands import demands_of
from spillkit.notices.document import Block, BlockKind, Document, Part
from spillkit.notices.lint.vocabulary import avoided_words
from spillkit.notices.told import Kind
from spillkit.notices.wording import Value, ValueKind

MOST_STEPS = 8  # a longer list is not done
_AS_IT_STANDS = frozenset({"ar", "he", "ja", "zh", "ko"})  # words are joined to others, or there are no spaces
_LINK = re.compile(r"\w+://|\bwww\.|\bmailto:|<\s*a\b|<\s*img\b|<\s*form\b", re.IGNORECASE)


class Found(msgspec.Struct, frozen=True):
    """A word or a link that should not be there. The text itself is not quoted: the block is named."""

    language: str
    section: str
    kind: str  # "hedge" | "reassurance" | "slogan" | "word" | "link"
    pattern: str  # of the list, not of the text
    block: int  # in its section, from 0; -1: the title


class Law(msgspec.Struct, frozen=True):
    """What one rule demands, and where it is."""

    rule: str
    jurisdiction: str
    citation: str
    status: Status  # how sure the row of the book is
    where: dict[str, tuple[str, ...]]  # item -> sections, in each part; () where it is missing
    missing: tuple[str, ...]
    forbidden: tuple[str, ...]  # items that it forbids and that are there
    headings_missing: tuple[str, ...]
    by_hand: tuple[str, ...]  # words of the rule that only a person can compare

    @property
    def is_met(self) -> bool:
        """Whether nothing is missing that can be seen here. What is `by_hand` is not seen here."""
        return not (self.missing or self.forbidden or self.headings_missing)


class Checked(msgspec.Struct, frozen=True):
    """What was found in one document."""

    laws: tuple[Law, ...]
    not_good: tuple[str, ...]  # of notice.toml's `good`, those that are missing
    found: tuple[Found, ...]


def check(document: Document, rules: Iterable[tuple[str, Rule]] = ()) -> Checked:
    """Hold a document against laws and against what makes a notice good.

    rules    code of the jurisdiction and rule; those that do not tell people are passed over
    """
    laws = tuple(_law(document, code, rule) for code, rule in rules if rule.duty is DutyKind.TELL_PEOPLE)
    return Checked(laws, tuple(_not_good(document)), tuple(_found(document)))


def rules_of(books: Books, country: str, region: str = "", on: date | None = None) -> tuple[tuple[str, Rule], ...]:
    """Return the rules about telling people where somebody lives, with the code of their book.

    country, region  as `Books.jurisdictions_of` takes them
    on               the day by which a rule is in force; None: all
    """
    return tuple(
        (book.code, rule)
        for book in books.jurisdictions_of(country, region)
        for rule in book.rule
        if rule.duty is DutyKind.TELL_PEOPLE and _in_force(rule, on)
    )


def _in_force(rule: Rule, on: date | None) -> bool:
    return on is None or (rule.in_force_from or on) <= on <= (rule.in_force_to or on)


def _law(document: Document, code: str, rule: Rule) -> Law:
    content = rule.content
    prescribed = demands_of([rule])
    where = {item: _sections_with(document, item) for item in content.items}
    carried = {item for part in document.parts for section in part.sections for item in section.carries}
    unknown = [word for word in content.forbidden if not re.fullmatch(r"[a-z-]+", word)]
    return Law(
        rule=rule.id,
        jurisdiction=code,
        citation=f"{rule.instrument}, {rule.article}",
        status=rule.source.status,
        where=where,
        missing=tuple(item for item, sections in where.items() if not sections),
        forbidden=tuple(item for item in content.forbidden if item in carried),
        headings_missing=_headings_missing(document, prescribed.headings),
        by_hand=tuple(words for words in (content.words, content.form, *unknown) if words),
    )


def _sections_with(document: Document, item: str) -> tuple[str, ...]:
    """Return the sections that hold an item, where every part has one; else none."""
    places: list[str] = []
    for part in document.parts:
        own = [section.id for section in part.sections if item in section.carries]
        if not own:
            return ()
        places += own
    return tuple(dict.fromkeys(places))


def _headings_missing(document: Document, headings: tuple[str, ...]) -> tuple[str, ...]:
    """Return the headings that a part lacks. All of them, where they stand in another order than the law's."""
    missing: list[str] = []
    for part in document.parts:
        own = ["".join(_words(part.title)), *(section.heading for section in part.sections)]
        places = [own.index(heading) for heading in headings if heading in own]
        lacking = [heading for heading in headings if heading not in own]
        missing += lacking or (headings if places != sorted(places) else ())
    return tuple(dict.fromkeys(missing))


# What makes a notice good.

_Check = Callable[[Part], bool]


def _carries(*items: str) -> _Check:
    return lambda part: set(items) <= {item for section in part.sections for item in section.carries}


def _says(*names: str) -> _Check:
    return lambda part: all(any(block.about == name for block in _blocks(part)) for name in names)


def _begins_with_the_fact(part: Part) -> bool:
    return bool(part.sections) and part.sections[0].id == "happened" and "nature" in part.sections[0].carries


def _has_ordered_actions(part: Part) -> bool:
    steps = [block for block in _blocks(part) if block.about.startswith("do.")]
    return 0 < len(steps) <= MOST_STEPS and all(
        block.kind is BlockKind.STEP and block.reason and not block.about.endswith("-why") for block in steps
    )


def _can_be_checked(part: Part) -> bool:
    kinds = {value.kind for block in _blocks(part) if block.kind is BlockKind.SHOWN for value in _values(block)}
    return {ValueKind.PLACE, ValueKind.CODE} <= kinds


def _says_what_is_open(part: Part) -> bool:
    return any(block.about.startswith("unknown.next") for block in _blocks(part))


def _is_its_own_message(part: Part) -> bool:
    """Whether nothing but a notice's own sections is in it: there is no place for news or offers."""
    return all(section.id in _SECTIONS for section in part.sections)


_SECTIONS = frozenset(
    "happened people data seen when means did do ask never check unknown contact authority sender".split()
)
# The points of law/data/notice.toml, `good`, by their words. A test holds that none of them is left out here.
GOOD: dict[str, _Check] = {
    "a message of its own, not with a newsletter": _is_its_own_message,
    "the fact first: was shown, not may have been": _begins_with_the_fact,
    "exactly which of my fields, to whom, from when to when": _carries("kinds-of-data", "recipients", "date"),
    "the honest consequence: expect mails that pretend to be us": _says("means.contact"),
    "a short list of actions, most urgent first, each with its reason": _has_ordered_actions,
    "how to check without clicking that the message is genuine: type the address, message centre inside the account, "
    "reference number": _can_be_checked,
    "one contact that answers, in the languages of the service": _carries("contact"),
    "what is not known yet, and when we write again": _says_what_is_open,
    "the name of the legal entity and of the authority that was told": _says("sender.entity", "did.authority-told"),
}


def _not_good(document: Document) -> Iterator[str]:
    if document.kind not in {Kind.AFFECTED, Kind.CORRECTION}:
        return
    for words, is_good in GOOD.items():
        if not all(is_good(part) for part in document.parts):
            yield words


# Words to avoid.


def found_in(sentence: str, language: str) -> Iterator[tuple[str, str]]:
    """Yield the kind and the pattern of every word of a sentence that is to be avoided in a language.

    >>> list(found_in("Your data may have been seen.", "en"))
    [('hedge', 'may have')]
    """
    folded = _folded(sentence)
    for kind, pattern, expression in _avoided(language):
        if expression.search(folded):
            yield kind, pattern


def _found(document: Document) -> Iterator[Found]:
    for part in document.parts:
        is_statutory = any(section.heading in _STATUTORY for section in part.sections)
        if not is_statutory:
            yield from _found_in_words("".join(_words(part.title)), part.language, "title", -1)
        for section in part.sections:
            for place, block in enumerate(section.blocks):
                text = "".join(_words(block.line)) + " " + "".join(_words(block.reason))
                yield from _found_in_words(text, part.language, section.id, place)


def _found_in_words(text: str, language: str, section: str, place: int) -> Iterator[Found]:
    for kind, pattern in found_in(text, language):
        yield Found(language, section, kind, pattern, place)
    if _LINK.search(text):
        yield Found(language, section, "link", "", place)


# Below them the law's own word may stand.
_STATUTORY = frozenset({"What Information Was Involved"})


@lru_cache(maxsize=64)
def _avoided(language: str) -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    return tuple(
        (kind, pattern, _expression(pattern, language))
        for kind, patterns in avoided_words(language).items()
        for pattern in patterns
    )


def _expression(pattern: str, language: str) -> re.Pattern[str]:
    word = re.escape(_folded(pattern.removesuffix("*")))
    if language in _AS_IT_STANDS:
        return re.compile(word)
    return re.compile(rf"\b{word}" if pattern.endswith("*") else rf"\b{word}\b")


def _folded(text: str) -> str:
    """Return text as it is searched: one form of each letter, small, without marks that are not seen, one space."""
    # `printable` leaves U+FFFD where a mark was that is not seen.
    seen = "".join(c for c in unicodedata.normalize("NFKC", text) if c != "\ufffd" and unicodedata.category(c) != "Cf")
    return " ".join(seen.replace("’", "'").casefold().split())


def _blocks(part: Part) -> Iterator[Block]:
    for section in part.sections:
        yield from section.blocks


def _values(block: Block) -> Iterator[Value]:
    return (part for part in (*block.line, *block.reason) if isinstance(part, Value))


def _words(line: Iterable[str | Value]) -> Iterator[str]:
    """Yield what the catalogue and the company say; values that are names, codes or numbers are nobody's words."""
    for part in line:
        if isinstance(part, str):
            yield part
        elif part.kind is ValueKind.FREE:
            yield part.text
