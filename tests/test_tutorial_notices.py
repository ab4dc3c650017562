"""The tutorial of the notices does what it says, from the recording to mails in a Maildir and a code that is genuine."""

from __future__ import annotations

import csv
import email
import email.policy
import re
import shutil
import time
from pathlib import Path

import pytest

from tests.followed import Done, Typed, follow, steps_of
from tests.terminals import terminals

PAGE = Path("docs/tutorial/tell-the-people.md")
CHROMIUM = shutil.which("chromium")
PROMISED_SECONDS = 15 * 60


def mails_of(maildir: Path) -> list[tuple[str, str]]:
    """Return to whom each mail went, and its text."""
    found = []
    for path in (maildir / "new").iterdir():
        mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        found.append((str(mail["Delivered-To"]), mail.get_body(("plain",)).get_content()))
    return found


@pytest.mark.slow
@pytest.mark.server
@pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium")
def test_the_tutorial_of_the_notices_works_word_for_word(tmp_path):
    from playwright.sync_api import sync_playwright

    steps = list(steps_of(PAGE.read_text(encoding="utf-8")))
    said, pages, began = [], {}, time.monotonic()
    with terminals(tmp_path) as several, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for step in steps:
            if isinstance(step, Typed):
                said.append(several.type(step.text))
                continue
            assert isinstance(step, Done)
            if step.who not in pages:
                pages[step.who] = browser.new_context(locale="en", java_script_enabled=step.who != "Ana").new_page()
            follow(step, pages[step.who], several.links, tmp_path)
        took_seconds = time.monotonic() - began
        browser.close()
    assert set(pages) == {"Olga", "Karim", "Ana"}
    assert took_seconds < PROMISED_SECONDS / 3, "a person reads as well"

    people = {row["id"]: row for row in csv.DictReader((tmp_path / "shop-day" / "people.csv").open(encoding="utf-8"))}
    truth = csv.DictReader((tmp_path / "shop-day" / "truth.csv").open(encoding="utf-8"))
    affected = [people[row["subject"]] for row in {row["subject"]: row for row in truth if row["fault"]}.values()]
    mails = mails_of(tmp_path / "caught")
    assert sorted(to for to, _text in mails) == sorted(person["email"] for person in affected)
    entity_of = {person["email"]: person["legal_entity"] for person in affected}
    for to, text in mails:
        assert entity_of[to] in text
        assert not [one for one in entity_of.values() if one != entity_of[to] and one in text]
    assert len({re.search(r"(?:[0-9A-Z]{5}-){2}[0-9A-Z]{5}", text)[0] for _to, text in mails}) == len(affected)

    printed = "".join(said)
    assert printed.rstrip().splitlines()
    for person in affected:
        for value in (person["email"], person["name"], person["phone"]):
            assert value not in printed, "a command printed a person"
