"""Name notices: the same name for the same campaign, kind and person, and meaningless without the key.

In:    a campaign, a kind of letter, the person's first account, a key.
Out:   26 letters and digits, fit for Message-IDs, addresses and file names.
Else:  the code that a reader types is `code`.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable

import numpy as np

from spillkit.notices.told import Kind

CHARACTERS = 26  # of 5 bits each: 130 bits
_ALPHABET = np.frombuffer(b"abcdefghijklmnopqrstuvwxyz234567", dtype=np.uint8)  # RFC 4648, section 6, in lower case
_BYTES = -(-CHARACTERS * 5 // 8)
_AT_ONCE = 100_000


def notice_ids(campaign: str, kind: Kind, persons: Iterable[str], key: bytes) -> list[str]:
    """Return the id of each person's notice.

    campaign  name of the campaign, without personal data
    kind      a correction is another letter than the one it corrects, and so has another id
    persons   the first account of each person, in the order of ids
    key       of `marks.derived_key(workspace_key, "ids")`
    Source    HMAC with SHA-256 (RFC 2104), the first 130 bits, in base32 (RFC 4648)

    >>> notice_ids("2026-11-cache", Kind.AFFECTED, ["c_8f2a91"], bytes(32))
    ['jz2vfwwcjr2j2i5vymdotkca4g']
    """
    # Lengths go before what is joined, so that no two campaigns and persons give the same message.
    head = b"".join(len(part).to_bytes(4, "big") + part for part in (campaign.encode(), kind.value.encode()))
    found: list[str] = []
    digests: list[bytes] = []
    for person in persons:
        digests.append(hmac.digest(key, head + person.encode("utf-8", "surrogatepass"), "sha256")[:_BYTES])
        if len(digests) == _AT_ONCE:
            found += _base32(digests)
            digests = []
    return found + _base32(digests)


def _base32(digests: list[bytes]) -> list[str]:
    bits = np.unpackbits(np.frombuffer(b"".join(digests), dtype=np.uint8).reshape(-1, _BYTES), axis=1)
    digits = bits[:, : CHARACTERS * 5].reshape(-1, CHARACTERS, 5) @ np.array([16, 8, 4, 2, 1], dtype=np.uint8)
    text = _ALPHABET[digits].tobytes().decode("ascii")
    return [text[start : start + CHARACTERS] for start in range(0, len(text), CHARACTERS)]
