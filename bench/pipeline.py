"""From a recording to the ledger, judging and measuring, as the `spillkit` command does it.

In:    recordings of the corpus (`recordings`), a directory of synthetic people.
Out:   one Section: MB of decoded body for each second of CPU by format, memory, size of the ledger, judge and measure.
Else:  the kernel alone is `kernel`.
"""

from __future__ import annotations

import shutil
import statistics
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from bench import commands
from bench.corpus import corpus
from bench.recordings import repeated, sessions_csv, write_recording
from bench.report import Section, Table, Target, figure

FORMATS = {"day.jsonl": 100.0, "day.jsonl.gz": 100.0, "day.warc": 100.0, "day.warc.gz": 100.0, "day.har": 60.0}
GIB = 1 << 30


def run(*, quick: bool, large: bool, command: str, say: Any = print) -> Section:
    """Measure every format, then judge and measure; with `large` the ten gigabytes too."""
    section = Section("From file to ledger", command)
    people, megabytes = (2_000, 8.0) if quick else (100_000, 230.0)
    with commands.scratch() as folder:
        workspace = _with_people(folder, people, say)
        bodies = corpus("mixed", megabytes).pages()
        _formats(section, folder, workspace, people, bodies, 1 if quick else 3, say)
        _judge_and_measure(section, workspace, people, 200_000 if quick else 10_000_000, say)
        if large:
            _ten_gigabytes(section, folder, bodies, say)
    return section


def _with_people(folder: Path, people: int, say: Any) -> Path:
    workspace = commands.make_workspace(folder / "spill")
    say(f"  spillkit people add: {people:,}")
    commands.spillkit(workspace, "people", "add", str(commands.customers_csv(folder / "customers.csv", people)))
    sessions_csv(folder / "sessions.csv")
    return workspace


def _formats(
    section: Section, folder: Path, workspace: Path, people: int, bodies: list[bytes], rounds: int, say: Any
) -> None:
    size = sum(map(len, bodies))
    table = Table(
        "spillkit scan, one recording",
        "recording|file MB|MB/s of decoded body, per CPU second|min-max|with the start|wall s|peak memory MB|ledger KB|"
        "ledger, % of bodies|ledger, % of file".split("|"),
        note=f"{figure(size / 1e6)} MB of bodies in {len(bodies):,} answers, {people:,} people, one process; reading, decoding, "
        "viewers, evidence and Parquet are in it. What a recording of one answer takes (starting Python, opening the index, "
        "judging) is taken away, and given back in `with the start`. Rounds interleaved by format.",
    )
    first = write_recording(folder / "one.jsonl", bodies[:1])
    files = {}
    for name in FORMATS:
        say(f"  writing {name}")
        files[name] = write_recording(folder / name, bodies)
    ran: dict[str, list[commands.Ran]] = {name: [] for name in FORMATS}
    speeds: dict[str, list[float]] = {name: [] for name in FORMATS}
    ledger = {}
    _scan(workspace, first)
    for _ in range(rounds):
        start = _scan(workspace, first).cpu_seconds
        for name, file in files.items():
            say(f"  spillkit scan {name}")
            ran[name].append(_scan(workspace, file))
            speeds[name].append(size / 1e6 / max(1e-3, ran[name][-1].cpu_seconds - start))
            ledger[name] = commands.folder_bytes(workspace / "ledger")
    for name, bar in FORMATS.items():
        file_bytes = files[name].stat().st_size
        table.rows.append(
            [
                name,
                figure(file_bytes / 1e6),
                figure(statistics.median(speeds[name])),
                f"{figure(min(speeds[name]))}-{figure(max(speeds[name]))}",
                figure(statistics.median(size / 1e6 / one.cpu_seconds for one in ran[name])),
                figure(statistics.median(one.wall_seconds for one in ran[name])),
                figure(max(one.peak_bytes for one in ran[name]) / 1e6),
                figure(ledger[name] / 1e3),
                f"{100 * ledger[name] / size:.2f}",
                f"{100 * ledger[name] / file_bytes:.2f}",
            ]
        )
        section.targets.append(Target(f"{name} to ledger, one core", statistics.median(speeds[name]), "MB/s", bar))
        section.figures[name] = {"mb_per_cpu_s": speeds[name], "ledger_bytes": ledger[name], "file_bytes": file_bytes}
        files[name].unlink()
    worst = max(100 * section.figures[name]["ledger_bytes"] / section.figures[name]["file_bytes"] for name in FORMATS)
    plain = 100 * ledger["day.jsonl"] / section.figures["day.jsonl"]["file_bytes"]
    section.targets.append(
        Target(
            "ledger, share of an uncompressed recording", plain, "%", 5.0, at_most=True,
            because=f"of the most compressed recording: {worst:.2f} %",
        )
    )  # fmt: skip
    section.tables.append(table)


def _scan(workspace: Path, *recordings: Path) -> commands.Ran:
    """Scan recordings into an empty ledger."""
    shutil.rmtree(workspace / "ledger", ignore_errors=True)
    viewers = f"cookie:sid,{workspace.parent / 'sessions.csv'}"
    return commands.spillkit(workspace, "scan", *map(str, recordings), "--viewer-from", viewers, "--json")


def _judge_and_measure(section: Section, workspace: Path, people: int, sightings: int, say: Any) -> None:
    """Fill a ledger with so many sightings of other people, judge them all to be exposures, and measure."""
    say(f"  a ledger of {sightings:,} sightings")
    shutil.rmtree(workspace / "ledger", ignore_errors=True)
    fill_ledger(workspace / "ledger", people, sightings)
    table = Table("Judging and measuring", ("command", "wall s", "CPU s", "peak memory MB"))
    table.note = f"{people:,} people, 5,000 viewers, 40 routes; before judging the ledger holds "
    table.note += f"{figure(commands.folder_bytes(workspace / 'ledger') / 1e6)} MB."
    answers = str(workspace / "measure.json")
    for name, what, wish, bar in (
        ("judge", "sightings", ["--json"], 10.0),
        ("measure", "exposures", ["--json", answers], 5.0),
    ):
        label = f"{name} over {sightings:,} {what}"
        try:
            ran = commands.spillkit(workspace, name, *wish)
        except commands.CommandFailed as why:
            table.rows.append([label, str(why), "", ""])
            section.targets.append(Target(label, None, "s", bar, at_most=True, because=str(why)))
            continue
        say(f"  {label}: {ran.wall_seconds:.1f} s")
        table.rows.append([label, figure(ran.wall_seconds), figure(ran.cpu_seconds), figure(ran.peak_bytes / 1e6)])
        if sightings == 10_000_000:
            because = f"wall time on shared cores; CPU of all threads {figure(ran.cpu_seconds)} s"
            section.targets.append(Target(label, ran.wall_seconds, "s", bar, at_most=True, because=because))
    section.tables.append(table)


def fill_ledger(folder: Path, people: int, sightings: int) -> None:
    """Write parts as a scan would, a hundred thousand sightings each, through the ledger's own door."""
    from spillkit.ledger import ChunkId, Ledger
    from spillkit.model import SourceId
    from spillkit.schemas import EXCHANGES

    ledger = Ledger(folder)
    source, settings, step = SourceId("b" * 16), "c" * 32, 100_000
    with ledger.writing():
        ledger.begin_source(
            source, name="day.jsonl", path="day.jsonl", format="json lines", file_bytes=1, settings=settings
        )
        for first in range(0, sightings, step):
            tables = (
                _sightings(source, people, first, min(step, sightings - first)),
                EXCHANGES.empty_table(),
                _coverage(source, first, step),
                _no_damage(),
            )
            ledger.record_chunk(ChunkId(source, settings, first, first + step - 1), *tables)
        ledger.finish_source(source, settings=settings, entries=sightings)


def _sightings(source: str, people: int, first: int, count: int) -> pa.Table:
    from spillkit.schemas import SIGHTINGS

    rng = np.random.default_rng(first)
    entry = np.arange(first, first + count)
    viewer = rng.integers(0, min(people, 5_000), count)
    subject = rng.integers(0, people, count)
    moment = np.datetime64("2026-03-01T00:00:00", "us") + (entry // 50).astype("timedelta64[s]")
    field = rng.choice(["name", "e-mail", "phone", "address"], count, p=(0.5, 0.3, 0.15, 0.05))
    start = rng.integers(0, 60_000, count)
    columns = {
        "source": np.full(count, source, object),
        "entry": entry,
        "shown_at": pa.array(moment, pa.timestamp("us", tz="UTC")),
        "channel": np.full(count, "http", object),
        "method": np.full(count, "GET", object),
        "route": rng.choice([f"/page/{number}/:id" for number in range(40)], count),
        "status": np.full(count, 200, np.int16),
        "viewer": _customers(viewer),
        "viewer_kind": np.full(count, "subject", object),
        "viewer_from": np.full(count, "cookie:sid", object),
        "session": _customers(viewer),
        "subject": _customers(subject),
        "field": field,
        "evidence": np.where(field == "name", "possible", "confirmed"),
        "because": field,
        "bearers": np.ones(count, np.int32),
        "start": start,
        "end": start + 12,
    }
    arrays = [
        column if isinstance(column, pa.Array) else pa.array(column, SIGHTINGS.field(name).type)
        for name, column in columns.items()
    ]
    return pa.table(arrays, schema=SIGHTINGS)


def _customers(numbers: np.ndarray[Any, Any]) -> pa.Array:
    return pa.array([f"c_{number:08d}" for number in numbers.tolist()], pa.string())


def _coverage(source: str, first: int, count: int) -> pa.Table:
    from spillkit.schemas import COVERAGE

    slice_at = datetime.fromtimestamp(1_772_323_200 + first // 50 // 60 * 60, UTC)
    row = (source, slice_at, "http", "GET", "/page/0/:id", 200, "subject", count, count, 0, count, 1.0, count * 12_000)
    return pa.table([[value] for value in row], schema=COVERAGE)


def _no_damage() -> pa.Table:
    from spillkit.schemas import DAMAGES

    return DAMAGES.empty_table()


def _ten_gigabytes(section: Section, folder: Path, bodies: list[bytes], say: Any) -> None:
    """Scan ten gigabytes in four recordings with a million people."""
    workspace = _with_people(folder, 1_000_000, say)
    share = 2_500_000_000
    files = []
    for name in ("a.jsonl", "b.jsonl.gz", "c.warc.gz", "d.har"):
        say(f"  writing {name}")
        files.append(write_recording(folder / name, repeated(bodies, share)))
    ran = _scan(workspace, *files)
    stored = sum(file.stat().st_size for file in files)
    ledger = commands.folder_bytes(workspace / "ledger")
    table = Table("Ten gigabytes, a million people", ("", ""))
    table.rows = [
        ["decoded bodies", "10 GB in four recordings (JSON lines, the same compressed, WARC compressed, HAR)"],
        ["recordings on disk", f"{figure(stored / 1e9)} GB"],
        ["CPU / wall", f"{ran.cpu_seconds:,.0f} s / {ran.wall_seconds:,.0f} s"],
        ["MB/s per CPU second", figure(4 * share / 1e6 / ran.cpu_seconds)],
        ["peak memory", f"{ran.peak_bytes / GIB:.2f} GiB"],
        ["ledger", f"{figure(ledger / 1e6)} MB, {100 * ledger / (4 * share):.2f} % of the bodies"],
    ]
    section.tables.append(table)
    section.targets.append(
        Target("10 GB mixed, 1 M people: peak memory", ran.peak_bytes / GIB, "GiB", 1.5, at_most=True)
    )
