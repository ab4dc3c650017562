"""Ask the incident room's own program to do something, in a process of its own: only it knows the room's database.

In:    a workspace, and a command of `python -m spillkit_server`.
Out:   what it prints, and its exit code.
Else:  serving the room is `serve`.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

import click

from spillkit.errors import InputError

if TYPE_CHECKING:
    from spillkit.settings import Workspace


def has_room(workspace: Workspace) -> bool:
    """Return whether an incident room was ever opened on this workspace."""
    return (workspace.root / "room").is_dir()


def ask_room(workspace: Workspace, arguments: Sequence[str], *, as_json: bool) -> int:
    """Let the room's program do it; return its exit code.

    Raises  InputError if the program is not installed
    """
    program, environment = _program(workspace)
    sys.stdout.flush()
    return subprocess.run(
        [*program, *arguments, *(["--json"] if as_json else [])], env=environment, check=False
    ).returncode


def hear_room(workspace: Workspace, arguments: Sequence[str]) -> bytes:
    """Let the room's program do it; return what it printed.

    Raises  InputError if the program is not installed; Exit with its exit code if it refused, once it has said why
    """
    program, environment = _program(workspace)
    done = subprocess.run([*program, *arguments], env=environment, check=False, stdout=subprocess.PIPE)
    if done.returncode:
        raise click.exceptions.Exit(done.returncode)
    return done.stdout


def become_room(workspace: Workspace, arguments: Sequence[str]) -> NoReturn:
    """Go on as the room's program, in this process: Ctrl-C reaches it alone, and it ends as it wants to.

    Raises  InputError if the program is not installed
    """
    program, environment = _program(workspace)
    sys.stdout.flush()
    os.execve(program[0], [*program, *arguments], environment)  # noqa: S606 - our own program, no shell


def _program(workspace: Workspace) -> tuple[list[str], dict[str, str]]:
    if any(importlib.util.find_spec(name) is None for name in ("django", "allauth", "spillkit_server")):
        raise InputError("The incident room is not installed here. Install it with: pip install 'spillkit[server]'")
    environment = os.environ | {"SPILLKIT_WORKSPACE": str(workspace.root.resolve())}
    return [sys.executable, "-m", "spillkit_server"], environment
