"""An officer who reads Arabic or French reads whole pages: English stands only where it is marked as such."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

LOCALE = Path(__file__).parents[2] / "src" / "spillkit_server" / "locale"
# Words that are the same in every language: names, formats, commands.
SAME = frozenset(
    """Spillkit spillkit EDPB ENISA GDPR HIPAA FTC SEC UTC JSON PDF CSV ICS SHA SHA-256 UTF-8 URL API HTTP Set-Cookie TLS
    Regulation Europe Rome US-CA US-NY US-FL US DE-BE IE DE EEA scan measure cause compare fix verify people add law check prove
    bundle FILE statute-counts MiB DPC EI CB SPILLKIT_SMTP SPILLKIT_WEBHOOK_URL facts entities toml""".split()
)
VOID = frozenset("area base br col embed hr img input link meta source track wbr path rect circle line use".split())
WORD = re.compile(r"[A-Za-z][A-Za-z0-9_'’-]+")


class Reader(HTMLParser):
    """Reads what a page says outside of code, of what people wrote, and of passages marked as English."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.stack: list[bool] = []  # of each open element: is it, or does it stand in, something set apart?
        self.said: list[str] = []

    def handle_starttag(self, tag, attributes):
        marks = dict(attributes)
        apart = tag in ("code", "bdi", "script", "style", "pre", "option", "datalist") or (
            tag != "html" and (bool(marks.get("lang")) or "words" in (marks.get("class") or "").split())
        )
        if tag not in VOID:
            self.stack.append(apart or bool(self.stack and self.stack[-1]))

    def handle_startendtag(self, tag, attributes):
        pass

    def handle_endtag(self, tag):
        if tag not in VOID and self.stack:
            self.stack.pop()

    def handle_data(self, text):
        if not (self.stack and self.stack[-1]) and text.strip():
            self.said.append(" ".join(text.split()))


def english_in(page: str, untranslated: frozenset[str] = frozenset()) -> list[str]:
    """Return what a page that is not English says in two or more English words in a row."""
    reader = Reader()
    reader.feed(page)
    found = []
    for text in reader.said:
        if text in untranslated:
            continue  # test_languages says so already
        run = 0
        for part in re.split(r"\s+", text):
            words = WORD.findall(part)
            run = (
                run + 1
                if words and not set(words) <= SAME and not re.search(r"[^\x00-\u024f\u2000-\u206f]", part)
                else 0
            )
            if run == 2:
                found.append(text)
                break
    return found


def test_the_reader_finds_english_and_leaves_what_is_marked():
    page = '<html lang="ar"><body><p>نص <span lang="en">as the law says</span> نص</p><p>Nothing was kept.</p></body></html>'
    assert english_in(page) == ["Nothing was kept."]
    assert english_in('<html lang="ar"><p>شغّل spillkit people add <bdi>A name of somebody</bdi></p></html>') == []


def untranslated(language: str) -> frozenset[str]:
    with (LOCALE / language / "LC_MESSAGES" / "django.po").open("rb") as file:
        messages = [message for message in read_po(file, locale=language) if message.id]
    texts = [message.id if isinstance(message.id, str) else message.id[0] for message in messages if not message.string]
    return frozenset(" ".join(text.split()) for text in texts)


@pytest.fixture(scope="module")
def case(room):
    """A case in which something of everything has happened."""
    officer, counsel = room.somebody("officer"), room.somebody("counsel")
    number = officer.open_incident(title="شيء")
    room.let_in(number, counsel)
    officer.act(number, "propose-aware", aware_at="2026-11-02T13:00", zone="UTC", reason="س")
    officer.act(number, "answer", "duties/", question="risk-unlikely", answer="no", reason="س")
    officer.act(number, "protect", "team/", words="س", since="", public="")
    return number


@pytest.mark.parametrize("language", ["ar"])
def test_no_page_of_the_officers_path_speaks_english_unmarked(room, case, language):
    officer = room.somebody("officer")
    officer.post("/language", "/", language=language, back="/")
    try:
        pages = ["/", f"/incidents/{case}/"]
        pages += [f"/incidents/{case}/{name}/" for name in ("duties", "figures", "timeline", "team", "record")]
        every = (
            officer.get(f"/incidents/{case}/duties/?state=not").text + officer.get(f"/incidents/{case}/duties/").text
        )
        pages += sorted(
            {link.replace("&amp;", "&") for link in re.findall(r'href="(/incidents/\d+/duties/[^"#?]+/[^"#]*)"', every)}
        )
        assert len(pages) > 10, "no duty has a page"
        known = untranslated(language)
        wrong = {path: found for path in pages if (found := english_in(officer.get(path).text, known))}
        assert wrong == {}
    finally:
        officer.post("/language", "/", language="en", back="/")


def test_a_refusal_is_told_in_the_language_of_its_reader(room, case):
    officer = room.somebody("officer")
    officer.post("/language", "/", language="ar", back="/")
    try:
        answer = officer.act(case, "propose-aware", aware_at="2199-01-01T00:00", zone="UTC", reason="س")
        assert answer.status_code == 400
        assert "هذا الوقت في المستقبل" in answer.text
        answer = officer.act(case, "sign", proposal="nothing-waits")
        assert "لا ينتظر اقتراح كهذا" in answer.text
        assert english_in(answer.text, untranslated("ar")) == []
    finally:
        officer.post("/language", "/", language="en", back="/")


def test_what_was_decided_is_shown_in_the_reader_s_language_and_in_english_word_for_word(room, case):
    officer, page = room.somebody("officer"), f"/incidents/{case}/duties/eu-gdpr-33/?entity=company"
    assert "It is in force; its first day is not kept in this book" in officer.get(page).text
    officer.post("/language", "/", language="fr", back="/")
    try:
        french = officer.get(page).text
        assert "Elle est en vigueur ; son premier jour n’est pas consigné dans ce livre" in french
        assert "Est-il improbable qu’il en résulte un risque" in french
        assert '<span class="foreign" lang="en" dir="ltr">' in french, (
            "what the law itself says stays English, and is marked"
        )
    finally:
        officer.post("/language", "/", language="en", back="/")
