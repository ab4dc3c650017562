"""`spillkit notify example`, `plan`: who is told what, shown before anything leaves."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spillkit.cli import EXIT_FINDING, Context
from spillkit.cli.notify_asked import Asked, asks, draft_of, read_asked, tell_bad
from spillkit.cli.notify_checked import check_texts, tell_checked
from spillkit.cli.written import tell_written, write_bytes
from spillkit.errors import InputError
from spillkit.printed import printable

if TYPE_CHECKING:
    from spillkit.notices.preparing import Draft, Wanted
    from spillkit.settings import Workspace

_EXAMPLES = ("notices.toml", "story.toml", "people.csv", "known.toml")


@click.command("example")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.pass_obj
def example(context: Context, folder: Path) -> int:
    """Write four example files to FOLDER: the company's letterheads, the story, a list of people, and what is known beside it.

    \b
    Example:
      spillkit notify example campaign
    """
    from spillkit.notices.company import EXAMPLE

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"{printable(str(folder))}: cannot be made ({error.strerror}). Name another folder."
        ) from error
    there = [name for name in _EXAMPLES if (folder / name).exists()]
    if there:
        raise InputError(f"{', '.join(there)}: there already, and left as it is. Name another folder.")
    for name in _EXAMPLES:
        write_bytes(folder / name, (EXAMPLE / name).read_bytes())
    tell_written(context.console, [folder / name for name in _EXAMPLES])
    context.console.print(
        "\nNext:  change them, then spillkit notify plan people.csv --company notices.toml --story story.toml"
    )
    return 0


@click.command("plan")
@asks
@click.option(
    "--samples",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Write 20 mails to be looked at: they hold names and addresses.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def plan(context: Context, /, samples: Path | None, as_json: bool, **asked: Any) -> int:
    """Show who would be told what, from a plain LIST or an incident. Nothing is sent.

    LIST is a CSV, JSON lines or Parquet file, one row a person: id, email, name, country, language, entity, fields, first_at,
    last_at. Several accounts of one person become one notice; who cannot be told for now is held, with the reason. A plan that
    would reach more people than were measured is refused: by the story for a list, by the workspace for an incident. Every text
    that differs in more than a name or a figure is held against the facts; `spillkit notify lint` does so for further texts. The
    digest is what two people sign.

    \b
    Examples:
      spillkit notify example campaign
      spillkit notify plan campaign/people.csv --company campaign/notices.toml --story campaign/story.toml
      spillkit notify plan people.csv --company notices.toml --story story.toml --unread it --samples look-at-these
      spillkit notify plan --incident 1 --company notices.toml --story story.toml --known known.toml
    \b
    Exit codes: 0 planned, 1 planned and a text contradicts the facts, 2 bad input.
    """
    from spillkit.notices.plan import plan_json, plan_text
    from spillkit.scope.words import count_of

    workspace, now = context.workspace(), datetime.now(UTC)
    wanted = read_asked(workspace, Asked(**asked))
    draft = draft_of(workspace, wanted, now)
    planned = draft.plan
    checked, seconds = check_texts(draft.told, wanted.story, wanted.company, now.date())
    if as_json:
        click.echo(plan_json(planned, checked), nl=False)
    else:
        click.echo(plan_text(planned), nl=False)
        click.echo()
        tell_checked(checked, seconds)
        tell_bad(draft.bad)
    if samples is not None:
        _write_samples(samples, draft, wanted, workspace, now)
        if not as_json:
            count = count_of(len(planned.samples), "mail")
            click.echo(f"\nwritten: {count} to look at in {printable(str(samples))}.")
            click.echo("They hold names and addresses: delete them when you have looked.")
    return EXIT_FINDING if checked.found else 0


def _write_samples(folder: Path, draft: Draft, wanted: Wanted, workspace: Workspace, now: datetime) -> None:
    """Write the mails of the plan's samples, each as it would leave but for its signatures."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from spillkit.law.books import read_books
    from spillkit.notices.addressees import NOWHERE, read_addressees
    from spillkit.notices.code import code_keys
    from spillkit.notices.demands import demands_by_place
    from spillkit.notices.marks import derived_key
    from spillkit.notices.told_table import rows_of
    from spillkit.notices.writing import Writer, authorities_of

    table, samples = draft.told, pa.array(draft.plan.samples, pa.string())
    told = list(rows_of(table.filter(pc.is_in(table.column("id"), value_set=samples))))
    books, key = read_books(), workspace.key()
    writer = Writer(
        wanted.story, wanted.company, code_keys(derived_key(key, "codes")), now,
        demands=demands_by_place(books, now.date()), authorities=authorities_of(told, books),
    )  # fmt: skip
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"{printable(str(folder))}: cannot be made ({error.strerror}). Name another folder."
        ) from error
    for one, to in read_addressees(draft.opened, told, derived_key(key, "marks"), draft.id_key):
        if to is not NOWHERE:
            write_bytes(folder / f"{one.id}.eml", writer.post(one, to).data)
