"""`spillkit fix`: prove that a repair holds."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spillkit.cli import EXIT_FINDING, Context
from spillkit.errors import InputError
from spillkit.printed import json_text, printable

if TYPE_CHECKING:
    from rich.console import Console

    from spillkit.cause.incident import Incident
    from spillkit.cause.kept import Incidents
    from spillkit.fix.proof import Verdict
    from spillkit.fix.results import Replay
    from spillkit.ledger import Ledger
    from spillkit.settings import Workspace

Progress = Callable[[str, int, int], None]


@click.group()
def command() -> None:
    """Prove that a repair holds."""


@command.command()
@click.option(
    "--incident", "number", type=click.IntRange(1), metavar="N", help="Which incident. Default: the only one."
)
@click.option(
    "--base-url",
    "base_urls",
    multiple=True,
    metavar="URL",
    help="The server to ask, such as https://staging.shop.example; several for several edges. Without it nothing is sent.",
)
@click.option(
    "--identities",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Test customers who ask, two or more: identities.toml.",
)
@click.option(
    "--fixed-at",
    metavar="TIME",
    help="When it was repaired, as 2026-11-20T13:05:00Z. Default: the change that ended it, else the last exposed answer.",
)
@click.option(
    "--recording",
    "recordings",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where a recording of the incident is now, if it was moved since the scan.",
)
@click.option(
    "--allow-method", multiple=True, metavar="METHOD", help="Also send requests of this method, without a body: POST …"
)
@click.option(
    "--rate",
    type=click.FloatRange(0.01, 1000),
    default=5.0,
    show_default=True,
    help="Requests a second, on average. A burst is sent whole and waited for.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the verdict with its numbers as JSON.")
@click.pass_obj
def verify(
    context: Context,
    number: int | None,
    base_urls: tuple[str, ...],
    identities: Path | None,
    fixed_at: str | None,
    recordings: tuple[Path, ...],
    allow_method: tuple[str, ...],
    rate: float,
    as_json: bool,
) -> int:
    """Prove that an incident's fault is repaired: ask again, and look at later traffic.

    Two proofs are needed. First, the recorded requests of the incident's routes are sent again to the servers that --base-url
    names, as test customers, in the order in which the fault would show; no answer may show one to another. Second, recordings
    scanned since the repair must hold so many clean answers that the fault would have shown itself with 95 %.

    Only path and query of recorded requests are used, only GET is sent unless --allow-method says more, redirects are not
    followed, and answers are looked at in memory and not kept.

    \b
    Examples:
      spillkit fix verify --base-url https://staging.shop.example --identities identities.toml
      spillkit fix verify --incident 2 --base-url https://edge1.example --base-url https://edge2.example \\
        --identities identities.toml --fixed-at 2026-11-20T13:05:00Z
      spillkit fix verify --json
    \b
    Exit codes: 0 proven, 1 not proven, 2 bad input.
    """
    from spillkit.cause.kept import read_incidents
    from spillkit.fix.keeping import keep_proof
    from spillkit.fix.later import apart_from, counted_part, later_traffic, repair_of
    from spillkit.fix.proof import decide
    from spillkit.ledger import Ledger

    workspace = context.workspace()
    methods = _methods(allow_method)
    repaired = _time(fixed_at)
    if base_urls and identities is None:
        raise InputError(
            "--base-url needs --identities FILE: at least two test customers (docs/how-to/verify-a-fix.md)."
        )
    if identities is not None and not base_urls:
        raise InputError("--identities needs --base-url URL: name the server to ask.")
    ledger = Ledger(workspace.ledger_dir)
    if ledger.judgement_dir is None:
        raise InputError("Nothing was scanned yet, so there is no incident to check. Start with `spillkit scan`.")
    found = read_incidents(ledger)
    incident = _chosen(found, number)
    with ledger.database() as connection:
        found.attach(connection)
        incident = counted_part(connection, incident)
    with _progress(context.progress, quiet=as_json) as progress:
        replay = None
        if base_urls and identities is not None:
            replay = _replay(
                workspace, ledger, found, incident, base_urls, identities, recordings, methods, rate, progress
            )
        progress("looking at later traffic", 0, 0)
        repair = repair_of(incident, repaired)
        with ledger.database() as connection:
            found.attach(connection)
            later = later_traffic(connection, incident, repair, apart_from(incident, found.incidents, repair))
    verdict = decide(incident, replay, later, datetime.now(UTC))
    keep_proof(workspace.root, incident, verdict.proof, found.incidents)
    if as_json:
        import msgspec

        click.echo(json_text({"verdict": verdict.headline, **msgspec.to_builtins(verdict)}, indent=2))
    else:
        _print(context.console, incident, verdict)
    return 0 if verdict.proof.proven else EXIT_FINDING


def _replay(
    workspace: Workspace,
    ledger: Ledger,
    found: Incidents,
    incident: Incident,
    base_urls: Sequence[str],
    identities: Path,
    recordings: Sequence[Path],
    methods: frozenset[str],
    rate: float,
    progress: Progress,
) -> Replay:
    from spillkit.directory import Directory
    from spillkit.entitlement import read_rules
    from spillkit.fix.answers import AnswerJudge, check_identities
    from spillkit.fix.calling import parse_base
    from spillkit.fix.identities import read_identities
    from spillkit.fix.later import counted_evidence, places_to_ask
    from spillkit.fix.plan import plan_replay
    from spillkit.fix.recorded import find_recordings, read_recorded
    from spillkit.fix.replay import run_replay

    bases = [parse_base(text, place) for place, text in enumerate(base_urls)]
    directory = Directory.open(workspace)
    people = read_identities(identities, os.environ, directory.subject_id)
    rules = read_rules(workspace.rules_file, directory.subject_id)
    check_identities(people, directory, rules)
    paths, problems = find_recordings(ledger.sources(), recordings)
    with ledger.database() as connection:
        found.attach(connection)
        places = places_to_ask(connection, incident, list(paths))
    recorded, unread = read_recorded(
        places, paths, lambda done, wanted: progress("reading recorded requests again", done, wanted)
    )
    plan = plan_replay(
        incident.cause.cause, incident.channel, incident.routes, recorded, len(people), len(bases), methods
    )
    if not plan.impossible and (problems or unread) and not any(request.is_of_incident for request in recorded):
        raise InputError(" ".join([*unread, *(f"{line}." for line in problems.values())]))
    return run_replay(
        plan,
        incident.routes,
        people,
        bases,
        AnswerJudge(directory, rules, people),
        rate=rate,
        count_possible="possible" in counted_evidence(incident),
        progress=lambda done, planned: progress("asking again", done, planned),
    )


def _chosen(found: Incidents, number: int | None) -> Incident:
    if number is not None:
        return found.incident(number)
    if not found.incidents:
        raise InputError(
            "There is no incident: nobody was shown to a viewer without a right to it in what was scanned."
        )
    if len(found.incidents) > 1:
        raise InputError(
            f"There are {len(found.incidents)} incidents. Say which with --incident N; `spillkit cause` lists them."
        )
    return found.incidents[0]


def _methods(allowed: Sequence[str]) -> frozenset[str]:
    from spillkit.fix.plan import READING

    methods = {method.strip().upper() for method in allowed}
    if not methods <= {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}:
        raise InputError("--allow-method: name one method, such as POST. It may be given several times.")
    return READING | methods


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    from spillkit.capture.times import parse_time

    moment = parse_time(text)
    if moment is None:
        raise InputError("--fixed-at: write the time with its zone, as 2026-11-20T13:05:00Z.")
    return moment


def _print(console: Console, incident: Incident, verdict: Verdict) -> None:
    proof, rates, later, replay = verdict.proof, verdict.rates, verdict.later, verdict.replay
    routes = ", ".join(printable(route) for route in incident.routes[:4]) + (" …" if len(incident.routes) > 4 else "")
    console.print(f"incident {incident.number}  {incident.cause.cause.value}   {routes}")
    console.print(f"{verdict.headline}{':' if proof.not_yet else ''}", style="bold")
    for line in proof.not_yet:
        console.print(f"  {printable(line)}")
    console.print()
    if replay is None:
        console.print("asked again: nothing was sent")
    elif replay.impossible:
        console.print(f"asked again: no, {replay.impossible}")
    else:
        console.print(
            f"asked again: {replay.requests:,} requests as {', '.join(replay.identities)} and signed out, "
            f"{replay.answers:,} answers, {replay.crossed:,} crossed"
        )
        if replay.orders:
            console.print(f"  order: {'; '.join(replay.orders)}")
        for route in replay.routes:
            told = f"  {printable(route.route)}   asked {route.asked:,}, answered {route.answered:,}, own data {route.own:,}"
            crossed = route.crossed + route.sessions_crossed
            console.print(
                told + (f", crossed {crossed:,}" if crossed else "")
                if route.asked
                else f"  {printable(route.route)}   not asked"
            )
    when = later.fixed_at.strftime("%Y-%m-%d %H:%M:%S UTC") if later.fixed_at else "unknown"
    console.print(f"later traffic: since {when} ({later.fixed_by})")
    bound = f", at most {_share(rates.upper_bound_95)} at 95 %" if rates.upper_bound_95 is not None else ""
    console.print(f"  {rates.answers:,} answers that could have shown it, {rates.exposed:,} exposed{bound}")
    if rates.rate_then is not None:
        console.print(
            f"  while it was at work {_share(rates.rate_then)} were exposed (at least {_share(rates.rate_then_at_least or 0)}); "
            f"had nothing changed, {rates.expected:,.1f} would be, and it would have shown with {_share(rates.chance_of_seeing)}"
        )
    if rates.coverage_share is not None:
        console.print(f"  looked at {_share(rates.coverage_share)} of the later answers, in {rates.hours:,.1f} hours")
    for line in verdict.notes:
        console.print(f"note: {printable(line)}", style="dim")


def _share(share: float) -> str:
    return f"{share * 100:.3g} %"


@contextmanager
def _progress(console: Console, *, quiet: bool) -> Iterator[Progress]:
    """A bar on a terminal, nothing elsewhere."""
    if quiet or not console.is_terminal:
        yield lambda what, done, total: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bars(*columns, console=console, transient=True) as bars:
        task = bars.add_task("reading", total=None)

        def tell(what: str, done: int, total: int) -> None:
            bars.update(task, description=what, completed=done, total=total or None)

        yield tell
