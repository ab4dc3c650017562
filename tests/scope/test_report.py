"""The report opens anywhere, runs nothing, asks nobody, and prints hostile values as what they are."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
import tempfile
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from spillkit.printed import safe_cell
from spillkit.schemas import COVERAGE, DAMAGES, EXPOSURES
from spillkit.scope.affected import write_affected
from spillkit.scope.audience import for_audience
from spillkit.scope.measure import connected, measure, open_scope
from spillkit.scope.measurement import Input
from spillkit.scope.questions import QUESTIONS, answer_questions, headline
from spillkit.scope.report import write_report
from tests.scope.incidents import NOW, SUBJECTS, Incident, coverage_row, exposure, shop
from tests.scope.telephone import measured_widths

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "attribute": '" onmouseover="alert(1)" x="',
    "svg": "</title></svg><script>alert(1)</script>",
    "style": "</style><script>alert(1)</script>",
    "template": "{{ 7*7 }}{% raw %}",
    "bidi override": "c_\u202egnp.exe",
    "escape sequence": "c_\x1b[2J\x1b]0;x\x07",
    "zero width": "c_\u200b\ufeff1",
    "quote": "'><img src=x onerror=alert(1)>",
    "long": "c_" + "x" * 5000,
}


class Page(HTMLParser):
    """Reads tags and attributes the way a browser would meet them."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.text.append(data)


def _incident(text: str) -> Incident:
    return Incident(
        exposures=[exposure(subject=text, viewer=text, route=f"/{text}", source=text, viewer_kind="subject")],
        coverage=[coverage_row(source=text, route=f"/{text}", exchanges=20)],
        damages=[{"source": text, "entry": 1, "offset": 2, "reason": text, "lost_exchanges": None}],
        subjects=[{"subject": text, "country": text, "language": "", "account_type": text, "legal_entity": text}],
    )


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_values_are_printed_and_never_run(text):
    inputs = [Input(source=text, name=text, digest="0" * 64)]
    html = write_report(measure(**_incident(text).tables(), now=NOW, inputs=inputs))
    page = Page(html)
    assert not {"script", "img", "iframe", "object", "embed", "link", "base", "form", "input", "foreignobject"} & {
        t for t, _ in page.tags
    }
    for _, attributes in page.tags:
        assert not any(
            name.startswith("on") or name in ("style", "src", "srcset", "action", "xlink:href") for name in attributes
        )
        assert (attributes.get("href") or "#").startswith("#")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]", html)
    assert "49" not in html.partition("<main>")[2].partition("</main>")[0] or text != HOSTILE["template"]
    printed = "".join(page.text)
    if text.isprintable():
        assert text in printed


def test_the_page_forbids_everything_but_its_own_style():
    page = Page(write_report(measure(**Incident().tables(), now=NOW)))
    [policy] = [a["content"] for t, a in page.tags if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


def test_the_page_asks_nobody_for_anything():
    html = write_report(measure(**shop(people=200, hours=5).tables(), now=NOW))
    assert not re.search(r"https?:|url\((?!#hatch\))|@import|//[a-z]", html)


def test_the_same_measurement_gives_the_same_page():
    measurement = measure(**shop(people=200, hours=5).tables(), now=NOW)
    assert write_report(measurement) == write_report(measurement)


def test_ten_million_people_would_still_be_a_small_page():
    html = write_report(measure(**shop(people=800, hours=30).tables(), now=NOW))
    assert len(html.encode()) < 250_000


def test_words_that_take_a_signed_decision_are_not_used():
    measurement = measure(**shop(people=200, hours=5).tables(), now=NOW)
    for audience in ("internal", "authority", "public"):
        words = "".join(Page(write_report(for_audience(measurement, audience))).text).lower()
        assert not re.search(r"breach|hack|illegal|unlawful|negligen|liab", words)


def test_all_fourteen_questions_are_on_the_page_in_their_order():
    printed = "".join(Page(write_report(measure(**Incident().tables(), now=NOW))).text)
    places = [printed.index(question) for question in QUESTIONS]
    assert places == sorted(places)


def test_an_empty_ledger_is_unknown_and_not_nought():
    measurement = measure(**Incident().tables(), now=NOW)
    answers = answer_questions(measurement)
    assert {a.confidence for a in answers} == {"unknown"}
    assert all(a.answer.startswith("Unknown, because") for a in answers)
    assert "not known" in headline(measurement)


def test_times_are_written_in_the_zone_asked_for():
    measurement = measure(**Incident(exposures=[exposure()], coverage=[coverage_row()]).tables(), now=NOW)
    html = write_report(measurement, zone=ZoneInfo("Asia/Kolkata"))
    assert "2026-11-20 14:30:00 UTC+05:30" in html


def test_small_countries_are_dots_and_unknown_codes_are_in_the_table_only():
    rows = [exposure(subject=f"c_{code}") for code in ("MT", "XX", "IT")]
    people = [{"subject": f"c_{code}", "country": code} for code in ("MT", "XX", "IT")]
    html = write_report(
        measure(**Incident(exposures=rows, coverage=[coverage_row()], subjects=people).tables(), now=NOW)
    )
    assert re.search(r"<circle class=\"shade1\"[^>]*><title>Malta: 1</title>", html)
    assert "<title>Italy: 1</title>" in html
    assert "XX" in html


def test_a_person_is_told_since_when_an_answer_stands():
    tables = Incident(exposures=[exposure()], coverage=[coverage_row()]).tables()
    first = measure(**tables, now=NOW)
    from spillkit.scope.measurement import Earlier

    before = Earlier(
        measured_at=first.measured_at,
        confirmed=1,
        possible=0,
        estimate=1,
        upper_bound=1,
        answers=tuple(a.answer for a in answer_questions(first)),
    )
    tables["exposures"] = Incident(exposures=[exposure(), exposure(subject="c_dora", entry=1)]).tables()["exposures"]
    later = answer_questions(measure(**tables, now=NOW + timedelta(hours=2), earlier=[before]))
    assert later[0].changed_at == NOW + timedelta(hours=2)
    assert later[7].changed_at == NOW


def test_the_affected_list_runs_in_no_spreadsheet():
    for cell in ("=1+1", "+1", "-1", "@x", "\t=1", " =1", "|calc", "%0A", "\r=1"):
        assert safe_cell(cell).startswith("'")
    assert safe_cell("c_8f2a") == "c_8f2a"
    tables = _incident('=HYPERLINK("x")').tables()
    subjects = tables.pop("subjects")
    file = io.StringIO(newline="")
    with connected(tables) as connection, open_scope(connection, subjects) as scope:
        assert write_affected(scope, file) == 1
    header, row = list(csv.reader(io.StringIO(file.getvalue())))
    assert header[0] == "subject"
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row)


def test_an_empty_affected_list_has_its_header():
    file = io.StringIO(newline="")
    tables = {
        "exposures": EXPOSURES.empty_table(),
        "coverage": COVERAGE.empty_table(),
        "damages": DAMAGES.empty_table(),
    }
    with connected(tables) as connection, open_scope(connection, SUBJECTS.empty_table()) as scope:
        assert write_affected(scope, file) == 0
    assert file.getvalue().startswith("subject,evidence,")


@pytest.mark.server
@pytest.mark.skipif(shutil.which("chromium") is None, reason="Debian's chromium is not installed")
def test_a_browser_opens_the_page_without_errors_or_requests(tmp_path: Path):
    page = tmp_path / "report.html"
    page.write_text(write_report(measure(**shop(people=200, hours=5).tables(), now=NOW)), encoding="utf-8")
    with tempfile.TemporaryDirectory() as profile:
        done = subprocess.run(
            [
                "chromium",
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                f"--user-data-dir={profile}",
                "--enable-logging=stderr",
                f"--log-net-log={tmp_path / 'net.json'}",
                "--dump-dom",
                page.as_uri(),
            ],
            capture_output=True,
            text=True,
            timeout=180,
            check=True,
        )
    assert "CONSOLE" not in done.stderr
    assert "The fourteen questions" in done.stdout
    asked = re.findall(r'"url":"([^"]+)"', (tmp_path / "net.json").read_text(encoding="utf-8", errors="replace"))
    assert not [url for url in asked if url.startswith("http") and "google" not in url]


@pytest.mark.server
@pytest.mark.skipif(shutil.which("chromium") is None, reason="Debian's chromium is not installed")
def test_a_narrow_window_needs_no_scrolling_sideways(tmp_path: Path):
    page = write_report(measure(**shop(people=200, hours=5).tables(), now=NOW))
    wide, given = measured_widths(page, tmp_path)
    assert 280 <= given <= 320
    assert wide <= given
