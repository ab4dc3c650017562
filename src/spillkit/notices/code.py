"""The short code of a notice, which its reader types on the company's own site.

In:    the id of a notice and a key; what somebody typed, read out or pasted.
Out:   Code: 14 letters and digits that carry 70 bits, and one that checks them; its digest, under which it is looked up.
Else:  what the page answers is the portal's.

A code is written in three groups of five, `K7M2Q-04XTB-9ZP3C`, in the 32 signs of Crockford's alphabet: no I, L, O and U, so that
nothing is taken for something else on paper or on the telephone. What is typed is read with patience: O as 0, I and L as 1, small
letters, spaces, dashes of any kind, digits of any script, full-width letters, and marks that nobody sees.

The last sign is the sum of all others in the field of 32 elements, each times its own power of a generator: one Reed-Solomon
parity sign. It finds every single wrong sign, and every two signs that changed places, neighbours or not.

A code comes from the notice's id by HMAC under one key, and is looked up by its HMAC under another. Neither is stored: a database
without keys opens no code, and a portal that holds only the second key can make none.

Source: D. Crockford, Base 32 (crockford.com/base32.html); I. S. Reed and G. Solomon, Polynomial Codes over Certain Finite Fields,
1960; J. Verhoeff, Error Detecting Decimal Codes, 1969 (which errors people make); RFC 2104 (HMAC); RFC 5869 (HKDF).
"""

from __future__ import annotations

import hmac
import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from spillkit.errors import CodeError

Code = NewType("Code", str)  # 15 signs without dashes

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
DATA_SIGNS = 14
SIGNS = DATA_SIGNS + 1
_GROUP = 5
_MAX_TYPED = 200  # characters that are looked at
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "İ": "1", "ı": "1"})
_UNSEEN_OR_BETWEEN = frozenset({"Pd", "Zs", "Zl", "Zp", "Cf", "Cc"})  # dashes, spaces, marks of direction, line ends
_BETWEEN = frozenset("_.−·•")  # that stand for a dash where somebody types in a hurry


class Problem(StrEnum):
    """Why something typed is no code."""

    EMPTY = "empty"
    TOO_SHORT = "too-short"
    TOO_LONG = "too-long"
    FOREIGN_SIGN = "foreign-sign"  # a sign that no code holds
    CHECK = "check"  # one sign is wrong, or two changed places


@dataclass(frozen=True, slots=True)
class CodeKeys:
    """The two keys of codes: one makes them, the other looks them up."""

    making: bytes = field(repr=False)
    looking_up: bytes = field(repr=False)


def code_keys(secret: bytes) -> CodeKeys:
    """Return the keys of codes that belong to a secret.

    secret  16 bytes or more, which nobody guesses: the workspace's key
    Source  RFC 5869
    """
    if len(secret) < 16:
        raise ValueError("a secret of 16 bytes or more is needed")
    return CodeKeys(
        _derived(secret, b"spillkit notices: make codes"), _derived(secret, b"spillkit notices: find codes")
    )


def code_of(notice_id: str, keys: CodeKeys) -> Code:
    """Return the code of a notice: always the same, and no other's but by a chance of one in 2^70."""
    digest = hmac.digest(keys.making, notice_id.encode(), "sha256")
    number = int.from_bytes(digest[:9], "big") >> 2  # 70 bits
    pairs = [number >> shift & 1023 for shift in range(5 * (DATA_SIGNS - 2), -1, -10)]
    check = 0
    for products, pair in zip(_WEIGHTED_PAIRS, pairs):
        check ^= products[pair]
    return Code("".join([_PAIRS[pair] for pair in pairs]) + ALPHABET[check])


def digest_of(code: Code, keys: CodeKeys) -> bytes:
    """Return the 32 bytes under which a code is stored and looked up. Without the key nobody finds the code from them."""
    return hmac.digest(keys.looking_up, code.encode(), "sha256")


def shown(code: Code) -> str:
    """Return a code as it is printed.

    >>> shown(Code("K7M2Q04XTB9ZP3C"))
    'K7M2Q-04XTB-9ZP3C'
    """
    return "-".join(code[start : start + _GROUP] for start in range(0, SIGNS, _GROUP))


def read_code(typed: str) -> Code:
    """Return the code that somebody typed.

    Raises  CodeError, which names the problem and the place but not what was typed: people paste anything

    >>> read_code("ooooo ooooo ooooo")
    '000000000000000'
    """
    if len(typed) > _MAX_TYPED:
        raise CodeError("This is too long for a code. Type only the three groups of five.", Problem.TOO_LONG)
    signs = [_sign(character) for character in unicodedata.normalize("NFKC", typed) if not _is_between(character)]
    if not signs:
        raise CodeError("No code was typed.", Problem.EMPTY)
    if "" in signs:
        raise CodeError(
            "Sign {place} is in no code. Codes hold digits and the letters A to Z without I, L, O and U.",
            Problem.FOREIGN_SIGN,
            place=signs.index("") + 1,
        )
    if len(signs) != SIGNS:
        problem = Problem.TOO_SHORT if len(signs) < SIGNS else Problem.TOO_LONG
        raise CodeError("A code has {wanted} signs; this has {found}.", problem, wanted=SIGNS, found=len(signs))
    values = [ALPHABET.index(sign) for sign in signs]
    if _check_sign(values[:-1]) != values[-1]:
        raise CodeError("One sign of this code is not right, or two changed places. Compare it again.", Problem.CHECK)
    return Code("".join(signs))


def _derived(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret)


def _is_between(character: str) -> bool:
    return character in _BETWEEN or unicodedata.category(character) in _UNSEEN_OR_BETWEEN


def _sign(character: str) -> str:
    """Return the sign of the alphabet that somebody meant, or "" if there is none."""
    digit = unicodedata.digit(character, None)
    upper = str(digit) if digit is not None else character.translate(_MISREAD).upper().translate(_MISREAD)
    return upper if len(upper) == 1 and upper in ALPHABET else ""


def _powers() -> tuple[int, ...]:
    """Return x, x², … in the field of 32 elements, GF(2)[x] / (x⁵ + x² + 1), of which x generates all others."""
    powers = [2]
    while len(powers) < DATA_SIGNS:
        doubled = powers[-1] << 1
        powers.append(doubled ^ 0b100101 if doubled & 32 else doubled)
    return tuple(powers)


def _times(left: int, right: int) -> int:
    """Multiply in the field of 32 elements."""
    product = 0
    while right:
        if right & 1:
            product ^= left
        left = (left << 1) ^ 0b100101 if left & 16 else left << 1
        right >>= 1
    return product


_WEIGHTED = tuple(tuple(_times(power, value) for value in range(32)) for power in _powers())
# Two signs at once, since a million codes are made at a time.
_PAIRS = tuple(first + second for first in ALPHABET for second in ALPHABET)
_WEIGHTED_PAIRS = tuple(
    tuple(first ^ second for first in _WEIGHTED[place] for second in _WEIGHTED[place + 1])
    for place in range(0, DATA_SIGNS, 2)
)


def _check_sign(data: list[int]) -> int:
    """Return the sign that checks others.

    Each weight is another element and none is 0 or 1 (the check sign's own weight), so that a wrong sign changes the sum by
    weight × difference, and two that changed places by (weight - other weight) × difference: never by 0.
    """
    total = 0
    for products, value in zip(_WEIGHTED, data, strict=True):
        total ^= products[value]
    return total
