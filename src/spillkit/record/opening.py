"""Where a workspace keeps its record, and the key that signs it.

In:    a workspace.
Out:   Record, ready to be read and added to.
Else:  the log is `log`, the key file is `signing`.

    spill/
        record.key      the private key, mode 0600
        record.seen     the last checkpoint that was signed here
        record/         the record
"""

from __future__ import annotations

import contextlib
import secrets
from pathlib import Path

from spillkit.errors import SettingsError
from spillkit.record.log import Record
from spillkit.record.signing import new_signer, read_signer, write_signer
from spillkit.settings import Workspace


def record_exists(workspace: Workspace) -> bool:
    """True if the workspace has a record, or had one: a key, a folder or a checkpoint is there."""
    return any(place.exists() for place in (_key_file(workspace), _seen_file(workspace), _folder(workspace)))


def open_record(workspace: Workspace) -> Record:
    """Return the record of a workspace; where there never was one, it is made with a new key and a name of its own.

    Raises   SettingsError if the key is missing, or readable by others; RecordError if the record is gone
    """
    if not record_exists(workspace):
        return create_record(workspace)
    signer = read_signer(_key_file(workspace))
    record = Record(_folder(workspace), signer.public_key, signer, seen=_seen_file(workspace))
    record.start()
    return record


def create_record(workspace: Workspace, name: str | None = None) -> Record:
    """Make the record of a workspace, with a new signing key.

    name     the origin line of its checkpoints, as shop.example/record; made at random where none is given
    Raises   SettingsError if there is one already under another name, or the name cannot be one
    """
    if record_exists(workspace) and not _key_file(workspace).exists():
        raise SettingsError(
            f"{_folder(workspace)}: there is a record here whose signing key {_key_file(workspace).name} is missing. Put it back."
        )
    signer = new_signer(name or f"spillkit-record/{secrets.token_hex(8)}")
    with contextlib.suppress(FileExistsError):
        write_signer(_key_file(workspace), signer)
    kept = read_signer(_key_file(workspace))
    if name is not None and kept.name != name:
        raise SettingsError(
            f"There is a record here already, under the name {kept.name}. It goes on as it is; its name cannot be changed."
        )
    return open_record(workspace)


def _folder(workspace: Workspace) -> Path:
    return workspace.root / "record"


def _key_file(workspace: Workspace) -> Path:
    return workspace.root / "record.key"


def _seen_file(workspace: Workspace) -> Path:
    return workspace.root / "record.seen"
