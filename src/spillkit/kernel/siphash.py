"""SipHash-2-4: the keyed hash of every fingerprint, one at a time and many at once.

In:    a 128-bit key and byte strings.
Out:   64-bit numbers that nobody without the key can tell from random ones.
Else:  which key hashes what is `plain.fingerprints` (docs/reference/matching.md, section 3).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_MASK = 0xFFFF_FFFF_FFFF_FFFF
_START = (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)


def siphash(key: bytes, message: bytes) -> int:
    """Return SipHash-2-4 of a message.

    key      16 bytes
    message  any number of bytes
    Returns  64 bits
    Source   J.-P. Aumasson, D. J. Bernstein, SipHash: a fast short-input PRF, 2012

    >>> hex(siphash(bytes(range(16)), bytes(range(15))))
    '0xa129ca6149be45e5'
    """
    k0, k1 = int.from_bytes(key[:8], "little"), int.from_bytes(key[8:16], "little")
    v0, v1, v2, v3 = _START[0] ^ k0, _START[1] ^ k1, _START[2] ^ k0, _START[3] ^ k1
    whole = len(message) & ~7
    blocks = [int.from_bytes(message[at : at + 8], "little") for at in range(0, whole, 8)]
    # The last block holds what is left over and, in its top byte, the length.
    blocks.append(int.from_bytes(message[whole:], "little") | (len(message) & 0xFF) << 56)
    for block in blocks:
        v3 ^= block
        for _ in range(2):
            v0 = (v0 + v1) & _MASK
            v1 = ((v1 << 13 | v1 >> 51) & _MASK) ^ v0
            v0 = (v0 << 32 | v0 >> 32) & _MASK
            v2 = (v2 + v3) & _MASK
            v3 = ((v3 << 16 | v3 >> 48) & _MASK) ^ v2
            v0 = (v0 + v3) & _MASK
            v3 = ((v3 << 21 | v3 >> 43) & _MASK) ^ v0
            v2 = (v2 + v1) & _MASK
            v1 = ((v1 << 17 | v1 >> 47) & _MASK) ^ v2
            v2 = (v2 << 32 | v2 >> 32) & _MASK
        v0 ^= block
    v2 ^= 0xFF
    for _ in range(4):
        v0 = (v0 + v1) & _MASK
        v1 = ((v1 << 13 | v1 >> 51) & _MASK) ^ v0
        v0 = (v0 << 32 | v0 >> 32) & _MASK
        v2 = (v2 + v3) & _MASK
        v3 = ((v3 << 16 | v3 >> 48) & _MASK) ^ v2
        v0 = (v0 + v3) & _MASK
        v3 = ((v3 << 21 | v3 >> 43) & _MASK) ^ v0
        v2 = (v2 + v1) & _MASK
        v1 = ((v1 << 17 | v1 >> 47) & _MASK) ^ v2
        v2 = (v2 << 32 | v2 >> 32) & _MASK
    return v0 ^ v1 ^ v2 ^ v3


def siphash_many(key: bytes, messages: Sequence[bytes]) -> NDArray[np.uint64]:
    """Return SipHash-2-4 of each message, as `siphash` would.

    key       16 bytes
    messages  N byte strings
    Returns   uint64, shape (N,)
    Cost      one numpy pass for each distinct number of 8-byte blocks
    """
    hashes = np.empty(len(messages), np.uint64)
    by_blocks: dict[int, list[int]] = {}
    for number, message in enumerate(messages):
        by_blocks.setdefault(len(message) // 8, []).append(number)
    for whole, numbers in by_blocks.items():
        padded = bytearray()
        for number in numbers:
            message = messages[number]
            padded += message
            padded += bytes(8 * whole + 7 - len(message))
            padded.append(len(message) & 0xFF)
        blocks = np.frombuffer(bytes(padded), "<u8").reshape(len(numbers), whole + 1)
        hashes[numbers] = _hash_blocks(key, blocks)
    return hashes


def siphash_numbers(key: bytes, *numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return SipHash-2-4 of messages of a few 64-bit numbers each, little-endian: numbers[0][i] ‖ numbers[1][i] ‖ …"""
    last = np.full(numbers[0].shape, 8 * len(numbers) << 56, np.uint64)
    return _hash_blocks(key, np.stack([*numbers, last], axis=1))


def subkey(key: bytes, label: str) -> bytes:
    """Return the 16-byte key for one use (docs/reference/matching.md, section 3).

    key    the 128-bit key of the workspace
    label  word, phrase, email, phone, gate, check, row or name
    """
    halves = (siphash(key, f"{label}{half}".encode()) for half in (0, 1))
    return b"".join(half.to_bytes(8, "little") for half in halves)


def _hash_blocks(key: bytes, blocks: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Run the rounds over N messages that have the same number of 8-byte blocks, the length block included."""
    k0, k1 = int.from_bytes(key[:8], "little"), int.from_bytes(key[8:16], "little")
    count = blocks.shape[0]
    v0, v1, v2, v3 = (
        np.full(count, start ^ half, np.uint64) for start, half in zip(_START, (k0, k1, k0, k1), strict=True)
    )
    for column in range(blocks.shape[1]):
        block = blocks[:, column]
        v3 ^= block
        _round(v0, v1, v2, v3)
        _round(v0, v1, v2, v3)
        v0 ^= block
    v2 ^= np.uint64(0xFF)
    for _ in range(4):
        _round(v0, v1, v2, v3)
    return v0 ^ v1 ^ v2 ^ v3


def _round(v0: NDArray[np.uint64], v1: NDArray[np.uint64], v2: NDArray[np.uint64], v3: NDArray[np.uint64]) -> None:
    """One SipRound on every lane, in place; numpy's uint64 wraps as the hash wants."""
    v0 += v1
    v1[:] = _rotate(v1, 13) ^ v0
    v0[:] = _rotate(v0, 32)
    v2 += v3
    v3[:] = _rotate(v3, 16) ^ v2
    v0 += v3
    v3[:] = _rotate(v3, 21) ^ v0
    v2 += v1
    v1[:] = _rotate(v1, 17) ^ v2
    v2[:] = _rotate(v2, 32)


def _rotate(lanes: NDArray[np.uint64], left: int) -> NDArray[np.uint64]:
    return lanes << np.uint64(left) | lanes >> np.uint64(64 - left)
