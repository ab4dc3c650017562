"""Ways to write one value so that nobody sees it is the same, in eight scripts.

In:    a person.
Out:   for every kind of disguise the page that shows the person's e-mail address, phone number or name so.
Else:  what is declared not to match is `test_not_matched`; whole messages (base64, gzip, charsets) are tests/capture.
"""

from __future__ import annotations

import csv
import html
import io
import json
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, quote_plus, urlencode


@dataclass(frozen=True, slots=True)
class Person:
    """One person as the directory has them."""

    script: str
    given: str
    family: str
    email: str
    phone: str  # "+" and international digits
    country_code: str  # the digits of `phone` that say the country
    trunk: str  # dialled before the national number at home
    groups: tuple[str, ...]  # the national significant number as people group it
    name_joint: str = " "  # between the two names where people write them: none in Han, kana and Thai texts that run on
    family_first: bool = False

    @property
    def name(self) -> str:
        """The name as it is written at home."""
        return self.name_joint.join((self.family, self.given) if self.family_first else (self.given, self.family))

    @property
    def national(self) -> str:
        """The phone number as dialled at home."""
        return self.trunk + "".join(self.groups)


PEOPLE = (
    Person("Latin", "Zoé", "Lefèvre-Nuñez", "zoé.lefèvre@exämple.org", "+33639981234", "33", "0", ("6", "39", "98", "12", "34")),
    Person("Arabic", "مُحَمَّد", "الأنصاري", "m.ansari@example.org", "+20223912345", "20", "0", ("2", "2391", "2345")),
    Person("Hebrew", "יְעֵל", "כהן־לוי", "yael@example.net", "+97225551234", "972", "0", ("2", "555", "1234")),
    Person("Cyrillic", "Андрей", "Щёголев", "андрей@пример.рф", "+74955550123", "7", "8", ("495", "555", "01", "23")),
    Person("Greek", "Ελένη", "Παπαδοπούλου", "eleni@example.gr", "+302105550123", "30", "", ("210", "555", "0123")),
    Person("Han", "浩然", "欧阳", "ouyang@example.cn", "+861065529988", "86", "0", ("10", "6552", "9988"), "", True),
    Person("Kana and Hangul", "さくら", "김가네", "sakura@example.jp", "+81355501234", "81", "0", ("3", "5550", "1234"), " ", True),
    Person("Thai", "สมชาย", "ใจดีงาม", "somchai@example.th", "+6621234567", "66", "0", ("2", "123", "4567")),
    Person("Devanagari", "अनिता", "शर्मा", "अनिता@उदाहरण.भारत", "+912265551234", "91", "0", ("22", "6555", "1234")),
)  # fmt: skip


def _escaped(text: str) -> str:
    return json.dumps(text)[1:-1]


def _every(text: str, write: Callable[[int], str]) -> str:
    return "".join(write(ord(char)) for char in text)


def _backslash_u(text: str, prefix: str = "\\u") -> str:
    encoded = text.encode("utf-16-be")
    return "".join(f"{prefix}{encoded[at]:02x}{encoded[at + 1]:02x}" for at in range(0, len(encoded), 2))


def _percent(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


def _full_width(text: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


def _between(text: str, put: str) -> str:
    """Put something behind every character that no combining mark follows."""
    marks = [*(unicodedata.category(char)[0] == "M" for char in text[1:]), False]
    return "".join(char + ("" if is_followed else put) for char, is_followed in zip(text, marks, strict=True))


def _named_entities(text: str) -> str:
    from html.entities import codepoint2name

    special = {"@": "&commat;", ".": "&period;", "+": "&plus;", "-": "&hyphen;"}
    return "".join(
        f"&{codepoint2name[ord(char)]};" if ord(char) in codepoint2name else special.get(char, char) for char in text
    )


def _csv_line(text: str) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(["17", text, 'say "x"', "2024"])
    return line.getvalue()


# Disguises that fit any text: a name, an e-mail address, a phone number.
TEXT: dict[str, Callable[[str], str]] = {
    "plain": lambda text: text,
    "entities, named": _named_entities,
    "entities, decimal": lambda text: _every(text, lambda code: f"&#{code};"),
    "entities, decimal without semicolon": lambda text: _every(text, lambda code: f"&#{code}&#8203"),
    "entities, hexadecimal": lambda text: _every(text, lambda code: f"&#x{code:X};"),
    "entities, only where not ASCII": lambda text: text.encode("ascii", "xmlcharrefreplace").decode(),
    "entities, escaped twice": lambda text: html.escape(_every(text, lambda code: f"&#{code};")),
    "entities, escaped three times": lambda text: html.escape(html.escape(_every(text, lambda code: f"&#{code};"))),
    "JSON \\u": _backslash_u,
    "JSON \\u, capital digits": lambda text: _backslash_u(text).upper().replace("\\U", "\\u"),
    "JSON \\u, escaped twice": lambda text: _backslash_u(text, "\\\\u"),
    "JSON \\u, only where not ASCII": _escaped,
    "JavaScript \\u{}": lambda text: _every(text, lambda code: f"\\u{{{code:x}}}"),
    "JavaScript \\x": lambda text: _every(text, lambda code: f"\\x{code:02x}" if code < 256 else chr(code)),
    "percent": _percent,
    "percent, small digits": lambda text: _percent(text).lower(),
    "percent twice": lambda text: quote(_percent(text), safe=""),
    "percent three times": lambda text: quote(quote(_percent(text), safe=""), safe=""),
    "percent, only where needed": lambda text: quote(text, safe="@"),
    "capitals": str.upper,
    "small letters": str.lower,
    "composed (NFC)": lambda text: unicodedata.normalize("NFC", text),
    "decomposed (NFD)": lambda text: unicodedata.normalize("NFD", text),
    "full-width": _full_width,
    "zero-width space inside": lambda text: _between(text, "\u200b"),
    "zero-width joiner and BOM inside": lambda text: _between(text, "\u200d\ufeff"),
    "soft hyphen inside": lambda text: _between(text, "\u00ad"),
    "soft hyphen as entity": lambda text: _between(text, "&shy;"),
    "<wbr> inside": lambda text: _between(text, "<wbr>"),
    "bidi marks around": lambda text: f"\u202b\u2067{text}\u2069\u202c",
    "bidi marks inside": lambda text: _between(text, "\u200f"),
    "in bold": lambda text: f"<b>{html.escape(text)}</b>",
    "attribute value": lambda text: f'<input name=x value="{html.escape(text)}">',
    "attribute, single quotes": lambda text: f"<a title='{html.escape(text)}'>x</a>",
    "attribute without quotes": lambda text: f"<a data-who={quote(text, safe='@+')}>x</a>",
    "comment": lambda text: f"<!-- {text} -->",
    "script": lambda text: f"<script>var who = '{text}';</script>",
    "CDATA": lambda text: f"<x><![CDATA[{text}]]></x>",
    "CSV": _csv_line,
    "TSV": lambda text: f"1\t{text}\t2\n",
    "YAML": lambda text: f"who: {text}\nwhen: now\n",
    "URL query": lambda text: "https://x.example/?" + urlencode({"q": "1", "who": text, "z": "2"}),
    "URL query, plus for space": lambda text: "/?who=" + quote_plus(text) + "&z=2",
    "JSON": lambda text: json.dumps({"id": 17, "who": text, "z": None}),
    "JSON in UTF-8": lambda text: json.dumps({"id": 17, "who": text}, ensure_ascii=False, indent=1),
    "JSON in an HTML attribute": lambda text: f'<div data-props="{html.escape(json.dumps({"who": text}))}">',
    "JSON in JSON": lambda text: json.dumps({"payload": json.dumps({"who": text})}),
    "HTML in JSON": lambda text: json.dumps({"html": f"<p>{html.escape(text)}</p>"}),
    "JSON in a URL": lambda text: "/?data=" + quote(json.dumps({"who": text}), safe=""),
    "JSON key": lambda text: json.dumps({text: 1}),
    "line ends around": lambda text: f"\r\n{text}\r\n",
    "quotation marks around": lambda text: f"“{text}”",
    "guillemets around": lambda text: f"« {text} »",
}  # fmt: skip

# Disguises of e-mail addresses alone.
EMAIL: dict[str, Callable[[Person], str]] = {
    "mailto link": lambda one: f'<a href="mailto:{one.email}?subject=Hi">write</a>',
    "name and angle brackets": lambda one: f'"X" <{one.email}>, "Y" <y@y.example>',
    "angle brackets as entities": lambda one: f"X &lt;{one.email}&gt;",
    "angle brackets, escaped by \\u": lambda one: f"X \\u003c{one.email}\\u003e",
    "end of a sentence": lambda one: f"Write to {one.email}. Or not ({one.email}).",
    "Markdown emphasis": lambda one: f"_{one.email}_ *{one.email}*",
    "list item": lambda one: f"\n-{one.email}\n",
    "query parameter without escape": lambda one: f"/x?email={one.email}&a=b",
    "assignment in quotes": lambda one: f"email='{one.email}'",
    "IDEO text on both sides": lambda one: f"連絡先{one.email}までどうぞ" if one.email.isascii() else f"連絡先 {one.email} まで",
    "between pipes": lambda one: f"|{one.email}|",
    "at sign full-width": lambda one: one.email.replace("@", "\uff20"),
}  # fmt: skip

# Disguises of phone numbers alone.
PHONE: dict[str, Callable[[Person], str]] = {
    "international with spaces": lambda one: f"+{one.country_code} {' '.join(one.groups)}",
    "international with hyphens": lambda one: f"+{one.country_code}-{'-'.join(one.groups)}",
    "international with dots": lambda one: f"+{one.country_code}.{'.'.join(one.groups)}",
    "international with slashes": lambda one: f"+{one.country_code} {'/'.join(one.groups)}",
    "international, no-break spaces": lambda one: f"+{one.country_code}\u00a0{chr(0x202F).join(one.groups)}",
    "international, no-break spaces as entities": lambda one: f"+{one.country_code}&nbsp;{'&nbsp;'.join(one.groups)}",
    "international, en dashes": lambda one: f"+{one.country_code}–{'‑'.join(one.groups)}",
    "00 instead of +": lambda one: f"00{one.country_code} {' '.join(one.groups)}",
    "011 instead of +": lambda one: f"011-{one.country_code}-{'-'.join(one.groups)}",
    "(0) between": lambda one: f"+{one.country_code} (0) {' '.join(one.groups)}".replace("(0) ", "(0)" if one.trunk == "0" else ""),
    "country code in parentheses": lambda one: f"(+{one.country_code}) {' '.join(one.groups)}",
    "area code in parentheses": lambda one: f"({one.trunk}{one.groups[0]}) {'-'.join(one.groups[1:])}",
    "as dialled at home": lambda one: one.national,
    "as dialled at home, grouped": lambda one: f"{one.trunk}{one.groups[0]} {' '.join(one.groups[1:])}",
    "without the trunk prefix": lambda one: " ".join(one.groups),
    "tel link": lambda one: f'<a href="tel:{one.phone}">call</a>',
    "Arabic-Indic digits": lambda one: "".join(chr(0x660 + int(c)) if c.isdigit() else c for c in one.phone),
    "Persian digits": lambda one: "".join(chr(0x6F0 + int(c)) if c.isdigit() else c for c in one.phone),
    "Devanagari digits": lambda one: "".join(chr(0x966 + int(c)) if c.isdigit() else c for c in one.phone),
    "plus as entity": lambda one: "&#43;" + one.phone[1:],
    "JSON number": lambda one: f'{{"phone":{one.phone[1:]}}}',
    "behind a label": lambda one: f"Tel.:{one.phone}; Fax: -",
    "behind ideographs": lambda one: f"電話{one.national}まで",
}  # fmt: skip

# Disguises of names alone.
NAME: dict[str, Callable[[Person], str]] = {
    "two spaces": lambda one: f"{one.given}  {one.family}",
    "line break": lambda one: f"{one.given}\n   {one.family}",
    "no-break space": lambda one: f"{one.given}\u00a0{one.family}",
    "no-break space as entity": lambda one: f"{one.given}&nbsp;{one.family}",
    "escaped line break": lambda one: f"{one.given}\\n{one.family}",
    "last name first, comma": lambda one: f"{one.family}, {one.given}",
    "last name first in capitals": lambda one: f"{one.family.upper()} {one.given}",
    "middle initial": lambda one: f"{one.given} Q. {one.family}",
    "middle initial without dot": lambda one: f"{one.given} q {one.family}",
    "each part in a tag": lambda one: f"<b>{one.given}</b> <i>{one.family}</i>",
    "two table cells": lambda one: f"<tr><td>{one.given}</td>\n <td class='x y'>{one.family}</td></tr>",
    "line break tag": lambda one: f"{one.given}<br/>{one.family}",
    "tags escaped by \\u": lambda one: f"\\u003cb\\u003e{one.given}\\u003c/b\\u003e {one.family}",
    "two JSON fields": lambda one: json.dumps({"given": one.given, "family": one.family}),
    "two JSON fields with keys apart": lambda one: json.dumps({"family_name": one.family, "first name": one.given}, indent=2),
    "two JSON fields in an attribute": lambda one: (
        f'<i data-p="{html.escape(json.dumps({"given": one.given, "family": one.family}))}">'
    ),
    "two JSON fields in JSON": lambda one: json.dumps(json.dumps({"given": one.given, "family": one.family})),
    "two attributes next to each other": lambda one: f"{one.given}/{one.family}",
    "underscore": lambda one: f"{one.given}_{one.family}",
    "two CSV columns": lambda one: f'17;"{one.given}";"{one.family}";x',
    "emphasis": lambda one: f"**{one.given} {one.family}**",
    "genitive with quote": lambda one: f"‘{one.given} {one.family}’",
}  # fmt: skip

# Disguises of names in one script.
NAME_IN_SCRIPT: dict[str, dict[str, Callable[[Person], str]]] = {
    "Arabic": {
        "without harakat": lambda one: "محمد الأنصاري",
        "tatweel": lambda one: "محـــمد الأنصــاري",
        "alef without hamza": lambda one: "محمد الانصاري",
        "alef maksura for yeh": lambda one: "محمد الأنصارى",
        "Persian yeh": lambda one: "محمد الأنصاری",
        "presentation forms": lambda one: unicodedata.normalize("NFC", "ﻣﺤﻤﺪ ﺍﻷﻧﺼﺎﺭﻱ"),
    },
    "Hebrew": {"without niqqud": lambda one: "יעל כהן־לוי", "hyphen for maqaf": lambda one: "יעל כהן-לוי"},
    "Cyrillic": {"ё without dots": lambda one: "Андрей Щеголев"},
    "Greek": {"without accents": lambda one: "Ελενη Παπαδοπουλου", "capitals": lambda one: "ΕΛΕΝΗ ΠΑΠΑΔΟΠΟΥΛΟΥ"},
    "Latin": {"without accents": lambda one: "Zoe Lefevre-Nunez", "accents behind": lambda one: "Zoe\u0301 Lefe\u0300vre Nun\u0303ez"},  # noqa: E501
    "Han": {"with a space": lambda one: "欧阳 浩然", "given name first": lambda one: "浩然 欧阳", "run on in a text": lambda one: "由欧阳浩然提交"},  # noqa: E501
    "Kana and Hangul": {"half-width kana and jamo": lambda one: unicodedata.normalize("NFD", one.name), "run on": lambda one: "김가네さくら様"},  # noqa: E501
    "Thai": {"run on in a text": lambda one: "คุณสมชายใจดีงามครับ"},
    "Devanagari": {"decomposed": lambda one: unicodedata.normalize("NFD", one.name)},
}  # fmt: skip
