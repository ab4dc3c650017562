"""The buffer from which a worker sends bodies (fault 12, mem_bleed).

In:    a body.
Out:   the bytes that are sent.
Else:  headers are `layers`.

With the fault on, bodies are copied block by block into one buffer that is used again for the next answer. The end of
the body is noted when the last, partly filled block is copied; a body of whole blocks has no such block, the end
stays where the answer before left it, and the rest of that answer is sent too. Cloudbleed (2017) was such an end that
was stepped over.
"""

from __future__ import annotations


class BodyBuffer:
    """One buffer per worker, used for one answer after the other."""

    def __init__(self, block_bytes: int) -> None:
        self._block = block_bytes
        self._bytes = bytearray()
        self._end = 0

    def copied(self, body: bytes) -> bytes:
        """Return what is sent for this body: itself, or itself and what stood behind it."""
        if len(body) > len(self._bytes):
            self._bytes.extend(bytes(len(body) - len(self._bytes)))
        place = 0
        while place + self._block <= len(body):
            self._bytes[place : place + self._block] = body[place : place + self._block]
            place += self._block
        if place < len(body):
            self._bytes[place : len(body)] = body[place:]
            self._end = len(body)
        return bytes(self._bytes[: max(self._end, len(body))])
