"""`spillkit notify example`, `plan`: who is told what, shown before anything leaves."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spillkit.cli import Context
from spillkit.cli.written import tell_written, write_bytes
from spillkit.errors import InputError
from spillkit.printed import printable

if TYPE_CHECKING:
    from spillkit.notices.company import Company
    from spillkit.notices.plain_list import ReadList
    from spillkit.notices.plan import Plan
    from spillkit.notices.story import Story
    from spillkit.settings import Workspace

_EXAMPLES = ("notices.toml", "story.toml", "people.csv")
_BAD_SHOWN = 10


@click.command("example")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.pass_obj
def example(context: Context, folder: Path) -> int:
    """Write three example files to FOLDER: the company's letterheads, the story, and a list of people.

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
@click.argument("people", metavar="LIST")
@click.option(
    "--company", "company_file", type=click.Path(path_type=Path), metavar="FILE", required=True, help="The letterheads."
)
@click.option(
    "--story", "story_file", type=click.Path(path_type=Path), metavar="FILE", required=True, help="What happened."
)
@click.option(
    "--samples",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Write 20 mails to be looked at: they hold names and addresses.",
)
@click.option(
    "--unread",
    "unread",
    multiple=True,
    metavar="TAG",
    help="Send in this language although no native reader has signed its text. More than once for several.",
)
@click.option(
    "--zone", default="", metavar="ZONE", help="Time zone of times in the list that name none, as Europe/Rome."
)
@click.option(
    "--per-hour", type=click.IntRange(1), default=20_000, show_default=True, help="How many leave in an hour."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def plan(
    context: Context,
    people: str,
    company_file: Path,
    story_file: Path,
    samples: Path | None,
    unread: tuple[str, ...],
    zone: str,
    per_hour: int,
    as_json: bool,
) -> int:
    """Show who would be told what, from a plain LIST. Nothing is sent.

    LIST is a CSV, JSON lines or Parquet file, one row a person: id, email, name, country, language, entity, fields, first_at,
    last_at. Several accounts of one person become one notice; who cannot be told for now is held, with the reason. A plan that
    would reach more people than the story says were measured is refused. The digest at the end is what two people sign.

    \b
    Examples:
      spillkit notify example campaign
      spillkit notify plan campaign/people.csv --company campaign/notices.toml --story campaign/story.toml
      spillkit notify plan people.csv --company notices.toml --story story.toml --unread it --samples look-at-these
    \b
    Exit codes: 0 planned, 2 bad input.
    """
    from spillkit.notices.company import read_company, read_story
    from spillkit.notices.plan import LeftOut, Measured, Pace, make_plan, plan_json, plan_text
    from spillkit.notices.writing import texts_digest
    from spillkit.scope.words import count_of

    workspace, now = context.workspace(), datetime.now(UTC)
    company, story = read_company(company_file), read_story(story_file)
    found = _read(workspace, people, company, story, unread, zone, now)
    planned = make_plan(
        found.gathered.told,
        Measured(story.people_confirmed, story.people_upper),
        company.letterhead,
        texts_digest(story),
        Pace(per_hour),
        story.campaign,
        now,
        LeftOut(found.gathered.only_himself, found.bad.lost_rows),
        found.gathered.several_entities,
        found.gathered.not_listed,
    )
    if as_json:
        click.echo(plan_json(planned), nl=False)
    else:
        click.echo(plan_text(planned), nl=False)
        for row in found.bad.first[:_BAD_SHOWN]:
            lost = "left out" if row.is_lost else "kept without it"
            click.echo(
                f"line {row.line}: {printable(row.column) or 'the row'}: {printable(row.reason)} ({lost})", err=True
            )
        if len(found.bad.first) > _BAD_SHOWN:
            click.echo(f"and {len(found.bad.first) - _BAD_SHOWN:,} more", err=True)
    if samples is not None:
        _write_samples(samples, planned, found, company, story, workspace, now)
        if not as_json:
            count = count_of(len(planned.samples), "mail")
            click.echo(f"\nwritten: {count} to look at in {printable(str(samples))}.")
            click.echo("They hold names and addresses: delete them when you have looked.")
    return 0


def _read(
    workspace: Workspace, people: str, company: Company, story: Story, unread: tuple[str, ...], zone: str, now: datetime
) -> ReadList:
    from spillkit.law.books import read_books
    from spillkit.notices.gather import Wishes
    from spillkit.notices.holds import Known
    from spillkit.notices.plain_list import read_plain_list
    from spillkit.notices.wording import LANGUAGES, signed_languages

    if wrong := [tag for tag in unread if tag not in LANGUAGES]:
        raise InputError(f"--unread {printable(wrong[0])}: there is no text in it. There are {', '.join(LANGUAGES)}.")
    wishes = Wishes(
        campaign=story.campaign,
        letterheads=company.letterhead,
        texts=frozenset(LANGUAGES),
        known=Known(signed=signed_languages() | frozenset(unread)),
    )
    return read_plain_list(people, wishes, read_books(), workspace.key(), now, zone=zone)


def _write_samples(
    folder: Path, planned: Plan, found: ReadList, company: Company, story: Story, workspace: Workspace, now: datetime
) -> None:
    """Write the mails of the plan's samples, each as it would leave but for its signatures."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from spillkit.law.books import read_books
    from spillkit.notices.addressees import NOWHERE, read_addressees
    from spillkit.notices.code import code_keys
    from spillkit.notices.marks import derived_key
    from spillkit.notices.structure import demands_by_place
    from spillkit.notices.told_table import rows_of
    from spillkit.notices.writing import Writer, authorities_of

    table = found.gathered.told
    told = list(rows_of(table.filter(pc.is_in(table.column("id"), value_set=pa.array(planned.samples, pa.string())))))
    books, key = read_books(), workspace.key()
    writer = Writer(
        story, company, code_keys(derived_key(key, "codes")), now,
        demands=demands_by_place(books, now.date()), authorities=authorities_of(told, books),
    )  # fmt: skip
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"{printable(str(folder))}: cannot be made ({error.strerror}). Name another folder."
        ) from error
    for one, to in read_addressees([found.mapped], told, derived_key(key, "marks")):
        if to is not NOWHERE:
            write_bytes(folder / f"{one.id}.eml", writer.post(one, to).data)
