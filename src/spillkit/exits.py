"""Run a program of ours to its exit code, never to a traceback for something that was typed.

In:    a click program.
Out:   0 done, 2 bad input or options, 3 Spillkit cannot go on, 130 interrupted, or what a command returned.
Else:  the `spillkit` command has an end of its own in `cli`, which opens workspaces too.
"""

from __future__ import annotations

import click

from spillkit.errors import InputError, SpillkitError
from spillkit.printed import printable


def exit_code_of(program: click.Group, name: str) -> int:
    """Run a program with the arguments of this process; `name` stands in its help."""
    try:
        result = program.main(prog_name=name, standalone_mode=False)
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.ClickException as error:
        error.show()
        return 2
    except (click.Abort, KeyboardInterrupt):
        return 130
    except SpillkitError as error:
        click.echo("spillkit: " + printable(str(error)), err=True)
        return 2 if isinstance(error, InputError) else 3
    return result if isinstance(result, int) else 0
