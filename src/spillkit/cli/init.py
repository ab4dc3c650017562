"""`spillkit init`: make a workspace."""

from __future__ import annotations

from pathlib import Path

import click

from spillkit.cli import Context
from spillkit.settings import WORKSPACE_NAME, create_workspace

_PROMISE = """\
Made {root}/ with a new key. Back the key up apart from this folder: without it the index cannot be read.

What Spillkit keeps here:   keyed fingerprints, your own ids, times, routes, byte offsets.
What it never stores:       names, e-mail addresses, phone numbers, addresses, cookies, tokens, page text.
Your customer list and your recordings stay where they are; they are read, never copied.

Next:  spillkit people add customers.csv
"""


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path(WORKSPACE_NAME))
@click.pass_obj
def command(context: Context, folder: Path) -> None:
    """Make a workspace: a key (readable by you alone), settings, rules.

    \b
    Examples:
      spillkit init                  makes ./spill/
      spillkit init /srv/incident-7  makes it elsewhere; then: spillkit -w /srv/incident-7 …
    """
    workspace = create_workspace(context.place or folder)
    context.console.print(_PROMISE.format(root=workspace.root), end="")
