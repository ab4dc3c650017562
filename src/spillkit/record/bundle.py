"""Write a bundle: one file that proves the record, or one case of it, to somebody who has only the public key.

In:    a record; perhaps a case, persons whose values may be shown, an older checkpoint that the reader keeps.
Out:   a .spillproof file: lines of text, checked by `verifier` in one pass.
Else:  what the lines mean is docs/reference/record.md; reading them is `verifier`.

    spillproof/v1
    {"case":null,"checkpoint":"…","entries":3,"made_at":"…"}
    entry 0 HASH {…}            the leaf as it is in the log
    proof HASH HASH …           in a bundle of one case: the way from the entry to the signed root
    opening {…}                 a value about a person, where the caller shows it
    time BASE64                 the answer of a time-stamping service over the checkpoint
    seal BASE64                 a signed note over everything above
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from spillkit.errors import EntryError, InputError
from spillkit.model import SubjectId
from spillkit.record.entry import Entry, leaf_of
from spillkit.record.log import Record
from spillkit.record.persons import Opening
from spillkit.record.verifier import Checkpoint, ProofError, leaf_hash, seal_text, verify_checkpoint


@dataclass(frozen=True, slots=True)
class Wishes:
    """What goes into a bundle."""

    case: str | None = None  # None: the whole record
    subjects: Sequence[SubjectId] = ()  # persons whose sealed values are shown in the clear
    seen: bytes | None = (
        None  # a checkpoint that the reader keeps from earlier; the bundle shows that the log continues it
    )


def write_bundle(record: Record, path: Path, wishes: Wishes, now: datetime) -> int:
    """Write a bundle whole or not at all, readable by its owner only; return how many entries it holds.

    now      UTC, written into the file as the time it was made
    Raises   EntryError if there is no such case; InputError if the file cannot be written; RecordError if the record is damaged
    """
    checkpoint_note, checkpoint = record.signed_checkpoint()
    lines: Iterable[bytes]
    if wishes.case is None:
        count = checkpoint.size
        lines = _whole(record, checkpoint, wishes)
    else:
        found = [(place, entry) for place, entry in record.of_case(wishes.case) if place < checkpoint.size]
        if not found:
            raise EntryError("The record holds no entry of that case. `spillkit record show` lists what it holds.")
        count = len(found)
        lines = _of_case(record, checkpoint, found, wishes)
    header: dict[str, object] = {
        "case": wishes.case,
        "checkpoint": checkpoint_note.decode(),
        "entries": count,
        "made_at": now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
    }
    if wishes.seen is not None:
        header |= _continuity(record, checkpoint, wishes.seen)
    try:
        with _whole_file(path) as handle, os.fdopen(handle, "wb") as file:
            digest = hashlib.sha256()
            for line in _lines(header, lines, record.timestamp_of(checkpoint.size)):
                file.write(line)
                digest.update(line)
            seal = record.sign(seal_text(record.key.name, digest.digest()))
            file.write(b"seal " + base64.b64encode(seal) + b"\n")
    except OSError as error:
        raise InputError(
            f"{path}: cannot be written ({error.strerror}). Choose another place, or make room."
        ) from error
    return count


def _lines(header: dict[str, object], entries: Iterable[bytes], timestamp: bytes | None) -> Iterator[bytes]:
    yield b"spillproof/v1\n"
    yield _json(header) + b"\n"
    yield from entries
    if timestamp is not None:
        yield b"time " + base64.b64encode(timestamp) + b"\n"


def _whole(record: Record, checkpoint: Checkpoint, wishes: Wishes) -> Iterator[bytes]:
    for place, leaf in enumerate(record.leaves(0, checkpoint.size)):
        yield _entry_line(place, leaf)
        if wishes.subjects and b'"commitments":{}' not in leaf:
            yield from _openings(record, record.entries(place, place + 1)[0], wishes)


def _of_case(
    record: Record, checkpoint: Checkpoint, found: Sequence[tuple[int, Entry]], wishes: Wishes
) -> Iterator[bytes]:
    for place, entry in found:
        yield _entry_line(place, leaf_of(entry))
        proof = record.inclusion_proof(place, checkpoint.size)
        yield b" ".join([b"proof", *map(base64.b64encode, proof)]) + b"\n"
        yield from _openings(record, entry, wishes)


def _entry_line(place: int, leaf: bytes) -> bytes:
    return b"entry %d %s %s\n" % (place, base64.b64encode(leaf_hash(leaf)), leaf)


def _openings(record: Record, entry: Entry, wishes: Wishes) -> Iterator[bytes]:
    shown: list[Opening] = []
    for subject in wishes.subjects:
        shown += record.persons.openings(entry, subject)
    for opening in shown:
        yield b"opening " + _json({"name": opening.name, "key": opening.key.hex(), "value": opening.value}) + b"\n"


def _continuity(record: Record, checkpoint: Checkpoint, seen: bytes) -> dict[str, object]:
    try:
        earlier = verify_checkpoint(seen, record.key)
    except ProofError as error:
        raise InputError(f"The older checkpoint cannot be used: {error}.") from error
    if earlier.size > checkpoint.size:
        raise InputError(
            f"The older checkpoint has {earlier.size} entries and the record {checkpoint.size}: it is a newer one."
        )
    proof = record.consistency_proof(earlier.size, checkpoint.size)
    return {"continues": earlier.size, "continuity": [base64.b64encode(hash_).decode("ascii") for hash_ in proof]}


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii")


@contextlib.contextmanager
def _whole_file(path: Path) -> Iterator[int]:
    """Give a handle to a new file that takes the place of `path` when all is written."""
    handle, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        yield handle
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
