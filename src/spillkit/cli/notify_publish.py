"""`spillkit notify publish`: renew what the portal says."""

from __future__ import annotations

from pathlib import Path

import click

from spillkit.cli import Context
from spillkit.cli.room_process import ask_room


@click.command("publish")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--mailing", "mailings", multiple=True, metavar="NAME", help="Only this, and what is published already.")
@click.option(
    "--searched",
    type=click.FloatRange(0, 100),
    metavar="PERCENT",
    help="How much of what was sent was searched. Default: as it was measured; a plain list counts as a list.",
)
@click.option("--answer-hours", type=click.IntRange(1), metavar="N", help="Questions are answered within. Default: 24.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def publish(
    context: Context,
    folder: Path,
    mailings: tuple[str, ...],
    searched: float | None,
    answer_hours: int | None,
    as_json: bool,
) -> int:
    """Put into FOLDER what the portal may say of the mailings that two people approved.

    Statements with every figure that was ever published, a keyed digest for each code, warnings of false messages, and the key to
    which questions are sealed. Nobody is in it. Publish again after every change: what is the same is left as it is. The texts
    whose checksums are published lie in FOLDER/texts.

    \b
    Examples:
      spillkit notify publish /srv/portal/published
      spillkit notify publish published --mailing 2026-11-cache --searched 97.5
    \b
    Exit codes: 0 published, or nothing is new; 2 bad input.
    """
    given = [str(folder.absolute()), *(f"--mailing={name}" for name in mailings)]
    given += [f"--searched={searched}"] if searched is not None else []
    given += [f"--answer-hours={answer_hours}"] if answer_hours is not None else []
    return ask_room(context.workspace(), ["notify", "publish", *given], as_json=as_json)
