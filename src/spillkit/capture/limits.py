"""Say how much of a recording may be held in memory at once.

In:    nothing.
Out:   Limits, one frozen value that every reader is given.
Else:  what is over a limit becomes BodyState.TOO_LARGE or a Damage in the reader that meets it.
"""

from __future__ import annotations

from dataclasses import dataclass

_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """How large things may be. The defaults hold a scan well below 1 GiB."""

    body_bytes: int = 64 * _MIB  # decoded; what is longer is looked at up to here
    ratio: int = 1000  # decoded bytes for one stored byte, once more than ratio_from_bytes came out
    ratio_from_bytes: int = _MIB
    entry_bytes: int = 256 * _MIB  # one line, HAR entry, WARC record or message, as stored but decompressed
    nesting: int = 20  # parts within parts of a mail message, encodings upon encodings
