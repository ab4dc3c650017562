"""The two parts of an index file that make the native kernel fast: the gate and the filter.

In:    the words and fingerprints of a segment.
Out:   the bytes of both sections; whether a run may go on.
Else:  no answer depends on them; the layout is docs/reference/index-format.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from spillkit.kernel.siphash import siphash_numbers, subkey

# What a word or number may be: the four bits of a cell of the gate.
FIRST, SECOND, SINGLE, PHONE = 1, 2, 4, 8

BLOCK_BYTES = 64
PREFIX = 0x9E3779B97  # makes the marker of a proper prefix from its fingerprint
_SHIFTS = (0, 9, 18, 27)  # a marker sets four of the 512 bits of its block
_BITS_PER_MARKER = 9
_GATHERED_BITS, _SMALLEST_BITS, _FULLEST = 18, 13, 0.06  # words as powers of two; the share of cells that may be set
_PHONE_DIGITS = 0x50484F4E45000000
_MASK = (1 << 64) - 1


def gate_section(key: bytes, nonce: int, words: Mapping[str, int], phones: Iterable[str]) -> bytes:
    """Return the gate's bytes.

    key     16 bytes
    nonce   of the file; starts the keystream
    words   folded words and what each may be: FIRST, SECOND, SINGLE
    phones  digits of phone numbers, without "+"
    """
    gate_key = subkey(key, "gate")
    seeds = int.from_bytes(gate_key[:8], "little"), int.from_bytes(gate_key[8:], "little")
    # A row is one 64-bit word of the gate: sixteen cells of four bits.
    cells = np.zeros((1 << _GATHERED_BITS, 16), np.uint8)

    def allow(mark: int, allowed: int) -> None:
        cells[mark >> 64 - _GATHERED_BITS, mark >> 2 & 15] |= allowed

    for word, allowed in words.items():
        encoded = word.encode()
        allow(_mark(seeds, int.from_bytes(encoded[:8].ljust(8, b"\0"), "little"), len(encoded)), allowed)
    for digits in phones:
        allow(_mark(seeds, int(digits) ^ _PHONE_DIGITS, len(digits)), PHONE)
    while len(cells) > 1 << _SMALLEST_BITS:
        half = cells[0::2] | cells[1::2]
        if max(np.count_nonzero(half & bit) for bit in (FIRST, SECOND, SINGLE)) > int(_FULLEST * half.size):
            break
        cells = half
    packed = np.ascontiguousarray(cells[:, 0::2] | cells[:, 1::2] << 4).view("<u8").reshape(-1)
    places = (np.arange(len(packed), dtype=np.uint64) + np.uint64(nonce)).astype(np.uint64)
    return (packed ^ siphash_numbers(gate_key, places)).astype("<u8").tobytes()


def filter_section(fingerprints: NDArray[np.uint64], prefixes: NDArray[np.uint64]) -> tuple[bytes, int]:
    """Return the filter's bytes and the number of its markers.

    fingerprints  of all entries, each once
    prefixes      fingerprints of all proper prefixes of runs, each once
    """
    markers = np.concatenate([fingerprints, prefixes ^ np.uint64(PREFIX)])
    blocks = max(1, -(-len(markers) * _BITS_PER_MARKER // (8 * BLOCK_BYTES)))
    # The block is the high half of marker × blocks, in two steps, as numpy knows no 128-bit product.
    low = (markers & np.uint64(0xFFFF_FFFF)) * np.uint64(blocks) >> np.uint64(32)
    block = (markers >> np.uint64(32)) * np.uint64(blocks) + low >> np.uint64(32)
    bits = np.zeros((blocks, 8 * BLOCK_BYTES), bool)
    for shift in _SHIFTS:
        bits[block, markers >> np.uint64(shift) & np.uint64(511)] = True
    return np.packbits(bits, bitorder="little").tobytes(), len(markers)


def may_hold(filter_bytes: memoryview, marker: int) -> bool:
    """Return False only if the filter never was given the marker. An empty filter says yes to all."""
    blocks = len(filter_bytes) // BLOCK_BYTES
    start = BLOCK_BYTES * (marker * blocks >> 64)
    places = (marker >> shift & 511 for shift in _SHIFTS)
    return not blocks or all(filter_bytes[start + (place >> 3)] >> (place & 7) & 1 for place in places)


def _mark(seeds: tuple[int, int], first_eight: int, length: int) -> int:
    product = (first_eight ^ seeds[0]) * (seeds[1] ^ length)
    return product & _MASK ^ product >> 64
