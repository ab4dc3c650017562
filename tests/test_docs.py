"""The pages say what the program does."""

from __future__ import annotations

import contextlib
import re
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import spillkit
from spillkit.cause.decide import TO_LOG
from spillkit.cause.incident import CauseClass
from spillkit.scan import answer_headers
from spillkit.scope.cause_words import CAUSE_WORDS
from spillkit_shop.faults import FAULTS
from tests.world import ALICE, BOB, Recording, account_page, write_people, write_sessions

DOCS = [*sorted(Path("docs").rglob("*.md")), Path("README.md"), Path("ARCHITECTURE.md")]
_LINK = re.compile(r"\]\(([^)#]+)(#[^)]*)?\)")


def test_the_page_of_commands_is_what_the_commands_say():
    # In a process of its own: click remembers a command's help option as it was first asked for.
    done = subprocess.run([sys.executable, "tools/make_commands_page.py", "--check"], check=False)
    assert done.returncode == 0, "run: .venv/bin/python tools/make_commands_page.py"


@pytest.mark.parametrize("page", DOCS, ids=str)
def test_links_between_pages_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    targets = [target for target, _ in _LINK.findall(text) if "://" not in target and not target.startswith("mailto:")]
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert missing == []


def _anchors(page: Path) -> set[str]:
    """The places in a page that a link can name, as GitHub and others make them from headings."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return {"#" + re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", DOCS, ids=str)
def test_links_to_places_in_a_page_find_them(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    places = [
        (page.parent / target if target else page, anchor)
        for target, anchor in re.findall(r"\]\(([^)#:]*)(#[^)]+)\)", text)
        if not target or target.endswith(".md")
    ]
    assert [anchor for target, anchor in places if target.exists() and anchor not in _anchors(target)] == []


@pytest.mark.parametrize("page", DOCS, ids=str)
def test_commands_in_the_pages_exist(page):
    from spillkit.cli import COMMANDS

    for line in re.findall(
        r"^(?:\$ )?spillkit (?:-w \S+ )?([a-z]+)", page.read_text(encoding="utf-8"), flags=re.MULTILINE
    ):
        assert line in COMMANDS


CAUSES = Path("docs/explanation/causes")
_CAUSE_SECTIONS = ("Signature", "Confused with", "What to do", "It has happened", "What Spillkit cannot know here")


@pytest.mark.parametrize("cause", CauseClass)
def test_every_cause_has_a_page_that_the_table_of_causes_leads_to(cause):
    page = (CAUSES / f"{cause}.md").read_text(encoding="utf-8")
    assert f"Class `{cause}`, printed as *{CAUSE_WORDS[cause]}*" in page.partition("\n## ")[0]
    table = (CAUSES / "README.md").read_text(encoding="utf-8")
    [row] = [line for line in table.splitlines() if f"]({cause}.md) |" in line]
    assert row.endswith(f"]({cause}.md) | {CAUSE_WORDS[cause]} | `{cause}` |")


@pytest.mark.parametrize("cause", [cause for cause in CauseClass if cause is not CauseClass.UNKNOWN])
def test_every_page_of_a_cause_answers_the_same_questions(cause):
    page = (CAUSES / f"{cause}.md").read_text(encoding="utf-8")
    found = re.findall(r"^## (.+)$", page, flags=re.MULTILINE)
    assert [section for section in _CAUSE_SECTIONS if section not in found] == []


def test_no_page_of_causes_belongs_to_no_cause():
    assert {page.stem for page in CAUSES.glob("*.md")} == {"README", *CauseClass}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_every_fault_of_the_shop_is_on_the_page_of_its_cause(fault):
    page = (CAUSES / f"{fault.cause}.md").read_text(encoding="utf-8")
    assert f"`{fault.name}`" in page.partition("\n## ")[0]
    table = Path("docs/reference/causes.md").read_text(encoding="utf-8")
    assert f"| `{fault.name}` | {fault.words} | [`{fault.cause}`](../explanation/causes/{fault.cause}.md) |" in table


def test_every_sign_that_is_printed_is_explained():
    source = Path("src/spillkit/cause/decide.py").read_text(encoding="utf-8")
    names = set(re.findall(r"""_sign\(\s*"([^"]+)",""", source))
    table = Path("docs/reference/causes.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"^\| `([^`]+)` \| [^`]", table, flags=re.MULTILINE))
    assert len(names) > 20
    assert names - explained == set()
    pages = "".join(page.read_text(encoding="utf-8") for page in CAUSES.glob("*.md"))
    assert [name for name in sorted(names) if f"`{name}`" not in pages] == []


def test_every_header_that_is_read_is_named():
    table = Path("docs/reference/causes.md").read_text(encoding="utf-8").lower()
    assert [name for name in sorted(answer_headers._TELLING) if f"`{name}`" not in table] == []


def test_whatever_would_decide_an_unknown_cause_is_on_its_page():
    page = (CAUSES / "unknown.md").read_text(encoding="utf-8")
    assert len(TO_LOG) > 5
    assert [words for words in TO_LOG.values() if f"| {words} |" not in page] == []


def _blocks(page: str, language: str) -> list[str]:
    return re.findall(
        rf"^```{language}\n(.*?)^```$", Path(page).read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE
    )


def test_the_page_of_python_runs_from_top_to_bottom(tmp_path, monkeypatch):
    blocks = _blocks("docs/reference/python.md", "python")
    monkeypatch.chdir(tmp_path)
    write_people(Path("customers.csv"))
    write_sessions(Path("sessions.csv"))
    recording = Recording()
    recording.answer(account_page(ALICE), to=BOB)
    recording.write(Path("day1.har"))  # The kind is told by what is in it, not by the name.
    names: dict[str, Any] = {}
    for block in blocks:
        exec(block, names)
    assert names["exposures"].num_rows == 3
    assert names["measurement"].people.confirmed == 1


def test_every_rule_on_the_page_of_rules_is_one(tmp_path, monkeypatch):
    blocks = _blocks("docs/how-to/write-rules.md", "toml")
    monkeypatch.chdir(tmp_path)
    for table in ("orders.csv", "tickets.csv"):
        Path(table).write_text("viewer,subject,seller_id,buyer_id\nc_1,c_2,c_1,c_2\n", encoding="utf-8")
    with contextlib.closing(sqlite3.connect("shop.sqlite")) as shop:
        shop.execute("CREATE TABLE household (a, b)")
        shop.execute("INSERT INTO household VALUES ('c_1', 'c_2')")
        shop.commit()
    Path("rendered-for.key").write_text("ab" * 32 + "\n", encoding="ascii")
    Path("rendered-for.key").chmod(0o600)
    for block in blocks:
        text = block if block.startswith("version") else f"version = 1\n{block}"
        Path("rules.toml").write_text(text, encoding="utf-8")
        assert spillkit.read_rules(Path("rules.toml")), block


def test_the_least_exchange_of_the_page_is_read(tmp_path):
    [example] = _blocks("docs/how-to/record-traffic.md", "json")
    (tmp_path / "day1.jsonl").write_text(example.replace("\n", " ") + "\n", encoding="utf-8")
    [exchange] = spillkit.read_exchanges(tmp_path / "day1.jsonl")
    assert isinstance(exchange, spillkit.Exchange)
    assert exchange.body == "<html>…".encode()
