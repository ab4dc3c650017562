"""Change the key: read the lists again and build the whole index under a new one.

In:    a workspace, the new key.
Out:   the directory under the new key, and the new key in place.
Else:  how two files are switched as one is `rotation`. Fingerprints cannot be turned from one key to another.
"""

from __future__ import annotations

import contextlib

from spillkit.directory.adding import Added, Wishes, add_people
from spillkit.directory.badcells import BadCells
from spillkit.directory.manifest import Places, read_manifest
from spillkit.directory.opened import remembered_lists, require_key
from spillkit.directory.opening import ReadProgress
from spillkit.directory.rotation import finish_rotation, next_key_file
from spillkit.directory.tokens import open_tokens
from spillkit.errors import DirectoryError
from spillkit.settings import Workspace, write_key_file


def rotate_key(
    workspace: Workspace, new_key: bytes, wishes: Wishes, *, progress: ReadProgress | None = None
) -> Added | None:
    """Build the index anew under `new_key`, then put the key in place.

    Returns  what was built; None if there were no people, and only the key was changed
    Raises   DirectoryError if the list cannot be read again; KeyMismatch; the old key and index are then as they were

    Where the key comes from the environment or a command, the caller changes it there afterwards.
    """
    finish_rotation(workspace)
    places = Places(workspace.directory_dir, workspace.index_dir)
    manifest = read_manifest(places)
    if manifest is None:
        raise DirectoryError("No customer list was added yet, so there is nothing to build under a new key.")
    require_key(manifest, workspace.key())
    lists, tables = remembered_lists(manifest), [open_tokens(text) for text in manifest.tokens]
    if workspace.key_source == "file":
        waiting = next_key_file(workspace)
        with contextlib.suppress(FileNotFoundError):
            waiting.unlink()  # Of a rotation that was killed before it switched anything.
        write_key_file(waiting, new_key)
    added = add_people(
        places,
        new_key,
        lists,
        tables,
        wishes,
        token_options=manifest.tokens,
        bad=BadCells(),
        progress=progress,
        fresh_key=True,
    )
    finish_rotation(workspace)
    return added
