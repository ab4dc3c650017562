"""`spillkit scan`: find out whose data was shown to whom in recordings."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from spillkit.cli import EXIT_BAD_INPUT, EXIT_FINDING, Context
from spillkit.errors import InputError
from spillkit.printed import json_text, printable

if TYPE_CHECKING:
    from rich.console import Console

    from spillkit.cause.incident import Incident
    from spillkit.ledger import Ledger
    from spillkit.ledger.judgement import Finding
    from spillkit.pipeline import Progress, ScanReport

_LISTED_DAMAGES = 10
_LISTED_INCIDENTS = 10
_LOG_FORMAT = "access log"  # capture.Format.ACCESS_LOG, as the manifest has it
_FAILING = {"confirmed": ("confirmed",), "possible": ("confirmed", "possible"), "never": ()}


@click.command()
@click.argument("recordings", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--viewer-from",
    multiple=True,
    metavar="WHERE",
    help="How the viewer is found: cookie:NAME,TABLE · header:NAME[,TABLE] · jwt:CLAIM · column:viewer. "
    "May be given several times; the first that answers counts.",
)
@click.option(
    "--viewer", "viewer_files", multiple=True, metavar="FILE=ID", help="Everything in FILE was sent to this viewer."
)
@click.option(
    "--sampled",
    "sampled_share",
    type=click.FloatRange(0, 1, min_open=True),
    default=1.0,
    show_default=True,
    help="What share of the traffic the recordings hold.",
)
@click.option("--assume-zone", metavar="ZONE", help="Zone of times that name none, such as Europe/Berlin.")
@click.option("--max-body", type=click.IntRange(1), metavar="MIB", help="Look at so much of one body. Default: 64.")
@click.option(
    "--workers",
    type=click.IntRange(0),
    default=0,
    help="Processes, one recording each. Default: one for each processor.",
)
@click.option(
    "--fail-on",
    type=click.Choice(list(_FAILING)),
    default="never",
    show_default=True,
    help="Exit with 1 if there is such a finding (for tests and CI).",
)
@click.option(
    "--sarif", type=click.Path(path_type=Path), metavar="FILE", help="Also write the findings as SARIF 2.1.0."
)
@click.option("--junit", type=click.Path(path_type=Path), metavar="FILE", help="Also write them as JUnit XML.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_obj
def command(
    context: Context,
    recordings: tuple[Path, ...],
    viewer_from: tuple[str, ...],
    viewer_files: tuple[str, ...],
    sampled_share: float,
    assume_zone: str | None,
    max_body: int | None,
    workers: int,
    fail_on: str,
    sarif: Path | None,
    junit: Path | None,
    as_json: bool,
) -> int:
    """Find out whose data was shown to whom in RECORDINGS.

    Reads HAR, WARC, JSON lines, Parquet, mail (EML, mbox, Maildir) and access logs, compressed or not. Bodies are looked at
    and not kept. Run it again at any time: what was read is not read twice, and a run that was stopped goes on.

    \b
    Examples:
      spillkit scan day1.har --viewer-from cookie:sessionid,sessions.csv
      spillkit scan edge/*.jsonl.gz crawl.warc.gz access.log --viewer-from cookie:sid,sessions.csv
      spillkit scan alice.har bob.har --viewer alice.har=c_17 --viewer bob.har=c_18 --fail-on confirmed
      spillkit scan newsletter.mbox
    \b
    Exit codes: 0 done (no finding, or none asked for), 1 a finding of the --fail-on level, 2 bad input.
    """
    from spillkit.capture import Limits
    from spillkit.ledger import Ledger
    from spillkit.pipeline import ScanOptions, scan_recordings

    options = ScanOptions(
        viewer_from=viewer_from,
        viewer_files=viewer_files,
        sampled_share=sampled_share,
        assume_zone=_zone(assume_zone),
        limits=Limits(body_bytes=max_body << 20) if max_body else Limits(),
        workers=workers,
    )
    workspace = context.workspace()
    with _progress(context.progress) as progress:
        report = scan_recordings(workspace, recordings, options, progress)
    ledger = Ledger(workspace.ledger_dir)
    looked = _looked_at(ledger, report)
    incidents: Sequence[Incident] | None = ()
    if report.report.judgement.findings:
        from spillkit.cause.kept import incidents_at_hand

        with context.progress.status("looking for causes") if context.progress.is_terminal else nullcontext():
            found = incidents_at_hand(ledger)
        incidents = found.incidents if found is not None else None
    if sarif is not None or junit is not None:
        _write_exports(report, ledger, incidents or (), sarif, junit, _FAILING[fail_on])
    if as_json:
        click.echo(json_text(_as_json(report, looked, incidents), indent=2))
    else:
        _print(context.console, report, looked, incidents)
    if report.refused:
        return EXIT_BAD_INPUT
    failing = any(finding.evidence in _FAILING[fail_on] for finding in report.report.judgement.findings)
    return EXIT_FINDING if failing else 0


def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InputError("--assume-zone: no such time zone. Write it like Europe/Berlin or UTC.") from None


def _looked_at(ledger: Ledger, report: ScanReport) -> dict[str, Any]:
    """Counts over the recordings of this scan, from the ledger's coverage; lines of access logs apart.

    A log and a recording of the same hours tell of the same answers, so their counts must not be added up.
    """
    sources = [source.source for source in report.sources if source.source]
    [row] = ledger.query(
        """
        SELECT coalesce(sum(exchanges), 0) AS answers, coalesce(sum(with_body), 0) AS with_body,
               coalesce(sum(with_viewer), 0) AS with_viewer,
               coalesce(sum(with_body) FILTER (viewer_kind <> 'unknown'), 0) AS covered,
               (SELECT coalesce(sum(entries), 0) FROM sources WHERE list_contains($sources, source) AND format = $log) AS logged
        FROM coverage JOIN sources USING (source) WHERE list_contains($sources, source) AND format <> $log
        """,
        {"sources": sources, "log": _LOG_FORMAT},
    ).to_pylist()
    damages = ledger.query(
        'SELECT source, entry, "offset", reason FROM damages WHERE list_contains(?, source) ORDER BY ALL', [sources]
    ).to_pylist()
    names = {source.source: source.name for source in report.sources}
    for damage in damages:
        damage["name"] = names[damage["source"]]
    return {**{name: int(value) for name, value in row.items()}, "damages": damages}


def _print(console: Console, report: ScanReport, looked: dict[str, Any], incidents: Sequence[Incident] | None) -> None:
    from spillkit.scope.cause_words import incident_line

    judgement = report.report.judgement
    for source in report.refused:
        console.print(f"not read: {printable(source.refused)}")
    known = [printable(source.name) for source in report.sources if source.was_known]
    if known:
        console.print(f"already in the ledger: {', '.join(known)}")
    for finding in judgement.findings:
        console.print(finding_line(finding))
    for incident in (incidents or ())[:_LISTED_INCIDENTS]:
        console.print(incident_line(incident))
    if incidents is None:
        console.print(
            f"{judgement.exposures:,} exposures: finding their cause may take a while. Ask for it: spillkit cause"
        )
    elif len(incidents) > _LISTED_INCIDENTS:
        console.print(f"  … and {len(incidents) - _LISTED_INCIDENTS:,} more incidents: spillkit cause")
    if not judgement.findings:
        console.print(_nothing_found(looked))
    console.print(_looked_line(looked))
    if judgement.undecided:
        console.print(
            f"viewer unknown: {judgement.undecided:,} sightings of {judgement.undecided_subjects:,} subjects "
            "cannot be judged. Say how viewers are found with --viewer-from."
        )
    for damage in looked["damages"][:_LISTED_DAMAGES]:
        place = f"entry {damage['entry']}" if damage["entry"] is not None else f"byte {damage['offset'] or 0}"
        console.print(f"  damaged: {printable(damage['name'])}, {place}: {printable(damage['reason'])}")
    if len(looked["damages"]) > _LISTED_DAMAGES:
        console.print(f"  … and {len(looked['damages']) - _LISTED_DAMAGES:,} more: spillkit measure --json -")
    if judgement.findings:
        console.print("next: spillkit show 1 · spillkit cause 1 · spillkit measure --html report.html")


def finding_line(finding: Finding) -> str:
    """Return a finding on one line of a terminal."""
    people = f"subjects {finding.subjects_confirmed:,}"
    if finding.subjects_possible:
        people = f"subjects {finding.subjects_confirmed:,} + {finding.subjects_possible:,} possible"
    place = printable(f"{finding.method} {finding.route}")
    return (
        f"finding {finding.number}  {place}   {finding.answers:,} of {finding.answers_seen:,} answers   "
        f"fields: {', '.join(finding.fields)}   {people}   viewers {finding.viewers:,}   {finding.evidence}"
    )


def _nothing_found(looked: dict[str, Any]) -> str:
    """Say that there is no finding, and never more than what was looked at bears out."""
    if not looked["answers"]:
        return "nothing could be looked at"
    if not looked["covered"]:
        return "nothing could be judged: no answer has both a body and a known viewer"
    return "no exposure found in what was looked at"


def _looked_line(looked: dict[str, Any]) -> str:
    answers = looked["answers"]
    logged = f"{looked['logged']:,} lines of access logs without bodies" if looked["logged"] else ""
    if not answers and logged:
        return f"looked at 0 answers: {logged}, so this says nothing about exposures"
    if not answers:
        return "looked at 0 answers: the recordings hold none that could be read, so this says nothing about exposures"
    damages = len(looked["damages"])
    damaged = "no damaged parts" if not damages else f"{damages:,} damaged part{'s' if damages > 1 else ''} (listed)"
    return (
        f"looked at {answers:,} answers: {looked['with_body']:,} with a body, {looked['with_viewer']:,} with a known viewer; "
        f"{damaged}   coverage {100 * looked['covered'] / answers:.1f} %"
        + (f"\nbesides {logged}: `spillkit measure` counts with them" if logged else "")
    )


def _as_json(report: ScanReport, looked: dict[str, Any], incidents: Sequence[Incident] | None) -> dict[str, Any]:
    import msgspec

    judgement = report.report.judgement
    return {
        "findings": msgspec.to_builtins(judgement.findings),
        "incidents": None if incidents is None else msgspec.to_builtins(list(incidents)),
        "looked_at": looked,
        "undecided": judgement.undecided,
        "sources": [
            {
                "name": source.name,
                "source": source.source,
                "already_read": source.was_known,
                "not_read_because": source.refused,
                **asdict(source.tally),
            }
            for source in report.sources
        ],
        "engine": report.engine,
    }


def _write_exports(
    report: ScanReport,
    ledger: Ledger,
    incidents: Sequence[Incident],
    sarif: Path | None,
    junit: Path | None,
    failing: Sequence[str],
) -> None:
    from spillkit.scope.finding_words import incidents_by_finding
    from spillkit.scope.junit import junit_xml
    from spillkit.scope.sarif import sarif_log

    judgement = report.report.judgement
    caused = incidents_by_finding(judgement.findings, incidents)
    if sarif is not None:
        files = {finding.number: _files_of(finding, ledger) for finding in judgement.findings}
        sarif.write_text(json.dumps(sarif_log(judgement, files, caused), indent=2), encoding="utf-8")
    if junit is not None:
        looked_at = {source.name: source.tally.exchanges for source in report.sources}
        junit.write_bytes(junit_xml(judgement, looked_at, failing, caused))


def _files_of(finding: Finding, ledger: Ledger) -> list[str]:
    rows = ledger.query(
        "SELECT DISTINCT path FROM exposures JOIN sources USING (source) WHERE channel = ? AND method = ? AND route = ? ORDER BY 1",
        [finding.channel, finding.method, finding.route],
    )
    paths: list[str] = rows["path"].to_pylist()
    return paths


@contextmanager
def _progress(console: Console) -> Iterator[Progress]:
    """A bar on a terminal, nothing elsewhere."""
    from spillkit.pipeline import Progress

    if not console.is_terminal:
        yield Progress()
        return
    from rich.progress import Progress as Bars
    from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TextColumn("{task.fields[done]}"),
        TimeElapsedColumn(),
    )
    with Bars(*columns, console=console, transient=True) as bars:
        tasks: dict[str, Any] = {}

        def begin(name: str, file_bytes: int) -> None:
            tasks[name] = bars.add_task(f"{printable(name)} ({file_bytes / 1e6:,.1f} MB)", total=None, done="")

        def advance(name: str, tally: Any) -> None:
            bars.update(tasks[name], done=f"{tally.exchanges:,} answers, {tally.body_bytes / 1e6:,.0f} MB looked at")

        def end(name: str) -> None:
            bars.remove_task(tasks.pop(name))

        yield Progress(begin, advance, end)
