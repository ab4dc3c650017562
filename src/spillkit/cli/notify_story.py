"""`spillkit notify story`: draft what is said to everybody, from what was measured."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from spillkit.cli import Context
from spillkit.cli.measure import read_zone
from spillkit.cli.written import SCREEN, tell_written, write_bytes
from spillkit.errors import InputError
from spillkit.printed import printable


@click.command("story")
@click.argument("incident", type=click.IntRange(1), metavar="INCIDENT")
@click.option("--campaign", required=True, metavar="NAME", help="A name without personal data, as 2026-11-cache.")
@click.option(
    "--known-on",
    type=click.DateTime(["%Y-%m-%d"]),
    default=None,
    help="The day on which you noticed. Default: today.",
)
@click.option("--zone", default="UTC", show_default=True, help="Time zone in which times are said, as Europe/Rome.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("story.toml"),
    show_default=True,
    help="Where; - for the screen.",
)
@click.pass_obj
def story(context: Context, incident: int, campaign: str, known_on: datetime | None, zone: str, out: Path) -> int:
    """Draft what is said to everybody about INCIDENT: figures and times as measured, the rest to be filled in.

    \b
    Examples:
      spillkit notify story 1 --campaign 2026-11-cache --zone Europe/Rome
      spillkit notify story 1 --campaign 2026-11-cache --known-on 2026-11-20 --out campaign/story.toml
    \b
    Exit codes: 0 written, 2 bad input.
    """
    from spillkit.cli.measure import measure_workspace
    from spillkit.notices.drafting import draft_story
    from spillkit.notices.prepared import require_name

    clock = read_zone(zone)
    if out != SCREEN and out.exists():
        raise InputError(f"{printable(str(out))}: there already, and left as it is. Name another file with --out.")
    measured = measure_workspace(context.workspace(), "internal", UTC, incident=incident)
    noticed = known_on.date() if known_on is not None else datetime.now(clock).date()
    name = clock.key if isinstance(clock, ZoneInfo) and clock.key else "UTC"
    write_bytes(out, draft_story(measured, require_name(campaign), noticed, name).encode())
    if out != SCREEN:
        tell_written(context.console, [out])
        context.console.print(
            "\nRead every line of it, and say what was done.\n"
            f"Next:  spillkit notify prepare --incident {incident} --company notices.toml --story {printable(str(out))}"
        )
    return 0
