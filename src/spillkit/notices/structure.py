"""Say what a notice consists of, and in which order: the same for every language and every page.

In:    Told, Story, Letterhead, a code, what is read of the person while the text is made, and what a law prescribes.
Out:   Document: sections of lines in which every value is marked as what it is, with the items of law that each section holds.
Else:  the words are `wording` and `texts/`; a mail's text and HTML are `render`; whether all is there is `checklist`.

The order follows the advice of Zou, Danino, Sun and Schaub, CHI 2019 (doi 10.1145/3290605.3300424): the fact first, then which
data, who saw it and what to do, in order and each with its reason. No value of a person's data is ever in a notice, only which
fields they are: who reads somebody else's mail learns none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime

import msgspec

from spillkit.errors import WordingError
from spillkit.notices.complaint import WITHOUT_AUTHORITY
from spillkit.notices.demands import NO_DEMANDS, Added, Demands
from spillkit.notices.document import Block, BlockKind, Document, Part, Section
from spillkit.notices.headings import under_headings
from spillkit.notices.letterhead import Letterhead
from spillkit.notices.reader import NOBODY, Reader, printed_name
from spillkit.notices.story import Done, Nature, Story
from spillkit.notices.told import Kind, Told
from spillkit.notices.wording import (
    Catalogue,
    Line,
    Value,
    ValueKind,
    catalogue,
    language_of,
    likelier_first,
)
from spillkit.printed import printable

_HOST = re.compile(r"[^\W_](?:[\w-]*[^\W_])?(?:\.[^\W_](?:[\w-]*[^\W_])?)*")
_ACCESS = frozenset({"session", "token"})
_ACCOUNT = frozenset({"customer-id", "order", "document", "device"})
# What was done that says nothing of what happened: all that may stand where a law forbids its description.
_DONE_WITHOUT_NATURE = frozenset({Done.AUTHORITY_TOLD, Done.POLICE_TOLD, Done.SESSIONS_ENDED})
_SAYS_THE_CAUSE = frozenset({Nature.SENT_TO_CUSTOMERS, Nature.PASSED_ON_BY_ONE, Nature.PASSED_ON_BY_SEVERAL})


def write_notice(
    told: Told,
    story: Story,
    letterhead: Letterhead,
    code: str,
    reader: Reader = NOBODY,
    *,
    demands: Demands = NO_DEMANDS,
    authority: str = "",
    written_on: date | None = None,
    on_paper: bool = False,
) -> Document:
    """Write what one person is told.

    code        as the reader types it, in its groups
    demands     of the laws where he lives
    authority   official name of the authority to which he may complain; "": not known
    written_on  the day that stands on a letter, or where a law demands it
    on_paper    a letter: with the postal address as its head, and without what is true of mail only
    Raises      WordingError where a language has no catalogue, what is not known yet is said in other languages only, or the
                letterhead sends readers to another domain than the company's own
    """
    refuse_other_domains(story, letterhead)
    if not company_words(code):
        raise WordingError("A notice has no code, so nobody could check it. Nothing was written.")
    parts = tuple(
        _Writer(catalogue(language), told, story, letterhead, code, reader, demands, authority, on_paper).part(
            written_on
        )
        for language in languages_of(told)
    )
    return Document(told.kind, parts, tuple(company_words(line) for line in letterhead.postal) if on_paper else ())


def write_statement(
    story: Story, letterhead: Letterhead, languages: tuple[str, ...], fields: tuple[str, ...], *, on: date | None = None
) -> Document:
    """Write what the public is told: no person, no code.

    fields  labels of all fields that were shown of anybody
    on      the day of the statement
    Raises  WordingError as `write_notice`
    """
    refuse_other_domains(story, letterhead)
    nobody = Told("", (), Kind.AFFECTED, letterhead.entity, "", languages, fields, story.first_at, story.last_at, ())
    parts = tuple(
        _Writer(catalogue(_known(tag)), nobody, story, letterhead, "", NOBODY, NO_DEMANDS, "", False).statement(on)
        for tag in languages
    )
    return Document(None, parts)


def refuse_other_domains(story: Story, letterhead: Letterhead) -> None:
    """Refuse a letterhead by which a genuine notice would look like a false one, or answer nobody.

    Raises  WordingError that names the setting: every place that a reader types, and the sender, must be on the company's own
            domain or below it; a name and a contact must be there
    Source  ESET WeLiveSecurity, 17 April 2026 (law/data/notice.toml): false notices ride on real ones
    """
    domain = letterhead.domain.lower()
    if not _HOST.fullmatch(domain):
        raise WordingError("letterhead, domain: not a domain as customers type it. Write one like example.org.")
    for setting, host in (
        ("letterhead, check_at", letterhead.check_at.partition("/")[0]),
        ("letterhead, sender", letterhead.sender.rpartition("@")[2]),
        ("story, stated_at", story.stated_at.partition("/")[0] or domain),
    ):
        if host.lower() != domain and not host.lower().endswith(f".{domain}"):
            raise WordingError(
                "{setting}: not on the domain of the letterhead. Readers are never sent elsewhere.", setting=setting
            )
    for setting, text in (("name", letterhead.name), ("contact", letterhead.contact)):
        if not company_words(text):
            raise WordingError(
                "letterhead, {setting}: empty. Readers must know who writes and who answers.", setting=setting
            )


def languages_of(told: Told) -> tuple[str, ...]:
    """Return the catalogues in which somebody is told: one, or two with the one first that is likelier in his country.

    Raises   WordingError if there is none for a tag, or no tag at all
    """
    languages = tuple(dict.fromkeys(_known(tag) for tag in told.languages))[:2]
    if not languages:
        raise WordingError("A notice has no language. Give the languages of the service in the letterhead.")
    return likelier_first(languages, told.country) if len(languages) > 1 else languages


def _known(tag: str) -> str:
    language = language_of(tag)
    if not language:
        catalogue(language)  # says which there are
    return language


def company_words(text: str) -> str:
    """Return words of the company on one line, without anything that drives or hides."""
    return printable(" ".join(text.split()))


class _Writer:
    """Writes one part. Sections that have nothing to say are left out."""

    def __init__(
        self,
        words: Catalogue,
        told: Told,
        story: Story,
        letterhead: Letterhead,
        code: str,
        reader: Reader,
        demands: Demands,
        authority: str,
        on_paper: bool,
    ) -> None:
        self.words, self.told, self.story, self.letterhead = words, told, story, letterhead
        self.code, self.reader, self.demands, self.on_paper = code, reader, demands, on_paper
        self.fields = () if told.is_shared else told.fields
        self.is_withheld = "nature" in demands.withheld
        self.authority = company_words(authority)
        self.brand = _company(letterhead.brand or letterhead.name)

    def part(self, written_on: date | None) -> Part:
        sections = tuple(self._with_added(section) for section in self._sections() if section is not None)
        title = self._title()
        if self.demands.headings and self._tells_of_harm():
            sections, title = under_headings(sections, self.demands.headings, self.words.language)
        day = self.words.day(written_on) if written_on else None
        return Part(self.words.language, title, self._salutation(), sections, day)

    def _with_added(self, section: Section) -> Section:
        own = [added for added in self.demands.added if added.section == section.id]
        if not own or not self._tells_of_harm():
            return section
        blocks = [
            Block(BlockKind.PARAGRAPH, (Value(ValueKind.FREE, self._added(added)),), about=f"added.{added.item}")
            for added in own
        ]
        carries = tuple(dict.fromkeys((*section.carries, *(added.item for added in own))))
        return msgspec.structs.replace(section, blocks=(*section.blocks, *blocks), carries=carries)

    def _added(self, added: Added) -> str:
        said = {language_of(tag): sentence for tag, sentence in added.sentences.items()}
        if self.words.language not in said:
            raise WordingError(
                "What a law wants said of “{item}” is not written in {language}. Add it in that language.",
                item=added.item,
                language=self.words.language,
            )
        return company_words(said[self.words.language])

    def statement(self, on: date | None) -> Part:
        sections = (
            self._section("happened", self._nature(), self._nature_carries()),
            self._section("people", self._people(), ("number-people",)),
            self._section("data", self._fields("data.of-customers"), ("kinds-of-data",), "data-of-customers"),
            self._when(),
            self._means(),
            self._did(),
            self._section("do", self._steps(("wary", "type", "tell")), ("advice",)),
            self._section("never", [self._paragraph("never.secrets")]),
            self._unknown("unknown.next-public"),
            self._contact(),
            self._sender(),
        )
        title = self.words.say("title.statement", brand=self.brand)
        shown = tuple(section for section in sections if section is not None)
        return Part(self.words.language, title, (), shown, self.words.day(on) if on else None)

    def _sections(self) -> Iterator[Section | None]:
        kind = self.told.kind
        yield self._happened()
        if self._tells_of_harm():
            yield self._data()
            if not self.told.is_shared:
                yield self._seen()
                yield self._when()
            yield self._means()
            yield self._did()
            yield self._do()
        elif kind is Kind.UNINTENDED_VIEWER:
            if self.told.first_at or self.told.last_at:
                yield self._when()
            yield self._ask()
        yield self._never()
        yield self._check()
        if kind is not Kind.UNINTENDED_VIEWER:
            yield self._unknown("unknown.next")
        yield self._contact()
        if self._tells_of_harm():
            yield self._authority()
        yield self._sender()

    def _tells_of_harm(self) -> bool:
        return self.told.kind in {Kind.AFFECTED, Kind.CORRECTION}

    def _title(self) -> Line:
        is_neutral = self.told.kind is Kind.AFFECTED and self.is_withheld
        return self.words.say("title.withheld" if is_neutral else f"title.{self.told.kind.value}", brand=self.brand)

    def _salutation(self) -> Line:
        name = "" if self.told.is_shared else printed_name(self.reader.name)
        if not name:
            return self.words.say("salutation.plain")
        return self.words.say("salutation.named", name=Value(ValueKind.PERSON, name, slot="name"))

    # What happened, to whom, when.

    def _happened(self) -> Section | None:
        kind, blocks, carries = self.told.kind, [], self._nature_carries()
        if kind is Kind.CORRECTION:
            blocks.append(self._paragraph("happened.correction"))
        if kind is Kind.UNINTENDED_VIEWER:
            blocks.append(self._paragraph("happened.viewer"))
        if self.is_withheld:
            blocks.append(self._paragraph("happened.withheld"))
            carries = ()
        else:
            blocks += self._nature()
        if kind is Kind.UNAFFECTED:
            blocks.append(self._paragraph("happened.unaffected"))
        if self._tells_of_harm():
            if not self.is_withheld and not self.told.is_shared:
                blocks.append(self._paragraph("happened.yours"))
            people = self._people()
            blocks += people
            carries += ("number-people",) if people else ()
        return self._section("happened", blocks, carries)

    def _nature(self) -> list[Block]:
        noticed = self.words.say("happened.noticed", day=self.words.day(self.story.known_on))
        nature = self._paragraph(f"happened.{self.story.nature.value}")
        return [nature, Block(BlockKind.PARAGRAPH, noticed, about="happened.noticed")]

    def _nature_carries(self) -> tuple[str, ...]:
        says_cause = self.story.nature in _SAYS_THE_CAUSE
        return ("nature", "date-found", "categories-people", *(("cause",) if says_cause else ()))

    def _people(self) -> list[Block]:
        story = self.story
        if self.is_withheld or "number-residents" in self.demands.withheld or story.people_confirmed < 1:
            return []
        blocks = [self._counted("people.confirmed", story.people_confirmed)]
        if story.people_upper is None:
            blocks.append(self._paragraph("people.open"))
        elif story.people_upper > story.people_confirmed:
            blocks.append(self._counted("people.upper", story.people_upper))
        return blocks

    def _data(self) -> Section | None:
        if self.told.is_shared:
            return self._section("data", [self._paragraph("happened.shared")])
        if not self.fields:
            return self._section("data", [self._paragraph("data.ask")])
        return self._section("data", self._fields("data.yours"), ("kinds-of-data", "categories-records"))

    def _fields(self, intro: str) -> list[Block]:
        items = [
            Block(BlockKind.ITEM, (self.words.words(f"field.{label}", label),), about=f"field.{label}")
            for label in self.fields
        ]
        return [self._paragraph(intro), *items] if items else []

    def _seen(self) -> Section | None:
        if self.is_withheld:
            return None
        items = [self._viewer(kind, count) for kind, count in self.told.viewers if count > 0]
        if not items:
            return self._section("seen", [self._paragraph("seen.not-known")])
        return self._section("seen", items, ("recipients", "intruder"))

    def _viewer(self, kind: str, count: int) -> Block:
        name = f"seen.{kind}"
        if self.words.is_plural(name):
            line = self.words.several(name, self.words.number(count, slot=f"viewers {kind}"))
        else:
            line = (self.words.words(name, self.words.words("seen.unknown")),)
        return Block(BlockKind.ITEM, line, about=name)

    def _when(self) -> Section | None:
        first, last = self.told.first_at, self.told.last_at
        zone = self.story.zone
        if first and last and _minute(first) == _minute(last):
            lines = [self.words.say("when.once", moment=self.words.moment(first, zone, "first"))]
        else:
            lines = [
                self.words.say("when.first", moment=self._moment(first, "first")),
                self.words.say("when.last", moment=self._moment(last, "last")),
            ]
        blocks = [Block(BlockKind.ITEM, line, about="when") for line in lines]
        if first or last:
            named = self.words.say("when.zone", zone=self.words.zone(zone))
            blocks.append(Block(BlockKind.ITEM, named, about="when.zone"))
        return self._section("when", blocks, ("date",) if first or last else ())

    def _moment(self, at: datetime | None, slot: str) -> Value:
        if at is None:
            return Value(ValueKind.FREE, self.words.words("when.not-known"))
        return self.words.moment(at, self.story.zone, slot)

    # What it means, what was done, what to do.

    def _means(self) -> Section | None:
        fields = set(self.fields)
        if self.is_withheld:  # The others say who has the data by now, and so what happened.
            return self._section("means", [self._paragraph("means.contact")], ("consequences",))
        names = [
            *([] if not fields & _ACCESS else ["means.access"] if self._is_access_open() else ["means.access-ended"]),
            "means.contact",
            *(["means.home"] if "address" in fields else []),
            *(["means.account"] if fields & _ACCOUNT else []),
        ]
        return self._section("means", [self._paragraph(name) for name in names], ("consequences",))

    def _is_access_open(self) -> bool:
        """Say whether somebody else can still sign in: a session ends when all are ended, another token does not."""
        have_ended = any(act is Done.SESSIONS_ENDED for act, _ in self.story.done)
        return "token" in self.fields or ("session" in self.fields and not have_ended)

    def _did(self) -> Section | None:
        done = [(act, day) for act, day in self.story.done if not self.is_withheld or act in _DONE_WITHOUT_NATURE]
        acts = {act for act, _ in done}
        blocks = [
            Block(BlockKind.ITEM, self.words.say(f"did.{act.value}", day=self.words.day(day)), about=f"did.{act.value}")
            for act, day in done
        ]
        carries: tuple[str, ...] = ("measures",) if done else ()
        carries += ("prevention",) if Done.TESTED in acts else ()
        carries += ("told-others",) if acts & {Done.AUTHORITY_TOLD, Done.POLICE_TOLD} else ()
        return self._section("did", blocks or [self._paragraph("did.none")], carries)

    def _do(self) -> Section | None:
        fields = set(self.fields)
        names = [
            *(["sign-out"] if self._is_access_open() else []),
            "wary",
            "type",
            *(["account"] if fields & (_ACCESS | _ACCOUNT) else []),
            *(["post"] if "address" in fields else []),
            "tell",
            "keep",
        ]
        return self._section("do", self._steps(names), ("advice",))

    def _steps(self, names: Iterable[str]) -> list[Block]:
        place = Value(ValueKind.PLACE, company_words(self.letterhead.domain))
        return [
            Block(
                BlockKind.STEP,
                self.words.say(f"do.{name}", place=place),
                self.words.say(f"do.{name}-why"),
                about=f"do.{name}",
            )
            for name in names
        ]

    def _ask(self) -> Section | None:
        contact = _address(self.letterhead.contact)
        steps = [
            Block(
                BlockKind.STEP,
                self.words.say(f"ask.{name}", contact=contact),
                self.words.say(f"ask.{name}-why"),
                about=f"ask.{name}",
            )
            for name in ("delete", "use", "passed", "confirm")
        ]
        return self._section("ask", steps)

    # How to know that it is genuine, and who answers.

    def _never(self) -> Section | None:
        blocks = [self._paragraph("never.secrets")]
        if not self.on_paper:
            blocks.append(self._paragraph("never.click"))
        return self._section("never", blocks)

    def _check(self) -> Section | None:
        place = Value(ValueKind.PLACE, company_words(self.letterhead.check_at))
        code = Value(ValueKind.CODE, company_words(self.code), slot="code")
        blocks = [
            Block(BlockKind.STEP, self.words.say("check.type"), about="check.type"),
            Block(BlockKind.SHOWN, (place,)),
            Block(BlockKind.STEP, self.words.say("check.code"), about="check.code"),
            Block(BlockKind.SHOWN, (code,)),
            self._paragraph("check.says"),
        ]
        if not self.on_paper:
            sender = self.words.say("check.sender", sender=_address(self.letterhead.sender))
            blocks.append(Block(BlockKind.PARAGRAPH, sender, about="check.sender"))
        return self._section("check", blocks)

    def _unknown(self, next_word: str) -> Section | None:
        blocks = (
            []
            if self.is_withheld
            else [
                Block(BlockKind.ITEM, (Value(ValueKind.FREE, company_words(sentence)),), about="unknown")
                for sentence in not_known_in(self.story, self.words.language)
            ]
        )
        if self.story.next_word_on is not None:
            line = self.words.say(next_word, day=self.words.day(self.story.next_word_on))
            blocks.append(Block(BlockKind.PARAGRAPH, line, about=next_word))
        return self._section("unknown", blocks)

    def _contact(self) -> Section | None:
        head = self.letterhead
        hours = next((text for tag, text in head.contact_hours.items() if language_of(tag) == self.words.language), "")
        lines = [("contact.answer", self.words.say("contact.answer", contact=_address(head.contact)))]
        if hours:
            value = Value(ValueKind.FREE, company_words(hours))
            lines.append(("contact.hours", self.words.say("contact.hours", hours=value)))
        if head.officer:
            lines.append(("contact.officer", self.words.say("contact.officer", officer=_company(head.officer))))
        if self.story.stated_at and not self.is_withheld:
            place = Value(ValueKind.PLACE, company_words(self.story.stated_at))
            lines.append(("contact.statement", self.words.say("contact.statement", place=place)))
        return self._section("contact", [Block(BlockKind.ITEM, line, about=name) for name, line in lines], ("contact",))

    def _authority(self) -> Section | None:
        if self.authority:
            line = self.words.say("authority.named", authority=Value(ValueKind.COMPANY, self.authority))
            return self._section("authority", [Block(BlockKind.PARAGRAPH, line, about="authority.named")])
        if self.told.country in WITHOUT_AUTHORITY:
            return None
        return self._section("authority", [self._paragraph("authority.country")])

    def _sender(self) -> Section | None:
        head = self.letterhead
        line = self.words.say("sender.entity", entity=_company(head.name))
        blocks = [Block(BlockKind.PARAGRAPH, line, about="sender.entity")]
        if head.brand and head.brand != head.name:
            known = self.words.say("sender.brand", brand=self.brand)
            blocks.append(Block(BlockKind.PARAGRAPH, known, about="sender.brand"))
        blocks += [Block(BlockKind.SHOWN, (_company(text),), about="sender.postal") for text in head.postal]
        return self._section("sender", blocks, ("identity",) if head.postal else ())

    # Small shapes.

    def _paragraph(self, name: str) -> Block:
        return Block(BlockKind.PARAGRAPH, self.words.say(name), about=name)

    def _counted(self, name: str, count: int) -> Block:
        return Block(BlockKind.PARAGRAPH, self.words.several(name, self.words.number(count)), about=name)

    def _section(
        self, name: str, blocks: list[Block], carries: tuple[str, ...] = (), heading: str = ""
    ) -> Section | None:
        if not blocks:
            return None
        return Section(name, self.words.words(f"heading.{heading or name}"), tuple(blocks), carries)


def not_known_in(story: Story, language: str) -> tuple[str, ...]:
    """Return what is not known yet, in a language.

    Raises   WordingError if it is said in other languages and not in this one: nobody is told less than others
    """
    said = {language_of(tag): sentences for tag, sentences in story.not_known.items()}
    if any(said.values()) and not said.get(language):
        raise WordingError(
            "What is not known yet is said in other languages, but not in {language}. Add it to the story in that language.",
            language=language,
        )
    return said.get(language, ())


def _company(text: str) -> Value:
    return Value(ValueKind.COMPANY, company_words(text))


def _address(text: str) -> Value:
    return Value(ValueKind.ADDRESS, company_words(text))


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)
