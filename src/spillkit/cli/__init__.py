"""The command line: one module for each command, loaded only when it is called.

In:    the arguments.
Out:   an exit code: 0 done, 1 a finding where `--fail-on` asked, 2 bad input or options, 3 Spillkit cannot go on, 130 interrupted.
Else:  what a command does is in the library; here it is only asked for and printed.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spillkit import __version__
from spillkit.errors import InputError, SpillkitError
from spillkit.printed import printable

if TYPE_CHECKING:
    from rich.console import Console

    from spillkit.settings import Workspace

EXIT_FINDING = 1
EXIT_BAD_INPUT = 2
EXIT_CANNOT = 3
EXIT_INTERRUPTED = 130

# Command, what its line in `spillkit --help` says. In the order of the work.
COMMANDS = {
    "init": "Make a workspace: key, settings, rules.",
    "people": "Add, check and forget the customer list.",
    "scan": "Find out whose data was shown to whom in recordings.",
    "show": "Show the evidence of a finding, redacted.",
    "explain": "Say which rule decided, in words.",
    "judge": "Apply changed rules to what was already scanned.",
    "measure": "Answer the fourteen questions; write the report.",
    "cause": "Say what caused it, with evidence for and against.",
    "compare": "Say whether an incident is the same as another one.",
    "fix": "Prove that a repair holds.",
    "decide": "Say which duties an incident brings, why, and until when.",
    "report": "Write what an authority is told, as a draft.",
    "notify": "Check what people are told, before it goes out.",
    "law": "Read, check and compare the books of law.",
    "record": "Keep the log of acts and decisions; erase persons from it.",
    "prove": "Prove the record with one file, and check such a file.",
    "exposures": "List every exposure, ids only.",
    "key": "Change the key of the fingerprints.",
    "plant": "Write unmistakable synthetic people for a test-suite.",
    "demo": "Play a leaking shop, and find out what it did.",
    "serve": "Open the incident room, on this machine.",
    "doctor": "Check this installation and workspace.",
}


@dataclass
class Context:
    """What every command is given: where the workspace is, and where to print."""

    place: Path | None = None
    _opened: list[Workspace] = field(default_factory=list)

    def workspace(self) -> Workspace:
        """Return the opened workspace; SettingsError if there is none."""
        if not self._opened:
            from spillkit.settings import open_workspace

            self._opened.append(open_workspace(self.place))
        return self._opened[0]

    @cached_property
    def console(self) -> Console:
        from rich.console import Console

        return Console(highlight=False, markup=False, emoji=False, soft_wrap=True)

    @cached_property
    def progress(self) -> Console:
        from rich.console import Console

        return Console(stderr=True, highlight=False, markup=False, emoji=False)


class LazyGroup(click.Group):
    """Loads a command's module when the command is called: `spillkit --version` stays fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"spillkit.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="spillkit")
@click.option(
    "--workspace",
    "-w",
    "place",
    type=click.Path(path_type=Path),
    envvar="SPILLKIT_WORKSPACE",
    help="The workspace folder. Default: the nearest spill/ here or above.",
)
@click.pass_context
def program(ctx: click.Context, place: Path | None) -> None:
    """Find out whose personal data was shown to whom by mistake.

    \b
    First finding in five minutes:
      spillkit init
      spillkit people add customers.csv
      spillkit scan recording.har --viewer-from cookie:sessionid,sessions.csv
      spillkit measure --html report.html
    """
    ctx.obj = Context(place)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; never a traceback for bad input."""
    try:
        result = program.main(
            args=None if arguments is None else list(arguments), prog_name="spillkit", standalone_mode=False
        )
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.ClickException as error:
        error.show()
        return EXIT_BAD_INPUT
    except (click.Abort, KeyboardInterrupt):
        _say("Stopped. What was done is kept; run the same command again to go on.")
        return EXIT_INTERRUPTED
    except InputError as error:
        _say(str(error))
        return EXIT_BAD_INPUT
    except SpillkitError as error:
        _say(str(error))
        return EXIT_CANNOT
    except BrokenPipeError:
        # The reader of our output (head, less) has gone; that is not an error.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        _say(
            f"The system refused: {error.strerror or type(error).__name__}. What was done is kept; mend that and run again."
        )
        return EXIT_CANNOT


def _say(message: str) -> None:
    """Print an error so that nothing in it can drive the terminal."""
    click.echo("spillkit: " + "\n".join(printable(line) for line in message.splitlines()), err=True)
