"""Count what a directory of a million people finds in text that has nobody of it.

    python -m bench.false_matches [--people 1000000] [--megabytes 60]

In:    documentation packages of Debian in many languages (fetched once into .cache/bench-text), and synthetic people.
Out:   a table: text, MB, confirmed and possible hits, per MB.
Else:  a few MB of it are a test: tests/kernel/test_false_matches.py.

Confirmed: an e-mail address, phone number, address or token alone, or a weak one beside another field of the same person.
Possible: a name alone, and digits that do not look like a phone number. All of them are wrong here, or namesakes: the texts
name their authors, and among a million customers some bear the same name.
"""

from __future__ import annotations

import argparse
import gzip
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.people import batches, phone_values
from bench.text import CACHE
from spillkit.kernel import Builder, Scanner, engine
from spillkit.kernel.api import SLOT_BARE, SLOT_SUPPORTED
from spillkit.kernel.words import common_words
from spillkit.model import Field

KEY = bytes(range(16))
# Package, folder of its texts, languages.
TEXTS = (
    ("manpages-de", "man/de", "de"),
    ("manpages-fr", "man/fr", "fr"),
    ("manpages-es", "man/es", "es"),
    ("manpages-it", "man/it", "it"),
    ("manpages-ja", "man/ja", "ja"),
    ("manpages-pl", "man/pl", "pl"),
    ("manpages-ru", "man/ru", "ru"),
    ("manpages-tr", "man/tr", "tr"),
    ("manpages-zh", "man/zh_CN", "zh"),
    ("manpages-dev", "man/man3", "en"),
    ("libreoffice-help-de", "libreoffice/help/de", "de"),
    ("libreoffice-help-en-us", "libreoffice/help/en-US", "en"),
    ("libreoffice-help-fr", "libreoffice/help/fr", "fr"),
    ("libreoffice-help-ja", "libreoffice/help/ja", "ja"),
    ("libreoffice-help-zh-cn", "libreoffice/help/zh-CN", "zh"),
    ("libreoffice-help-tr", "libreoffice/help/tr", "tr"),
    ("debian-handbook", "doc/debian-handbook", "20 languages"),
    ("installation-guide-amd64", "doc/installation-guide-amd64", "20 languages"),
    ("anarchism", "doc/anarchism", "en"),
    ("gnome-user-docs", "help", "40 languages"),
    ("fortunes-it", "games/fortunes/it", "it"),
    ("fortunes-de", "games/fortunes/de", "de"),
)
TEXT_SUFFIXES = ("", ".html", ".xhtml", ".page", ".xml", ".txt", ".gz")


@dataclass
class Count:
    """What was found in one text."""

    megabytes: float = 0.0
    confirmed: int = 0
    possible: int = 0


def build_directory(path: Path, people: int) -> None:
    """Write an index of so many synthetic people: name, e-mail, phone, address, order number."""
    builder = Builder(KEY, common_words(people))
    for batch in batches(people):
        numbers = batch.numbers.tolist()
        builder.add(Field.NAME, batch.numbers, batch.names)
        builder.add(Field.EMAIL, batch.numbers, batch.emails)
        dialled = [
            (number, value)
            for number, phone in zip(numbers, batch.phones, strict=True)
            if phone
            for value in phone_values(phone)
        ]
        builder.add(
            Field.PHONE, np.array([number for number, _ in dialled], np.uint32), [value for _, value in dialled]
        )
        streets = [f"{number % 180 + 1} {name.split(chr(31))[-1]} Street" for number, name in zip(numbers, batch.names)]
        towns = [f"{street} {10000 + number % 89999}" for number, street in zip(numbers, streets)]
        builder.add(Field.ADDRESS, batch.numbers, towns)
        builder.add(Field.ADDRESS, batch.numbers, streets, weak=True)
        builder.add(Field.ORDER, batch.numbers, [f"ORD-{number * 7919 % 100000007:08d}" for number in numbers])
    builder.write(path, nonce=1)


def count(scanner: Scanner, pages: list[bytes], found: Counter[str] | None = None) -> Count:
    """Return what a scanner finds in pages; `found` counts the texts found, to be read by a person."""
    total = Count(sum(map(len, pages)) / 1e6)
    for page, start, end, slot in scanner.scan(pages).tolist():
        field, weak, _ = scanner.group(slot & ~SLOT_BARE)
        is_possible = (field is Field.NAME and not weak and not slot & SLOT_SUPPORTED) or slot & SLOT_BARE
        total.possible += bool(is_possible)
        total.confirmed += not is_possible
        if found is not None:
            text = pages[page][start:end].decode("utf-8", "replace")
            found[f"{field.label}{'' if is_possible else ', confirmed'}: {' '.join(text.split())}"] += 1
    return total


def pages_of(folder: Path, megabytes: float) -> Iterator[bytes]:
    """Yield the texts under a folder, spread over all of it, at most so many MB."""
    files = [file for file in sorted(folder.rglob("*")) if file.suffix in TEXT_SUFFIXES and file.is_file()]
    left = megabytes * 1e6
    for file in sorted(files, key=lambda file: (hash_of(file.name), file)):
        page = file.read_bytes() if not file.is_symlink() else b""
        if page[:2] == b"\x1f\x8b":
            page = gzip.decompress(page)
        if page and b"\0" not in page[:4096]:
            yield page
            left -= len(page)
        if left < 0:
            return


def hash_of(name: str) -> int:
    """Return a number that spreads names evenly and is the same in every run."""
    return int.from_bytes(name.encode()[::-1][:8], "big") * 0x9E3779B97F4A7C15 % 2**64


def fetch(package: str) -> None:
    """Download and unpack a package, once; without a network its text is left out."""
    done, downloads = CACHE / f"{package}.unpacked", CACHE / "deb"
    if done.exists():
        return
    downloads.mkdir(parents=True, exist_ok=True)
    subprocess.run(["apt-get", "download", "-qq", package], cwd=downloads, capture_output=True, check=False)
    for archive in sorted(downloads.glob(f"{package}_*.deb")):
        subprocess.run(["dpkg", "-x", str(archive), str(CACHE / "root")], check=True)
        done.touch()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Count false matches of a large directory in unrelated text.")
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--megabytes", type=float, default=66.0, help="of all texts together")
    parser.add_argument(
        "--show", type=int, default=20, help="texts found to print: synthetic names and public text only"
    )
    options = parser.parse_args()
    found: Counter[str] = Counter()
    total = Count()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.idx"
        build_directory(path, options.people)
        scanner = Scanner([path], KEY)
        print(f"{options.people:,} people, {engine()}")
        print(f"{'text':26} {'languages':14} {'MB':>6} {'confirmed':>9} {'possible':>8} {'per MB':>7}")
        for package, place, languages in TEXTS:
            fetch(package)
            pages = list(pages_of(CACHE / "root" / "usr" / "share" / place, options.megabytes / len(TEXTS)))
            one = count(scanner, pages, found)
            total = Count(
                total.megabytes + one.megabytes, total.confirmed + one.confirmed, total.possible + one.possible
            )
            print(line(package, languages, one))
        print(line("all", "", total))
        for text, times in found.most_common(options.show):
            print(f"  {times:5} × {text}")


def line(text: str, languages: str, one: Count) -> str:
    """Return one line of the table."""
    share = one.possible / one.megabytes if one.megabytes else 0.0
    return f"{text:26} {languages:14} {one.megabytes:6.1f} {one.confirmed:9} {one.possible:8} {share:7.2f}"


if __name__ == "__main__":
    main()
