"""The PDF of a report: the same bytes, text that reads back, fonts within, a draft on each page, nothing fetched."""

from __future__ import annotations

import io
import shutil
import socket
import subprocess
import sys
import unicodedata

import msgspec
import pypdf
import pytest

from spillkit.authority import digest_of, make_report, report_json, report_pdf
from spillkit.authority.page import write_page
from spillkit.authority.phrases import LANGUAGES
from spillkit.authority.report import Party
from spillkit.law.facts import Entity
from spillkit.law.places import countries
from tests.authority.papers import facts, follow_up, inputs, measured, people, report

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "image": '<img src="http://127.0.0.1:9/x.png" onerror=alert(1)>',
    "file": '<link rel=attachment href="file:///etc/passwd"><img src=file:///etc/passwd>',
    "style": '</style><style>@import url("http://127.0.0.1:9/x.css");</style>',
    "end of string": '" } @page { size: A6 } "',
    "template": "{{ 7*7 }}{% raw %}",
    "bidi override": "Example \u202egnp.exe",
    "isolate left open": "Example \u2066\u2067\u2068",
    "zero width": "Exa\u200bmple\ufeff",
    "control": "Example\x1b[2J\x00\x07",
    "surrogate": "Example \ud800",
    "long": "x" * 10_000,
    "many lines": "line\n" * 200,
    "other scripts": "株式会社例 · บริษัท · דוגמה · مثال",
}


def text_of(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]


def letters(text: str) -> str:
    """The letters alone, in compatible forms: layout and vowel marks aside."""
    return "".join(c for c in unicodedata.normalize("NFKC", text) if c.isalpha())


@pytest.fixture(scope="module")
def pages() -> dict[str, bytes]:
    return {language: report_pdf(report(language=language, measurement=measured())) for language in ("en", "ar")}


def test_each_page_has_draft_number_and_digest(pages):
    texts = text_of(pages["en"])
    for number, text in enumerate(texts, 1):
        assert "DRAFT – not sent" in text
        assert f"Page {number} of {len(texts)}" in text
        assert digest_of(report(measurement=measured())) in text


def test_a_report_that_is_no_draft_does_not_say_so():
    drafted, final = (write_page(report(), is_draft=is_draft) for is_draft in (True, False))
    assert 'class="draft"' in drafted
    assert 'class="final"' in final
    assert len(final) < len(drafted)


def test_the_text_can_be_selected_and_says_what_the_json_says(pages):
    text = letters("".join(text_of(pages["en"])))
    for section in report(measurement=measured()).sections:
        assert letters(section.title) in text
        for line in section.lines:
            assert letters(line.words) in text


def test_arabic_reads_back_letter_by_letter(pages):
    text = letters("".join(text_of(pages["ar"])))
    for section in report(language="ar", measurement=measured()).sections:
        for word in section.title.split():
            assert letters(word) in text, word


def test_every_font_is_within_and_ours(pages):
    for pdf in pages.values():
        for page in pypdf.PdfReader(io.BytesIO(pdf)).pages:
            for font in page["/Resources"]["/Font"].values():
                [inner] = font["/DescendantFonts"]
                descriptor = inner.get_object()["/FontDescriptor"]
                assert "/FontFile2" in descriptor
                assert "Report" in descriptor["/FontName"]


def test_it_is_tagged_as_pdf_ua_with_language_and_title(pages):
    for language, pdf in pages.items():
        reader = pypdf.PdfReader(io.BytesIO(pdf))
        root = reader.trailer["/Root"]
        assert root["/MarkInfo"]["/Marked"]
        assert root["/Lang"] == language
        assert root["/ViewerPreferences"]["/DisplayDocTitle"]
        assert b"pdfuaid" in root["/Metadata"].get_data()
        assert reader.metadata is not None
        assert reader.metadata.title


def test_the_only_dates_are_the_reports_own(pages):
    metadata = pypdf.PdfReader(io.BytesIO(pages["en"])).metadata
    assert metadata is not None
    assert metadata.creation_date == metadata.modification_date == report().made_at


def test_two_processes_make_the_same_bytes(tmp_path, pages):
    (tmp_path / "report.json").write_bytes(report_json(report(language="ar", measurement=measured())))
    code = (
        "import sys\n"
        "from spillkit.authority import read_report, report_pdf\n"
        "sys.stdout.buffer.write(report_pdf(read_report(open(sys.argv[1], 'rb').read())))\n"
    )
    again = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "report.json")],
        env={"PYTHONHASHSEED": "3", "TZ": "Asia/Tokyo", "SOURCE_DATE_EPOCH": "1"},
        capture_output=True,
        check=True,
    ).stdout
    assert again == pages["ar"]


def test_hostile_names_and_texts_stay_text_and_fetch_nothing():
    """All at once in one report: a page each would take minutes. A server listens where the names point to; nobody calls."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        texts = {name: text.replace(":9/", f":{listening.getsockname()[1]}/") for name, text in HOSTILE.items()}
        html, pdf = _hostile_pages(texts)
        with pytest.raises(BlockingIOError):
            listening.accept()
    for harmful in ("<script", "<img", "<link", "\u202e", "\x1b", "\u2066\u2067", "\ud800"):
        assert harmful not in html, harmful
    assert html.count("<style>") == 1
    assert html.count("\u2068") == html.count("\u2069")
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    assert len(reader.pages) > 1
    assert reader.pages[0].mediabox.width == pytest.approx(595.276, abs=0.1), "still A4"
    assert "/EmbeddedFiles" not in str(reader.trailer["/Root"])
    assert all("/Annots" not in page for page in reader.pages), "no links"


def _hostile_pages(texts: dict[str, str]) -> tuple[str, bytes]:
    company = Entity(id="example-it", name="".join(texts.values())[:4000], established=("IT",), main_establishment="IT")
    given = inputs(about=facts(people("IT", 3, "email"), entities=(company,)))
    said = {
        "nature": {"words": "\n".join(text for name, text in texts.items() if name != "long")},
        "cause": {"words": texts["long"]},
    }
    statement = msgspec.structs.replace(
        given.statement,
        say=msgspec.convert(said, dict[str, type(given.statement.say["consequences"])]),
        company=Party(),
        contact=Party(name=texts["image"], email=texts["bidi override"], address=texts["end of string"]),
        reference=texts["style"],
    )
    made = make_report(msgspec.structs.replace(given, statement=statement)).report
    return write_page(made), report_pdf(made)


def test_a_table_of_every_country_runs_over_pages_with_its_head():
    many = [people(code, number, "email") for number, code in enumerate(sorted(countries()), 1)]
    texts = text_of(report_pdf(report(about=facts(*many))))
    assert sum("Country" in text for text in texts) >= 3


def test_old_figures_and_changes_are_on_the_page():
    second = follow_up(report(), about=facts(people("IT", 900, "name", "email")))
    text = " ".join("".join(text_of(report_pdf(second))).split())
    assert "What changed since the last report" in text
    assert "earlier: 1,206 (report of 2026-11-22 10:00 UTC+01:00)" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_in_each_language_has_its_direction(language):
    html = write_page(report(language=language))
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in html


def test_the_word_stands_in_the_title_only_when_signed():
    assert "breach" not in write_page(report()).lower()
    assert "Notification of a personal data breach" in write_page(report(is_word_signed=True))


def test_a_system_without_pango_is_told_what_to_install(tmp_path):
    """Another process in which the library's own loader finds nothing, as on a slim system."""
    (tmp_path / "weasyprint.py").write_text('raise OSError("cannot load library libpango-1.0-0")\n', encoding="utf-8")
    (tmp_path / "report.json").write_bytes(report_json(report()))
    code = (
        "import sys\n"
        "sys.path.insert(0, sys.argv[2])\n"
        "from spillkit.authority import read_report, report_pdf\n"
        "from spillkit.errors import PdfUnavailable\n"
        "try:\n"
        "    report_pdf(read_report(open(sys.argv[1], 'rb').read()))\n"
        "except PdfUnavailable as refused:\n"
        "    print(refused)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "report.json"), str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "apt-get install libpango-1.0-0" in told


@pytest.mark.skipif(shutil.which("pdfinfo") is None, reason="poppler's pdfinfo is not here")
def test_poppler_finds_nothing_wrong(tmp_path, pages):
    (tmp_path / "report.pdf").write_bytes(pages["ar"])
    told = subprocess.run(["pdfinfo", str(tmp_path / "report.pdf")], capture_output=True, text=True, check=True)
    assert told.stderr == ""
    assert "Tagged:          yes" in told.stdout
    assert "JavaScript:      no" in told.stdout
