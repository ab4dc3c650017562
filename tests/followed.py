"""Follow a tutorial as a reader would: type what it says to type, and press what it says to press.

In:    a page of Markdown.
Out:   its steps in order: Typed (a shell block) and Done (one numbered line of deeds in a browser).
Else:  what must come out of it is said by the test that follows the page.

A line of deeds is a numbered one that begins with a person: “1. Olga: …”. Its words are the deeds:

    under **H**                    look only where H is written
    press **B**, follow **L**      a button, a link
    unfold **S**, choose **C**     a summary; an answer to choose, or an entry of a list
    write `V` into **F**           a field, by its label
    write half an hour ago into    the same, with the time in the zone of TIME_ZONE
    write the code into **F**      the same, with what was printed as a code
    read **W**                     words that must stand on the page
    …, **X** and **Y**             the same again
    save **L** as `F`              a link that downloads a file

Every bold word of such a line belongs to a deed: else it would be promised to the reader and never tried.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

TIME_ZONE = ZoneInfo("Europe/Rome")
_STEP = re.compile(
    r"^```(?P<language>\w*)\n(?P<typed>.*?)^```$|^\d+\. (?P<who>\w+): (?P<deeds>.*?)(?=\n\n|\n\d+\. |\Z)",
    re.DOTALL | re.MULTILINE,
)
_DEED = re.compile(
    r"(?:\b(?P<verb>under|press|follow|unfold|choose|read|save)|\band|,) \*\*(?P<what>.+?)\*\*(?: as `(?P<file>[^`]+)`)?"
    r"|\bwrite (?:`(?P<value>[^`]+)`|(?P<ago>half an hour ago)|(?P<code>the code)) into \*\*(?P<field>.+?)\*\*"
    r"|\bopen the link of the (?P<terminal>\w+) terminal",
    re.IGNORECASE,
)
_CODE = "\0code"
_MARKS = re.compile("[\u2066-\u2069]")
_PLACES = "section, article, li, tr, fieldset, details, form, dl, table"
_INNERMOST = """all => [...all.keys()].filter(at => !all.some(other => other !== all[at] && all[at].contains(other)))"""
_PATIENCE_MS = 15_000


@dataclass(frozen=True, slots=True)
class Typed:
    """A block of commands."""

    text: str


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing to do in a browser."""

    verb: str
    what: str  # the bold words
    value: str = ""  # what to write, or the file to save as


@dataclass(frozen=True, slots=True)
class Done:
    """A numbered line: what one person does."""

    who: str
    deeds: tuple[Deed, ...]


def steps_of(page: str) -> Iterator[Typed | Done]:
    """Return what a page says to do, in its order."""
    for step in _STEP.finditer(page):
        if step["typed"] is not None:
            if not step["language"]:  # With one, it is what is seen.
                yield Typed(step["typed"])
            continue
        words = " ".join(step["deeds"].split())
        deeds: list[Deed] = []
        for found in _DEED.finditer(words):
            deeds.append(_deed(found, deeds[-1].verb if deeds else ""))
        assert words.count("**") == 2 * sum(deed.verb != "open" for deed in deeds), (
            f"a bold word that nobody tries: {words}"
        )
        yield Done(step["who"], tuple(deeds))


def _deed(found: re.Match[str], before: str) -> Deed:
    if found["field"]:
        return Deed("write", found["field"], _CODE if found["code"] else found["value"] or "")
    if found["terminal"]:
        return Deed("open", found["terminal"])
    return Deed((found["verb"] or before).lower(), found["what"], found["file"] or "")


def follow(done: Done, page: Any, links: dict[str, str], folder: Path) -> None:
    """Do one line on the page of its person.

    links   of each terminal, what it printed as a link; under "code" what was printed as a code
    folder  where files are saved
    """
    under: list[str] = []
    last = ""
    for deed in done.deeds:
        if deed.verb == "under":
            under = [*under, deed.what] if last == "under" else [deed.what]
        elif deed.verb == "open":
            page.goto(links[deed.what])
        else:
            _do(replace(deed, value=links["code"]) if deed.value == _CODE else deed, page, under, folder)
            if deed.verb in ("press", "follow"):
                under = []
        last = deed.verb


def _do(deed: Deed, page: Any, under: list[str], folder: Path) -> None:
    if deed.verb == "read":
        _read(deed.what, page)
        return
    what = _target(deed, _place(deed, page, under), page).filter(visible=True).first
    _wait(what, deed, page)
    if deed.verb in ("press", "follow"):
        what.click()
        page.wait_for_load_state()
    elif deed.verb == "unfold":
        if not what.evaluate("each => each.parentElement.open"):
            what.click()
    elif deed.verb == "choose":
        if what.evaluate("each => each.tagName") == "SELECT":
            what.select_option(label=what.locator("option", has_text=deed.what).first.inner_text())
        else:
            what.check()
    elif deed.verb == "write":
        what.fill(deed.value or _half_an_hour_ago())
    elif deed.verb == "save":
        with page.expect_download() as download:
            what.click()
        download.value.save_as(folder / deed.value)


def _target(deed: Deed, place: Any, page: Any) -> Any:
    if deed.verb == "press":
        return place.get_by_role("button", name=deed.what, exact=True)
    if deed.verb in ("follow", "save"):
        return place.get_by_role("link", name=re.compile(rf"^{re.escape(deed.what)}( \(.*)?$"))
    if deed.verb == "unfold":
        return place.locator("summary").filter(has_text=deed.what)
    if deed.verb == "choose":
        listed = page.locator("option").filter(has_text=re.compile(rf"^{re.escape(deed.what)}( \(.*)?$"))
        return place.get_by_label(deed.what, exact=True).or_(place.locator("select").filter(has=listed))
    assert deed.verb == "write", deed
    return place.get_by_label(deed.what, exact=True)


def _wait(what: Any, deed: Deed, page: Any) -> None:
    from playwright.sync_api import TimeoutError as TooLong

    try:
        what.wait_for(timeout=_PATIENCE_MS)
    except TooLong as error:
        raise AssertionError(f"{deed} cannot be done on {page.url}:\n{page.inner_text('main')[:2000]}") from error


def _read(words: str, page: Any) -> None:
    """Wait until the words stand on the page; marks of direction are no words."""
    said, until = "", time.monotonic() + _PATIENCE_MS / 1000
    while time.monotonic() < until:
        said = " ".join(_MARKS.sub("", page.inner_text("body")).split())
        if words in said:
            return
        time.sleep(0.1)
    raise AssertionError(f"“{words}” does not stand on {page.url}:\n{said[:2000]}")


def _place(deed: Deed, page: Any, under: list[str]) -> Any:
    """Return the innermost part of the page that holds the words and what is looked for; without words, the page."""
    if not under:
        return page
    target = _target(deed, page, page)
    _wait(target.filter(visible=True).first, deed, page)
    found = page.locator(_PLACES).filter(has=target)
    for words in under:
        found = found.filter(has_text=words)
    found = found.filter(visible=True)
    innermost = found.evaluate_all(_INNERMOST)
    assert len(innermost) == 1, f"“{deed.what}” under {under} stands in {len(innermost)} places of {page.url}"
    return found.nth(innermost[0])


def _half_an_hour_ago() -> str:
    return (datetime.now(TIME_ZONE) - timedelta(minutes=30)).strftime("%Y-%m-%dT%H:%M")
