"""`python -m spillkit_server notify …`: what `spillkit notify` asks the room's database for.

In:    the environment (see `room`) and a command.
Out:   lines on the screen, or JSON; exit codes as of `spillkit`.
Else:  each command is a thin function of another module, which is hung in here.
"""

from __future__ import annotations

import click

from spillkit_server.handing_program import in_app, letters
from spillkit_server.mailing_program import COMMANDS
from spillkit_server.portal_program import answer, forwarded, publish


@click.group()
def notify() -> None:
    """Tell the right people, and answer them."""


notify.add_command(letters)
notify.add_command(in_app)
notify.add_command(publish)
notify.add_command(answer)
notify.add_command(forwarded)
for _command in COMMANDS:
    notify.add_command(_command)
