"""`spillkit measure`: answer the fourteen questions; write the report."""

from __future__ import annotations

import zoneinfo
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click
import msgspec

from spillkit.cli import Context
from spillkit.cli.written import SCREEN, tell_written, write_text
from spillkit.errors import InputError
from spillkit.printed import json_text, printable

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from spillkit.cause.kept import Incidents
    from spillkit.ledger import Ledger, Source
    from spillkit.scope.measure import Caused
    from spillkit.scope.measurement import Audience, Input, Measurement
    from spillkit.settings import Workspace


@click.command()
@click.option(
    "--html",
    "html",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the report: one page that opens offline.",
)
@click.option(
    "--json",
    "json_",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write every number and the fourteen answers as JSON.",
)
@click.option(
    "--csv",
    "csv_",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the affected list: one line a person, ids only.",
)
@click.option(
    "--audience",
    type=click.Choice(["internal", "authority", "public"]),
    default="internal",
    show_default=True,
    help="For whom: authority leaves out ids, routes and file names; public puts small groups together as well.",
)
@click.option(
    "--incident", type=click.IntRange(1), help="Only this incident (see spillkit cause). Default: all together."
)
@click.option("--zone", default="UTC", show_default=True, help="Time zone in which times are written, as Europe/Rome.")
@click.pass_obj
def command(
    context: Context,
    html: Path | None,
    json_: Path | None,
    csv_: Path | None,
    audience: str,
    incident: int | None,
    zone: str,
) -> None:
    """Count who was shown to whom, answer the fourteen questions, and write the report.

    Numbers are confirmed, possible, and at most; where not every answer could be looked at, an estimate with its interval.
    What was not looked at is said, never left out. FILE may be - for the screen.

    \b
    Examples:
      spillkit measure
      spillkit measure --html report.html --csv affected.csv
      spillkit measure --json - | jq .people
      spillkit measure --incident 2 --html incident-2.html
      spillkit measure --audience public --html public.html --zone Europe/Rome
    """
    if csv_ is not None and audience != "internal":
        raise InputError("The affected list is internal: it names people by id. Leave out --csv, or --audience.")
    if sum(path == SCREEN for path in (html, json_, csv_)) > 1:
        raise InputError("Only one of --html, --json and --csv can go to the screen (-). Name files for the others.")
    clock = read_zone(zone)
    workspace = context.workspace()
    quiet = context.progress.status("measuring") if context.progress.is_terminal else nullcontext()
    with quiet:
        written = measure_workspace(workspace, cast("Audience", audience), clock, html, json_, csv_, incident)
    if SCREEN not in (html, json_, csv_):
        _summarise(context, written, clock)
        tell_written(context.console, (html, json_, csv_))


def measure_workspace(
    workspace: Workspace,
    audience: Audience,
    zone: tzinfo,
    html: Path | None = None,
    json_: Path | None = None,
    csv_: Path | None = None,
    incident: int | None = None,
) -> Measurement:
    """Measure what a workspace holds, write the files asked for, and return the measurement as its reader may see it.

    incident  only this one; None: all exposures together
    """
    from spillkit.cause.kept import incidents_at_hand, read_incidents
    from spillkit.ledger import Ledger, read_judgement
    from spillkit.scope.affected import write_affected
    from spillkit.scope.audience import for_audience
    from spillkit.scope.history import FILE_NAME, read_history, remember
    from spillkit.scope.measure import open_scope

    ledger = Ledger(workspace.ledger_dir)
    if not ledger.sources():
        raise InputError(
            "Nothing was scanned yet, so there is nothing to measure. Run `spillkit scan RECORDING` first."
        )
    subjects, size = _subjects(workspace)
    history = workspace.root / FILE_NAME
    judgement = read_judgement(ledger)
    found = read_incidents(ledger) if incident is not None else incidents_at_hand(ledger)
    with ledger.database() as connection:
        if found is not None and incident is not None:
            found.narrow(connection, incident)
        elif found is not None:
            found.attach(connection)
        with open_scope(connection, subjects, size) as scope:
            whole = scope.measure(
                now=datetime.now(UTC),
                inputs=_inputs(ledger.sources()),
                # Numbers of incidents change with each judgement: a figure of one incident has no history.
                earlier=read_history(history) if incident is None else (),
                undecided=judgement.undecided_subjects if judgement is not None else 0,
                caused=_caused(workspace, ledger, connection, found, incident, size) if found is not None else None,
            )
            if csv_ is not None:
                write_text(csv_, lambda file: write_affected(scope, file))
    shown = for_audience(whole, audience)
    if json_ is not None:
        text = as_json(shown, zone)
        write_text(json_, lambda file: file.write(text))
    if html is not None:
        from spillkit.scope.report import write_report

        page = write_report(shown, zone=zone)
        write_text(html, lambda file: file.write(page))
    if incident is None:
        remember(history, whole)
    return shown


def _caused(
    workspace: Workspace,
    ledger: Ledger,
    connection: duckdb.DuckDBPyConnection,
    found: Incidents,
    incident: int | None,
    size: int,
) -> Caused:
    """What is known of causes, repairs and other incidents."""
    from spillkit.cause.compare import compare, count_shared, pairs
    from spillkit.cause.kept import read_comparisons
    from spillkit.cli.compare import directory_facts
    from spillkit.scope.fixed import read_fix
    from spillkit.scope.incidents import sum_up
    from spillkit.scope.measure import Caused

    chosen = found.incidents if incident is None else (found.incident(incident),)
    summaries = sum_up(connection, chosen, found.changes, directory_facts(workspace)[1])
    compared = [
        compare(one, two, directory_size=size, shared=count_shared(connection, one.number, two.number))
        for one, two in pairs([summary.traits for summary in summaries if summary.traits is not None])
    ]
    known = {(one.first, one.second) for one in compared}
    asked = [one for one in read_comparisons(ledger) if (one.first, one.second) not in known]
    if incident is not None:
        asked = [one for one in asked if f"incident {incident}" in (one.first, one.second)]
    fix = read_fix(workspace.root)
    if fix is not None and incident is not None and fix.incident not in (None, incident):
        fix = None
    return Caused(summaries, incident, fix, [*compared, *asked])


def as_json(measurement: Measurement, zone: tzinfo) -> str:
    """Return the measurement with its fourteen answers as JSON, indented."""
    from spillkit.scope.questions import answer_questions

    whole = {**msgspec.to_builtins(measurement), "questions": msgspec.to_builtins(answer_questions(measurement, zone))}
    return json_text(whole, indent=2) + "\n"


def _subjects(workspace: Workspace) -> tuple[pa.Table, int]:
    from spillkit.directory import Directory

    directory = Directory.open(workspace)
    return directory.attributes(), directory.size


def _inputs(sources: Sequence[Source]) -> list[Input]:
    from spillkit.scope.measurement import Input

    return [Input(source=source.source, name=source.name, digest=source.source) for source in sources]


def read_zone(name: str) -> tzinfo:
    try:
        return UTC if name == "UTC" else zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InputError(
            "--zone: there is no such time zone here. Name one like Europe/Rome, or leave it out for UTC."
        ) from error


def _summarise(context: Context, measurement: Measurement, zone: tzinfo) -> None:
    """Print what the first screen of the report says, and the fourteen answers."""
    from rich.table import Table
    from rich.text import Text

    from spillkit.scope.questions import answer_questions, headline, looked_at_words

    console = context.console
    marks = {"confirmed": "●", "possible": "◐", "unknown": "○"}
    console.print()
    console.print(Text(headline(measurement), style="bold"))
    console.print(Text(f"How this was counted: {measurement.people.method}"))
    console.print(Text(f"Looked at: {looked_at_words(measurement)}"))
    console.print()
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(justify="right", style="dim")
    table.add_column(max_width=28)
    table.add_column(ratio=1)
    for answer in answer_questions(measurement, zone):
        is_open = answer.confidence == "unknown"
        # What to do about an open question is in the report; here one sentence says why it is open.
        said = answer.answer.partition(". ")[0].removesuffix(".") + "." if is_open else answer.answer
        words = Text(f"{marks[answer.confidence]} {printable(said)}", style="dim" if is_open else "")
        table.add_row(str(answer.number), Text(answer.question), words)
    console.print(table)
    console.print(Text("● confirmed   ◐ possible   ○ unknown", style="dim"))
    for line in measurement.withheld:
        console.print(Text(line, style="dim"))
