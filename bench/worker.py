"""One engine in a process of its own, driven line by line: `python -m bench.worker ENGINE`.

In:    JSON lines on stdin: load, build, scan, recall, each with its arguments.
Out:   one JSON line each on stdout: CPU and wall seconds, bytes, hits, memory.
Else:  which engine scans when is `rounds`; the engines are `engines` (ours), `rivals` and `limit`.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

from bench import limit
from bench.corpus import corpus, recall
from bench.people import batches, person
from bench.rivals import RIVALS, WITHOUT_DIRECTORY, Normalised

Answer = dict[str, Any]
Found = list[set[tuple[int, int]]]


class Engine(Protocol):
    """What a worker drives."""

    def build(self) -> Answer: ...

    def prepare(self, pages: Sequence[bytes]) -> Sequence[Any]:
        """Return the pages in the shape the engine wants; not measured."""

    def scan(self, ready: Sequence[Any]) -> int: ...

    def found(self, pages: Sequence[bytes]) -> Found | None: ...


class OursEngine:
    """Our kernel or its plain twin, on one thread or several."""

    def __init__(self, kernel: str, people: int, seed: int, threads: int) -> None:
        from bench.engines import Ours

        self.ours = Ours(kernel, people, seed)
        self.threads = threads
        self.pool = ThreadPoolExecutor(threads)

    def build(self) -> Answer:
        self.ours.build()
        return {"index_bytes": self.ours.file_bytes}

    def prepare(self, pages: Sequence[bytes]) -> Sequence[Any]:
        return pages

    def scan(self, ready: Sequence[Any]) -> int:
        if self.threads == 1:
            return self.ours.scan(ready)
        shares = [ready[start :: self.threads] for start in range(self.threads)]
        return sum(self.pool.map(self.ours.scan, shares))

    def found(self, pages: Sequence[bytes]) -> Found | None:
        return self.ours.found(pages)


class RivalEngine:
    """A rival over the distinct names and e-mail addresses of the directory."""

    def __init__(self, name: str, people: int, seed: int) -> None:
        self.name, _, with_normaliser = name.partition(" + ")
        self.rival: Any = RIVALS[self.name]()
        if with_normaliser:
            self.rival = Normalised(self.rival)
        self.people, self.seed = people, seed

    def build(self) -> Answer:
        patterns = [text for batch in batches(self.people, self.seed) for text in (*batch.written, *batch.emails)]
        self.patterns = list(dict.fromkeys(patterns))
        began = time.process_time()
        self.rival.build(self.patterns)
        return {"patterns": len(self.patterns), "cpu_seconds": time.process_time() - began}

    def prepare(self, pages: Sequence[bytes]) -> Sequence[Any]:
        return [page.decode("utf-8", "replace") for page in pages] if self.rival.takes_text else pages

    def scan(self, ready: Sequence[Any]) -> int:
        if hasattr(self.rival, "batch"):
            return sum(map(len, self.rival.batch(ready)))
        return sum(sum(1 for _ in self.rival.matches(page)) for page in ready)

    def found(self, pages: Sequence[bytes]) -> Found | None:
        if self.name in WITHOUT_DIRECTORY:
            return None
        owners: dict[str, list[tuple[int, int]]] = {}
        for number in self.asked_for:
            who = person(number, self.seed)
            owners.setdefault(who.written, []).append((0, number))
            owners.setdefault(who.email, []).append((1, number))
        found: Found = [set(), set()]
        prepared = self.prepare(pages)
        whole = self.rival.batch(prepared) if hasattr(self.rival, "batch") else map(self.rival.matches, prepared)
        for page, places in enumerate(whole):
            for place in set(places):
                for field, number in owners.get(self.patterns[place], ()):
                    found[field].add((page, number))
        return found

    asked_for: Sequence[int] = ()


class LimitEngine:
    """A pass that finds nobody."""

    def __init__(self, name: str) -> None:
        self.run: Callable[[bytes], int] = limit.passes()[name]

    def build(self) -> Answer:
        return {}

    def prepare(self, pages: Sequence[bytes]) -> Sequence[Any]:
        return [b"".join(pages)]

    def scan(self, ready: Sequence[Any]) -> int:
        for whole in ready:
            self.run(whole)
        return 0

    def found(self, pages: Sequence[bytes]) -> Found | None:
        return None


def make_engine(name: str, people: int, seed: int) -> Engine:
    """Return the engine of that name: "spillkit", "spillkit portable", "spillkit plain", "spillkit x2", a rival or a limit."""
    if name.startswith("limit"):
        return LimitEngine(name)
    if name.startswith("spillkit"):
        kernel = "plain" if name.endswith("plain") else "native"
        return OursEngine(kernel, people, seed, threads=2 if name.endswith("x2") else 1)
    return RivalEngine(name, people, seed)


class Worker:
    """Holds the bodies and one engine, and answers the parent's lines."""

    def __init__(self, name: str) -> None:
        self.name = name

    def load(self, *, kind: str, megabytes: float, people: int, seed: int, limit_bytes: int | None) -> Answer:
        """Read the bodies and build the engine for a directory of `people`."""
        self.corpus = corpus(kind, megabytes, seed)
        self.people = people
        self.engine = make_engine(self.name, people, seed)
        before = _resident()
        answer = self.engine.build()
        answer["resident_bytes"] = max(0, _resident() - before)
        self.pages = self.corpus.pages(limit_bytes)
        self.ends = [0]
        for page in self.pages:
            self.ends.append(self.ends[-1] + len(page))
        self.prepared: dict[int, Sequence[Any]] = {}
        return answer

    def scan(self, *, limit_bytes: int) -> Answer:
        """Scan as many of the first pages as fit into limit_bytes, and tell how long it took."""
        count = self._pages_in(limit_bytes)
        if count not in self.prepared:
            self.prepared = {count: self.engine.prepare(self.pages[:count])}
        ready = self.prepared[count]
        wall, began = time.perf_counter(), time.process_time()
        hits = self.engine.scan(ready)
        spent = time.process_time() - began
        return {"cpu": spent, "wall": time.perf_counter() - wall, "bytes": self.ends[count], "hits": hits}

    def recall(self, *, limit_bytes: int) -> Answer:
        """Tell which share of what was planted is found."""
        count = self._pages_in(limit_bytes)
        truth = self.corpus.truth
        if isinstance(self.engine, RivalEngine):
            self.engine.asked_for = sorted(set(truth[(truth[:, 0] < count) & (truth[:, 1] < self.people), 1].tolist()))
        found = self.engine.found(self.pages[:count])
        return {} if found is None else dict(recall(truth, self.people, found, count))

    def _pages_in(self, limit_bytes: int) -> int:
        count = sum(end <= limit_bytes for end in self.ends) - 1
        return max(1, count)


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    worker = Worker(sys.argv[1])
    # What a rival prints must not mix with the answers.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    for line in sys.stdin:
        asked = json.loads(line)
        call = getattr(worker, asked.pop("call"))
        answers.write(json.dumps(call(**asked)) + "\n")


if __name__ == "__main__":
    main()
