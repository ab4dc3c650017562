"""Write what a command was asked to write: to a file, or to the screen.

In:    FILE, or - for the screen; the bytes.
Out:   the file, whole or not at all, readable by its owner only: it may name people by id, or contacts.
Else:  making the bytes is the library's.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from spillkit.errors import InputError
from spillkit.printed import printable

if TYPE_CHECKING:
    from rich.console import Console

SCREEN = Path("-")


def write_bytes(path: Path, content: bytes) -> None:
    """Write bytes to a file or the screen.

    Raises  InputError if the file cannot be written; what stood there before stands there still
    """
    if path == SCREEN:
        sys.stdout.buffer.write(content)
    else:
        with _draft_of(path) as handle, os.fdopen(handle, "wb") as file:
            file.write(content)


def write_text(path: Path, write: Callable[[TextIO], object]) -> None:
    """Let something write text to a file or the screen; line ends stay as they are written.

    Raises  InputError if the file cannot be written; what stood there before stands there still
    """
    if path == SCREEN:
        write(sys.stdout)
    else:
        with _draft_of(path) as handle, os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            write(file)


def tell_written(console: Console, paths: Iterable[Path | None]) -> None:
    """Say which files were written; nothing where the screen holds one of them."""
    named = [path for path in paths if path is not None]
    if SCREEN not in named:
        for path in named:
            console.print(f"written: {printable(str(path))}", style="dim")


@contextmanager
def _draft_of(path: Path) -> Iterator[int]:
    """Give the handle of a draft, which takes the file's place once it is whole."""
    try:
        handle, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            yield handle
            Path(draft).replace(path)
        except BaseException:
            Path(draft).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise InputError(
            f"{path}: cannot be written ({error.strerror}). Choose another place, or make room."
        ) from error
