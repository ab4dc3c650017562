"""The workspace: where Spillkit keeps what it knows, and the key.

In:    a folder (made by `spillkit init`), the environment.
Out:   Workspace, frozen, read once at the edge and passed on.
Else:  what the folders hold is written by `directory` and `ledger`.

    spill/
        spillkit.toml   settings
        rules.toml      who may see whom
        key             128-bit key as 32 hex digits, mode 0600 (or elsewhere: see `key_from`)
        directory/      what is remembered of the customer list: ids and attributes, no contact data
        index/          keyed fingerprints
        ledger/         sightings, coverage, exposures
"""

from __future__ import annotations

import os
import secrets
import shlex
import stat
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path

from spillkit.errors import SettingsError

WORKSPACE_NAME = "spill"
KEY_BYTES = 16
_KEY_COMMAND_SECONDS = 30

_SETTINGS_TEXT = """\
# Settings of this workspace. `spillkit doctor` checks them.
version = 1

[key]
# Where the 128-bit key of the fingerprints comes from. One of:
#   file = "key"                      a file with 32 hex digits, readable by you alone (relative to this folder)
#   environment = "SPILLKIT_KEY"      a variable with 32 hex digits
#   command = "pass show spillkit"    a command that prints 32 hex digits
file = "key"
"""

_RULES_TEXT = """\
# Who may see whom. Everybody may see his own data; everything else is an exposure unless a rule here allows it.
# docs/how-to/write-rules.md shows every kind of rule. `spillkit judge` applies a changed file to what was already scanned.
version = 1
"""


@dataclass(frozen=True, slots=True)
class Workspace:
    """An opened workspace. Paths exist as folders or may be made; the key is read only when asked for."""

    root: Path
    key_source: str  # "file", "environment" or "command"
    key_place: str

    @property
    def index_dir(self) -> Path:
        return self.root / "index"

    @property
    def directory_dir(self) -> Path:
        return self.root / "directory"

    @property
    def ledger_dir(self) -> Path:
        return self.root / "ledger"

    @property
    def rules_file(self) -> Path:
        return self.root / "rules.toml"

    @property
    def settings_file(self) -> Path:
        return self.root / "spillkit.toml"

    def key(self) -> bytes:
        """Return the 16 bytes of the fingerprint key.

        Raises SettingsError if it is missing, not 32 hex digits, or a file that others may read.
        """
        return _parse_key(self._key_text(), f"the key ({self.key_source} {self.key_place!r})")

    def _key_text(self) -> str:
        if self.key_source == "environment":
            text = os.environ.get(self.key_place)
            if text is None:
                raise SettingsError(
                    f"The key should be in the environment variable {self.key_place}, which is not set."
                )
            return text
        if self.key_source == "command":
            return _run_key_command(self.key_place)
        return _read_key_file(self.root / self.key_place)


def create_workspace(root: Path) -> Workspace:
    """Make a workspace with a new random key (file mode 0600) and return it.

    root     folder to make; its parent must exist
    Raises   SettingsError if there is a workspace already, or the folder cannot be written
    """
    settings_file = root / "spillkit.toml"
    if settings_file.exists():
        raise SettingsError(f"{root} is a workspace already. Use it as it is, or name another folder.")
    try:
        root.mkdir(mode=0o700, exist_ok=True)
        write_key_file(root / "key", secrets.token_bytes(KEY_BYTES))
        (root / "rules.toml").write_text(_RULES_TEXT, encoding="utf-8")
        settings_file.write_text(_SETTINGS_TEXT, encoding="utf-8")  # Last: it is what makes the folder a workspace.
    except FileExistsError as error:
        raise SettingsError(
            f"{root} holds a key already but no settings. Move the key away, or name another folder."
        ) from error
    except OSError as error:
        raise SettingsError(
            f"{root}: cannot be written ({error.strerror}). Choose a folder you may write to."
        ) from error
    return open_workspace(root)


def open_workspace(root: Path | None) -> Workspace:
    """Return the workspace at `root`, or the nearest `spill/` here or above.

    Raises SettingsError if there is none or its settings cannot be read.
    """
    place = root if root is not None else _nearest_workspace()
    settings_file = place / "spillkit.toml"
    try:
        settings = tomllib.loads(settings_file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(f"{place} is not a workspace. Make one with `spillkit init`.") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{settings_file}: cannot be read ({error}). Mend it, or start a new workspace.") from error
    if settings.get("version") != 1:
        raise SettingsError(f"{settings_file}: version must be 1; this Spillkit reads no other.")
    source, where = _key_setting(settings, settings_file)
    return Workspace(root=place, key_source=source, key_place=where)


def write_key_file(path: Path, key: bytes) -> None:
    """Write a new key file that only its owner may read; FileExistsError if there is one."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(key.hex() + "\n")


def _nearest_workspace() -> Path:
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / WORKSPACE_NAME / "spillkit.toml").exists():
            return folder / WORKSPACE_NAME
        if (folder / "spillkit.toml").exists():
            return folder
    raise SettingsError("There is no workspace here or in a folder above. Make one with `spillkit init`.")


def _key_setting(settings: dict[str, object], settings_file: Path) -> tuple[str, str]:
    table = settings.get("key")
    if isinstance(table, dict):
        named = [(name, table[name]) for name in ("file", "environment", "command") if name in table]
        if len(named) == 1 and isinstance(named[0][1], str) and named[0][1]:
            return named[0][0], named[0][1]
    raise SettingsError(f"{settings_file}: [key] must name exactly one of file, environment, command.")


def _read_key_file(path: Path) -> str:
    try:
        mode = path.stat().st_mode
        if stat.S_IMODE(mode) & 0o077:
            raise SettingsError(f"{path}: others may read the key. Run: chmod 600 {shlex.quote(str(path))}")
        return path.read_text(encoding="ascii")
    except FileNotFoundError:
        raise SettingsError(
            f"{path}: the key is missing. Without it the index cannot be opened: put the key back, "
            "or start a new workspace and add the customer list again."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: the key cannot be read. Check the file and its permissions.") from error


def _run_key_command(command: str) -> str:
    try:
        done = subprocess.run(  # The owner of the workspace wrote this command into his settings.
            shlex.split(command), capture_output=True, text=True, timeout=_KEY_COMMAND_SECONDS, check=False
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise SettingsError("The key command could not be run, or took over 30 s. Check [key] command.") from error
    if done.returncode != 0:
        raise SettingsError(f"The key command ended with exit code {done.returncode}. Run it by hand to see why.")
    return done.stdout


def _parse_key(text: str, what: str) -> bytes:
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise SettingsError(f"{what} must be 32 hex digits (128 bits). It is not shown here.")
    return key
