"""`spillkit cause`: what caused it, for the engineer who is called at night."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spillkit.cli import Context
from spillkit.errors import InputError
from spillkit.printed import json_text, printable

if TYPE_CHECKING:
    from spillkit.cause.incident import Example, Incident, Statistic
    from spillkit.cause.kept import Incidents
    from spillkit.ledger import Ledger

_WIDTH = 110
_LISTED_CORRECTIONS = 10


@click.command()
@click.argument("incident", type=click.IntRange(1), required=False)
@click.option(
    "--changes",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="CSV with the columns time and what: deploys and configuration changes. Remembered until another is given.",
)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@click.pass_obj
def command(context: Context, incident: int | None, changes: Path | None, as_json: bool) -> None:
    """Say what caused the exposures: all incidents, or everything about one INCIDENT.

    Exposures with one cause are one incident. Each sign is printed with what chance alone would give, and with the number of
    answers it rests on; where the signs do not decide, the cause is unknown, and you are told what to log.

    \b
    Examples:
      spillkit cause
      spillkit cause 1
      spillkit cause --changes changes.csv     time,what: 2026-11-20T10:04:00Z,deploy 4711
    """
    from spillkit.cause.changes import read_changes
    from spillkit.cause.kept import read_incidents
    from spillkit.ledger import Ledger

    given = read_changes(changes) if changes is not None else None
    ledger = Ledger(context.workspace().ledger_dir)
    if ledger.judgement_dir is None:
        raise InputError("Nothing was judged yet. Run `spillkit scan RECORDING`, or `spillkit judge`.")
    with context.progress.status("looking for causes") if context.progress.is_terminal else nullcontext():
        found = read_incidents(ledger, given)
    chosen = found.incident(incident) if incident is not None else None
    if as_json:
        click.echo(json_text(_as_json(ledger, found, chosen), indent=2))
    elif chosen is not None:
        _print_lines(context, describe_incident(chosen, _sources(ledger), _corrections(ledger, found, chosen)))
    else:
        _print_lines(context, _overview(found))


def _overview(found: Incidents) -> list[str]:
    from spillkit.scope.cause_words import incident_line

    if not found.incidents:
        return ["no incident: no exposure was found, so there is no cause to look for"]
    lines = [incident_line(incident) for incident in found.incidents]
    if not found.changes:
        lines.append("no changes file was given: spillkit cause --changes FILE says what was deployed just before")
    return [*lines, "next: spillkit cause 1 · spillkit measure --incident 1 --html report.html"]


def describe_incident(
    incident: Incident, sources: dict[str, str], corrections: Sequence[dict[str, Any]] = ()
) -> list[str]:
    """Return the lines that tell everything of one incident.

    sources      names of recordings by their ids
    corrections  rows source, entry, viewer_was, viewer, because
    """
    from spillkit.scope.cause_words import cause_confidence, cause_meaning, cause_words

    cause = incident.cause
    lines = [
        f"incident {incident.number}  {cause_words(incident)}   cause {cause_confidence(incident)}, score {cause.score:.2f}"
    ]
    lines += _wrapped(cause_meaning(incident), "  ")
    lines += _who_and_what(incident)
    lines += _signs("speaks for it", cause.evidence_for) + _signs("speaks against it", cause.evidence_against)
    if cause.facts:
        lines += ["", "known besides"] + [
            line for fact in cause.facts for line in _wrapped(printable(fact), "  ", "- ")
        ]
    lines += _undecided(incident)
    lines += _when(incident)
    lines += _corrected(incident, sources, corrections)
    if incident.examples:
        lines += ["", "examples"] + [
            line for example in incident.examples for line in _example(incident, example, sources)
        ]
    if cause.remedy:
        lines += ["", "remedy", *_wrapped(printable(cause.remedy), "  ")]
    return [*lines, "", f"what tells this cause from others: docs/explanation/causes/{cause.cause}.md"]


def _who_and_what(incident: Incident) -> list[str]:
    from spillkit.scope.cause_words import span_of

    possible = incident.subjects - incident.subjects_confirmed
    people = f"{incident.subjects_confirmed:,} confirmed" + (f", {possible:,} possible" if possible else "")
    viewers = (
        f"{incident.viewers:,}" if incident.viewers_known else "not known: the recordings do not tell who received them"
    )
    routes = [printable(route) for route in incident.routes]
    return [
        "",
        f"people    {people}; fields: {', '.join(incident.fields)}",
        f"viewers   {viewers}",
        f"answers   {incident.answers:,} over {incident.channel}",
        f"time      {span_of(incident.onset)}",
        *(f"{'routes' if place == 0 else '':<10}{route}" for place, route in enumerate(routes)),
    ]


def _signs(title: str, signs: Sequence[Statistic]) -> list[str]:
    if not signs:
        return []
    lines = ["", title]
    for sign in signs:
        lines += _wrapped(sign_words(sign), "  ", "- ")
    return lines


def sign_words(sign: Statistic) -> str:
    """Return a sign with its name; its sentence holds what was measured, what chance would give, and of how many answers."""
    return f"{printable(sign.name)}: {printable(sign.words)}"


def _undecided(incident: Incident) -> list[str]:
    from spillkit.scope.cause_words import next_best_guess

    cause, lines = incident.cause, []
    if guess := next_best_guess(incident):
        lines += ["", f"next best guess: {guess}"]
    if cause.missing:
        lines += ["", "what would decide it", *_wrapped(printable(cause.missing), "  ")]
    return lines


def _when(incident: Incident) -> list[str]:
    from spillkit.scope.cause_words import change_words, steps_of
    from spillkit.scope.words import moment

    steps = steps_of(incident.onset)
    if not steps:
        return ["", "when", "  not known: the recordings hold no times"]
    lines = ["", "when"]
    lines += [f"  {moment(at, UTC)}  {words}{': ' + printable(what) if what else ''}" for at, words, what in steps]
    return lines + [f"  a change lies {words}" for words in change_words(incident.onset)]


def _corrected(incident: Incident, sources: dict[str, str], corrections: Sequence[dict[str, Any]]) -> list[str]:
    if not incident.corrected:
        return []
    answers = "1 answer was" if incident.corrected == 1 else f"{incident.corrected:,} answers were"
    lines = ["", "corrected viewers", f"  {answers} sent to somebody else than their session says:"]
    for row in corrections[:_LISTED_CORRECTIONS]:
        who = f"{printable(row['viewer_was'])} was {printable(row['viewer'])}"
        lines.append(f"  - {printable(sources.get(row['source'], row['source']))}, entry {row['entry']}: {who}")
        lines += _wrapped(printable(row["because"]), "    ")
    if len(corrections) > _LISTED_CORRECTIONS:
        lines.append("  … and more: spillkit cause --json")
    return lines


def _example(incident: Incident, example: Example, sources: dict[str, str]) -> list[str]:
    from spillkit.scope.words import count_of, moment

    name = printable(sources.get(example.source, example.source))
    place = printable(f"{example.method} {example.route}")
    at = moment(example.shown_at, UTC) if example.shown_at is not None else "time unknown"
    return [
        f"  {at}  {name}, entry {example.entry}   {place}   {count_of(example.subjects, 'person', 'people')}",
        *_wrapped(printable(example.words), "    "),
        f"    spillkit show --incident {incident.number} --source {example.source} --entry {example.entry}",
    ]


def _sources(ledger: Ledger) -> dict[str, str]:
    return {str(source.source): source.name for source in ledger.sources()}


def _corrections(ledger: Ledger, found: Incidents, incident: Incident) -> list[dict[str, Any]]:
    """The corrected viewers of an incident's answers; of staff, nobody."""
    from spillkit.cause.incident import CauseClass
    from spillkit.ledger.database import ask

    if not incident.corrected or incident.cause.cause is CauseClass.STAFF:
        return []
    with ledger.database() as connection:
        found.attach(connection)
        rows: list[dict[str, Any]] = ask(
            connection,
            """SELECT source, entry, viewer_was, viewer, because FROM corrections
            SEMI JOIN (SELECT * FROM incident_rows WHERE incident = ?) i USING (source, entry, viewer)
            ORDER BY source, entry, viewer""",
            [incident.number],
        ).to_pylist()
    return rows


def _as_json(ledger: Ledger, found: Incidents, chosen: Incident | None) -> dict[str, Any]:
    import msgspec

    from spillkit.scope.cause_words import cause_confidence, cause_words

    incidents = [chosen] if chosen is not None else found.incidents
    return {
        "incidents": [
            {
                **msgspec.to_builtins(incident),
                "words": cause_words(incident),
                "confidence": cause_confidence(incident),
                "corrections": _corrections(ledger, found, incident),
            }
            for incident in incidents
        ],
        "changes": msgspec.to_builtins(found.changes),
        "sources": _sources(ledger),
    }


def _wrapped(text: str, indent: str, bullet: str = "") -> list[str]:
    """Lines no wider than a terminal, so that a long sentence is read and not searched."""
    after = indent + " " * len(bullet)
    return (
        textwrap.wrap(text, _WIDTH, initial_indent=indent + bullet, subsequent_indent=after, break_long_words=False)
        or []
    )


def _print_lines(context: Context, lines: Sequence[str]) -> None:
    for line in lines:
        context.console.print(line)
