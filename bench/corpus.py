"""The bodies that are scanned: HTML and JSON in seven languages with people planted in them.

In:    real text (`text`), people (`people`), a seed and a size.
Out:   Corpus: bodies end to end in one file, their borders, and the truth: who was planted where, in which writing.
Else:  scanning them is `engines` and `rivals`.

Four kinds: "mixed" (half real HTML pages, a quarter pages built of real text with tables and forms, a quarter JSON),
"ascii" (English, no tag and no escape), "ar" and "ja" (Arabic and Japanese pages).
Planted people are spread over the directory by the logarithm of their number, so that a thousand customers
and ten million both find theirs; lists also hold people who are in no directory.
"""

from __future__ import annotations

import html
import json
import mmap
import random
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from bench.names import DATA
from bench.people import OUTSIDERS, Person, person
from bench.text import fetch, text

KINDS = ("mixed", "ascii", "ar", "ja")
LANGUAGE_MIX = (("en", 34), ("fr", 14), ("de", 14), ("it", 11), ("ar", 9), ("ja", 9), ("pl", 9))
LARGEST_DIRECTORY = 10_000_000


class Form(IntEnum):
    """How a planted value is written."""

    PLAIN = 0
    ENTITIES = 1  # &#233; or &eacute;, and &#64; for the at sign
    BACKSLASH = 2  # \\u00e9, as JSON written in ASCII has it
    PERCENT = 3
    CAPITALS = 4
    DECOMPOSED = 5  # e and a combining accent
    TAGS_BETWEEN = 6  # <b>Jane</b> <i>Doe</i>
    FAMILY_FIRST = 7  # Doe, Jane
    TWO_SPACES = 8


@dataclass(frozen=True, slots=True)
class Corpus:
    """Bodies and what was planted in them."""

    kind: str
    bodies: Path  # all bodies, end to end
    borders: NDArray[np.int64]  # P + 1 offsets
    truth: NDArray[np.int64]  # shape (T, 4): page, person's number, field (0 name, 1 e-mail, 2 phone), Form
    real_text: bool

    def pages(self, limit_bytes: int | None = None) -> list[bytes]:
        """Return the bodies, or as many of the first as fit into limit_bytes (at least one)."""
        with self.bodies.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as whole:
            last = len(self.borders) - 1
            if limit_bytes is not None:
                last = max(1, int(np.searchsorted(self.borders, limit_bytes, side="right")) - 1)
            return [
                whole[self.borders[page] : self.borders[page + 1]] for page in range(min(last, len(self.borders) - 1))
            ]


def corpus(kind: str, megabytes: float, seed: int = 1) -> Corpus:
    """Return a corpus, made now or found in bench/data/ from an earlier run.

    kind       one of KINDS
    megabytes  at least so many, in 10^6 bytes
    Returns    the same bytes for the same kind, size, seed and packages
    """
    folder = DATA / f"{kind}-{megabytes:g}-{seed}"
    facts = folder / "facts.npz"
    if not facts.exists():
        real = fetch() or text("en").real
        _write(folder, kind, int(megabytes * 1e6), seed, real)
    with np.load(facts) as kept:
        return Corpus(kind, folder / "bodies", kept["borders"], kept["truth"], bool(kept["real"]))


def body_with_hits(hits: int, body_bytes: int, seed: int = 1) -> bytes:
    """Return an English page of about that many bytes in which `hits` people of the first thousand stand by name and e-mail."""
    page = _Page(random.Random(f"{seed} {hits} {body_bytes}"), 0, "en")
    filler = page.paragraphs(max(200, body_bytes - 60 * hits))
    step = max(1, len(filler) // max(1, hits))
    parts = []
    for number in range(hits):
        parts.append(filler[number * step : (number + 1) * step])
        someone = person((number * 7919 + seed) % 1_000)
        parts.append(f" {someone.given} {someone.family} {someone.email} ")
    parts.append(filler[hits * step :])
    return "".join(parts).encode()[: max(body_bytes, 1)]


def _write(folder: Path, kind: str, wanted: int, seed: int, real: bool) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    borders, truth = [0], []
    with (folder / "bodies").open("wb") as out:
        number = 0
        while borders[-1] < wanted:
            page = _make(kind, random.Random(f"{seed} {kind} {number}"), number)
            body = page.body
            truth.extend(page.truth)
            out.write(body)
            borders.append(borders[-1] + len(body))
            number += 1
    np.savez(
        folder / "facts.npz",
        borders=np.array(borders, np.int64),
        truth=np.array(truth, np.int64).reshape(-1, 4),
        real=np.array(real),
    )


class _Page:
    """One body in the making."""

    def __init__(self, rng: random.Random, number: int, language: str) -> None:
        self.rng, self.number, self.language = rng, number, language
        self.truth: list[tuple[int, int, int, int]] = []
        self.body = b""

    def someone(self) -> Person:
        """Return a customer: of every tenfold of directory sizes as many."""
        return _person(int(10 ** self.rng.uniform(0.0, np.log10(LARGEST_DIRECTORY))) - 1)

    def stranger(self) -> Person:
        return _person(OUTSIDERS + self.rng.randrange(200_000))

    def put(self, who: Person, field: int, form: Form) -> str:
        """Return the person's name (0), e-mail (1) or phone (2) in that writing, and note it as planted."""
        value = (who.written, who.email, who.phone)[field]
        written = _write_as(value, who, field, form)
        if who.number < LARGEST_DIRECTORY and value:
            if written == value:
                form = Form.PLAIN
            self.truth.append((self.number, who.number, field, int(form)))
        return written

    def html_form(self) -> Form:
        return self.rng.choices(list(Form), weights=(84, 3, 1, 2, 2, 2, 3, 2, 1))[0]

    def card(self, who: Person) -> str:
        """Return a piece of HTML that shows somebody: name, e-mail, sometimes a phone."""
        name = self.put(who, 0, self.html_form())
        address = self.put(
            who, 1, self.rng.choices((Form.PLAIN, Form.ENTITIES, Form.PERCENT, Form.CAPITALS), (90, 5, 3, 2))[0]
        )
        phone = self.put(who, 2, Form.PLAIN) if who.phone and self.rng.random() < 0.4 else ""
        return self.rng.choice(
            (
                f'<div class="card"><span class="n">{name}</span> <a href="mailto:{address}">{address}</a> {phone}</div>',
                f'<tr data-row="{self.rng.randrange(10**6)}"><td>{name}</td><td>{address}</td><td>{phone}</td></tr>',
                f'<p>{name} &lt;{address}&gt; {phone}</p><input type="hidden" name="u" value="{self.rng.randrange(10**9)}">',
            )
        )

    def paragraphs(self, characters: int) -> str:
        source = text(self.language).paragraphs
        parts, have = [], 0
        at = self.rng.randrange(len(source))
        while have < characters:
            parts.append(source[at % len(source)])
            have += len(parts[-1]) + 1
            at += 1
        return "\n".join(parts)


@lru_cache(maxsize=100_000)
def _person(number: int) -> Person:
    return person(number)


def _make(kind: str, rng: random.Random, number: int) -> _Page:
    if kind == "ascii":
        return _clean_ascii(_Page(rng, number, "en"))
    languages, weights = zip(*LANGUAGE_MIX)
    page = _Page(rng, number, kind if kind in ("ar", "ja") else rng.choices(languages, weights)[0])
    if kind in ("ar", "ja"):
        return _built_html(page)
    make: Callable[[_Page], _Page] = rng.choices((_real_html, _built_html, _json), weights=(65, 22, 13))[0]
    return make(page)


def _real_html(page: _Page) -> _Page:
    source = text(page.language).pages
    if not source:
        return _built_html(page)
    body = source[page.rng.randrange(len(source))]
    if page.rng.random() < 0.22:
        # A signed-in page greets its reader; now and then it shows a second person.
        cards = "".join(page.card(page.someone()) for _ in range(page.rng.choice((1, 1, 1, 2))))
        at = body.find(b"</p>", page.rng.randrange(len(body)))
        at = at + 4 if at >= 0 else body.rfind(b"</body>")
        body = body[:at] + cards.encode() + body[at:]
    page.body = body
    return page


def _built_html(page: _Page) -> _Page:
    rng = page.rng
    out = [
        f'<!DOCTYPE html><html lang="{page.language}"><head><meta charset="utf-8">'
        f"<title>{rng.randrange(10**6)}</title></head><body>"
    ]
    out.extend(
        f'<a class="nav-{n}" href="/s/{rng.randrange(10**5)}?page={n}&amp;sort=asc">{n}</a>'
        for n in range(rng.randint(3, 12))
    )
    for block in range(rng.randint(3, 14)):
        kind = rng.random()
        if kind < 0.62:
            lines = page.paragraphs(rng.randint(300, 2_500)).split("\n")
            out.append(f"<h2 id='h{block}'>{html.escape(lines[0][:60])}</h2>")
            out.extend(f'<p class="text">{html.escape(line)}</p>' for line in lines)
        elif kind < 0.80:
            out.append('<table class="list"><tbody>')
            for _ in range(rng.randint(2, 12)):
                out.append(page.card(page.someone() if rng.random() < 0.08 else page.stranger()))
                day = f"2026-0{rng.randint(1, 9)}-1{rng.randint(0, 9)}"
                out.append(f"<tr><td>{rng.randrange(1000)}</td><td>{rng.random() * 900:.2f}</td><td>{day}</td></tr>")
            out.append("</tbody></table>")
        elif kind < 0.87:
            out.append(f'<form action="/update/{rng.randrange(10**6)}" method="post">')
            who = page.someone()
            name = html.escape(page.put(who, 0, Form.PLAIN), quote=True)
            out.append(f'<label>Name <input name="name" value="{name}"></label>')
            out.append(f'<input type="email" name="email" value="{page.put(who, 1, Form.PLAIN)}">')
            out.append(f'<input type="hidden" name="csrf" value="{rng.getrandbits(256):064x}"></form>')
    out.append("</body></html>")
    page.body = "\n".join(out).encode()
    return page


def _json(page: _Page) -> _Page:
    rng = page.rng
    # A third of the APIs escape everything beyond ASCII, as Python's and PHP's encoders do unless told.
    in_ascii = rng.random() < 0.33
    form = Form.BACKSLASH if in_ascii else Form.PLAIN
    items = []
    for place in range(rng.randint(4, 60)):
        who = page.someone() if rng.random() < 0.06 else page.stranger()
        # The encoder below does the escaping: the value goes in as it is.
        page.put(who, 0, form if who.written != _write_as(who.written, who, 0, form) else Form.PLAIN)
        page.put(who, 1, Form.PLAIN)
        items.append(
            {
                "id": rng.randrange(10**8),
                "position": place,
                "fullName": who.written,
                "email": who.email,
                "active": rng.random() < 0.8,
                "balance": round(rng.random() * 1e4, 2),
                "createdAt": f"2026-0{rng.randint(1, 9)}-1{rng.randint(0, 9)}T0{rng.randint(0, 9)}:15:00Z",
                "note": page.paragraphs(rng.randint(40, 700)) if rng.random() < 0.7 else None,
                "links": [f"/api/v2/items/{rng.randrange(10**6)}"],
            }
        )
    page.body = json.dumps({"total": len(items), "items": items}, ensure_ascii=in_ascii).encode()
    return page


def _clean_ascii(page: _Page) -> _Page:
    parts = []
    for _ in range(page.rng.randint(4, 20)):
        parts.append(page.paragraphs(page.rng.randint(500, 4_000)))
        if page.rng.random() < 0.3:
            who = page.someone()
            if who.written.isascii():
                parts.append(f"{page.put(who, 0, Form.PLAIN)} {page.put(who, 1, Form.PLAIN)}")
    plain = "\n".join(parts).encode("ascii", "ignore")
    page.body = plain.translate(None, b"&\\%<>")
    return page


def _write_as(value: str, who: Person, field: int, form: Form) -> str:
    if form is Form.PLAIN or not value:
        return value
    if form is Form.ENTITIES:
        return "".join(f"&#{ord(letter)};" if not letter.isascii() or letter == "@" else letter for letter in value)
    if form is Form.BACKSLASH:
        return json.dumps(value)[1:-1]
    if form is Form.PERCENT:
        return quote(value, safe=" ")
    if form is Form.CAPITALS:
        return value.upper()
    if form is Form.DECOMPOSED:
        return unicodedata.normalize("NFD", value)
    if field != 0:
        return value
    family_first = value.startswith(who.family)
    first, second = (who.family, who.given) if family_first else (who.given, who.family)
    if form is Form.TAGS_BETWEEN:
        return f"<b>{first}</b> <i>{second}</i>"
    if form is Form.FAMILY_FIRST:
        return f"{who.family}, {who.given}"
    return f"{first}  {second}"


def recall(
    truth: NDArray[np.int64], people: int, found: Sequence[set[tuple[int, int]]], last_page: int
) -> dict[str, float]:
    """Return which share of what was planted was found, in percent.

    truth      Corpus.truth
    people     size of the directory; who was planted with a higher number is not asked for
    found      for each field (0 name, 1 e-mail, …) the pairs (page, person's number) found
    last_page  pages from this one on were not scanned
    Returns    "names", "names disguised", "e-mails", "e-mails disguised", … as far as any were planted
    """
    shares: dict[str, float] = {}
    for field, label in enumerate(("names", "e-mails", "phones")):
        if field >= len(found):
            break
        for disguised in (False, True):
            rows = truth[(truth[:, 0] < last_page) & (truth[:, 1] < people) & (truth[:, 2] == field)]
            if disguised:
                rows = rows[rows[:, 3] != int(Form.PLAIN)]
            if len(rows):
                hit = sum((page, number) in found[field] for page, number in rows[:, :2].tolist())
                shares[label + (" disguised" if disguised else "")] = 100.0 * hit / len(rows)
    return shares
