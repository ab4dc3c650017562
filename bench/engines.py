"""Our own matchers behind the same calls as the rivals.

In:    a directory size; bodies.
Out:   an index segment in bench/data/ (kept between runs), hits, and what building took.
Else:  what the hits mean is docs/reference/matching.md.
"""

from __future__ import annotations

import hashlib
import importlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np

from bench.corpus import LARGEST_DIRECTORY
from bench.names import DATA
from bench.people import batches, phone_values
from spillkit.kernel.api import Builder, Hits, Scanner
from spillkit.model import Field

KEY = bytes(range(16))  # a benchmark has nothing to hide
ENTRIES_A_PERSON = 4.39  # two for the name, one for the e-mail, 1.4 for the phone on average
FIELDS = (Field.NAME, Field.EMAIL, Field.PHONE)


@dataclass(frozen=True, slots=True)
class Built:
    """What building one segment took."""

    people: int
    entries: int
    file_bytes: int
    cpu_seconds: float  # of the builder alone; making the people is not in it


def matcher(name: str) -> ModuleType:
    """Return spillkit.kernel.native or spillkit.kernel.plain."""
    return importlib.import_module(f"spillkit.kernel.{name}")


def segment_path(people: int, seed: int = 1) -> Path:
    """Return where the segment of that directory is kept; another builder or other sources of people make another file."""
    root = Path(__file__).parents[1]
    made_by = hashlib.sha256()
    for name in ("builder.rs", "gate.rs", "segment.rs", "fold.rs", "values.rs"):
        if (file := root / "native/src" / name).exists():
            made_by.update(file.read_bytes())
    for name in ("names.py", "people.py"):
        made_by.update(Path(__file__).with_name(name).read_bytes())
    return DATA / f"people-{people}-{seed}-{made_by.hexdigest()[:12]}.idx"


def common_words() -> tuple[str, ...]:
    """Return the words that make a name weak, as the product ships them."""
    try:
        module = importlib.import_module("spillkit.directory.common_words")
    except ModuleNotFoundError:
        return ()
    words = module.common_words
    return tuple(words() if callable(words) else words)


def build(builder: Builder, people: int, path: Path, seed: int = 1) -> Built:
    """Put `people` subjects with name, e-mail and (half of them) phone into a segment at `path`.

    Above ten million, `people` is the number of fingerprints: those of ten million people and synthetic ones.
    """
    spent = 0.0
    synthetic = people - int(LARGEST_DIRECTORY * ENTRIES_A_PERSON) if people > LARGEST_DIRECTORY else 0
    for batch in batches(min(people, LARGEST_DIRECTORY), seed):
        phoned = [
            (number, value)
            for number, phone in zip(batch.numbers, batch.phones)
            if phone
            for value in phone_values(phone)
        ]
        numbers = np.array([number for number, _ in phoned], np.uint32)
        phones = [value for _, value in phoned]
        began = time.process_time()
        builder.add(Field.NAME, batch.numbers, batch.names)
        builder.add(Field.EMAIL, batch.numbers, batch.emails)
        builder.add(Field.PHONE, numbers, phones)
        spent += time.process_time() - began
    began = time.process_time()
    if synthetic:
        builder.add_synthetic(synthetic, seed)  # type: ignore[attr-defined]  # the native builder's own door
    stats = builder.write(path, nonce=1)
    spent += time.process_time() - began
    return Built(people, stats.entries, stats.file_bytes, spent)


class Ours:
    """One of our matchers over one directory."""

    def __init__(self, kernel: str, people: int, seed: int = 1) -> None:
        self.kernel, self.people, self.seed = kernel, people, seed
        self.built: Built | None = None

    def build(self) -> None:
        """Build the segment, or open the one kept from before."""
        module = matcher(self.kernel)
        path = segment_path(self.people, self.seed)
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            builder = (matcher("native") if _has_native() else module).Builder(KEY, common_words())
            self.built = build(builder, self.people, path, self.seed)
        self.file_bytes = path.stat().st_size
        self.scanner: Scanner = module.Scanner([path], KEY)

    def scan(self, pages: Sequence[bytes]) -> int:
        """Scan the pages in one batch; return the number of hits."""
        return len(self.scanner.scan(pages))

    def found(self, pages: Sequence[bytes]) -> list[set[tuple[int, int]]]:
        """Return for name, e-mail and phone which (page, subject number) were hit, all subjects of a shared value included."""
        hits: Hits = self.scanner.scan(pages)
        by_field: list[set[tuple[int, int]]] = [set() for _ in FIELDS]
        groups: dict[int, tuple[Field, list[int]]] = {}
        for page, slot in hits[:, [0, 3]].tolist():
            if slot not in groups:
                field, _, numbers = self.scanner.group(slot)
                groups[slot] = (field, numbers.tolist())
            field, members = groups[slot]
            if field in FIELDS:
                by_field[FIELDS.index(field)].update((page, number) for number in members)
        return by_field


def _has_native() -> bool:
    try:
        matcher("native")
    except ImportError:
        return False
    return True
