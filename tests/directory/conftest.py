"""What the directory's tests share: places, a key, and lists written on the spot."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from spillkit.directory import Added, Directory, Places, Wishes, add_people, map_source, open_source, open_tokens
from spillkit.directory.badcells import BadCells

KEY = bytes(range(16))


class Desk:
    """A desk at which lists are added; remembers the folders and the key."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.places = Places(folder / "spill" / "directory", folder / "spill" / "index")
        self.bad = BadCells()

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    def add(
        self,
        path: Path | str,
        *,
        said: Sequence[str] = (),
        tokens: Sequence[str] = (),
        key: bytes = KEY,
        opening: Mapping[str, str] | None = None,
        **wishes: object,
    ) -> Added:
        self.bad = BadCells()
        pseudonymise = bool(wishes.get("pseudonymise_ids"))
        mapped = map_source(open_source(str(path), **(opening or {})), said, pseudonymise_ids=pseudonymise)
        tables = [open_tokens(text) for text in tokens]
        options = [table.option for table in tables]
        return add_people(self.places, key, [mapped], tables, Wishes(**wishes), token_options=options, bad=self.bad)

    def directory(self, key: bytes = KEY) -> Directory:
        return Directory.open_places(self.places, key)

    def found_in(self, body: str) -> list[str]:
        """Ids of all subjects who may be meant in a body, sorted."""
        directory = self.directory()
        scanner = directory.scanner()
        numbers = {n for slot in scanner.scan([body.encode()])[:, 3].tolist() for n in scanner.group(slot)[2].tolist()}
        return sorted(directory.id(number) for number in numbers)

    def files(self) -> list[Path]:
        return sorted(path for path in (self.folder / "spill").rglob("*") if path.is_file())


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def make_desk(tmp_path: Path) -> Callable[[str], Desk]:
    def make(name: str) -> Desk:
        folder = tmp_path / name
        folder.mkdir()
        return Desk(folder)

    return make
