"""The tutorial of the room does what it says: typed word for word, and pressed word for word in a real Chromium."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from spillkit.record.verifier import FAILURES
from tests.followed import Done, Typed, follow, steps_of
from tests.terminals import terminals

PAGE = Path("docs/tutorial/incident-room.md")
CHROMIUM = shutil.which("chromium")
PROMISED_SECONDS = 15 * 60


def without_network(text: str) -> str:
    """A block as this machine can run it: not every system may take the network away."""
    can = subprocess.run(["unshare", "-rn", "true"], check=False, capture_output=True).returncode == 0
    return text if can else text.replace("unshare -rn ", "")


@pytest.mark.slow
@pytest.mark.server
@pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium")
def test_the_tutorial_of_the_room_works_word_for_word(tmp_path):
    from playwright.sync_api import sync_playwright

    steps = list(steps_of(PAGE.read_text(encoding="utf-8")))
    said, pages, began = [], {}, time.monotonic()
    with terminals(tmp_path) as both, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for step in steps:
            if isinstance(step, Typed):
                said.append(both.type(without_network(step.text)))
                continue
            assert isinstance(step, Done)
            if step.who not in pages:
                pages[step.who] = browser.new_context(locale="en").new_page()
            follow(step, pages[step.who], both.links, tmp_path)
        took_seconds = time.monotonic() - began
        pages["Olga"].goto(re.sub(r"/start/.*", "/incidents/1/", both.links["first"]))
        cells = (
            pages["Olga"]
            .locator("tr[id^=question-]")
            .evaluate_all("rows => rows.map(row => [row.className, row.querySelector('.answer').innerText.trim()])")
        )
        browser.close()
    assert set(pages) == {"Olga", "Karim"}
    assert took_seconds < PROMISED_SECONDS / 3, "a person reads as well"

    assert len(cells) == 14
    assert all(answer for _, answer in cells)
    unknown = [answer for confidence, answer in cells if confidence == "unknown"]
    assert all(answer.startswith("Unknown, because ") for answer in unknown)
    assert len(unknown) < 6

    [people] = re.findall(r"^incident 1 .* people (\d+)", "".join(said), flags=re.MULTILINE)[:1]
    paper = subprocess.run(
        ["pdftotext", "-layout", str(tmp_path / "first-report.pdf"), "-"], capture_output=True, text=True, check=True
    ).stdout
    of_company, of_all = (
        re.search(r"This company: confirmed +(\d+)", paper),
        re.search(r"Whole incident, all companies: +(\d+)", paper),
    )
    assert of_company, paper
    assert of_all, paper
    assert int(of_company[1]) < int(of_all[1]) == int(people)
    assert of_company.start() < of_all.start(), "the authority reads its own number first"
    assert "Agencia Española de Protección de Datos" in paper
    assert "Olga Example" in paper
    assert "draft" not in paper.lower(), "two people signed it"

    proven, bent = said[-2:]
    assert proven.startswith("PROVEN.\nRecord:      exempla.example/record, ")
    assert (found := re.match(r"NOT PROVEN: (.+) \((\S+)\)\.\n", bent)), bent
    assert FAILURES[found[2]] == found[1]
