"""On a page of the room a notice says what its mail says, word for word, and nothing in it is more than text."""

from __future__ import annotations

from html.parser import HTMLParser

import msgspec
import pytest

from spillkit.notices.render import Renderer, render
from spillkit.notices.structure import Reader, write_statement
from spillkit.notices.told import Kind
from spillkit.notices.wording import LANGUAGES, RIGHT_TO_LEFT
from spillkit_server.notice_html import document_html, sections_html
from spillkit_server.notice_texts import examples_of, sentences_of
from tests.notices.hostile import NAMES
from tests.notices.written import CODE, LETTERHEAD, story, told

ALLOWED = {"div", "h3", "h4", "p", "ul", "ol", "li", "bdi", "span", "strong"}


class Seen(HTMLParser):
    """What a reader sees of a page, and with which tags and attributes it is made."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.tags, self.attributes, self._hides = "", set(), set(), False
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self._hides = tag in ("style", "title")
        self.attributes |= {name for name, _value in attributes}

    def handle_endtag(self, tag):
        self._hides = False

    def handle_data(self, data):
        self.text += "" if self._hides else data


def words(html: str) -> str:
    return "".join(Seen(html).text.split())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", Kind)
def test_the_page_says_what_the_mail_says(language, kind):
    one = told(kind=kind, languages=(language,))
    document = Renderer(story(), LETTERHEAD).document(one, CODE, Reader(name="Ann"))
    mail = render(document).html.partition("<body")[2].partition(">")[2]
    shown = document_html(document)
    assert words(shown) == words(mail)
    direction = "rtl" if language in RIGHT_TO_LEFT else "ltr"
    assert f'<div class="notice-text" lang="{language}" dir="{direction}">' in shown


@pytest.mark.parametrize("name", NAMES)
def test_hostile_names_and_letterheads_are_text(name):
    hostile = msgspec.structs.replace(LETTERHEAD, brand=f"{name} Shop", officer=name, postal=(name or "x",))
    document = Renderer(story(), hostile).document(told(), CODE, Reader(name=name))
    shown = Seen(document_html(document))
    assert shown.tags <= ALLOWED
    assert shown.attributes <= {"lang", "dir", "class", "translate"}
    assert not set("\u202e\x1b\0\r") & set(shown.text)
    part = document.parts[0]
    assert Seen(sections_html(part, frozenset({"data", "contact"}))).tags <= ALLOWED


def test_whoever_reads_a_language_sees_every_kind_of_text_and_every_sentence_of_it():
    for language in LANGUAGES:
        assert [one.name for one in examples_of(language)] == [
            "affected", "shared", "correction", "unaffected", "unintended-viewer", "statement",
        ]  # fmt: skip
        own = [text for _english, text in sentences_of(language) if text]
        assert len(own) > 100
    statement = document_html(write_statement(story(), LETTERHEAD, ("en", "ar"), ("name",)))
    assert Seen(statement).tags <= ALLOWED
