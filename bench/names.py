"""Pools of names with the frequencies of real ones, in seven languages and three scripts.

In:    lists of common names (CSV of sigpwned/popular-names-by-country-dataset, CC0), where they lie; else the short lists below.
Out:   for each language a pool of given names and one of family names, each with a weight.
Else:  who bears which name is `people`.

A list of the hundred most common names covers a tenth of a country. The other nine tenths are made here: names spelt like
the real ones (a letter chain of order 2), down to rare ones, with Zipf's weights. So a directory of ten million has its
Maria Rossi a hundred times over and its unique names too.
"""

from __future__ import annotations

import csv
import json
import os
import random
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

DATASET = "sigpwned__popular-names-by-country-dataset"
DATA = Path(__file__).parent / "data"
TAIL_GIVEN = 3_000
TAIL_FAMILY = 25_000

# Language, share of the directory, countries of the CSV whose lists are joined, calling code, national number length.
LANGUAGES: tuple[tuple[str, float, tuple[str, ...], str, int], ...] = (
    ("en", 0.28, ("US", "GB", "AU", "CA"), "44", 10),
    ("fr", 0.15, ("FR", "BE"), "33", 9),
    ("de", 0.17, ("DE", "AT", "CH"), "49", 10),
    ("it", 0.12, ("IT",), "39", 10),
    ("ar", 0.10, (), "20", 10),
    ("ja", 0.08, ("JP",), "81", 10),
    ("pl", 0.10, ("PL",), "48", 9),
)

_SHORT: dict[str, tuple[str, str]] = {
    "en": (
        "Mary John Emma James Olivia Robert Grace William Sophie Thomas Alice George Ruth Henry Will May Mark Rose",
        "Smith Johnson Brown Taylor Wilson Clark Walker Hall Wright Green Baker Page Young King Hill Cooper Ward Long",
    ),
    "fr": (
        "Marie Jean Camille Pierre Léa Louis Chloé Hugo Inès François Zoé André Élodie René Noémie Benoît Agnès",
        "Martin Bernard Dubois Thomas Robert Petit Durand Leroy Moreau Simon Lefèvre Girard Bonnet François Mercier Noël",
    ),
    "de": (
        "Anna Lukas Mia Jürgen Sophie Jörg Emma Günther Käthe Maximilian Lena Björn Ursula Thomas Heike Stefan",
        "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schäfer Koch Bauer Richter Köhler Krüger Vogel Böhm",
    ),
    "it": (
        "Maria Giulia Luca Marco Sofia Matteo Chiara Andrea Francesca Niccolò Elena Giovanni Aurora Lorenzo Sara Davide",
        "Rossi Russo Ferrari Esposito Bianchi Romano Colombo Ricci Marino Greco Bruno Gallo Conti De Luca Costa Mancini",
    ),
    "ar": (
        "محمد أحمد فاطمة مريم علي حسن حسين عائشة خالد سارة يوسف ليلى عمر نور إبراهيم زينب محمود هدى طارق سلمى كريم رنا "
        "سعيد آمنة عبدالله خديجة ياسر منى سمير دعاء وليد هناء مصطفى أسماء رامي إيمان فؤاد نادية",
        "المصري الحسن السيد الشامي العلي حداد الخطيب منصور عبدالرحمن البغدادي التونسي الفاسي القاسم النجار سليمان الحلبي "
        "الأنصاري شاهين درويش الخوري زيدان الهاشمي جابر قباني الصباح بركات عثمان الرفاعي الشريف غانم",
    ),
    "ja": (
        "蒼 陽翔 結衣 陽葵 蓮 湊 凛 美咲 翔太 健太 由美子 直樹 明美 大輔 恵子 さくら 誠 隆 愛子 拓海 花子 太郎 真由美 浩二",
        "佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村 林 斎藤 清水 石川 前田",
    ),
    "pl": (
        "Zofia Jan Hanna Antoni Julia Łukasz Małgorzata Paweł Agnieszka Michał Ewa Krzysztof Żaneta Stanisław Maja Piotr",
        "Nowak Kowalski Wiśniewski Wójcik Kowalczyk Kamiński Lewandowski Zieliński Szymański Woźniak Dąbrowski Kozłowski",
    ),
}


@dataclass(frozen=True, slots=True)
class Pool:
    """Names with their cumulative weights, and each in letters fit for an e-mail address."""

    names: tuple[str, ...]
    ascii_names: tuple[str, ...]
    cumulative: NDArray[np.float64]  # rising, last is 1.0

    def draw(self, uniform: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return for each number in [0, 1) the place of a name, frequent ones more often."""
        return np.searchsorted(self.cumulative, uniform, side="right")


@dataclass(frozen=True, slots=True)
class Language:
    """How the people of one language are called."""

    code: str
    share: float
    given: Pool
    family: Pool
    calling_code: str
    national_digits: int
    family_first: bool


def names_folder() -> Path | None:
    """Return where the lists of common names lie: $SPILLKIT_BENCH_NAMES, else ../shared/data/names; None if nowhere."""
    told = os.environ.get("SPILLKIT_BENCH_NAMES")
    folder = Path(told) if told else Path(__file__).resolve().parents[2] / "shared" / "data" / "names"
    return folder if (folder / DATASET).is_dir() else None


@cache
def languages() -> tuple[Language, ...]:
    """Return the seven languages with their pools; the same wherever the same lists lie. Kept in bench/data/ once made."""
    kept = DATA / f"names-{'lists' if names_folder() else 'short'}-{TAIL_FAMILY}.json"
    if kept.exists():
        pools = json.loads(kept.read_text())
    else:
        pools = _make_pools()
        DATA.mkdir(exist_ok=True)
        kept.write_text(json.dumps(pools))
    return tuple(
        Language(code, share, _pool(given, 1.0), _pool(family, 0.85), calling_code, digits, family_first=code == "ja")
        for (code, share, _, calling_code, digits), (given, family) in zip(LANGUAGES, pools)
    )


def _make_pools() -> list[tuple[list[str], list[str]]]:
    given = _read_common("common-forenames-by-country.csv")
    family = _read_common("common-surnames-by-country.csv")
    pools = []
    for code, _, countries, _, _ in LANGUAGES:
        short_given, short_family = (text.split() for text in _SHORT[code])
        real_given = _unique([name for country in countries for name in given.get(country, [])] + short_given)
        real_family = _unique([name for country in countries for name in family.get(country, [])] + short_family)
        pools.append(
            (
                _unique(real_given + _spelt_alike(real_given, TAIL_GIVEN, random.Random(f"given {code}"))),
                _unique(real_family + _spelt_alike(real_family, TAIL_FAMILY, random.Random(f"family {code}"))),
            )
        )
    return pools


def _read_common(file_name: str) -> dict[str, list[str]]:
    folder = names_folder()
    lists: dict[str, list[str]] = defaultdict(list)
    if folder is None:
        return lists
    with (folder / DATASET / file_name).open(encoding="utf-8-sig", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["Localized Name"]:
                lists[row["Country"]].append(row["Localized Name"])
    return lists


def _unique(names: list[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _pool(names: list[str], exponent: float) -> Pool:
    weights = 1.0 / np.power(np.arange(len(names)) + 3.0, exponent)
    cumulative = np.cumsum(weights / weights.sum())
    cumulative[-1] = 1.0
    return Pool(tuple(names), tuple(_ascii(name) for name in names), cumulative)


def _spelt_alike(real: list[str], count: int, rng: random.Random) -> list[str]:
    """Make names that follow each other letter by letter as in the real ones; ideographs are joined in pairs."""
    if all(ord(name[0]) > 0x2E80 for name in real):
        letters = sorted({letter for name in real for letter in name})
        return ["".join(rng.choices(letters, k=rng.choice((1, 2, 2, 2, 3)))) for _ in range(count)]
    after_two: dict[str, list[str]] = defaultdict(list)
    after_one: dict[str, list[str]] = defaultdict(list)
    for name in real:
        word = f"\x02\x02{name.lower()}\x03"
        for at in range(len(word) - 2):
            after_two[word[at : at + 2]].append(word[at + 2])
            after_one[word[at + 1]].append(word[at + 2])
    made: dict[str, None] = {}
    while len(made) < count:
        pair, word = "\x02\x02", ""
        while len(word) < 12:
            # Every sixth letter looks back one letter only, or short lists would run out of names.
            letter = rng.choice(after_one[pair[1]] if rng.random() < 0.17 else after_two[pair] or after_one[pair[1]])
            if letter == "\x03":
                break
            word += letter
            pair = pair[1] + letter
        if len(word) >= 4 and word.strip() == word:
            made[word.title()] = None
    return list(made)


def _ascii(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    return "".join(letter for letter in plain if letter.isalpha())
