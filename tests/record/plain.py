"""The tree of RFC 6962 as its section 2.1 writes it: slow, and easy to believe."""

from __future__ import annotations

from hashlib import sha256


def split(count: int) -> int:
    return max(2**power for power in range(count.bit_length()) if 2**power < count)


def root(leaves: list[bytes]) -> bytes:
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    middle = split(len(leaves))
    return sha256(b"\x01" + root(leaves[:middle]) + root(leaves[middle:])).digest()


def path(index: int, leaves: list[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    middle = split(len(leaves))
    if index < middle:
        return [*path(index, leaves[:middle]), root(leaves[middle:])]
    return [*path(index - middle, leaves[middle:]), root(leaves[:middle])]


def subproof(old: int, leaves: list[bytes], known: bool = True) -> list[bytes]:
    if old == len(leaves):
        return [] if known else [root(leaves)]
    middle = split(len(leaves))
    if old <= middle:
        return [*subproof(old, leaves[:middle], known), root(leaves[middle:])]
    return [*subproof(old - middle, leaves[middle:], False), root(leaves[:middle])]
