"""`spillkit decide`: which duties an incident brings, why, and until when."""

from __future__ import annotations

import difflib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spillkit.cli import EXIT_FINDING, Context
from spillkit.cli.facts_given import answer_option, facts_argument, given_facts, with_answers
from spillkit.errors import InputError
from spillkit.printed import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from spillkit.law.books import Books
    from spillkit.law.decision import Decided
    from spillkit.law.facts import Facts
    from spillkit.law.sheet import Line

_FAILING = {"never": (), "triggered": ("triggered",), "asked": ("triggered", "needs a human answer")}
_STYLES = {"heading": "bold underline", "main": "", "detail": "", "quiet": "dim", "unsure": "yellow", "blank": ""}
_INDENT = {"detail": "    ", "quiet": "    ", "unsure": "    "}


@click.command()
@facts_argument
@click.option("--incident", type=click.IntRange(1), help="Decide on a measured incident (see spillkit cause).")
@click.option(
    "--aware", metavar="TIME", help="When the company became aware, with its zone: 2026-11-22T03:40:00+01:00."
)
@click.option("--aware-because", metavar="TEXT", help="Why then. Needed with --aware: people sign it.")
@answer_option
@click.option(
    "--on", metavar="DATE", help="Judge by the law of this day. Default: the day the company became aware, or today."
)
@click.option("--rule", metavar="ID", help="Only this rule.")
@click.option("--why", metavar="RULE", help="Print the chain of reasons of one rule, and what would change it.")
@click.option(
    "--fail-on",
    type=click.Choice(list(_FAILING)),
    default="never",
    show_default=True,
    help="Exit with 1 if a duty is triggered, or also if one needs an answer (asked).",
)
@click.option("--example", is_flag=True, help="Print an example of a facts file, and nothing else.")
@click.option("--json", "as_json", is_flag=True, help="Print the decision as JSON.")
@click.pass_obj
def command(
    context: Context,
    facts_file: Path | None,
    incident: int | None,
    aware: str | None,
    aware_because: str | None,
    answers: tuple[str, ...],
    on: str | None,
    rule: str | None,
    why: str | None,
    fail_on: str,
    example: bool,
    as_json: bool,
) -> int:
    """Say which duties an incident brings: triggered, not triggered, or waiting for an answer.

    FACTS is a file of counts (see --example). Without it, the incident that was measured in the workspace is decided on: all
    exposures together, or one --incident. Each duty comes with its clock, its addressee, its source, and what would change it.
    It is a proposal: nothing is decided until it is signed, and nothing is sent.

    \b
    Examples:
      spillkit decide --example > facts.toml
      spillkit decide facts.toml
      spillkit decide --incident 1 --aware 2026-11-22T03:40:00+01:00 --aware-because "support saw the page itself"
      spillkit decide facts.toml --answer risk-unlikely=no --answer serious-harm@AU=no
      spillkit decide facts.toml --why jp-appi-26
    \b
    Exit codes: 0 done, 1 a duty of the --fail-on level, 2 bad input.
    """
    if example:
        from spillkit.law import facts_file as reader

        click.echo(reader.EXAMPLE.read_text(encoding="utf-8"), nl=False)
        return 0
    from spillkit.law.books import read_books
    from spillkit.law.decide import decide, to_json
    from spillkit.law.sheet import lay_out, lay_out_why

    books = read_books()
    for asked in (rule, why):
        _known_rule(asked, books)
    now = datetime.now(UTC)
    facts = _with_said(given_facts(context, facts_file, incident, books, now), aware, aware_because, answers)
    decided = _only(decide(facts, books, now=now, on=_day(on)), rule)
    if as_json:
        click.echo(to_json(decided))
    elif why is not None:
        _print(context.console, lay_out_why(decided, why, facts, books))
    else:
        called = "spillkit decide" + (f" {facts_file}" if facts_file else f" --incident {incident}" if incident else "")
        _print(context.console, lay_out(decided, facts, books, asked_with=called))
    return EXIT_FINDING if any(duty.outcome in _FAILING[fail_on] for duty in decided.duties) else 0


def _with_said(facts: Facts, aware: str | None, because: str | None, answers: tuple[str, ...]) -> Facts:
    """Facts with what was said on the command line; it goes before what the file says."""
    import msgspec

    from spillkit.law.clocks import check_moment
    from spillkit.law.facts import Milestone

    if (aware is None) != (because is None):
        raise InputError("--aware and --aware-because belong together: when, and why then.")
    milestones = dict(facts.milestones)
    if aware is not None and because is not None:
        try:
            moment = datetime.fromisoformat(aware)
        except ValueError as error:
            raise InputError("--aware: not a time. Write it as 2026-11-22T03:40:00+01:00.") from error
        milestones["aware"] = Milestone(at=check_moment(moment, "--aware"), because=because)
    return msgspec.structs.replace(facts, milestones=milestones, answers=with_answers(facts.answers, answers))


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise InputError("--on: not a day. Write it as 2026-11-22.") from error


def _known_rule(rule: str | None, books: Books) -> None:
    if rule is None or rule in books.rules:
        return
    near = difflib.get_close_matches(rule[:64], books.rules, 3)
    raise InputError(
        "There is no rule of that id. "
        + (f"Did you mean {' or '.join(near)}?" if near else "`spillkit law list` has them.")
    )


def _only(decided: Decided, rule: str | None) -> Decided:
    import msgspec

    if rule is None:
        return decided
    duties = tuple(duty for duty in decided.duties if duty.rule == rule)
    asked = {reason.question for duty in duties for reason in duty.reasons}
    kept = tuple(question for question in decided.questions if question in asked or question.startswith("when@"))
    return msgspec.structs.replace(decided, duties=duties, questions=kept)


def _print(console: Console, lines: Iterable[Line]) -> None:
    from rich.text import Text

    for line in lines:
        console.print(Text(_INDENT.get(line.kind, "") + printable(line.text), style=_STYLES[line.kind]))
