"""The record: an append-only log of entries, signed after each append.

In:    entries; a signer.
Out:   their places in the log; proofs; the entries again.
Else:  the form of an entry is `entry`, files of hashes are `tiles`, bundles for others are `bundle`.

    record/
        log/checkpoint      how long the log is, its root, signed: what it does not cover does not exist
        log/tile/…          hashes and entries (C2SP tlog-tiles): this folder may be served as it is
        draft/              files on their way into log/
        persons.sqlite      what entries hold about persons, encrypted, and a key for each person (see `persons`)
        places.sqlite       which id stands where; made again when it is gone
        lock                held while appending

An append writes its tiles first, and then puts the new checkpoint in the place of the old one: one rename, before which nothing
has happened and after which everything has. Killed at any point and repeated, it gives the same log.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import msgspec

from spillkit.errors import EntryError, RecordError
from spillkit.locked import locked
from spillkit.record.entry import Entry, is_canonical, leaf_of, read_leaf, with_number
from spillkit.record.persons import Persons
from spillkit.record.places import Place, Places, open_places
from spillkit.record.signing import Signer
from spillkit.record.tiles import TILE_WIDTH, Growth, Tiles, fold, remove_outdated, tile_path
from spillkit.record.verifier import (
    EMPTY_ROOT,
    HASH_BYTES,
    Checkpoint,
    GrowingTree,
    ProofError,
    PublicKey,
    leaf_hash,
    verify_checkpoint,
)


@dataclass(frozen=True, slots=True)
class Checked:
    """What `verify` looked at and found in order."""

    size: int  # entries
    root: bytes
    clock_set_back: tuple[int, ...]  # places of entries that say an earlier time than the entry before them


class _Fresh(NamedTuple):
    place: Place
    leaf: bytes


class Record:
    """The log in a folder.

    folder   `record/` of a workspace
    key      the public key of the log; its name is the log's origin
    signer   the private key; without it the log can be read and not added to
    seen     a file outside the folder that keeps the last checkpoint signed here, so that a folder put back from an old backup is
             noticed before a second history is signed
    """

    def __init__(self, folder: Path, key: PublicKey, signer: Signer | None = None, seen: Path | None = None) -> None:
        self.folder = folder
        self.key = key
        self._signer = signer
        self._seen = seen
        self._log = folder / "log"
        self._tiles = Tiles(self._log)
        self.persons = Persons(folder, self.find_all)
        self._verified: tuple[bytes, Checkpoint] | None = None

    # ---- Reading ----

    def checkpoint_note(self) -> bytes:
        """Return the signed checkpoint as it is on disk; not checked."""
        try:
            return (self._log / "checkpoint").read_bytes()
        except FileNotFoundError:
            raise RecordError(
                f"{self._log} holds no checkpoint. Put the folder back from a backup, or make a record with "
                "`spillkit record init`.",
                "missing",
            ) from None

    def checkpoint(self) -> Checkpoint:
        """Return the checkpoint; RecordError if it is not signed with the record's key."""
        return self.signed_checkpoint()[1]

    def signed_checkpoint(self) -> tuple[bytes, Checkpoint]:
        """Return the signed note and the checkpoint in it; RecordError if it is not signed with the record's key."""
        note = self.checkpoint_note()
        if self._verified is None or self._verified[0] != note:
            with _as_record_error("the checkpoint of the record"):
                self._verified = (note, verify_checkpoint(note, self.key))
        return self._verified

    def __len__(self) -> int:
        return self.checkpoint().size

    def entries(self, first: int = 0, last: int | None = None) -> list[Entry]:
        """Return the entries from place `first` (from 0) up to and without `last`; all to the end where there is no `last`."""
        size = self.checkpoint().size
        last = size if last is None else min(last, size)
        return [read_leaf(leaf, first + offset) for offset, leaf in enumerate(self.leaves(max(first, 0), last))]

    def leaves(self, first: int, last: int) -> Iterator[bytes]:
        """Give the bytes of entries, one by one."""
        return self._tiles.leaves(first, last, self._size_for(last)[1])

    def find(self, id_: str) -> int | None:
        """Return the place of the entry with that id, or None."""
        with self._places() as places:
            return places.of_ids([id_]).get(id_)

    def find_all(self, ids: Sequence[str]) -> dict[str, Entry]:
        """Return those entries of these ids that there are."""
        if not ids:
            return {}
        with self._places() as places:
            found = places.of_ids(ids)
        return {id_: read_leaf(next(self.leaves(place, place + 1)), place) for id_, place in found.items()}

    def of_case(self, case: str) -> list[tuple[int, Entry]]:
        """Return the entries of a case with their places, in the order of the log."""
        with self._places() as places:
            found = places.of_case(case)
        now = self.checkpoint().size
        entries = []
        for number, together in itertools.groupby(found, lambda place: place // TILE_WIDTH):
            bundle = self._tiles.bundle(number, now)
            entries += [(place, read_leaf(bundle[place % TILE_WIDTH], place)) for place in together]
        return entries

    def inclusion_proof(self, index: int, size: int | None = None) -> tuple[bytes, ...]:
        """Return the proof that entry `index` stands in the log of `size` entries (all of them where none is said)."""
        size, now = self._size_for(size)
        if not 0 <= index < size:
            raise EntryError(f"There is no entry {index} among the first {size} of the record.")
        return self._tiles.inclusion_proof(index, size, now)

    def consistency_proof(self, old: int, size: int | None = None) -> tuple[bytes, ...]:
        """Return the proof that the log of `size` entries begins with the log of `old` entries."""
        size, now = self._size_for(size)
        if not 0 <= old <= size:
            raise EntryError(f"The record has {size} entries: there is no way from {old} to them.")
        return self._tiles.consistency_proof(old, size, now)

    def root(self, size: int | None = None) -> bytes:
        """Return the root over the first `size` entries."""
        return self._tiles.root(*self._size_for(size))

    def timestamp_of(self, size: int) -> bytes | None:
        """Return the time-stamping service's answer over the checkpoint of that size, where one was asked for."""
        with contextlib.suppress(FileNotFoundError):
            return (self.folder / "timestamps" / f"{size}.tsr").read_bytes()
        return None

    # ---- Adding ----

    def sign(self, text: str) -> bytes:
        """Return a note signed with the record's key; its text must never look like a checkpoint."""
        if self._signer is None:
            raise RecordError("This record was opened for reading only: the signing key is not here.")
        return self._signer.sign(text)

    def append(self, entries: Sequence[Entry]) -> list[int]:
        """Add entries, all or none, and return the place of each.

        An entry whose id is there already with the same content is not added again: its old place is returned. So a caller who was
        interrupted repeats the call. Several processes may append at once; each waits for the others.

        Raises   EntryError if an entry cannot be taken, or its id is there with other content; nothing was added then
                 RecordError if the record cannot be written or trusted
        """
        # Whatever is wrong with an entry is said before anything is locked or written.
        leaves = [leaf_of(entry if not entry.number else msgspec.structs.replace(entry, number=0)) for entry in entries]
        signer = self._signer
        if signer is None:
            raise RecordError("This record was opened for reading only: the signing key is not here.")
        with self._locked(), _as_record_error("the checkpoint of the record"):
            now = self.checkpoint()
            self._refuse_second_history(now)
            with open_places(self.folder / "places.sqlite") as places:
                self._catch_up(places, now)
                found, fresh = self._sort(entries, leaves, places, now.size)
                if fresh:
                    now = self._write([one.leaf for one in fresh], now, signer)
                    places.add((one.place for one in fresh), now.size, now.root)
        return found

    def _sort(
        self, entries: Sequence[Entry], leaves: Sequence[bytes], places: Places, size: int
    ) -> tuple[list[int], list[_Fresh]]:
        """Return the place of each entry, and those that are new, with their numbers."""
        found: list[int] = []
        fresh: list[_Fresh] = []
        known = places.of_ids([entry.id for entry in entries])
        numbers: dict[str, int] = {}
        for entry, leaf in zip(entries, leaves):
            place = known.get(entry.id)
            if place is None:
                case = entry.case
                number = numbers[case] = (numbers[case] if case in numbers else places.last_number(case)) + 1
                place = known[entry.id] = size + len(fresh)
                fresh.append(_Fresh(Place(place, entry.id, case, number), with_number(leaf, number)))
            else:
                kept = fresh[place - size].leaf if place >= size else next(self.leaves(place, place + 1))
                if with_number(kept, 0) != leaf:
                    raise EntryError(
                        f"Entry {place} of the record has the same id and another content. What is recorded stays: give the new "
                        "entry an id of its own. Nothing was added."
                    )
            found.append(place)
        return found, fresh

    def _write(self, fresh: Sequence[bytes], now: Checkpoint, signer: Signer) -> Checkpoint:
        """Write the tiles, then the checkpoint that makes them count."""
        growth = Growth(self._tiles, now.size)
        if growth.root() != now.root:
            raise RecordError(
                "The last hashes of the record are not those that were signed. Nothing was added. Run `spillkit record verify`.",
                "altered",
            )
        for leaf in fresh:
            growth.add(leaf, leaf_hash(leaf))
        growth.finish()
        then = Checkpoint(signer.name, growth.size, growth.root())
        self._put(growth.files)
        note = signer.sign(then.text)
        self._put({"checkpoint": note})
        if self._seen is not None:
            _replace(self._seen, note)
        remove_outdated(self._log, growth.outdated)
        return then

    def _put(self, files: dict[str, bytes]) -> None:
        """Put files into the log, each whole, and all of them on the disk before this returns."""
        draft = self.folder / "draft"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        folders = set()
        for number, (path, data) in enumerate(files.items()):
            with (draft / str(number)).open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            place = self._log / path
            if place.parent not in folders:
                folders |= set(_make_folders(place.parent, self._log))
            (draft / str(number)).replace(place)
        for folder in sorted(folders, reverse=True):
            _sync_folder(folder)

    def start(self) -> None:
        """Make the folder and sign the empty log, unless that is done; RecordError if the folder was emptied."""
        if self._signer is None:
            raise RecordError("A record is started with its signing key, which is not here.")
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._locked():
            if (self._log / "checkpoint").exists():
                return
            if (self._seen is not None and self._seen.exists()) or (self._log / "tile").exists():
                raise RecordError(
                    f"{self.folder}: the record was here and its checkpoint is gone. Put the folder back from a backup.",
                    "rolled-back",
                )
            self._log.mkdir(mode=0o700, exist_ok=True)
            self._put({"checkpoint": self._signer.sign(Checkpoint(self._signer.name, 0, EMPTY_ROOT).text)})

    # ---- Checking ----

    def verify(self, seen: bytes | None = None) -> Checked:
        """Read everything and return what was found in order.

        seen     a checkpoint that somebody kept: the log must continue it
        Raises   RecordError, whose `failure` names what is wrong and whose message says where
        Cost     reads the whole log once
        """
        tiles = Tiles(self._log)  # Nothing kept from before: what is on the disk now.
        now = self.checkpoint()
        earlier = self._signed_before()
        if seen is not None:
            with _as_record_error("the checkpoint seen earlier"):
                earlier.append(verify_checkpoint(seen, self.key))
        for checkpoint in earlier:
            _refuse_shorter(checkpoint, now)
        tree, over = GrowingTree(), [b""]
        ids: set[bytes] = set()
        numbers: dict[str, int] = {}
        set_back: list[int] = []
        last_at = None
        for number in range(-(-now.size // TILE_WIDTH)):
            hashes = tiles.hashes(0, number, now.size)
            for offset, leaf in enumerate(tiles.bundle(number, now.size)):
                index = number * TILE_WIDTH + offset
                self._verify_hash(index, leaf, hashes)
                tree.add(leaf_hash(leaf))
                entry = read_leaf(leaf, index)
                short = hashlib.sha256(entry.id.encode()).digest()[:16]
                if not is_canonical(leaf):
                    raise RecordError(f"Entry {index} is not written as the record writes.", "malformed")
                if entry.number != numbers.get(entry.case, 0) + 1:
                    raise RecordError(f"Entry {index}: an entry of its case before it is missing.", "missing")
                if short in ids:
                    raise RecordError(f"Entry {index} has the id of an earlier entry.", "doubled")
                ids.add(short)
                numbers[entry.case] = entry.number
                if last_at is not None and entry.at < last_at:
                    set_back.append(index)
                last_at = entry.at
            if len(hashes) == TILE_WIDTH * HASH_BYTES:
                over[0] += fold(hashes)
        if tree.root() != now.root:
            raise RecordError("The entries do not lead to the root that was signed: some were changed.", "altered")
        self._verify_upper_tiles(tiles, over[0], now.size)
        for checkpoint in earlier:
            self._refuse_rewritten(checkpoint, now)
        return Checked(now.size, now.root, tuple(set_back))

    def _verify_hash(self, index: int, leaf: bytes, hashes: bytes) -> None:
        place = index % TILE_WIDTH * HASH_BYTES
        hash_ = leaf_hash(leaf)
        if hash_ == hashes[place : place + HASH_BYTES]:
            return
        elsewhere = hashes.find(hash_)
        if elsewhere >= 0 and elsewhere % HASH_BYTES == 0:
            right = index - index % TILE_WIDTH + elsewhere // HASH_BYTES
            raise RecordError(f"What stands at entry {index} of the record was recorded as entry {right}.", "reordered")
        raise RecordError(f"Entry {index} of the record is not what was recorded.", "altered")

    def _verify_upper_tiles(self, tiles: Tiles, row: bytes, size: int) -> None:
        level = 1
        while row:
            over = b""
            for number in range(-(-len(row) // (TILE_WIDTH * HASH_BYTES))):
                hashes = tiles.hashes(level, number, size)
                start = number * TILE_WIDTH * HASH_BYTES
                if hashes != row[start : start + TILE_WIDTH * HASH_BYTES]:
                    path = tile_path(level, number, len(hashes) // HASH_BYTES)
                    raise RecordError(f"{path} of the record is not what its entries give.", "altered")
                if len(hashes) == TILE_WIDTH * HASH_BYTES:
                    over += fold(hashes)
            row, level = over, level + 1

    def _refuse_second_history(self, now: Checkpoint) -> None:
        """A log must not sign what does not continue what it signed before (C2SP tlog-checkpoint, "Signatures")."""
        for checkpoint in self._signed_before():
            _refuse_shorter(checkpoint, now)
            self._refuse_rewritten(checkpoint, now)

    def _signed_before(self) -> list[Checkpoint]:
        """Return the last checkpoint that was signed here, from outside the folder, where there is one."""
        try:
            note = self._seen.read_bytes() if self._seen is not None else None
        except FileNotFoundError:
            return []
        if self._seen is None or note is None:
            return []
        with _as_record_error(f"{self._seen.name}, the last checkpoint signed here"):
            return [verify_checkpoint(note, self.key)]

    def _refuse_rewritten(self, earlier: Checkpoint, now: Checkpoint) -> None:
        if earlier.size and self._tiles.root(earlier.size, now.size) != earlier.root:
            raise RecordError(
                f"The first {earlier.size} entries of the record are not those that were signed before. Nothing may be added to "
                "it: run `spillkit record verify`, and put the right folder back.",
                "rewritten",
            )

    # ---- Places ----

    @contextlib.contextmanager
    def _places(self) -> Iterator[Places]:
        now = self.checkpoint()
        with open_places(self.folder / "places.sqlite") as places:
            if places.covered() != (now.size, now.root):
                with self._locked():  # Somebody was killed between the checkpoint and this cache.
                    self._catch_up(places, self.checkpoint())
            yield places

    def _catch_up(self, places: Places, now: Checkpoint) -> None:
        size, root = places.covered()
        if (size, root) == (now.size, now.root):
            return
        if size and (size > now.size or self._tiles.root(size, now.size) != root):
            places.clear()
            size = 0
        while size < now.size:
            some = range(size, min(size + 100 * TILE_WIDTH, now.size))
            leaves = self._tiles.leaves(some.start, some.stop, now.size)
            places.add(map(_place_of, some, leaves), some.stop, self._tiles.root(some.stop, now.size))
            size = some.stop

    def _size_for(self, size: int | None) -> tuple[int, int]:
        """Return the size asked for, and the size of the log."""
        now = self.checkpoint().size
        if size is not None and not 0 <= size <= now:
            raise EntryError(f"The record has {now} entries: {size} is not a size it had.")
        return now if size is None else size, now

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Wait for other processes and threads that append, and hold them off."""
        with locked(self.folder / "lock"):
            yield


def _place_of(place: int, leaf: bytes) -> Place:
    entry = read_leaf(leaf, place)
    return Place(place, entry.id, entry.case, entry.number)


def _refuse_shorter(earlier: Checkpoint, now: Checkpoint) -> None:
    if earlier.size > now.size:
        raise RecordError(
            f"The record was {earlier.size} entries long and is {now.size}: the folder was put back from an older copy. "
            "Put the newer copy back. Where it is lost, move record.key, record.seen and record/ away together and start anew.",
            "rolled-back",
        )


@contextlib.contextmanager
def _as_record_error(what: str) -> Iterator[None]:
    try:
        yield
    except ProofError as error:
        raise RecordError(f"Of {what}: {error}.", error.failure) from error
    except sqlite3.Error as error:
        raise RecordError(f"The places of the record cannot be read: {error}. Nothing is lost; try again.") from error


def _make_folders(folder: Path, top: Path) -> list[Path]:
    """Make a folder below `top`, and return it with those above it, whose list of names may have changed."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    above = [folder, *folder.parents]
    return above[: above.index(top) + 1]


def _replace(path: Path, data: bytes) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
