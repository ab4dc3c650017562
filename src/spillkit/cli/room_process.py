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
from typing import TYPE_CHECKING

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
    if any(importlib.util.find_spec(name) is None for name in ("django", "allauth", "spillkit_server")):
        raise InputError("The incident room is not installed here. Install it with: pip install 'spillkit[server]'")
    sys.stdout.flush()
    return subprocess.run(
        [sys.executable, "-m", "spillkit_server", *arguments, *(["--json"] if as_json else [])],
        env=os.environ | {"SPILLKIT_WORKSPACE": str(workspace.root.resolve())},
        check=False,
    ).returncode
