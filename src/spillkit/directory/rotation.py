"""Change the key in two files as if they were one: finish what a killed rotation left.

In:    a workspace.
Out:   the key file that fits the directory.
Else:  building the index under the new key is `rekeying`.

The new key waits in `key.next` while the index is built. The manifest is switched first, then the key file.
Whoever is killed between the two leaves a manifest that only `key.next` opens, and the next command puts it in place.
"""

from __future__ import annotations

import os
from pathlib import Path

from spillkit.directory.manifest import Places, key_check, read_manifest, sync_folder
from spillkit.settings import Workspace

_NEXT_SUFFIX = ".next"
_KEY_HEX_DIGITS = 32


def key_file(workspace: Workspace) -> Path:
    """Return where the key lies; only for workspaces whose key is a file."""
    return workspace.root / workspace.key_place


def next_key_file(workspace: Workspace) -> Path:
    """Return where a new key waits."""
    path = key_file(workspace)
    return path.with_name(path.name + _NEXT_SUFFIX)


def finish_rotation(workspace: Workspace) -> None:
    """Put the waiting key in place if the directory was already switched to it; else leave everything as it is."""
    if workspace.key_source != "file":
        return
    waiting = next_key_file(workspace)
    try:
        text = waiting.read_text("ascii").strip()
        manifest = read_manifest(Places(workspace.directory_dir, workspace.index_dir))
        if manifest is None or len(text) != _KEY_HEX_DIGITS or manifest.key_check != key_check(bytes.fromhex(text)):
            return
        os.replace(waiting, key_file(workspace))  # noqa: PTH105 - the two names stand beside each other here
        sync_folder(key_file(workspace).parent)
    except (FileNotFoundError, UnicodeDecodeError, ValueError):
        return  # Nothing waits, or somebody else has just finished it.
