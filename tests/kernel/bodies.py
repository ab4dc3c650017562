"""Bodies for comparing matchers: the values of a small directory, disguised, cut and mixed with noise.

In:    a seed.
Out:   a directory, and any number of bodies that quote it in every way we can think of.
Else:  comparing is `differential`; single cases that once went wrong are `known_bodies`.
"""

from __future__ import annotations

import html
import json
import random
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path
from urllib.parse import quote

import numpy as np

from spillkit.kernel.api import Builder
from spillkit.model import Field

KEY = bytes(range(16))
COMMON_WORDS = ("can", "be", "de", "la", "will", "page", "the", "of", "中", "文")

Values = list[tuple[Field, int, str]]

NAMES = (
    "Jane\x1fDoe", "Doe\x1fJane", "Alizée\x1fMarchetti-Okonkwo", "Łukasz Q Müller", "José María\x1fGarcía Márquez", "Can\x1fBe",
    "De La", "Will Page", "محمد\x1fالأنصاري", "فاطمة\x1fالمصري", "יוסי\x1fכהן", "Дмитрий\x1fЩербаков", "Ελένη\x1fΠαπαδοπούλου",
    "太郎\x1f山田", "文 中", "さくら\x1f鈴木", "김수진", "สมชาย\x1fใจดี", "अनिता\x1fशर्मा", "X Y", "Jane A Doe", "O'Brien Seán",
    "Anne-Marie\x1fde la Tour", "ﬁnn\x1fGroß", "İpek\x1fYıldız", "Jane Doe Smith", "Ng", "Björk",
)  # fmt: skip
EMAILS = (
    "jane@example.org", "o'brien@example.org", "brien@example.org", "a.b+c_d-e@mail.example.co.uk", "jösé@exämple.org", "x@y",
    "first!last=a#b@example.net", "用户@例え.jp", "max%mustermann@example.de", "محمد@example.org", "jane.doe@example.org", "_x@example.org",  # noqa: E501
)  # fmt: skip
PHONES = (
    "+442079460000",
    "02079460000",
    "2079460000",
    "+4930123456",
    "030123456",
    "0111234567",
    "+391112345678",
    "5551234",
)
ADDRESSES = (
    "17 rue des Tisserands 75011 Paris",
    "Lindenufer 44 10115 Berlin",
    "東京都千代田区丸の内1丁目",
    "5 ½ High St",
)
IDS = ("ORD-2024-778812", "123456", "123456789012", "a1b2c3", "sess_ÄÖÜ-99", "00000000-1111-2222-3333-444455556666")


def directory() -> tuple[Values, Values]:
    """Return the values of a small directory, strong by themselves and weak: shared names, shared mailboxes, a popular name."""
    values: Values = [(Field.NAME, number, name) for number, name in enumerate(NAMES)]
    values += [(Field.EMAIL, number, email) for number, email in enumerate(EMAILS)]
    values += [(Field.PHONE, number, phone) for number, phone in enumerate(PHONES)]
    values += [(Field.ADDRESS, number, address) for number, address in enumerate(ADDRESSES)]
    values += [(Field.ORDER, number, order) for number, order in enumerate(IDS)]
    values += [(Field.NAME, 100 + number, "Maria\x1fRossi") for number in range(25)]
    values += [(Field.NAME, 200 + number, "Can\x1fBe") for number in range(70)]
    values += [
        (Field.EMAIL, 210, "can@be.example"),
        (Field.EMAIL, 105, "jane@example.org"),
        (Field.PHONE, 6, "5551234"),
    ]
    return values, [(Field.ADDRESS, 0, "17 rue des Tisserands"), (Field.ADDRESS, 3, "High St")]


def build(
    builder: Builder, values: Iterable[tuple[Field, int, str]], weak: Iterable[tuple[Field, int, str]] = ()
) -> None:
    """Put values into a builder."""
    for is_weak, some in ((False, values), (True, weak)):
        for field, number, value in some:
            builder.add(field, np.array([number], np.uint32), [value], weak=is_weak)


def write_segments(make: Callable[..., Builder], folder: Path) -> list[Path]:
    """Write the small directory as a base and a delta, the same bytes each time; return their paths."""
    values, weak = directory()
    paths = []
    for number, share in enumerate((values[: len(values) * 3 // 4], values[len(values) * 3 // 4 :])):
        builder = make(KEY, COMMON_WORDS)
        build(builder, share, weak if number else ())
        paths.append(folder / f"segment-{number}.idx")
        builder.write(paths[-1], nonce=number)
    return paths


def body(rng: random.Random, values: Values) -> bytes:
    """Return one body: a few pieces, each a value or noise, in some disguise and some frame, perhaps cut or damaged."""
    made = b"".join(_piece(rng, values) for _ in range(rng.randint(1, 7)))
    if rng.random() < 0.15:
        made = _FRAMES[rng.randrange(len(_FRAMES))](made.decode("utf-8", "replace")).encode("utf-8", "replace")
    if rng.random() < 0.1:
        made = made[rng.randrange(len(made) + 1) :]
    if rng.random() < 0.1:
        made = made[: rng.randrange(len(made) + 1)]
    if made and rng.random() < 0.1:
        place = rng.randrange(len(made))
        made = made[:place] + bytes([rng.randrange(256)]) + made[place + rng.randrange(2) :]
    if rng.random() < 0.05:
        made = b" " * rng.choice((1, 30, 31, 60, 63, 4090, 65530)) + made
    return made


def _piece(rng: random.Random, values: Values) -> bytes:
    kind = rng.random()
    if kind < 0.25:
        return rng.choice(_NOISE).encode("utf-8", "surrogatepass") * rng.choice((1, 1, 1, 2, 3))
    if kind < 0.3:
        return bytes(rng.randrange(256) for _ in range(rng.randint(1, 6)))
    if kind < 0.34:
        return "".join(chr(rng.choice(_CODE_POINTS)(rng)) for _ in range(3)).encode("utf-8", "surrogatepass")
    text = rng.choice(values)[2]
    parts = [part for part in text.split("\x1f") if part]
    if rng.random() < 0.3:
        parts.reverse()
    if rng.random() < 0.1:
        parts.insert(1, rng.choice("AQæ中é"))
    joined = rng.choice(_BETWEEN).join(parts) if len(parts) > 1 else text
    if " " in joined and rng.random() < 0.4:
        joined = joined.replace(" ", rng.choice(_BETWEEN))
    if joined.lstrip("+").isdigit() and rng.random() < 0.6:
        joined = _dial(rng, joined)
    for _ in range(rng.choice((0, 1, 1, 1, 2, 3))):
        joined = rng.choice(WRITINGS)(joined, rng)
    return (joined + rng.choice(("", " ", " ", ",", ".", '"', "\n", "<", "a", "1"))).encode("utf-8", "replace")


def _dial(rng: random.Random, number: str) -> str:
    digits = "".join(digit + (rng.choice(_JOINS) if rng.random() < 0.3 else "") for digit in number)
    return rng.choice(("", "", "(", "+", "00", "+(", "011", "tel:")) + digits.replace("0", "(0)", rng.randrange(2))


def _some(rng: random.Random, text: str, change: Callable[[str], str], share: float) -> str:
    return "".join(change(char) if rng.random() < share else char for char in text)


def _json_escape(char: str) -> str:
    return "".join(
        f"\\u{unit:04x}" for unit in np.frombuffer(char.encode("utf-16-le", "surrogatepass"), "<u2").tolist()
    )


WRITINGS: tuple[Callable[[str, random.Random], str], ...] = (
    lambda text, rng: text.upper(),
    lambda text, rng: text.lower(),
    lambda text, rng: unicodedata.normalize(rng.choice(("NFC", "NFD", "NFKC", "NFKD")), text),
    lambda text, rng: html.escape(text),
    lambda text, rng: _some(rng, text, lambda char: f"&#{ord(char)}{rng.choice((';', ''))}", rng.choice((0.2, 1))),
    lambda text, rng: _some(rng, text, lambda char: f"&#x{ord(char):x};", rng.choice((0.2, 1))),
    lambda text, rng: text.encode("ascii", "xmlcharrefreplace").decode(),
    lambda text, rng: text.replace("é", "&eacute;").replace("@", "&commat;").replace("+", "&plus;"),
    lambda text, rng: quote(text, safe=rng.choice(("", "@/ "))),
    lambda text, rng: text.replace("%", "%25"),
    lambda text, rng: text.replace("&", "&amp;"),
    lambda text, rng: json.dumps(text, ensure_ascii=rng.random() < 0.6)[1:-1],
    lambda text, rng: _some(rng, text, _json_escape, rng.choice((0.2, 1))),
    lambda text, rng: _some(rng, text, lambda char: f"\\u{{{ord(char):x}}}", 0.3),
    lambda text, rng: _some(rng, text, lambda char: f"\\x{ord(char):02x}" if ord(char) < 256 else char, 0.3),
    lambda text, rng: _some(rng, text, lambda char: chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char, 0.5),
    lambda text, rng: _some(rng, text, lambda char: char + rng.choice(_INVISIBLE), 0.3),
    lambda text, rng: _some(
        rng, text, lambda char: chr(ord(char) + rng.choice((0x630, 0x6C0, 0x936))) if char in "0123456789" else char, 1
    ),
    lambda text, rng: f"<b>{text}</b>",
    lambda text, rng: f'<a href="mailto:{text}" title="{text}">x</a>',
    lambda text, rng: f'{{"name":"{text}","k":[1,"{text}"]}}',
    lambda text, rng: f"'{text}'",
)
_FRAMES: tuple[Callable[[str], str], ...] = (
    json.dumps,
    lambda text: json.dumps(json.dumps(text)),
    lambda text: f'<div data-x="{html.escape(json.dumps({"given": text}))}">',
    lambda text: "{" + ",".join(f'"{part}" : "{part}"' for part in text.split(" ")) + "}",
    quote,
    lambda text: quote(quote(text)),
)
_BETWEEN = (
    " ", "  ", "\n", "\u00a0", ", ", "</b> <i>", "</td>\n<td>", '","family":"', '", "k" : "', "&nbsp;", "%20", "+", "\\n", "\\u0020", "\t",  # noqa: E501
    " Q. ", " A ", "\u3000", "", "<wbr>", "<WBR />", "\\u003cb\\u003e", "&lt;b&gt;", '"' + "x" * 125 + '"', ' "a" : ', ',"a"   :"', "{",  # noqa: E501
)  # fmt: skip
_JOINS = (
    " ",
    "-",
    ".",
    "/",
    "(",
    ")",
    " (",
    ") ",
    "\u2011",
    "\u2013",
    "\u00a0",
    "..",
    " - ",
    "\u200b",
    "\u2212",
    "_",
    "\n",
    "/",
)
_INVISIBLE = ("\u200b", "\u00ad", "\u200e", "\u0640", "\u064e", "\u0301", "\ufe0f", "\u034f", "<wbr>", "</wbr>")
_NOISE = (
    " ", "<", ">", "</p>", "<p class=x>", "&", "&amp;", "%", "%25", "%2525", "\\", "\\\\", "\\u", "\\u00", "\\ud83d", "\\ud83d\\ude00", "\\\\ud83d\\\\ude00",  # noqa: E501
    "&#", "&#x", "&#38;#64;", "&am", "&notit;", "&eacute", "&CounterClockwiseContourIntegral;", "%C3", "%C3%A9", "%25C3%25A9", "%e2%82%ac", "%F0%9F%98%80",  # noqa: E501
    "@", "@@", ".", "..", "'", "''", "-", "_", "+", '"', '{"', '":', '" :', ',"', "{", "}", ":", "\n", "\t", "\0", "2024-01-15 ", "15.01.2024", "2024/01/15",  # noqa: E501
    "a", "Q", "z" * 70, "é" * 40, "中" * 3, "the of", "jane", "doe", "½", "⑴", "ﷺ", "\ufeff", "\ud800", "&lt;b>", "\\u003cb>", "＜b＞", "≮b", "<wbr", "<wbr >",  # noqa: E501
    "%3Cb%3E", "\\x3cb", "1 555 1234", "x" * 63 + "@example.org", "x@" + "y" * 250, "&#1234567890;", "&#0;", "&#150;", "&#xD800;", "\\u{110000}", "\\u{1F600}",  # noqa: E501
    '{"a":1,"b":', ',"k', "ab@cd", "例@例", "0", "00", "123", "\u0e33", "\u1100\u1161", "\u3099", "\u09cd", "َ", "\u0488",
)  # fmt: skip
_CODE_POINTS: tuple[Callable[[random.Random], int], ...] = (
    lambda rng: rng.randrange(0x80),
    lambda rng: rng.randrange(0x80, 0x800),
    lambda rng: rng.randrange(0x800, 0x10000),
    lambda rng: rng.randrange(0x3000, 0x3200),
    lambda rng: rng.randrange(0x600, 0x700),
    lambda rng: rng.randrange(0x10000, 0x110000),
)
