"""Write docs/reference/commands.md from the commands' own help, so that the page cannot say anything else.

.venv/bin/python tools/make_commands_page.py          writes the page
.venv/bin/python tools/make_commands_page.py --check  exits with 1 if the page is out of date
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from spillkit.cli import COMMANDS, LazyGroup, program

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "commands.md"

_HEAD = """\
# Commands

Made from `--help` by `tools/make_commands_page.py`; a test holds it up to date.

Exit codes: **0** done · **1** a finding of the `--fail-on` level · **2** a file or option that cannot be used ·
**3** Spillkit cannot go on (key, index or ledger) · **130** stopped with Ctrl-C. What was done is kept; the same command
goes on.

`-w FOLDER` before the command, or the variable `SPILLKIT_WORKSPACE`, names the workspace; otherwise the nearest `spill/`
here or above is used. `SPILLKIT_ENGINE=plain` uses the plain-Python matcher.
"""


def page() -> str:
    """Return the whole page."""
    parts = [_HEAD, *(_section(program, name) for name in COMMANDS)]
    return "\n".join(parts)


def _section(parent: click.Group, name: str, prefix: str = "spillkit") -> str:
    context = click.Context(parent, info_name=prefix, help_option_names=["-h", "--help"])
    command = parent.get_command(context, name)
    assert command is not None
    own = click.Context(command, info_name=name, parent=context, terminal_width=100)
    text = f"## {prefix} {name}\n\n```\n{command.get_help(own)}\n```\n"
    if isinstance(command, click.Group) and not isinstance(command, LazyGroup):
        inner = "\n".join(_section(command, sub, f"{prefix} {name}") for sub in command.list_commands(own))
        text += "\n" + inner.replace("\n## ", "\n### ").replace("## ", "### ", 1)
    return text


def main(arguments: list[str]) -> int:
    """Write or check the page."""
    if "--check" in arguments:
        return 0 if PAGE.read_text(encoding="utf-8") == page() else 1
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
