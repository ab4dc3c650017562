"""`spillkit report`: write what an authority is told, as a draft."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spillkit.cli import Context
from spillkit.cli.facts_given import answer_option, facts_argument, given_facts, with_answers
from spillkit.cli.written import SCREEN, tell_written, write_bytes
from spillkit.errors import InputError
from spillkit.printed import printable

if TYPE_CHECKING:
    from spillkit.authority import Made, Report
    from spillkit.authority.statement import Statement
    from spillkit.law.books import Books
    from spillkit.law.facts import Facts
    from spillkit.scope.measurement import Measurement


@click.group()
def command() -> None:
    """Write what an authority is told, as a draft. Nothing is sent from here."""


@command.command("authority")
@facts_argument
@click.option("--incident", type=click.IntRange(1), help="Report a measured incident (see spillkit cause).")
@click.option("--rule", default="eu-gdpr-33", show_default=True, metavar="ID", help="The rule to report under.")
@click.option("--entity", default="", metavar="ID", help="The legal entity that reports, where there are several.")
@click.option(
    "--statement",
    "said",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="What only people can say: contact, measures, consequences, reasons (see --example).",
)
@click.option(
    "--phase",
    type=click.Choice(["first", "follow-up", "withdrawal"]),
    help="Default: first, or follow-up where --earlier is given.",
)
@click.option(
    "--earlier",
    "earlier",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="An earlier report as JSON; several times, oldest first. What changed stands in front.",
)
@answer_option
@click.option(
    "--at", metavar="TIME", help="The report's own time. The same time and input give the same bytes. Default: now."
)
@click.option(
    "--language",
    type=click.Choice(["en", "fr", "it", "de", "es", "ar"]),
    default="en",
    show_default=True,
    help="Of the report.",
)
@click.option(
    "--zone", default="", metavar="ZONE", help="Zone in which times are written. Default: the legal entity's."
)
@click.option(
    "--from",
    "again",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Make the PDF of a report that was kept as JSON.",
)
@click.option(
    "--json",
    "json_",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the report as JSON; - for the screen.",
)
@click.option(
    "--pdf", type=click.Path(path_type=Path), metavar="FILE", help="Write the report as PDF. Each page says draft."
)
@click.option("--example", is_flag=True, help="Print an example of a statement, and nothing else.")
@click.option("--items", is_flag=True, help="Print what the rule wants said, item by item, and nothing else.")
@click.pass_obj
def authority(
    context: Context,
    facts_file: Path | None,
    incident: int | None,
    rule: str,
    entity: str,
    said: Path | None,
    phase: str | None,
    earlier: tuple[Path, ...],
    answers: tuple[str, ...],
    at: str | None,
    language: str,
    zone: str,
    again: Path | None,
    json_: Path | None,
    pdf: Path | None,
    example: bool,
    items: bool,
) -> None:
    """Write a report to an authority: first, follow-up, or withdrawal.

    FACTS is a file of counts (spillkit decide --example). Without it, the incident that was measured in the workspace is reported.
    What is not known is listed as open, with its reason. It is a draft until people sign it, and nothing is sent.

    \b
    Examples:
      spillkit report authority --example > report.toml
      spillkit report authority --incident 1 --statement report.toml --pdf first.pdf --json first.json
      spillkit report authority --incident 1 --statement report.toml --earlier first.json --pdf second.pdf --json second.json
      spillkit report authority facts.toml --rule jp-appi-26 --statement report.toml --pdf ppc.pdf
      spillkit report authority --from first.json --pdf first-again.pdf
    """
    if example:
        from spillkit.authority import statement

        click.echo(statement.EXAMPLE, nl=False)
        return
    if items:
        _print_items(rule)
        return
    if again is not None:
        report = _read_report(again)
        if pdf is None:
            raise InputError("--from makes a PDF: say where with --pdf FILE.")
        _write_all(context, report, None, pdf)
        return
    made = _make(context, facts_file, incident, rule, entity, said, phase, earlier, answers, at, language, zone)
    _write_all(context, made.report, json_, pdf)
    if SCREEN not in (json_, pdf):
        _tell(context, made, is_written=json_ is not None or pdf is not None)


def _make(
    context: Context,
    facts_file: Path | None,
    incident: int | None,
    rule: str,
    entity: str,
    said: Path | None,
    phase: str | None,
    earlier: tuple[Path, ...],
    answers: tuple[str, ...],
    at: str | None,
    language: str,
    zone: str,
) -> Made:
    from spillkit.authority import Phase, inputs_for, make_report
    from spillkit.law.books import read_books
    from spillkit.law.decide import decide

    books = read_books()
    before = tuple(_read_report(path) for path in earlier)
    statement = _statement(said, books)
    made_at = _moment(at)
    measurement = None if facts_file is not None else _measured(context, incident)
    facts = _with_said(given_facts(context, facts_file, incident, books, made_at), statement, answers)
    inputs = inputs_for(
        rule,
        books=books,
        facts=facts,
        decided=decide(facts, books, now=made_at),
        statement=statement,
        made_at=made_at,
        entity=entity,
        phase=Phase(phase) if phase is not None else Phase.FOLLOW_UP if before else Phase.FIRST,
        measurement=measurement,
        earlier=before,
        language=language,
        zone=zone,
        sources=tuple(item.source for item in measurement.inputs) if measurement is not None else (),
    )
    return make_report(inputs)


def _measured(context: Context, incident: int | None) -> Measurement:
    from spillkit.cli.measure import measure_workspace

    return measure_workspace(context.workspace(), "internal", UTC, incident=incident)


def _with_said(facts: Facts, statement: Statement, answers: tuple[str, ...]) -> Facts:
    """Facts with the answers of the command line, and the statement's time of awareness where they have none."""
    import msgspec

    from spillkit.law.facts import Milestone

    milestones = dict(facts.milestones)
    if statement.aware is not None and "aware" not in milestones:
        milestones["aware"] = Milestone(at=statement.aware.at, because=statement.aware.because)
    return msgspec.structs.replace(facts, milestones=milestones, answers=with_answers(facts.answers, answers))


def _statement(path: Path | None, books: Books) -> Statement:
    from spillkit.authority.statement import MOST_BYTES, Statement, read_statement

    if path is None:
        return Statement()
    return read_statement(_read(path, MOST_BYTES), name=path.name, items=frozenset(books.content))


def _read_report(path: Path) -> Report:
    from spillkit.authority import canonical

    return canonical.read_report(_read(path, canonical.MOST_BYTES), name=path.name)


def _read(path: Path, most: int) -> bytes:
    """Return the bytes of a file, one more than allowed at most: its reader then says what is too large."""
    try:
        with path.open("rb") as file:
            return file.read(most + 1)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}). Name a file that is there.") from error


def _moment(text: str | None) -> datetime:
    from spillkit.law.clocks import check_moment

    if text is None:
        return datetime.now(UTC)
    try:
        return check_moment(datetime.fromisoformat(text), "--at")
    except ValueError as error:
        raise InputError("--at: not a time. Write it as 2026-11-22T09:00:00+01:00.") from error


def _print_items(rule: str) -> None:
    from spillkit.authority.make import items_of
    from spillkit.law.books import read_books

    books = read_books()
    if rule not in books.rules:
        raise InputError("There is no rule of that id. `spillkit law list` has them.")
    for item in items_of(books.rules[rule]):
        content = books.content.get(item)
        click.echo(f"{item:24} {printable(content.words if content is not None else '')}")


def _write_all(context: Context, report: Report, json_: Path | None, pdf: Path | None) -> None:
    from spillkit.authority import report_json, report_pdf

    if json_ is not None:
        write_bytes(json_, report_json(report))
    if pdf is not None:
        write_bytes(pdf, report_pdf(report))
    tell_written(context.console, (json_, pdf))


def _tell(context: Context, made: Made, *, is_written: bool) -> None:
    """Print what is open, and what the officer should know."""
    from rich.text import Text

    from spillkit.authority import digest_of

    console, report = context.console, made.report
    console.print(Text(f"Draft, report no. {report.sequence} under {report.law.rule}. Nothing was sent.", style="bold"))
    console.print(Text(f"SHA-256 of the JSON: {digest_of(report)}"))
    if report.open:
        console.print(Text(f"\nOpen ({len(report.open)}):", style="bold"))
        for each in report.open:
            console.print(Text(f"  {each.title}: {each.words}"))
    if report.changes:
        console.print(Text(f"\nChanged since the last report: {len(report.changes)}", style="bold"))
        for change in report.changes:
            console.print(Text(f"  {change.title}: {change.before} → {change.now}"))
    if made.notes:
        console.print(Text("\nFor you, not for the authority:", style="bold"))
        for note in made.notes:
            console.print(Text(f"  {printable(note)}"))
    if not is_written:
        console.print(Text("\nNo file was written: name one with --pdf or --json.", style="dim"))
