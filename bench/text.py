"""Real text in seven languages, for pages that read like pages.

In:    documentation packages of Debian, unpacked under .cache/bench-text (fetched once with apt-get, never committed).
Out:   for each language its HTML pages as they are, and its paragraphs as plain text.
Else:  building bodies with people in them is `corpus`. Without the packages, text is made of invented words; the record says so.
"""

from __future__ import annotations

import gettext
import html
import random
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bench.names import languages

CACHE = Path(__file__).resolve().parents[1] / ".cache" / "bench-text"
PACKAGES = (
    "debian-handbook",
    "installation-guide-amd64",
    "libreoffice-help-en-us",
    "libreoffice-help-fr",
    "libreoffice-help-de",
    "libreoffice-help-it",
    "libreoffice-help-ja",
    "libreoffice-help-pl",
    "libreoffice-l10n-ar",
)
_HELP = {"en": "en-US", "fr": "fr", "de": "de", "it": "it", "ja": "ja", "pl": "pl"}
_HANDBOOK = {"en": "en-US", "fr": "fr-FR", "de": "de-DE", "it": "it-IT", "ja": "ja-JP", "pl": "pl-PL", "ar": "ar-MA"}
_PARAGRAPH = re.compile(r"<(p|li|td|h\d|dd)\b[^>]*>(.*?)</\1>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Text:
    """What there is to read in one language."""

    pages: tuple[bytes, ...]  # whole HTML files, UTF-8
    paragraphs: tuple[str, ...]  # plain text, 40 to 2,000 characters each
    real: bool  # from Debian's packages, or made of invented words


def fetch() -> bool:
    """Download and unpack the packages that are missing; return whether real text is there afterwards."""
    root = CACHE / "root"
    downloads = CACHE / "deb"
    downloads.mkdir(parents=True, exist_ok=True)
    for package in PACKAGES:
        done = CACHE / f"{package}.unpacked"
        if done.exists():
            continue
        if not (found := sorted(downloads.glob(f"{package}_*.deb"))):
            got = subprocess.run(
                ["apt-get", "download", "-qq", package], cwd=downloads, capture_output=True, check=False
            )
            if got.returncode != 0 or not (found := sorted(downloads.glob(f"{package}_*.deb"))):
                continue
        subprocess.run(["dpkg", "-x", str(found[0]), str(root)], check=True)
        done.touch()
    return (root / "usr" / "share" / "libreoffice" / "help").is_dir()


@cache
def text(language: str) -> Text:
    """Return the text of one language, in an order that is always the same."""
    folders = [
        CACHE / "root/usr/share/libreoffice/help" / _HELP.get(language, "none"),
        CACHE / "root/usr/share/doc/debian-handbook/html" / _HANDBOOK.get(language, "none"),
        CACHE / "root/usr/share/doc/installation-guide-amd64" / language,
    ]
    files = [file for folder in folders if folder.is_dir() for file in sorted(folder.rglob("*.html"))]
    pages = tuple(body for file in files if len(body := file.read_bytes()) > 1_500)
    paragraphs = list(dict.fromkeys(found for page in pages for found in _paragraphs(page.decode("utf-8", "ignore"))))
    if language == "ar":
        # The handbook is translated in part only: its English paragraphs would make the Arabic corpus an English one.
        paragraphs = [found for found in paragraphs + list(_catalogue("ar")) if _is_arabic(found)]
        pages = ()
    if len(paragraphs) < 200:
        return Text((), tuple(_invented(language)), real=False)
    random.Random(f"paragraphs {language}").shuffle(paragraphs)
    return Text(pages, tuple(paragraphs), real=True)


def _paragraphs(page: str) -> Iterator[str]:
    for _, inside in _PARAGRAPH.findall(page):
        plain = _SPACES.sub(" ", html.unescape(_TAG.sub("", inside))).strip()
        if 40 <= len(plain) <= 2_000:
            yield plain


def _catalogue(language: str) -> Iterator[str]:
    """Yield the longer messages of every translation catalogue of that language on this machine."""
    for root in (CACHE / "root/usr", Path("/usr/share/locale")):
        for file in sorted(root.rglob(f"{language}/LC_MESSAGES/*.mo")):
            with file.open("rb") as opened:
                catalogue = gettext.GNUTranslations(opened)
            for message in catalogue._catalog.values():  # type: ignore[attr-defined]  # the module gives no other list
                if 20 <= len(message) <= 2_000:
                    yield _SPACES.sub(" ", message.replace("_", "")).strip()


def _is_arabic(paragraph: str) -> bool:
    return sum("\u0600" <= letter <= "\u06ff" for letter in paragraph) * 2 > len(paragraph)


def _invented(language: str) -> Iterator[str]:
    rng = random.Random(f"invented {language}")
    [where] = [known for known in languages() if known.code == language]
    words = [name.lower() for name in where.family.names[-4_000:]]
    for _ in range(4_000):
        yield (" ".join(rng.choices(words, k=rng.randint(6, 90))) + ".").capitalize()
