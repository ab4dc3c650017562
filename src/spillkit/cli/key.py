"""`spillkit key`: change the key of the fingerprints."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

import click

from spillkit.cli import Context
from spillkit.errors import SettingsError

_KEY_BYTES = 16


@click.group()
def command() -> None:
    """Change the key of the fingerprints."""


@command.command()
@click.option(
    "--new-key",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="Take the new key (32 hex digits) from a file. Needed where the key comes from a variable or a command.",
)
@click.option("--new-pseudonyms", is_flag=True, help="Go on although ids were pseudonymised and will change.")
@click.option("--json", "as_json", is_flag=True, help="Print machine-readable JSON.")
@click.pass_obj
def rotate(context: Context, new_key: Path | None, new_pseudonyms: bool, as_json: bool) -> None:
    """Make a new key and build the index under it, by reading the customer list again.

    \b
    Fingerprints cannot be turned from one key to another, so the list must be where it was when it was added.
    Killed at any point, the old key with the old index or the new key with the new index is left.
    Examples:
      spillkit key rotate
      spillkit key rotate --new-key next.hex    where [key] names an environment variable or a command
    """
    from spillkit.directory.adding import Wishes
    from spillkit.directory.manifest import Places, read_manifest
    from spillkit.directory.preparing import prepare_workers
    from spillkit.directory.rekeying import rotate_key

    workspace = context.workspace()
    manifest = read_manifest(Places(workspace.directory_dir, workspace.index_dir))
    if manifest is not None and manifest.pseudonymised and not new_pseudonyms:
        raise SettingsError(
            "The ids of this directory are keyed tokens (p_…): under a new key everybody gets another id, and what the ledger "
            "holds cannot be joined with the directory any more. If that is meant, add --new-pseudonyms. Nothing was changed."
        )
    if new_key is None and workspace.key_source != "file":
        raise SettingsError(
            f"The key comes from {workspace.key_source} {workspace.key_place!r}, which this command cannot change. "
            "Write a new key into a file and name it with --new-key; afterwards change the key at its source."
        )
    fresh = _read_key(new_key) if new_key is not None else secrets.token_bytes(_KEY_BYTES)
    with prepare_workers() as prepare:
        added = rotate_key(workspace, fresh, Wishes(prepare=prepare))
    people = added.people if added is not None else 0
    if as_json:
        context.console.print(json.dumps({"people": people, "key_source": workspace.key_source}))
        return
    context.console.print(f"Built the index of {people:,} people under the new key.")
    if workspace.key_source != "file":
        context.console.print(
            f"Now put the new key into {workspace.key_source} {workspace.key_place!r}: the old one opens nothing."
        )
    context.console.print("Back the new key up apart from this folder, and destroy the old one.")
    context.console.print(
        "The ledger keeps what it has. Pseudonyms of sessions made from now on differ from those in it: "
        "a session before the change and the same session after it count as two."
    )


def _read_key(path: Path) -> bytes:
    try:
        key = bytes.fromhex(path.read_text("ascii").strip())
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path}: must hold 32 hex digits. They are not shown here.") from error
    if len(key) != _KEY_BYTES:
        raise SettingsError(f"{path}: must hold 32 hex digits. They are not shown here.")
    return key
