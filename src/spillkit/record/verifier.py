"""Check what a record claims: signed checkpoints, inclusion, consistency, and whole bundles. Alone, offline, anywhere.

In:    a bundle (`spillkit prove bundle`), a public key, perhaps an older checkpoint that somebody kept.
Out:   what was proven, or a ProofError that names what is wrong.
Else:  writing the record is `log`; making bundles is `bundle`.

This file needs Python 3.11 and `cryptography`, and nothing else of Spillkit: copy it to another machine and run
`python verifier.py FILE.spillproof --key PUBLIC_KEY`.

Sources: RFC 6962 section 2.1 (hashes), RFC 9162 sections 2.1.3.2 and 2.1.4.2 (checking proofs),
C2SP signed-note and tlog-checkpoint (signatures).
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import hmac
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()
ED25519 = b"\x01"  # the signature type of signed-note
BUNDLE_FIRST_LINE = b"spillproof/v1"
MAX_NOTE_BYTES = 1_000_000
MAX_SIGNATURES = 100
MAX_LINE_BYTES = 4_000_000
MAX_SIZE = 2**62  # entries of a log; beyond it a number is a mistake

FAILURES = {
    "malformed": "the file is not written as a proof is",
    "cut-off": "the file ends too early",
    "wrong-key": "signed with another key than the one given",
    "other-log": "the checkpoint belongs to another log",
    "bad-signature": "the signature does not fit the text",
    "altered": "an entry or a hash is not what was recorded",
    "missing": "an entry is missing",
    "reordered": "an entry stands in another place",
    "doubled": "an entry stands there twice",
    "not-included": "an entry is not in the log that was signed",
    "rolled-back": "the log is shorter than it was",
    "rewritten": "the log does not continue what was seen before",
    "no-link": "the file cannot show that it continues what was seen before",
    "not-opened": "an opened value is not the one that was recorded",
    "bad-timestamp": "the time stamp is not one over this checkpoint, by the service that is trusted",
}


class ProofError(Exception):
    """What was claimed is not proven. `failure` is one of FAILURES; the message says where and what to do."""

    def __init__(self, failure: str, message: str) -> None:
        super().__init__(message)
        self.failure = failure


# ---- Hashes of the tree (RFC 6962, section 2.1) ----


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of one entry's bytes; the 0 before them keeps entries apart from inner nodes."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash over two hashes of the tree."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class GrowingTree:
    """The root of a tree whose leaves arrive one by one; keeps one hash for each bit of the size."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        """Add the hash of the next leaf."""
        whole, hash_ = self.size, leaf
        while whole & 1:
            hash_ = node_hash(self._peaks.pop(), hash_)
            whole >>= 1
        self._peaks.append(hash_)
        self.size += 1

    def root(self) -> bytes:
        """Return the root over the leaves so far."""
        if not self._peaks:
            return EMPTY_ROOT
        hash_ = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            hash_ = node_hash(peak, hash_)
        return hash_


def root_of_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes]) -> bytes:
    """Return the root that an inclusion proof leads to.

    index   place of the leaf, from 0, below `size`
    leaf    hash of the leaf
    proof   hashes beside the way from the leaf to the root, lowest first
    Raises  ProofError ("not-included") if the proof has too few or too many hashes
    Source  RFC 9162, section 2.1.3.2
    """
    if not 0 <= index < size:
        raise ProofError("not-included", f"entry {index} is outside a log of {size} entries")
    if len(leaf) != HASH_BYTES:
        raise ProofError("not-included", f"entry {index}: its hash has not {HASH_BYTES} bytes")
    node, last, hash_ = index, size - 1, leaf
    for beside in proof:
        if last == 0:
            raise ProofError("not-included", f"entry {index}: its proof has too many hashes")
        if node & 1 or node == last:
            hash_ = node_hash(beside, hash_)
            while not node & 1 and node:
                node >>= 1
                last >>= 1
        else:
            hash_ = node_hash(hash_, beside)
        node >>= 1
        last >>= 1
    if last:
        raise ProofError("not-included", f"entry {index}: its proof has too few hashes")
    return hash_


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Return nothing if the leaf's hash stands at `index` of the tree with that size and root; else raise ProofError."""
    if root_of_inclusion(index, size, leaf, proof) != root:
        raise ProofError("not-included", f"entry {index} is not in the log that was signed")


def verify_consistency(old_size: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> None:
    """Return nothing if the tree of `size` begins with the tree of `old_size`; else raise ProofError.

    Source  RFC 9162, section 2.1.4.2
    """
    if old_size > size:
        raise ProofError("rolled-back", f"the log had {old_size} entries and now has {size}")
    if old_size in (0, size):
        if proof or (old_size == size and old_root != root) or (not old_size and old_root != EMPTY_ROOT):
            raise ProofError("rewritten", f"the first {old_size} entries are not those that were seen before")
        return
    path = list(proof)
    if old_size & (old_size - 1) == 0:  # A power of two: the old root is itself a node of the new tree.
        path.insert(0, old_root)
    if not path:
        raise ProofError("rewritten", "the proof that the log continues is empty")
    node, last = old_size - 1, size - 1
    while node & 1:
        node >>= 1
        last >>= 1
    old_hash = new_hash = path[0]
    for beside in path[1:]:
        if last == 0:
            raise ProofError("rewritten", "the proof that the log continues has too many hashes")
        if node & 1 or node == last:
            old_hash = node_hash(beside, old_hash)
            new_hash = node_hash(beside, new_hash)
            while not node & 1 and node:
                node >>= 1
                last >>= 1
        else:
            new_hash = node_hash(new_hash, beside)
        node >>= 1
        last >>= 1
    if last or old_hash != old_root or new_hash != root:
        raise ProofError("rewritten", f"the first {old_size} entries are not those that were seen before")


# ---- Signed notes and checkpoints (C2SP) ----


@dataclass(frozen=True, slots=True)
class PublicKey:
    """Who signs: a name and an Ed25519 public key, as in `NAME+KEYID+BASE64`."""

    name: str
    key_id: bytes  # 4 bytes
    raw: bytes  # 32 bytes

    @property
    def text(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{_base64(ED25519 + self.raw)}"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log signs: how long it is, and the root over all its entries."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{_base64(self.root)}\n"


def key_id_of(name: str, raw: bytes) -> bytes:
    """Return the first four bytes of SHA-256(name, newline, type, public key) (signed-note, "Ed25519 signatures")."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + raw).digest()[:4]


def is_key_name(name: str) -> bool:
    """True if a key may be called so: not empty, no space, no plus, nothing invisible."""
    return bool(name) and "+" not in name and name.isprintable() and not any(letter.isspace() for letter in name)


def read_public_key(text: str) -> PublicKey:
    """Return the key in `NAME+KEYID+BASE64`; ProofError ("wrong-key") if it is not one, or not Ed25519."""
    parts = text.strip().split("+", 2)
    problem = ProofError("wrong-key", "this is not a public key of the form NAME+KEYID+BASE64. Copy it whole.")
    if len(parts) != 3 or not is_key_name(parts[0]):
        raise problem
    try:
        key = _unbase64(parts[2])
        stated = bytes.fromhex(parts[1])
    except ValueError:
        raise problem from None
    if len(key) != 1 + HASH_BYTES or key[:1] != ED25519 or parts[1] != stated.hex():
        raise problem
    if stated != key_id_of(parts[0], key[1:]):
        raise problem
    return PublicKey(parts[0], stated, key[1:])


def verify_note(note: bytes, key: PublicKey) -> str:
    """Return the text of a signed note, if `key` signed it.

    Signatures of other keys are ignored, as the format asks.
    Raises  ProofError: "malformed", "bad-signature", "wrong-key" (the name fits, the key does not), "other-log"
    Source  C2SP signed-note
    """
    text, signatures = split_note(note)
    names = set()
    for name, signature in signatures:
        names.add(name)
        if (name, signature[:4]) != (key.name, key.key_id):
            continue
        try:
            Ed25519PublicKey.from_public_bytes(key.raw).verify(signature[4:], text.encode())
        except InvalidSignature:
            raise ProofError("bad-signature", f"the signature of {_shown(key.name)} does not fit the text") from None
        return text
    if key.name in names:
        raise ProofError("wrong-key", f"{_shown(key.name)} signed with another key than the one given")
    raise ProofError("other-log", f"not signed by {_shown(key.name)} but by {', '.join(map(_shown, sorted(names)))}")


def split_note(note: bytes) -> tuple[str, list[tuple[str, bytes]]]:
    """Return the text of a note and its signatures (name, key id and signature), not checked yet.

    Raises  ProofError ("malformed") if it is not written as a signed note
    """
    problem = ProofError("malformed", "this is not a signed note: text, an empty line, signature lines")
    if len(note) > MAX_NOTE_BYTES:
        raise problem
    try:
        whole = note.decode("utf-8")
    except UnicodeDecodeError:
        raise problem from None
    if any(letter < " " and letter != "\n" for letter in whole):
        raise problem
    text, separator, rest = whole.rpartition("\n\n")
    lines = rest.split("\n")
    if not separator or not text or len(lines) < 2 or lines.pop() or len(lines) > MAX_SIGNATURES:
        raise problem
    signatures = []
    for line in lines:
        name, space, encoded = line.removeprefix("— ").partition(" ")
        try:
            signature = _unbase64(encoded)
        except ValueError:
            raise problem from None
        if not line.startswith("— ") or not space or not is_key_name(name) or len(signature) < 5:
            raise problem
        signatures.append((name, signature))
    return text + "\n", signatures


def read_checkpoint(text: str) -> Checkpoint:
    """Return the checkpoint in the text of a note; ProofError ("malformed") if it is none.

    Source  C2SP tlog-checkpoint; extension lines are passed over
    """
    problem = ProofError("malformed", "this is not a checkpoint: origin, size, root")
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] or not all(lines[:-1]):
        raise problem
    origin, size, root = lines[:3]
    if not (size.isascii() and size.isdigit()) or len(size) > 19 or str(int(size)) != size or int(size) > MAX_SIZE:
        raise problem
    try:
        root_bytes = _unbase64(root)
    except ValueError:
        raise problem from None
    if len(root_bytes) != HASH_BYTES or (size == "0" and root_bytes != EMPTY_ROOT):
        raise problem
    return Checkpoint(origin, int(size), root_bytes)


def verify_checkpoint(note: bytes, key: PublicKey) -> Checkpoint:
    """Return the checkpoint that `key` signed; ProofError if it did not, or if it is of another log."""
    checkpoint = read_checkpoint(verify_note(note, key))
    if checkpoint.origin != key.name:
        raise ProofError("other-log", f"the checkpoint is of {_shown(checkpoint.origin)}, not of {_shown(key.name)}")
    return checkpoint


# ---- Values about a person that were left out of the log ----


def commitment_of(opening_key: bytes, value: str) -> str:
    """Return what stands in an entry in place of a value: HMAC-SHA256 under a key of its own, as hex."""
    return hmac.new(opening_key, value.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


# ---- Bundles ----


@dataclass(frozen=True, slots=True)
class Opened:
    """One value whose commitment stands in an entry, shown by whoever made the bundle."""

    index: int
    name: str
    value: str = field(repr=False)


@dataclass(slots=True)
class Proven:
    """What a bundle proves."""

    checkpoint: Checkpoint
    checkpoint_note: bytes
    case: str | None  # None: the whole record
    entries: int = 0
    first_at: str = ""
    last_at: str = ""
    clock_set_back: list[int] = field(default_factory=list)  # entries that say an earlier time than the one before
    opened: list[Opened] = field(default_factory=list)
    continues: int | None = None  # size of the older checkpoint that this one was shown to continue
    timestamp: bytes = field(default=b"", repr=False)  # RFC 3161 answer over the checkpoint; not checked here


def verify_bundle(path: Path, key: PublicKey, seen: bytes | None = None) -> Proven:
    """Return what a bundle proves; ProofError with a named failure if anything in it is not as it was signed.

    path    the bundle; OSError if it cannot be read
    key     the log's public key, from somewhere else than the bundle
    seen    a checkpoint kept from earlier (signed by the same key): the log must continue it
    Cost    one pass; memory grows with the number of cases, and with 100 bytes an entry for their ids
    """
    earlier = None
    if seen is not None:
        try:
            earlier = verify_checkpoint(seen, key)
        except ProofError as error:
            raise ProofError(error.failure, f"the checkpoint seen earlier: {error}") from error
    with path.open("rb") as file:
        return _Reading(file, key, earlier).run()


def seal_text(origin: str, digest: bytes) -> str:
    """Return the text that seals a bundle. Its first line is no origin, so it can never be taken for a checkpoint."""
    return f"spillproof/v1 of {origin}\nsha256 {_base64(digest)}\n"


@dataclass(frozen=True, slots=True)
class _Header:
    checkpoint: bytes
    case: str | None
    entries: int
    continues: int | None
    continuity: tuple[bytes, ...]


class _Reading:
    """One pass over the lines of a bundle. Each line is checked when it is met; the seal at the end covers them all."""

    def __init__(self, file: BinaryIO, key: PublicKey, earlier: Checkpoint | None) -> None:
        self._file = file
        self._key = key
        self._earlier = earlier
        self._line = 0
        self._digest = hashlib.sha256()
        self._tree = GrowingTree()
        self._ids: set[str] = set()
        self._numbers: dict[str, int] = {}
        self._last_index = -1
        self._last_at = ""
        self._commitments: dict[str, str] = {}  # of the entry before this line
        self._awaits_proof: bytes | None = None  # hash of the entry before this line, where its proof must follow

    def run(self) -> Proven:
        lines = self._lines()
        if next(lines, b"") != BUNDLE_FIRST_LINE:
            raise ProofError("malformed", "the first line is not spillproof/v1: this is no proof, or not its beginning")
        self._header = header = _read_header(next(lines, b""))
        self._proven = Proven(verify_checkpoint(header.checkpoint, self._key), header.checkpoint, header.case)
        self._check_continuity()
        for line in lines:
            word, _, rest = line.partition(b" ")
            if (self._awaits_proof is None) == (word == b"proof"):
                raise ProofError("malformed", f"line {self._line}: each entry of a case is followed by its proof")
            if word == b"entry":
                self._entry(rest, lines)
            elif word == b"proof":
                self._proof(rest)
            elif word == b"opening":
                self._opening(rest)
            elif word == b"time":
                self._proven.timestamp = self._decoded(rest)
            elif word == b"seal":
                self._seal(self._decoded(rest))
                if next(lines, None) is not None:
                    raise ProofError("malformed", f"line {self._line}: nothing may follow the seal")
                return self._proven
            else:
                raise ProofError("malformed", f"line {self._line}: it begins with no word of this format")
        raise ProofError("cut-off", f"the file ends after line {self._line}, before its seal. Ask for it again, whole.")

    def _lines(self) -> Iterator[bytes]:
        while line := self._file.readline(MAX_LINE_BYTES):
            self._line += 1
            if not line.endswith(b"\n"):
                if len(line) >= MAX_LINE_BYTES:
                    raise ProofError("malformed", f"line {self._line} is longer than any entry can be")
                raise ProofError(
                    "cut-off", f"the file ends in the middle of line {self._line}. Ask for it again, whole."
                )
            if not line.startswith(b"seal "):
                self._digest.update(line)
            yield line[:-1]

    def _check_continuity(self) -> None:
        """The older checkpoint must be a beginning of this one. A whole record shows it later, by its entries."""
        now, earlier = self._proven.checkpoint, self._earlier
        if earlier is None:
            return
        if earlier.size > now.size or earlier.size in (0, now.size):
            verify_consistency(earlier.size, earlier.root, now.size, now.root, ())
        elif self._header.case is not None:
            if self._header.continues != earlier.size:
                raise ProofError(
                    "no-link",
                    f"this file holds one case and no link to the checkpoint of {earlier.size} entries. "
                    "Ask for one made with --seen and that checkpoint.",
                )
            verify_consistency(earlier.size, earlier.root, now.size, now.root, self._header.continuity)
        else:
            return
        self._proven.continues = earlier.size

    def _entry(self, rest: bytes, lines: Iterator[bytes]) -> None:
        number, _, rest = rest.partition(b" ")
        stated, _, leaf = rest.partition(b" ")
        index = _index(number, self._line)

        # 1. In its place: every entry of a whole record, entries of a case in the order of the record.
        if index <= self._last_index:
            word = "doubled" if index == self._last_index else "reordered"
            raise ProofError(word, f"entry {index} stands after entry {self._last_index}")
        if self._header.case is None and index != self._last_index + 1:
            raise _missing_or_reordered(self._last_index + 1, index, lines)
        if index >= self._proven.checkpoint.size:
            raise ProofError(
                "not-included", f"entry {index} is outside the log of {self._proven.checkpoint.size} entries"
            )

        # 2. Unaltered since its hash was taken; whether that hash was signed is seen by its proof, or at the end.
        hash_ = leaf_hash(leaf)
        if stated != _base64(hash_).encode():
            raise ProofError("altered", f"entry {index} is not what was recorded")

        # 3. Nothing left out between it and the one before it in its case, and nothing twice.
        entry_id, at, case, place, commitments = _entry_parts(_json_object(leaf, f"entry {index}"), index)
        if self._header.case is not None and case != self._header.case:
            raise ProofError("altered", f"entry {index} is not of the case that this file says it is of")
        if place != self._numbers.get(case, 0) + 1:
            raise _missing_or_reordered(self._numbers.get(case, 0) + 1, index, lines, "number {} of its case")
        if entry_id in self._ids:
            raise ProofError("doubled", f"entry {index} has the id of an earlier entry")
        self._numbers[case] = place
        self._ids.add(entry_id)

        if at < self._last_at:
            self._proven.clock_set_back.append(index)
        self._proven.first_at = self._proven.first_at or at
        self._proven.last_at = self._last_at = at
        self._last_index, self._commitments = index, commitments
        self._proven.entries += 1
        if self._header.case is None:
            self._tree.add(hash_)
            earlier = self._earlier
            if earlier is not None and earlier.size == self._tree.size:
                if self._tree.root() != earlier.root:
                    raise ProofError(
                        "rewritten", f"the first {earlier.size} entries are not those that were seen before"
                    )
                self._proven.continues = earlier.size
        else:
            self._awaits_proof = hash_

    def _proof(self, rest: bytes) -> None:
        leaf, self._awaits_proof = self._awaits_proof, None
        hashes = tuple(self._decoded(part) for part in rest.split(b" ") if part)
        now = self._proven.checkpoint
        if leaf is None or any(len(hash_) != HASH_BYTES for hash_ in hashes):
            raise ProofError("malformed", f"line {self._line}: not a proof")
        verify_inclusion(self._last_index, now.size, leaf, hashes, now.root)

    def _opening(self, rest: bytes) -> None:
        opening = _json_object(rest, f"line {self._line}")
        name, key, value = (opening.get(part) for part in ("name", "key", "value"))
        if not (isinstance(name, str) and isinstance(key, str) and isinstance(value, str)):
            raise ProofError("malformed", f"line {self._line}: an opening has name, key and value")
        try:
            commitment = commitment_of(bytes.fromhex(key), value)
        except ValueError:
            raise ProofError("malformed", f"line {self._line}: the key of an opening is hex digits") from None
        if not hmac.compare_digest(self._commitments.get(name, ""), commitment):
            raise ProofError(
                "not-opened", f"entry {self._last_index}: an opened value is not the one that was recorded"
            )
        self._proven.opened.append(Opened(self._last_index, name, value))

    def _seal(self, seal: bytes) -> None:
        now, count = self._proven.checkpoint, self._proven.entries
        expected = now.size if self._header.case is None else self._header.entries
        if count != expected:
            raise ProofError(
                "missing", f"{expected} entries should be here, and {count} are: the last ones are missing"
            )
        if self._header.case is None and self._tree.root() != now.root:
            raise ProofError(
                "altered", "the entries do not lead to the root that was signed: some were changed or swapped"
            )
        if verify_note(seal, self._key) != seal_text(now.origin, self._digest.digest()):
            raise ProofError("altered", "the seal does not fit: something outside the entries was changed")

    def _decoded(self, text: bytes) -> bytes:
        try:
            return _unbase64(text.decode("ascii"))
        except ValueError:  # UnicodeDecodeError is one
            raise ProofError("malformed", f"line {self._line}: not base64") from None


def _missing_or_reordered(wanted: int, found: int, rest: Iterator[bytes], words: str = "entry {}") -> ProofError:
    """The file goes on behind a gap: what is missing may stand further down."""
    what = words.format(wanted)
    for line in rest:
        index = line.split(b" ", 2)[1:2] if line.startswith(b"entry ") else []
        if index and index[0].isdigit() and len(index[0]) < 20 and int(index[0]) < found:
            return ProofError("reordered", f"{what} stands behind entry {found}")
    return ProofError("missing", f"{what} is missing: entry {found} stands in its place")


def _read_header(line: bytes) -> _Header:
    header = _json_object(line, "line 2")
    problem = ProofError("malformed", "line 2 does not say checkpoint, case and number of entries")
    checkpoint, case, entries = (header.get(name) for name in ("checkpoint", "case", "entries"))
    continues, continuity = header.get("continues"), header.get("continuity", [])
    if not isinstance(checkpoint, str) or not isinstance(case, str | None) or not isinstance(continuity, list):
        raise problem
    if not isinstance(entries, int) or not isinstance(continues, int | None):
        raise problem
    try:
        hashes = tuple(_unbase64(str(hash_)) for hash_ in continuity)
        note = checkpoint.encode()
    except ValueError:
        raise problem from None
    if any(len(hash_) != HASH_BYTES for hash_ in hashes):
        raise problem
    return _Header(note, case, entries, continues, hashes)


def _entry_parts(entry: dict[str, object], index: int) -> tuple[str, str, str, int, dict[str, str]]:
    id_, at, case, number = (entry.get(name) for name in ("id", "at", "case", "number"))
    commitments = entry.get("commitments")
    if (
        not (isinstance(id_, str) and isinstance(at, str) and isinstance(case, str) and isinstance(number, int))
        or not isinstance(commitments, dict)
        or not all(isinstance(value, str) for value in commitments.values())
    ):
        raise ProofError("malformed", f"entry {index} lacks its id, time, case, number or commitments")
    return id_, at, case, number, commitments


def _index(text: bytes, line: int) -> int:
    if not text.isdigit() or len(text) > 19 or str(int(text)).encode() != text:
        raise ProofError("malformed", f"line {line}: the number of an entry cannot be read")
    return int(text)


def _json_object(text: bytes, where: str) -> dict[str, object]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise ProofError("malformed", f"{where}: cannot be read")
    return value


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _unbase64(text: str) -> bytes:
    """Return the bytes of standard base64; ValueError for anything that does not encode back to the same text."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("not base64") from error
    if _base64(data) != text:
        raise ValueError("not the usual form of base64")
    return data


def _shown(name: str) -> str:
    """A name from outside, fit for a screen."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in name[:100])


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify one bundle; return 0 if it is proven, 1 if not, 2 if a file or option cannot be used."""
    parser = argparse.ArgumentParser(description="Verify a Spillkit proof: offline, with one file and the public key.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--key", required=True, help="the public key, NAME+KEYID+BASE64")
    parser.add_argument("--seen", type=Path, help="a checkpoint kept from earlier")
    options = parser.parse_args(arguments)
    try:
        key = read_public_key(options.key)
        seen = options.seen.read_bytes() if options.seen else None
        proven = verify_bundle(options.file, key, seen)
    except OSError as error:
        sys.stderr.write(f"a file cannot be read: {error.strerror}\n")
        return 2
    except ProofError as error:
        sys.stderr.write(f"NOT PROVEN ({error.failure}): {error}\n")
        return 1
    what = "the whole record" if proven.case is None else "one case"
    sys.stdout.write(f"PROVEN: {proven.entries} entries of {what}, log of {proven.checkpoint.size} entries\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
