"""Hold the texts of a mailing against the facts while it is planned, and say what came of it."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
import msgspec

from spillkit.cli import EXIT_FINDING
from spillkit.printed import json_text, printable
from spillkit.scope.words import count_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import pyarrow as pa

    from spillkit.notices.company import Company
    from spillkit.notices.lint.claims import Text
    from spillkit.notices.lint.facts_of import Known
    from spillkit.notices.lint.mailing import CheckedMailing
    from spillkit.notices.story import Story
    from spillkit.settings import Workspace

_SHOWN = 20


def check_texts(
    told: pa.Table, story: Story, company: Company, on: date, further: Sequence[Text] = (), facts: Known | None = None
) -> tuple[CheckedMailing, float]:
    """Check a mailing; return what came of it, and how many seconds it took.

    on  the day by which laws are in force
    """
    from spillkit.law.books import read_books
    from spillkit.notices.demands import demands_by_place
    from spillkit.notices.lint.mailing import check_mailing
    from spillkit.notices.writing import authorities_by_id

    start, books = time.monotonic(), read_books()
    authorities = authorities_by_id(told.column("authority").unique().to_pylist(), books)
    checked = check_mailing(told, story, company.letterhead, demands_by_place(books, on), authorities, further, facts)
    return checked, time.monotonic() - start


def lint_mailing(workspace: Workspace, mailing: str, further: Sequence[Text], facts: Known, *, as_json: bool) -> int:
    """Hold a prepared mailing and further texts against the facts and each other; return the exit code."""
    from spillkit.notices.prepared import read_prepared

    ready = read_prepared(workspace, mailing)
    checked, seconds = check_texts(ready.told, ready.story, ready.company, datetime.now(UTC).date(), further, facts)
    if as_json:
        click.echo(json_text({"mailing": mailing, "checked": msgspec.to_builtins(checked)}, indent=2))
    else:
        tell_checked(checked, seconds)
        if checked.unchecked:
            click.echo(f"{count_of(len(checked.unchecked), 'claim')} that no fact decides; --json lists them.")
    return EXIT_FINDING if checked.found else 0


def tell_checked(checked: CheckedMailing, seconds: float) -> None:
    """Say what came of checking: counts, rules and ids of notices, and nothing of a text."""
    notices, shapes = count_of(checked.notices, "notice"), count_of(checked.shapes, "shape")
    said = f"Texts checked: {notices} in {shapes}, in {seconds:,.1f} s."
    if not checked.found:
        click.echo(f"{said} Nothing contradicts, as far as it was read.")
        return
    count = count_of(len(checked.found), "contradiction")
    click.echo(f"{said} {count}: nothing is sent before the words are changed, or two people let it stand.")
    for one in checked.found[:_SHOWN]:
        readers = f", {count_of(one.people, 'person', 'people')}" if one.people else ""
        beside = f" ({printable(one.other_document)})" if one.other_document else ""
        click.echo(f"  {one.rule}: {printable(one.document)}{readers}")
        click.echo(f"    says {printable(one.says)}, but {printable(one.other)}{beside}")
        look = f"; look at {', '.join(one.examples)}" if one.examples else ""
        click.echo(f"    id {one.id}{look}")
    if len(checked.found) > _SHOWN:
        click.echo(f"  and {len(checked.found) - _SHOWN:,} more; --json lists them")
