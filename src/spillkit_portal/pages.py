"""Write every page that is the same for everybody: once, as bytes.

In:    a publication.
Out:   Pages of one language: first page, forms, advice, statement, refusals; some of them as plain files too.
Else:  what a code is answered is `answer`; the frame around a text is `page`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from babel.numbers import format_percent

from spillkit.notices.code import Code, shown
from spillkit.notices.document import Block, BlockKind, Section
from spillkit.notices.publication import Campaign, Fake, Figure, Method, Publication
from spillkit.notices.structure import write_notice, write_statement
from spillkit.notices.told import Kind, Told
from spillkit.notices.wording import Line, Value, ValueKind, catalogue
from spillkit_portal.page import DOORS, Frame, html_line, html_value, one_line, plain
from spillkit_portal.words import portal_words

EXAMPLE = shown(Code("ABCDEFGHJKMNPQR"))  # its check sign is wrong: it is nobody's
LIST_TAGS = {BlockKind.ITEM: "ul", BlockKind.STEP: "ol"}


@dataclass(frozen=True, slots=True)
class Pages:
    """All pages of one language that are the same for everybody, in UTF-8."""

    by_name: dict[str, bytes]  # "" and DOORS
    asked: bytes
    full: bytes
    missing: bytes
    many: bytes
    long: bytes
    broken: bytes
    without_forms: dict[str, bytes]  # "" and DOORS, as plain files


def write_pages(publication: Publication, language: str) -> Pages:
    """Write the pages of a language.

    Raises  WordingError if something of the company's is not said in this language
    """
    writer = _Writer(publication, Frame(language, publication.languages, publication.letterheads))
    static = {"": writer.home(), "do": writer.advice(), "statement": writer.statement()}
    return Pages(
        {**static, "check": writer.check(), "affected": writer.affected()},
        writer.asked(),
        writer.refused("affected.full", "down.ask"),
        writer.refused("wrong.missing"),
        writer.refused("wrong.many", "wrong.many-why"),
        writer.refused("wrong.long"),
        writer.refused("wrong.broken", "wrong.broken-why"),
        {**static, "check": writer.down("check"), "affected": writer.down("affected")},
    )


class _Writer:
    def __init__(self, publication: Publication, frame: Frame) -> None:
        self.publication, self.frame = publication, frame
        self.words, self.notices = portal_words(frame.language), catalogue(frame.language)

    def home(self) -> bytes:
        title = self.words.say("home.title", brand=self.frame.brand)
        doors = "".join(f'<li><a href="{door}">{self._words(f"door.{door}")}</a></li>' for door in DOORS)
        text = f'<p>{self._words("home.intro")}</p>\n<ul class="doors">{doors}</ul>\n'
        return self._page("", title, text)

    def check(self) -> bytes:
        title = self._title("check")
        return self._page("check", title, f"<p>{self._words('check.intro')}</p>\n{code_form(self.frame.language)}")

    def affected(self) -> bytes:
        text = (
            f"<p>{self._words('affected.intro')}</p>\n"
            '<form method="post" action="affected"><label for="address">'
            f"{self._words('affected.label')}</label>\n"
            '<input id="address" name="address" type="email" inputmode="email" autocomplete="email" dir="ltr" '
            'spellcheck="false" autocapitalize="none" maxlength="320" required aria-describedby="sealed">\n'
            f'<p class="quiet" id="sealed">{self._words("affected.sealed")}</p>\n'
            f"<button>{self._words('affected.button')}</button></form>\n"
        )
        return self._page("affected", self._title("affected"), text)

    def asked(self) -> bytes:
        hours = self.words.number(self.publication.answer_hours)
        text = (
            f"<p>{html_line(self.words.several('affected.answer', hours))}</p>\n"
            f"<p>{self._say('affected.none', contact=self.frame.contact)}</p>\n"
            f'<p class="quiet">{self._words("affected.same")}</p>\n'
        )
        return self._page("affected", self.words.say("affected.asked"), text)

    def advice(self) -> bytes:
        fields = tuple(dict.fromkeys(label for campaign in self.publication.campaigns for label in campaign.fields))
        campaign, head = self.publication.campaigns[-1], self.publication.letterheads[0]
        told = Told("", (), Kind.AFFECTED, head.entity, "", (self.frame.language,), fields, None, None, ())
        [part] = write_notice(told, campaign.story, head, EXAMPLE).parts
        sections = [section for section in part.sections if section.id in {"do", "never"}]
        return self._page("do", self._title("do"), html_sections(sections, without_heading="do"))

    def statement(self) -> bytes:
        campaigns = reversed(self.publication.campaigns)
        text = "".join(self._campaign(campaign) for campaign in campaigns)
        return self._page("statement", self._title("statement"), text)

    def refused(self, name: str, why: str = "") -> bytes:
        text = f"<p>{self._say(why, contact=self.frame.contact)}</p>\n" if why else ""
        return self._page("-", self.words.say(name), text)

    def down(self, door: str) -> bytes:
        text = f"<p>{self._words('down.check')}</p>\n<p>{self._say('down.ask', contact=self.frame.contact)}</p>\n"
        return self._page(door, self._title(door), text)

    def _campaign(self, campaign: Campaign) -> str:
        head = self.publication.letterheads[0]
        document = write_statement(campaign.story, head, (self.frame.language,), campaign.fields)
        moment = self.notices.moment(campaign.updated_at, campaign.story.zone)
        zone = self.notices.zone(campaign.story.zone)
        [part] = document.parts
        sections = [section for section in part.sections if section.id not in {"contact", "sender"}]
        return (
            f"<section><h2>{html_line(part.title)}</h2>\n"
            f'<p class="quiet">{self._say("statement.updated", moment=moment)} ({html_value(zone)})</p>\n'
            f"{html_sections(sections, level=3)}"
            f"<h3>{self._words('statement.method')}</h3>\n<p>{self._method(campaign)}</p>\n"
            f"{self._figures(campaign)}{self._texts(campaign)}</section>\n"
        )

    def _method(self, campaign: Campaign) -> str:
        if campaign.method is not Method.PART:
            return self._words(f"statement.method-{campaign.method.value}")
        share = format_percent(
            (campaign.searched_percent or 0) / 100, "#,##0.# %", self.frame.language, numbering_system="latn"
        )
        return self._say("statement.method-part", percent=Value(ValueKind.NUMBER, share, campaign.story.people_upper))

    def _figures(self, campaign: Campaign) -> str:
        names = [self._words(f"statement.{name}") for name in ("day", "known", "most", "why")]
        # A narrow screen shows each row as lines, and its style says what each is by data-head; roles stay those of a table.
        heads = "".join(f'<th scope="col" role="columnheader">{name}</th>' for name in names)
        rows = "".join(
            '<tr role="row">'
            + "".join(
                f'<td role="cell" data-head="{name}">{said}</td>'
                for name, said in zip(names, self._figure(figure), strict=True)
            )
            + "</tr>\n"
            for figure in campaign.figures
        )
        return (
            f"<h3>{self._words('statement.earlier')}</h3>\n"
            f'<table role="table"><thead role="rowgroup"><tr role="row">{heads}</tr></thead>'
            f'<tbody role="rowgroup">{rows}</tbody></table>\n'
        )

    def _figure(self, figure: Figure) -> tuple[str, str, str, str]:
        """Return day, people known, people at most, and why."""
        return (
            html_value(self.notices.day(figure.on)),
            html_value(self.notices.number(figure.confirmed)),
            self._words("statement.open") if figure.upper is None else html_value(self.notices.number(figure.upper)),
            self._words(f"statement.why-{figure.why.value}"),
        )

    def _texts(self, campaign: Campaign) -> str:
        if not campaign.texts:
            return ""
        items = "".join(
            f'<li><bdi lang="{escape(text.language)}">{escape(one_line(text.language))}</bdi>: '
            f'<bdi dir="ltr"><code>{escape(one_line(text.sha256))}</code></bdi></li>\n'
            for text in campaign.texts
        )
        intro = self._words("statement.texts-intro")
        return f"<h3>{self._words('statement.texts')}</h3>\n<p>{intro}</p><ul>{items}</ul>\n"

    def _banner(self) -> str:
        if not self.publication.fakes:
            return ""
        newest = sorted(self.publication.fakes, key=lambda fake: fake.seen_on, reverse=True)[:5]
        items = "".join(f"<li>{self._fake(fake)}</li>" for fake in newest)
        return (
            f'<section class="box no"><h2>{self._words("fake.heading")}</h2>\n<p>{self._words("fake.intro")}</p>'
            f"<ul>{items}</ul></section>\n"
        )

    def _fake(self, fake: Fake) -> str:
        named = [self._words(f"fake.{name.value}") for name in (fake.way, *fake.signs)]
        return f"{html_value(self.notices.day(fake.seen_on))} · {' · '.join(named)}"

    def _page(self, name: str, title: Line, text: str) -> bytes:
        before, behind = self.frame.around(name, plain(title))
        return f"{before}{self._banner()}<h1>{html_line(title)}</h1>\n{text}{behind}".encode()

    def _title(self, door: str) -> Line:
        return self.words.say(f"door.{door}")

    def _words(self, name: str) -> str:
        return escape(self.words.words(name))

    def _say(self, name: str, /, **values: Value) -> str:
        return html_line(self.words.say(name, **values))


def code_form(language: str) -> str:
    """Return the form into which a code is typed. What is typed goes into the body of the request, never into its address."""
    words = portal_words(language)
    hint = html_line(words.say("check.hint", code=Value(ValueKind.CODE, EXAMPLE)))
    return (
        f'<form method="post" action="check"><label for="code">{escape(words.words("check.label"))}</label>\n'
        '<input id="code" name="code" dir="ltr" autocomplete="off" autocapitalize="characters" spellcheck="false" '
        'maxlength="200" required aria-describedby="hint">\n'
        f'<p class="quiet" id="hint">{hint}</p>\n<button>{escape(words.words("check.button"))}</button></form>\n'
    )


def html_sections(sections: Iterable[Section], level: int = 2, without_heading: str = "") -> str:
    """Return sections of a notice or statement as HTML."""
    found = []
    for section in sections:
        if section.id != without_heading:
            found.append(f"<h{level}>{escape(section.heading)}</h{level}>\n")
        found.append(_blocks(section.blocks))
    return "".join(found)


def _blocks(blocks: Iterable[Block]) -> str:
    found, tag = [], ""
    for block in blocks:
        wanted = LIST_TAGS.get(block.kind, "")
        if wanted != tag:
            found.append((f"</{tag}>\n" if tag else "") + (f"<{wanted}>\n" if wanted else ""))
            tag = wanted
        found.append(html_block(block))
    return "".join(found) + (f"</{tag}>\n" if tag else "")


def html_block(block: Block) -> str:
    """Return a paragraph, or one entry of a list."""
    why = f'<br><span class="quiet">{html_line(block.reason)}</span>' if block.reason else ""
    name = "li" if block.kind in LIST_TAGS else "p"
    return f"<{name}>{html_line(block.line)}{why}</{name}>\n"
