"""Measure engines beside each other: same bytes, same core, one after the other, in rotated order.

In:    names of engines, a corpus, a directory size.
Out:   for each engine the CPU time of every round, recall, what building took, or why it could not be built.
Else:  engines run in `worker`; tables are `report`.

A neighbour on the machine slows the rounds it is awake in, and all engines of that round alike: ratios hold where
absolute speeds do not. Time is the process's CPU time; each engine scans as many bytes as take it about a second.
"""

from __future__ import annotations

import json
import os
import resource
import selectors
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RIVALS_VENV = ROOT / ".cache" / "bench-venv"
BUILD_SECONDS = 240.0  # of CPU: a neighbour must not decide who is in the table
BUILD_BYTES = 12 << 30
SCAN_SECONDS = 60.0  # of CPU
PATIENCE = 8.0  # wall time may be so many times as long
LARGEST_SAMPLE = 64_000_000
SMALLEST_SAMPLE = 200_000


@dataclass(slots=True)
class Measured:
    """What one engine did."""

    engine: str
    failed: str = ""  # why there are no figures
    sample_bytes: int = 0  # scanned in each round
    cpu_seconds: list[float] = field(default_factory=list)
    wall_seconds: list[float] = field(default_factory=list)
    hits: int = 0
    recall: dict[str, float] = field(default_factory=dict)
    built: dict[str, float] = field(default_factory=dict)

    def speeds(self) -> list[float]:
        """Return MB of body for each second of CPU, one figure per round."""
        return [self.sample_bytes / 1e6 / max(seconds, 1e-9) for seconds in self.cpu_seconds]

    @property
    def speed(self) -> float:
        """The median speed in MB/s; 0 if it did not run."""
        return statistics.median(self.speeds()) if self.cpu_seconds else 0.0


def ensure_rivals() -> Path:
    """Make the rivals' environment if there is none, each package by itself, and return its Python."""
    python = RIVALS_VENV / "bin" / "python"
    wanted = Path(__file__).with_name("requirements.txt")
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(RIVALS_VENV)], check=True)
        for line in wanted.read_text().splitlines():
            if line and not line.startswith("#"):
                # One that does not install here is a row in the table, not the end of the run.
                subprocess.run([str(python), "-m", "pip", "install", "-q", line], check=False)
    return python


def measure(
    engines: Sequence[str],
    *,
    kind: str,
    megabytes: float,
    people: int,
    rounds: int,
    seed: int = 1,
    seconds: float = 1.0,
    limit_bytes: int = LARGEST_SAMPLE,
    with_recall: bool = True,
    before_ours: Callable[[], None] = lambda: None,
    say: Any = print,
) -> list[Measured]:
    """Build all engines, then let each scan once a round, the first of the round changing each time.

    engines      names as `worker.make_engine` knows them; "spillkit @1000" has a directory of its own size
    before_ours  called when all rivals are built and before ours are: building them takes the longest
    limit_bytes  no engine scans more than this in a round
    seconds      each scans about as much as takes it so long
    Returns      one Measured for each engine, in the order given
    """
    results = {name: Measured(name) for name in engines}
    running: dict[str, _Process] = {}
    try:
        rivals_first = sorted(engines, key=_is_ours)
        for place, name in enumerate(rivals_first):
            if _is_ours(name) and (place == 0 or not _is_ours(rivals_first[place - 1])):
                before_ours()
            process = _Process(name)
            try:
                asked = {
                    "kind": kind,
                    "megabytes": megabytes,
                    "people": int(name.partition(" @")[2] or people),
                    "seed": seed,
                    "limit_bytes": limit_bytes,
                }
                results[name].built = process.ask("load", BUILD_SECONDS if process.is_rival else 3_600.0, **asked)
                results[name].sample_bytes = _sample(process, limit_bytes, seconds)
                if with_recall:
                    # Recall is asked once, on at most as many bytes as two rounds would take.
                    results[name].recall = process.ask(
                        "recall", SCAN_SECONDS, limit_bytes=min(limit_bytes, 2 * results[name].sample_bytes)
                    )
                running[name] = process
                say(f"  {people:>11,} people  {name}: ready")
            except _Gave as why:
                process.end()
                results[name].failed = str(why)
                say(f"  {people:>11,} people  {name}: {why}")
        for number in range(rounds):
            order = [name for name in engines if name in running]
            turn = number * max(1, len(order) // max(1, rounds)) % max(1, len(order))
            for name in order[turn:] + order[:turn]:
                answer = running[name].ask("scan", SCAN_SECONDS, limit_bytes=results[name].sample_bytes)
                results[name].cpu_seconds.append(answer["cpu"])
                results[name].wall_seconds.append(answer["wall"])
                results[name].hits = answer["hits"]
                results[name].sample_bytes = answer["bytes"]
    finally:
        for process in running.values():
            process.end()
    return list(results.values())


def _is_ours(engine: str) -> bool:
    return engine.startswith(("spillkit", "limit"))


class _Gave(Exception):  # noqa: N818 - "gave up" or "gave an error"; never leaves this module
    """An engine could not do what it was asked."""


class _Process:
    """A worker, pinned to the measuring core (one that needs two threads is not)."""

    def __init__(self, engine: str) -> None:
        self.is_rival = not _is_ours(engine)
        engine = engine.partition(" @")[0]
        self.is_slow_to_start = engine.startswith("polars")
        python = ensure_rivals() if self.is_rival else Path(sys.executable)
        environment = {**os.environ, "POLARS_MAX_THREADS": "1", "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"}
        environment.update(PORTABLE if engine.endswith("portable") else {})
        core = max(os.sched_getaffinity(0))
        bounded, one_core = self.is_rival, not engine.endswith("x2")

        # A file, because a rival that prints much would wait for ever at a pipe that nobody reads.
        self.errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - it lives as long as the worker

        def settle() -> None:
            if one_core:
                os.sched_setaffinity(0, {core})
            if bounded:
                resource.setrlimit(resource.RLIMIT_AS, (BUILD_BYTES, BUILD_BYTES))

        self.process = subprocess.Popen(
            [str(python), "-m", "bench.worker", engine],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            preexec_fn=settle,
        )

    def ask(self, call: str, seconds: float, **arguments: Any) -> dict[str, Any]:
        """Send one line and wait for its answer, at most so many seconds of the worker's CPU time."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self.process.stdin.write(json.dumps({"call": call, **arguments}) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise _Gave(self._last_words()) from None
        with selectors.DefaultSelector() as wait:
            wait.register(self.process.stdout, selectors.EVENT_READ)
            began, before = time.monotonic(), self._cpu_seconds()
            while not wait.select(1.0):
                if self._cpu_seconds() - before < seconds and time.monotonic() - began < PATIENCE * seconds:
                    continue
                self.process.kill()
                doing = "built" if call == "load" else "scanned"
                raise _Gave(f"not {doing} within {seconds:.0f} s of CPU")
        line = self.process.stdout.readline()
        if not line:
            raise _Gave(self._last_words())
        answer: dict[str, Any] = json.loads(line)
        return answer

    def end(self) -> None:
        """Stop the worker."""
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.errors):
            if stream is not None:
                stream.close()

    def _cpu_seconds(self) -> float:
        """Return what the worker has used so far (proc(5): fields 14 and 15, behind the name in brackets)."""
        status = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(status[11]) + int(status[12])) / os.sysconf("SC_CLK_TCK")

    def _last_words(self) -> str:
        self.process.wait()
        self.errors.seek(0)
        lines = self.errors.read().strip().splitlines() or [""]
        if "MemoryError" in lines[-1] or "memory allocation" in " ".join(lines[-3:]):
            return f"not built within {BUILD_BYTES >> 30} GiB"
        return f"ended with code {self.process.returncode}: {lines[-1][:100]}"


PORTABLE = {"SPILLKIT_KERNEL": "portable"}


def _sample(process: _Process, limit_bytes: int, seconds: float) -> int:
    """Return how many bytes take the engine about so many seconds."""
    if process.is_slow_to_start:
        # It builds its automaton in every call: on a small sample that alone would be measured.
        return int(min(limit_bytes, 16_000_000))
    sample = SMALLEST_SAMPLE
    while True:
        answer = process.ask("scan", SCAN_SECONDS, limit_bytes=sample)
        speed = answer["bytes"] / max(answer["cpu"], 1e-6)
        if answer["cpu"] > seconds / 8 or sample >= limit_bytes:
            return int(min(limit_bytes, max(SMALLEST_SAMPLE // 2, speed * seconds)))
        sample = int(min(limit_bytes, sample * 8))
