"""Join the stages: recordings and a directory in, a ledger with a judgement out.

In:    paths of recordings, options, an opened workspace.
Out:   ScanReport: what was looked at, what was judged.
Else:  every step is a stage's own; here they are only put in order, and spread over processes.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from typing import Any

from spillkit import __version__
from spillkit.capture import Limits, read_exchanges, sniff, source_id
from spillkit.directory import Directory
from spillkit.entitlement import Rules, read_rules
from spillkit.errors import CaptureError, InputError
from spillkit.kernel import engine
from spillkit.ledger import ChunkId, Ledger
from spillkit.ledger.judging import JudgeReport, judge
from spillkit.model import SourceId
from spillkit.processes import end_with_parent, processor_count, spawning
from spillkit.scan.exchanges import ExchangeRows
from spillkit.scan.recording import BATCH_BODY_BYTES, BATCH_EXCHANGES, Chunk, Tally, scan_recording
from spillkit.scan.sightings import Finder
from spillkit.scan.viewer_options import ViewerSource, parse_file_viewers, parse_viewer_source
from spillkit.scan.viewer_rendered_for import RenderedFor
from spillkit.scan.viewers import ViewerFinder
from spillkit.settings import Workspace

# Raised whenever the same recording and directory would give other rows.
SCAN_VERSION = 3

_WORTH_WORKERS_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class ScanOptions:
    """How recordings are read. Everything here can change the result, so it is part of a chunk's name."""

    viewer_from: tuple[str, ...] = ()  # "cookie:sessionid,sessions.csv", in the order in which they are asked
    viewer_files: tuple[str, ...] = ()  # "alice.har=c_17"
    sampled_share: float = 1.0  # what share of the traffic the recordings hold
    assume_zone: tzinfo | None = None  # for times that name no zone
    limits: Limits = field(default_factory=Limits)
    workers: int = 0  # processes; 0: as many as there are processors, once it is worth it. Changes no row


@dataclass(frozen=True, slots=True)
class ScannedSource:
    """One recording after its scan."""

    name: str
    source: SourceId
    tally: Tally
    was_known: bool  # it had been read to its end before, under the same settings
    refused: str = ""  # why it could not be read; "" if it could


@dataclass(frozen=True, slots=True)
class ScanReport:
    """What a scan did."""

    sources: tuple[ScannedSource, ...]
    report: JudgeReport
    engine: str

    @property
    def refused(self) -> tuple[ScannedSource, ...]:
        """Recordings that could not be read."""
        return tuple(source for source in self.sources if source.refused)


@dataclass(frozen=True, slots=True)
class Progress:
    """What the screen wants to know. Called often; must be quick."""

    begin: Callable[[str, int], None] = lambda name, file_bytes: None
    advance: Callable[[str, Tally], None] = lambda name, tally: None
    end: Callable[[str], None] = lambda name: None


def scan_recordings(
    workspace: Workspace, paths: Sequence[Path], options: ScanOptions, progress: Progress | None = None
) -> ScanReport:
    """Scan recordings into the workspace's ledger, then judge everything in it.

    paths     files or Maildir folders; each is one source. A recording read before, under the same settings, is not read again
    options   how they are read
    Returns   what was looked at and judged. A recording that cannot be read is in the report, and the others are done
    Raises    DirectoryError without people, KeyMismatch, RulesError, LedgerError
    """
    progress = progress or Progress()
    directory = Directory.open(workspace)
    rules = read_rules(workspace.rules_file, directory.subject_id)
    ledger = Ledger(workspace.ledger_dir)
    scanner = SourceScanner(workspace, directory, rules, options)
    if unused := scanner.viewers.unused_files(paths):
        raise InputError(f"--viewer names {', '.join(unused)}, which is not among the recordings. Check the name.")
    with ledger.writing():
        count = _worker_count(options, paths)
        if count > 1:
            sources = _scan_in_workers(count, workspace, paths, options, progress)
        else:
            sources = tuple(_scan_source(path, scanner, ledger, progress) for path in paths)
        report = judge(ledger, rules)
    return ScanReport(sources, report, engine())


class SourceScanner:
    """Everything that is opened once for a whole scan."""

    def __init__(self, workspace: Workspace, directory: Directory, rules: Rules, options: ScanOptions) -> None:
        self.options = options
        index = directory.scanner()
        sources = [parse_viewer_source(text) for text in options.viewer_from]
        self.viewers = ViewerFinder(
            sources,
            key=workspace.key(),
            rules=rules.viewers,
            directory=directory,
            find=index.find,
            by_file=parse_file_viewers(options.viewer_files),
        )
        rendered_for = None
        if rules.rendered_for is not None:
            rendered_for = RenderedFor(rules.rendered_for, lambda: directory.attributes().column("id").to_pylist())
        rows = ExchangeRows(workspace.key(), self.viewers.cookies, lambda text: len(index.scan([text.encode()])) > 0)
        self._finder = Finder(index, directory.ids, rendered_for, options.sampled_share, rows)
        self.settings = _settings_digest(directory, rules, options, sources)

    def chunks(self, path: Path, source: SourceId, is_done: Callable[[int, int], bool]) -> Iterator[Chunk]:
        """Yield the chunks of one recording."""
        items = read_exchanges(path, self.options.limits, assume_zone=self.options.assume_zone, source=source)
        return scan_recording(items, self._finder, self.viewers.for_recording(path), is_done)


def _worker_count(options: ScanOptions, paths: Sequence[Path]) -> int:
    """How many processes: one for each recording at most, and one only where starting more would take longer."""
    if options.workers == 0 and sum(_stored_bytes(path) for path in paths) < _WORTH_WORKERS_BYTES:
        return 1
    return min(options.workers or processor_count(), len(paths))


def _scan_in_workers(
    count: int, workspace: Workspace, paths: Sequence[Path], options: ScanOptions, progress: Progress
) -> tuple[ScannedSource, ...]:
    """Scan recordings side by side, one process each. This process holds the ledger's lock for all of them."""
    context = spawning()
    news: SimpleQueue[tuple[str, Any]] = context.SimpleQueue()
    listener = threading.Thread(target=_relay, args=(news, progress), daemon=True)
    listener.start()
    with context.Pool(count, _begin_worker, (workspace, options, news)) as pool:
        # The longest first, so that the last one running is a short one; reported in the order given.
        order = sorted(range(len(paths)), key=lambda place: -_stored_bytes(paths[place]))
        done = dict(zip(order, pool.imap(_scan_in_worker, [paths[place] for place in order])))
    news.put(("stop", ()))
    listener.join()
    return tuple(done[place] for place in range(len(paths)))


_worker: tuple[SourceScanner, Ledger, Progress]  # set once in each worker process, by its initializer


def _begin_worker(workspace: Workspace, options: ScanOptions, news: SimpleQueue[tuple[str, Any]]) -> None:
    global _worker
    end_with_parent()
    directory = Directory.open(workspace)
    rules = read_rules(workspace.rules_file, directory.subject_id)
    progress = Progress(
        begin=lambda *news_of: news.put(("begin", news_of)),
        advance=lambda name, tally: news.put(("advance", (name, replace(tally)))),
        end=lambda *news_of: news.put(("end", news_of)),
    )
    scanner = SourceScanner(workspace, directory, rules, options)
    _worker = (scanner, Ledger.of_worker(workspace.ledger_dir), progress)


def _scan_in_worker(path: Path) -> ScannedSource:
    scanner, ledger, progress = _worker
    return _scan_source(path, scanner, ledger, progress)


def _relay(news: SimpleQueue[tuple[str, Any]], progress: Progress) -> None:
    """Hand what workers say to the screen."""
    while (said := news.get())[0] != "stop":
        getattr(progress, said[0])(*said[1])


def _scan_source(path: Path, scanner: SourceScanner, ledger: Ledger, progress: Progress) -> ScannedSource:
    name = path.name
    try:
        source, kind = source_id(path), sniff(path)
    except (CaptureError, OSError) as error:
        return ScannedSource(name, SourceId(""), Tally(), was_known=False, refused=_words(error, name))
    tally = Tally()
    if ledger.is_scanned(source, scanner.settings):
        known = ledger.source(source)
        return ScannedSource(name, source, _known_tally(dict(known.facts) if known else {}), was_known=True)
    ledger.begin_source(
        source, name=name, path=str(path), format=kind.value, file_bytes=_stored_bytes(path), settings=scanner.settings
    )
    progress.begin(name, _stored_bytes(path))

    def is_done(first: int, last: int) -> bool:
        return ledger.has_chunk(ChunkId(source, scanner.settings, first, last))

    try:
        for chunk in scanner.chunks(path, source, is_done):
            if chunk.tables is not None:
                ledger.record_chunk(
                    ChunkId(source, scanner.settings, chunk.first_entry, chunk.last_entry), *chunk.tables
                )
            tally.add(chunk.tally)
            progress.advance(name, tally)
    except CaptureError as error:
        return ScannedSource(name, source, tally, was_known=False, refused=str(error))
    finally:
        progress.end(name)
    ledger.finish_source(
        source,
        settings=scanner.settings,
        entries=tally.exchanges,
        facts={counted: getattr(tally, counted) for counted in Tally.__slots__},
    )
    return ScannedSource(name, source, tally, was_known=False)


def _settings_digest(directory: Directory, rules: Rules, options: ScanOptions, sources: Sequence[ViewerSource]) -> str:
    """Digest of everything that can change the rows of a recording."""
    manifest = directory.manifest
    parts = [
        f"scan {SCAN_VERSION} {__version__} {BATCH_BODY_BYTES} {BATCH_EXCHANGES}",
        f"people {manifest.generation} {manifest.key_check} {manifest.segments}",
        f"rules {rules.viewers!r} {_stamp_digest(rules)}",
        f"options {options.viewer_files} {options.sampled_share} {options.assume_zone} {options.limits}",
    ]
    for source in sources:
        table = source_id(Path(source.file)) if source.file and not source.sql else ""
        parts.append(f"viewer {source!r} {table}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _stamp_digest(rules: Rules) -> str:
    """Digest of how the rendered-for stamp is read; the shared key is in it and cannot be read from it."""
    stamp = rules.rendered_for
    if stamp is None:
        return ""
    return hashlib.sha256(stamp.header.encode() + b"\n" + (stamp.key or b"")).hexdigest()


def _known_tally(facts: dict[str, object]) -> Tally:
    return Tally(**{name: value for name in Tally.__slots__ if isinstance(value := facts.get(name), int)})


def _stored_bytes(path: Path) -> int:
    """Bytes of a recording as stored; 0 if it is not there, which the scan then says in words."""
    try:
        if path.is_dir():
            return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
        return path.stat().st_size
    except OSError:
        return 0


def _words(error: Exception, name: str) -> str:
    if isinstance(error, OSError):
        return f"{name}: cannot be opened ({error.strerror}). Check the path and its rights."
    return str(error)
