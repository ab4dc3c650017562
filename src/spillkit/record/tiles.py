"""The tiles of a log on disk: hashes and entries in pieces of 256, where other tools look for them.

In:    a folder; leaf hashes and leaves in order.
Out:   tiles and entry bundles as files; any proof of RFC 6962, made from them.
Else:  which of them count is said by the checkpoint, which is `log`'s.

    tile/0/x001/234          256 hashes of leaves
    tile/1/004.p/17          17 hashes over whole tiles of level 0; `.p` as it is not full yet
    tile/entries/x001/234    the leaves themselves, each after its length in two bytes

Source: C2SP tlog-tiles; RFC 6962 section 2.1.
"""

from __future__ import annotations

import shutil
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from pathlib import Path

from spillkit.errors import RecordError
from spillkit.record.verifier import EMPTY_ROOT, HASH_BYTES, node_hash

TILE_WIDTH = 256
_LEVEL_BITS = 8
_KEPT_TILES = 256  # 2 MiB


def tile_path(level: int | str, number: int, width: int = TILE_WIDTH) -> str:
    """Return where a tile is kept, below the log's folder.

    level    0 to 63, or "entries"
    number   0-based place of the tile in its level
    width    how many it holds, 1 to 256; below 256 it is a partial one

    >>> tile_path(0, 1234067), tile_path("entries", 2, 17)
    ('tile/0/x001/x234/067', 'tile/entries/002.p/17')
    """
    parts = [f"{number % 1000:03d}"]
    while number := number // 1000:
        parts.insert(0, f"x{number % 1000:03d}")
    partial = f".p/{width}" if width < TILE_WIDTH else ""
    return f"tile/{level}/{'/'.join(parts)}{partial}"


def split_bundle(data: bytes) -> list[bytes]:
    """Return the leaves in an entry bundle; ValueError if it is cut."""
    leaves, place = [], 0
    while place < len(data):
        length = int.from_bytes(data[place : place + 2], "big")
        leaf = data[place + 2 : place + 2 + length]
        if place + 2 > len(data) or len(leaf) != length:
            raise ValueError("cut")
        leaves.append(leaf)
        place += 2 + length
    return leaves


def join_bundle(leaves: Sequence[bytes]) -> bytes:
    """Return the entry bundle of leaves of at most 65,535 bytes each."""
    return b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in leaves)


class Tiles:
    """Reads the tiles of a log. What a signed checkpoint covers never changes, so what was read is kept for a while.

    `now` is the size of a checkpoint of the log: only for such sizes are there tiles. Proofs may be asked for any size up to it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._kept: OrderedDict[tuple[int, int, int], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def hashes(self, level: int, number: int, now: int) -> bytes:
        """Return the hashes of one tile, as wide as a log of `now` entries has it; 32 bytes each."""
        width = min(TILE_WIDTH, (now >> (_LEVEL_BITS * level)) - number * TILE_WIDTH)
        key = (level, number, width)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        data = self._read(level, number, width)
        if len(data) < width * HASH_BYTES:
            raise RecordError(f"{tile_path(level, number, width)} of the record is cut.", "missing")
        data = data[: width * HASH_BYTES]
        with self._lock:
            self._kept[key] = data
            if len(self._kept) > _KEPT_TILES:
                self._kept.popitem(last=False)
        return data

    def bundle(self, number: int, now: int) -> list[bytes]:
        """Return the leaves of one entry bundle of a log of `now` entries."""
        width = min(TILE_WIDTH, now - number * TILE_WIDTH)
        try:
            leaves = split_bundle(self._read("entries", number, width))
        except ValueError:
            leaves = []
        if len(leaves) < width:
            raise RecordError(f"{tile_path('entries', number, width)} of the record is cut.", "missing")
        return leaves[:width]

    def leaves(self, first: int, last: int, now: int) -> Iterator[bytes]:
        """Give the leaves from `first` up to and without `last`."""
        for number in range(first // TILE_WIDTH, -(-last // TILE_WIDTH)):
            start = number * TILE_WIDTH
            bundle = self.bundle(number, now)
            yield from bundle[max(first - start, 0) : last - start]

    def _read(self, level: int | str, number: int, width: int) -> bytes:
        # Behind a partial tile stands the full one, as soon as it is there (tlog-tiles, "Partial Tiles").
        for wide in dict.fromkeys((width, TILE_WIDTH)):
            try:
                return (self.folder / tile_path(level, number, wide)).read_bytes()
            except (FileNotFoundError, NotADirectoryError):
                continue
        raise RecordError(
            f"{tile_path(level, number, width)} of the record is missing. Put the folder back from a backup.", "missing"
        )

    # ---- Proofs ----

    def root(self, size: int, now: int) -> bytes:
        """Return the root over the first `size` entries, of a log that has `now` entries on disk."""
        return self._range(0, size, now) if size else EMPTY_ROOT

    def inclusion_proof(self, index: int, size: int, now: int) -> tuple[bytes, ...]:
        """Return the hashes beside the way from entry `index` to the root of the first `size` entries, lowest first.

        Source  RFC 6962, section 2.1.1
        """
        proof, low, high = [], 0, size
        while high - low > 1:
            middle = low + _split(high - low)
            if index < middle:
                proof.append(self._range(middle, high, now))
                high = middle
            else:
                proof.append(self._range(low, middle, now))
                low = middle
        return tuple(reversed(proof))

    def consistency_proof(self, old: int, size: int, now: int) -> tuple[bytes, ...]:
        """Return the hashes that show that the first `old` of `size` entries are the log it was before.

        Source  RFC 6962, section 2.1.2
        """
        if old in (0, size):
            return ()
        proof, low, high, whole = [], 0, size, True
        # SUBPROOF(m, D[n], b): b says whether D[0:m] is still a subtree that the reader knows.
        while old != high:
            middle = low + _split(high - low)
            if old <= middle:
                proof.append(self._range(middle, high, now))
                high = middle
            else:
                proof.append(self._range(low, middle, now))
                low, whole = middle, False
        if not whole:
            proof.append(self._range(low, high, now))
        return tuple(reversed(proof))

    def _range(self, low: int, high: int, now: int) -> bytes:
        """Return the hash over entries `low` to `high`, a node of the tree or its right edge."""
        count = high - low
        if count & (count - 1) == 0:
            return self._subtree(count.bit_length() - 1, low // count, now)
        middle = low + _split(count)
        return node_hash(self._range(low, middle, now), self._range(middle, high, now))

    def _subtree(self, height: int, number: int, now: int) -> bytes:
        """Return the hash over the whole subtree of 2**height entries, the `number`-th of its height."""
        level, within = divmod(height, _LEVEL_BITS)
        first = number << within
        hashes = self.hashes(level, first // TILE_WIDTH, now)
        start = first % TILE_WIDTH * HASH_BYTES
        return fold(hashes[start : start + (HASH_BYTES << within)])


def fold(hashes: bytes) -> bytes:
    """Return the root over a power of two of hashes."""
    row = [hashes[place : place + HASH_BYTES] for place in range(0, len(hashes), HASH_BYTES)]
    while len(row) > 1:
        row = [node_hash(row[place], row[place + 1]) for place in range(0, len(row), 2)]
    return row[0]


class Growth:
    """The tiles that new entries add to a log; made in memory, then written by `log`.

    The first `size` entries are on disk; only the right edge of each level is read.
    """

    def __init__(self, tiles: Tiles, size: int) -> None:
        self.size = size
        self.files: dict[str, bytes] = {}
        self.outdated: list[str] = []  # folders of partial tiles whose full tile is among the files
        self._edges: list[list[bytes]] = []
        self._bundle: list[bytes] = []
        if size % TILE_WIDTH:
            self._bundle = tiles.bundle(size // TILE_WIDTH, size)
        level = 0
        while size >> (_LEVEL_BITS * level):
            count = size >> (_LEVEL_BITS * level)
            edge = tiles.hashes(level, count // TILE_WIDTH, size) if count % TILE_WIDTH else b""
            self._edges.append([edge[place : place + HASH_BYTES] for place in range(0, len(edge), HASH_BYTES)])
            level += 1

    def add(self, leaf: bytes, hash_: bytes) -> None:
        """Add one leaf and its hash."""
        self._bundle.append(leaf)
        if len(self._bundle) == TILE_WIDTH:
            self._full("entries", self.size // TILE_WIDTH, join_bundle(self._bundle))
            self._bundle = []
        self.size += 1
        level = 0
        while True:
            if level == len(self._edges):
                self._edges.append([])
            edge = self._edges[level]
            edge.append(hash_)
            if len(edge) < TILE_WIDTH:
                return
            data = b"".join(edge)
            self._full(level, (self.size >> (_LEVEL_BITS * (level + 1))) - 1, data)
            self._edges[level] = []
            hash_, level = fold(data), level + 1

    def finish(self) -> None:
        """Add the partial tiles at the right edge."""
        if self._bundle:
            self.files[tile_path("entries", self.size // TILE_WIDTH, len(self._bundle))] = join_bundle(self._bundle)
        for level, edge in enumerate(self._edges):
            if edge:
                number = self.size >> (_LEVEL_BITS * (level + 1))
                self.files[tile_path(level, number, len(edge))] = b"".join(edge)

    def _full(self, level: int | str, number: int, data: bytes) -> None:
        self.files[tile_path(level, number)] = data
        self.outdated.append(tile_path(level, number) + ".p")

    def root(self) -> bytes:
        """Return the root over all entries, from the edges alone."""
        root: bytes | None = None
        for edge in self._edges:
            # Right to left, a tile's hashes join in powers of two: the lowest bits of the size first.
            rest, place = len(edge), len(edge)
            while rest:
                width = rest & -rest
                peak = fold(b"".join(edge[place - width : place]))
                root = peak if root is None else node_hash(peak, root)
                place -= width
                rest -= width
        return EMPTY_ROOT if root is None else root


def remove_outdated(folder: Path, outdated: Sequence[str]) -> None:
    """Remove the partial tiles whose full tile is there; what cannot be removed does no harm."""
    for path in outdated:
        shutil.rmtree(folder / path, ignore_errors=True)


def _split(count: int) -> int:
    """Return the largest power of two below `count` (2 or more)."""
    return 1 << (count - 1).bit_length() - 1
