"""`spillkit notify letters`: those whom no mail reaches, on paper."""

from __future__ import annotations

from pathlib import Path

import click

from spillkit.cli import Context
from spillkit.cli.room_process import ask_room


@click.command("letters")
@click.argument("mailing", metavar="MAILING")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--all", "everybody", is_flag=True, help="Also those who are told by e-mail: the same words, the same code."
)
@click.option("--bounced", is_flag=True, help="Also those whose mail came back.")
@click.option("--again", is_flag=True, help="Also those who were written a letter before: their print was lost.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def letters(
    context: Context, mailing: str, folder: Path, everybody: bool, bounced: bool, again: bool, as_json: bool
) -> int:
    """Write the letters of MAILING into FOLDER: one PDF a person, and letters.csv for whoever prints and posts them.

    For those who have no e-mail address, once two people have signed the mailing; each gets one, however often this runs. A PDF is
    named by the id of its notice; its address stands where the window of an envelope is (DIN 5008 form B: DL and C6/5). The list
    holds the file, its pages, the address and the PDF's digest. FOLDER holds names and addresses: delete it when they are posted.

    \b
    Examples:
      spillkit notify letters 2026-11-cache to-post
      spillkit notify letters 2026-11-cache to-post --bounced
    \b
    Exit codes: 0 written, 1 somebody gets none (it says why), 2 bad input, 3 not signed, or no PDF can be made here.
    """
    given = ["notify", "letters", mailing, str(folder)]
    given += [*["--all"] * everybody, *["--bounced"] * bounced, *["--again"] * again]
    return ask_room(context.workspace(), given, as_json=as_json)
