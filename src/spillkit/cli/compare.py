"""`spillkit compare`: is it the same as that other incident?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from spillkit.cause.compare import Traits
from spillkit.cli import Context
from spillkit.errors import InputError
from spillkit.printed import json_text, printable

if TYPE_CHECKING:
    import duckdb

    from spillkit.cause.compare import Comparison
    from spillkit.cause.kept import Incidents
    from spillkit.settings import Workspace

_MOST_BYTES = 256 << 20


@click.command()
@click.argument("incident", type=click.IntRange(1))
@click.argument("other", type=click.IntRange(1), required=False)
@click.option(
    "--with",
    "report",
    type=click.Path(path_type=Path),
    metavar="REPORT",
    help="Compare with the incidents of another report: the file of spillkit measure --json. OTHER names one of them.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def command(context: Context, incident: int, other: int | None, report: Path | None, as_json: bool) -> None:
    """Say whether INCIDENT is the same as OTHER: the same, probably the same, different, or nobody can tell.

    Compared are cause, routes, time and people, the last against what random people of the directory would share. The answer
    is kept for question 10 of the report.

    \b
    Examples:
      spillkit compare 1 2
      spillkit compare 1 --with ../march/report.json
      spillkit compare 1 2 --with ../march/report.json     only its incident 2
    """
    from spillkit.cause.kept import keep_comparisons, read_incidents
    from spillkit.ledger import Ledger

    if other is None and report is None:
        raise InputError(
            "Name the other incident (spillkit compare 1 2), or a report of another workspace: --with FILE."
        )
    if report is None and other == incident:
        raise InputError("That is the same number twice. `spillkit cause` lists the incidents.")
    workspace = context.workspace()
    ledger = Ledger(workspace.ledger_dir)
    if ledger.judgement_dir is None:
        raise InputError("Nothing was judged yet. Run `spillkit scan RECORDING`, or `spillkit judge`.")
    found = read_incidents(ledger)
    with ledger.database() as connection:
        comparisons = _compare(connection, workspace, found, incident, other, report)
    keep_comparisons(ledger, comparisons)
    if as_json:
        click.echo(json_text(msgspec.to_builtins(comparisons), indent=2))
        return
    for comparison in comparisons:
        for line in describe_comparison(comparison):
            context.console.print(line)


def _compare(
    connection: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    found: Incidents,
    incident: int,
    other: int | None,
    report: Path | None,
) -> list[Comparison]:
    from spillkit.cause.compare import compare, count_shared, read_traits

    size, ids = directory_facts(workspace)
    chosen = [found.incident(incident)]
    if report is None and other is not None:
        chosen.append(found.incident(other))
    found.attach(connection)
    traits = read_traits(connection, chosen, ids)
    if report is None and other is not None:
        return [compare(*traits, directory_size=size, shared=count_shared(connection, incident, other))]
    [mine] = traits
    name = printable(report.name) if report is not None else ""
    return [
        compare(
            mine, theirs, directory_size=size, names=(f"incident {incident}", f"incident {theirs.number} of {name}")
        )
        for theirs in (_traits_in(report, other) if report is not None else ())
    ]


def directory_facts(workspace: Workspace) -> tuple[int | None, str]:
    """Return how many subjects the directory has, and under which key their ids are pseudonyms ("": they are the company's)."""
    from spillkit.directory import Directory, Places
    from spillkit.directory.manifest import read_manifest

    manifest = read_manifest(Places(workspace.directory_dir, workspace.index_dir))
    if manifest is None:
        return None, ""
    return Directory.open(workspace).size, manifest.key_check if manifest.pseudonymised else ""


class _Incident(msgspec.Struct, frozen=True):
    """What is read of an incident in another report."""

    traits: Traits | None = None


class _Report(msgspec.Struct, frozen=True):
    """What is read of another report."""

    incidents: tuple[_Incident, ...] | None = None
    audience: str = ""


def _traits_in(path: Path, number: int | None) -> list[Traits]:
    """The incidents of another report; InputError if there is none to compare with."""
    name = printable(path.name)
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(f"{name}: is too large for a report. Name the file of `spillkit measure --json FILE`.")
        report = msgspec.json.decode(path.read_bytes(), type=_Report)
    except OSError as error:
        raise InputError(f"{name}: cannot be opened ({error.strerror}). Check the path and its rights.") from error
    except msgspec.DecodeError as error:
        raise InputError(f"{name}: is not a report in JSON. Write one there: spillkit measure --json {name}") from error
    if report.audience != "internal":
        raise InputError(
            f"{name}: was not written for internal readers, so nothing in it can be compared. Write it again."
        )
    traits = [incident.traits for incident in report.incidents or () if incident.traits is not None]
    if not traits:
        raise InputError(
            f"{name}: holds no incidents. Run `spillkit cause` there, then `spillkit measure --json` again."
        )
    chosen = [one for one in traits if number is None or one.number == number]
    if not chosen:
        raise InputError(f"{name}: has no incident {number}; it has {', '.join(str(one.number) for one in traits)}.")
    return chosen


def describe_comparison(comparison: Comparison) -> list[str]:
    """Return the lines that tell a comparison."""
    lines = [f"{printable(comparison.first)} and {printable(comparison.second)}: {comparison.verdict}"]
    lines += [f"  - {printable(reason)}" for reason in comparison.reasons]
    if comparison.jaccard is not None and comparison.shared:
        lines.append(f"  people in both, of people in either: {comparison.jaccard * 100:.1f} %")
    if comparison.routes_shared:
        lines.append(f"  routes of both: {', '.join(printable(route) for route in comparison.routes_shared[:10])}")
    return lines
