"""The one file that says which other files are the directory now.

In:    the folder `directory/` of a workspace.
Out:   the Manifest, read and written whole; a lock for writers.
Else:  what the files hold is `subjects` and the kernel's index.

Every change writes new files under new names first and then puts a new `directory.json` in place by one rename:
whoever is killed at any point leaves the old state or the new one. Files that no manifest names are removed later.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from spillkit.errors import DirectoryError, SpillkitError

MANIFEST_NAME = "directory.json"
_VERSION = 1
_KEY_CHECK = b"spillkit directory key check"


@dataclass(frozen=True, slots=True)
class Places:
    """The two folders a directory lives in."""

    directory_dir: Path
    index_dir: Path

    @property
    def manifest_file(self) -> Path:
        return self.directory_dir / MANIFEST_NAME


@dataclass(frozen=True, slots=True)
class RememberedSource:
    """How a list is read again. Never what is in it, never a password."""

    location: str  # absolute path or database URI; "" for standard input or rows in memory
    name: str
    kind: str
    sql: str = ""
    charset: str = ""
    delimiter: str = ""
    mapping: list[dict[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Manifest:
    """Which files are the directory, and how it came to be."""

    generation: int
    key_check: str  # hex; tells another key apart before any file is opened
    subjects: str  # file name in directory/
    segments: tuple[str, ...]  # file names in index/; base first
    base_numbers: int  # subject numbers below this are in the base segment
    pseudonymised: bool
    default_country: str
    sources: tuple[RememberedSource, ...]
    tokens: tuple[str, ...]  # the --tokens options, as given
    version: int = _VERSION


def key_check(key: bytes) -> str:
    """Return 64 bits that tell whether a key is the same, and nothing else about it."""
    return hashlib.blake2b(_KEY_CHECK, key=key, digest_size=8).hexdigest()


def read_manifest(places: Places) -> Manifest | None:
    """Return the manifest; None if no people were added yet. Raises DirectoryError if it is damaged."""
    try:
        raw: dict[str, Any] = json.loads(places.manifest_file.read_text("utf-8"))
        if raw["version"] != _VERSION:
            raise DirectoryError(
                f"{MANIFEST_NAME}: written by another version of Spillkit. Add the customer list again."
            )
        raw["segments"], raw["tokens"] = tuple(raw["segments"]), tuple(raw["tokens"])
        raw["sources"] = tuple(RememberedSource(**source) for source in raw["sources"])
        return Manifest(**raw)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DirectoryError(
            f"{MANIFEST_NAME}: cannot be read. Move the folder directory/ away and add the customer list again."
        ) from error


def write_manifest(places: Places, manifest: Manifest) -> None:
    """Make a manifest the one that counts, by one rename; then remove files that it does not name."""
    text = json.dumps(asdict(manifest), ensure_ascii=False, indent=1) + "\n"
    fresh = places.directory_dir / f"{MANIFEST_NAME}.new"
    with fresh.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(places.manifest_file)
    sync_folder(places.directory_dir)
    remove_strays(places, manifest)


def remove_strays(places: Places, manifest: Manifest | None) -> None:
    """Remove what killed or earlier runs left.

    Only under the lock: a writer's new files are strays until its manifest is in place.
    """
    named = {manifest.subjects, *manifest.segments} if manifest is not None else set()
    for folder, pattern in ((places.directory_dir, "subjects-*"), (places.index_dir, "people-*")):
        for path in folder.glob(pattern):
            if path.name not in named:
                path.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make renames in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def hold_lock(places: Places) -> Iterator[None]:
    """Hold the right to change the directory; SpillkitError at once if another process has it.

    The lock is the system's (flock): it is gone when its holder is, so that `kill -9` leaves none behind.
    """
    try:
        places.directory_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        places.index_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = (places.directory_dir / "lock").open("ab")
    except OSError as error:
        raise DirectoryError(
            f"{places.directory_dir}: cannot be written ({error.strerror}). Check the permissions of the workspace."
        ) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SpillkitError(
                "Another `spillkit people` or `key rotate` is changing this directory. "
                "Wait until it has ended; nothing was changed."
            ) from None
        yield
