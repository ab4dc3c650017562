"""`spillkit law`: read, check and compare the books of law."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from spillkit.cli import EXIT_FINDING, Context
from spillkit.errors import InputError
from spillkit.printed import json_text, printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from spillkit.law.books import Books
    from spillkit.law.describe import Part
    from spillkit.law.diff import Change
    from spillkit.law.rule import Jurisdiction, Rule, Status

_UNSURE = "NOT CONFIRMED"
_folder = click.option(
    "--books",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Books of your own: a folder with rules/ and the files of words. Default: those that come with Spillkit.",
)


@click.group()
def command() -> None:
    """Read the law that `spillkit decide` goes by: which duties, of whom, until when, from which source.

    Every rule stands in a file that people can read and correct; docs/reference/law.md explains the keys.

    \b
    Examples:
      spillkit law list
      spillkit law show US-CA
    """


@command.command("list")
@click.option("--jurisdiction", metavar="CODE", help="List the rules of this book: US-CA, EU, JP.")
@_folder
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def list_(context: Context, jurisdiction: str | None, folder: Path | None, as_json: bool) -> None:
    """List the books, or the rules of one, and how sure each is.

    \b
    Examples:
      spillkit law list
      spillkit law list --jurisdiction US-CA
      spillkit law list --json | jq '.[] | select(.status != "confirmed") | .rule'
    """
    books = _read(folder)
    chosen = list(books.jurisdictions.values()) if jurisdiction is None else [_book(books, jurisdiction)]
    if as_json:
        rows = [_row(rule, book) for book in chosen for rule in book.rule]
        click.echo(json_text(msgspec.to_builtins(rows), indent=2))
        return
    if jurisdiction is None:
        _list_books(context.console, chosen, books)
    else:
        _list_rules(context.console, chosen[0])


@command.command("show")
@click.argument("what", metavar="CODE")
@click.option("--cases", is_flag=True, help="With the cases that stand beside each rule.")
@_folder
@click.option("--json", "as_json", is_flag=True, help="Print JSON: the book as it stands in its file.")
@click.pass_obj
def show(context: Context, what: str, cases: bool, folder: Path | None, as_json: bool) -> None:
    """Show a book (US-CA), or one rule (eu-gdpr-33): duty, when, until when, to whom, content, source.

    What was not read in a statute or a page about it is marked NOT CONFIRMED.

    \b
    Examples:
      spillkit law show US-CA
      spillkit law show eu-gdpr-33 --cases
      spillkit law show JP --json
    """
    books = _read(folder)
    rule = books.rules.get(what.lower())
    book = books.jurisdictions[books.code_of[rule.id]] if rule is not None else _book(books, what, rules=True)
    if as_json:
        click.echo(json_text(msgspec.to_builtins(book if rule is None else rule), indent=2))
        return
    _show_book(context.console, book, books, [rule] if rule is not None else book.rule, cases)


@command.command("check")
@_folder
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def check(context: Context, folder: Path | None, as_json: bool) -> None:
    """Check the books, and try every case beside a rule. Exit code 1 if something must be mended.

    Finds missing sources, unknown words, versions that overlap or leave a gap, clocks that cannot be reckoned, and cases
    that come out otherwise than they say.

    \b
    Examples:
      spillkit law check
      spillkit law check --books ~/our-law
    """
    from spillkit.law.check import check_books

    books = _read(folder)
    problems = check_books(books)
    cases = sum(len(rule.case) for rule in books.rules.values())
    if as_json:
        whole = {"digest": books.digest, "books": len(books.jurisdictions), "rules": len(books.rules), "cases": cases}
        click.echo(json_text({**whole, "problems": msgspec.to_builtins(problems)}, indent=2))
    else:
        for problem in problems:
            where = ", ".join(part for part in (problem.book or "shared words", problem.rule) if part)
            context.console.print(printable(f"{where}: {problem.words}"))
        context.console.print(
            f"{len(books.jurisdictions)} books, {len(books.rules)} rules, {cases} cases: "
            + (f"{len(problems)} to mend." if problems else "nothing to mend.")
        )
    if problems:
        raise click.exceptions.Exit(EXIT_FINDING)


@command.command("diff")
@click.argument("old", type=click.Path(path_type=Path, file_okay=False))
@click.argument("new", type=click.Path(path_type=Path, file_okay=False), required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def diff(context: Context, old: Path, new: Path | None, as_json: bool) -> None:
    """Say what changed from the books in OLD to those in NEW; without NEW, to those that come with Spillkit.

    \b
    Examples:
      spillkit law diff ../spillkit-0.1/src/spillkit/law/data
      spillkit law diff law-2026-06 law-2026-12 --json
    """
    from spillkit.law.diff import diff_books

    changes = diff_books(_read(old), _read(new))
    if as_json:
        click.echo(json_text(msgspec.to_builtins(changes), indent=2))
        return
    _show_changes(context.console, changes)


def _read(folder: Path | None) -> Books:
    from spillkit.law.books import read_books

    return read_books(folder)


def _book(books: Books, code: str, *, rules: bool = False) -> Jurisdiction:
    found = books.jurisdictions.get(code.upper())
    if found is not None:
        return found
    known = {name.lower(): name for name in [*books.jurisdictions, *(books.rules if rules else ())]}
    near = difflib.get_close_matches(code.lower(), known, 3)
    hint = f" Did you mean {' or '.join(known[name] for name in near)}?" if near else ""
    what = "no book and no rule" if rules else "no book"
    raise InputError(f"There is {what} of that name.{hint} `spillkit law list` shows the codes.")


def _row(rule: Rule, book: Jurisdiction) -> dict[str, object]:
    return {
        "rule": rule.id,
        "jurisdiction": book.code,
        "name": book.name,
        "duty": rule.duty,
        "instrument": rule.instrument,
        "article": rule.article,
        "in_force_from": rule.in_force_from,
        "in_force_to": rule.in_force_to,
        "until": rule.clock.words,
        "status": rule.source.status,
        "not_confirmed": rule.source.not_confirmed,
    }


def _list_books(console: Console, chosen: Iterable[Jurisdiction], books: Books) -> None:
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("code", "name", "rules", "how sure"):
        table.add_column(heading, justify="right" if heading == "rules" else "left")
    for book in chosen:
        table.add_row(book.code, printable(book.name), str(len(book.rule)), _how_sure(book))
    console.print(table)
    console.print(
        f"{len(books.jurisdictions)} books, {len(books.rules)} rules. Digest {books.digest[:16]}.", style="dim"
    )
    console.print("spillkit law show CODE shows one with its sources.", style="dim")


def _how_sure(book: Jurisdiction) -> str:
    from spillkit.law.rule import Status

    if not book.rule:
        return "no duty"
    count = {status: sum(rule.source.status is status for rule in book.rule) for status in Status}
    held = [status for status in Status if count[status]]
    if len(held) == 1:
        return _status(held[0])
    return ", ".join(f"{count[status]} {_status(status)}" for status in held)


def _status(status: Status) -> str:
    """What is not confirmed must look so, without colours too."""
    return str(status) if status == "confirmed" else str(status).upper()


def _list_rules(console: Console, book: Jurisdiction) -> None:
    from rich.table import Table

    from spillkit.law.describe import DEMANDS

    console.print(f"{book.code}  {printable(book.name)}", style="bold")
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("rule", min_width=max((len(rule.id) for rule in book.rule), default=0))  # an id is never cut
    for heading in ("demands", "until", "how sure"):
        table.add_column(heading)
    for rule in book.rule:
        sure = _status(rule.source.status) + _force(rule)
        table.add_row(rule.id, DEMANDS[rule.duty], printable(rule.clock.words), sure)
    console.print(table)


def _force(rule: Rule) -> str:
    said = [f"since {rule.in_force_from}"] if rule.in_force_from else []
    said += [f"until {rule.in_force_to}"] if rule.in_force_to else []
    return f"; in force {' '.join(said)}" if said else ""


def _show_book(console: Console, book: Jurisdiction, books: Books, rules: Iterable[Rule], cases: bool) -> None:
    from spillkit.law.describe import describe_rule

    console.print(f"{book.code}  {printable(book.name)}", style="bold")
    console.print(f"Counts residents of {', '.join(book.residents)}; days are those of {book.zone}.", style="dim")
    if book.note:
        console.print(_plain(book.note))
    for rule in rules:
        console.print()
        console.print(rule.id, style="bold")
        for part in describe_rule(rule, books):
            if part.name != "case" or cases:
                _show_part(console, part)
    if not book.rule:
        console.print("No rule: see the note.")


def _show_part(console: Console, part: Part) -> None:
    from rich.table import Table
    from rich.text import Text

    from spillkit.law.describe import BETWEEN

    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(width=17, style="dim")
    table.add_column(ratio=1)
    for number, line in enumerate(part.lines):
        first, *more = line.split(BETWEEN)
        style = "bold" if _UNSURE in line or "PARTLY" in line else ""
        table.add_row(f"  {part.label}" if number == 0 else "", Text(_plain(first), style=style))
        for inner in more:
            table.add_row("", Text(f"  {_plain(inner)}", style="dim"))
    for unsure in part.not_confirmed if part.name != "source" else ():
        what = unsure.partition(":")[2].strip()
        table.add_row("", Text(f"{_UNSURE}: {_plain(what)}" if what else _UNSURE, style="bold"))
    console.print(table)


def _show_changes(console: Console, changes: Iterable[Change]) -> None:
    from rich.text import Text

    last = None
    count = 0
    for change in changes:
        count += 1
        where = ", ".join(part for part in (change.book or "shared words", change.rule) if part)
        if where != last:
            console.print()
            console.print(Text(_plain(where), style="bold"))
        last = where
        console.print(Text(f"  {_plain(change.label)} ({change.kind})"))
        for line in change.before:
            console.print(Text(f"    - {_plain(line)}"))
        for line in change.after:
            console.print(Text(f"    + {_plain(line)}"))
    console.print("Both say the same." if count == 0 else f"\n{count} change{'s' if count > 1 else ''}.")


def _plain(text: str) -> str:
    """Text of a book on one line, harmless to a terminal: a folder of books may come from anywhere."""
    return printable(" ".join(text.split()))
