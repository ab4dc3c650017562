"""Walk through a JSON document of any size, value by value.

In:    a Stored file.
Out:   the raw bytes of one value after the other.
Else:  what the values mean is `har`.

msgspec finds the end of a value at about 1 GB/s: it is asked to decode one value, and where something follows it says at
which byte. Memory is that of the largest single value, not of the file. `ijson`, its plain twin in the tests, takes a damaged
byte for the end of the whole document; here one value is lost.
"""

from __future__ import annotations

import re

import msgspec

from spillkit.capture.stored import Stored

_RAW = msgspec.json.Decoder(msgspec.Raw)
_TRAILING = re.compile(r"trailing characters \(byte (\d+)\)")
_SPACE = b" \t\r\n"
# Any escape; its group 1 is set for a surrogate that has no partner.
_LONE_SURROGATE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)
_ANY_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def _trailing_byte(error: msgspec.DecodeError) -> int:
    found = _TRAILING.search(str(error))
    return int(found[1]) if found else -1


def _bias() -> int:
    """How msgspec counts the byte it names, measured once so that a change there cannot shift our offsets."""
    try:
        _RAW.decode(b"{} ,")
    except msgspec.DecodeError as error:
        return _trailing_byte(error) - 3
    raise AssertionError("msgspec accepted two values as one")


_BIAS = _bias()


class JsonDamage(Exception):  # noqa: N818 - caught inside this package only
    """The document cannot be read at this place. is_end: because the file ends here."""

    def __init__(self, is_end: bool) -> None:
        super().__init__("damaged JSON")
        self.is_end = is_end


class JsonStream:
    """A cursor over the bytes of a JSON document.

    offset  decompressed bytes before the cursor
    """

    def __init__(self, stored: Stored, max_value_bytes: int) -> None:
        self._stored = stored
        self._max = max_value_bytes
        self._buffer = b""
        self._at = 0
        self._before = 0  # bytes of the document before the buffer

    @property
    def offset(self) -> int:
        return self._before + self._at

    def peek(self) -> bytes:
        """Return the next byte that is no whitespace, b"" at the end of the segment."""
        while True:
            while self._at < len(self._buffer):
                byte = self._buffer[self._at : self._at + 1]
                if byte not in _SPACE:
                    return byte
                self._at += 1
            if not self._more(0):
                return b""

    def take(self, byte: bytes) -> bool:
        """Step over `byte` if it is the next one."""
        if self.peek() != byte:
            return False
        self._at += 1
        return True

    def take_bom(self) -> None:
        while len(self._buffer) < 3 and self._more(0):
            pass
        if self._buffer.startswith(b"\xef\xbb\xbf"):
            self._at = 3

    def value(self) -> bytes:
        """Return the raw bytes of the next value and step over it. Raises JsonDamage, and does not move then."""
        self.peek()
        while True:
            view = memoryview(self._buffer)[self._at :]
            try:
                _RAW.decode(view)
            except msgspec.DecodeError as error:
                end = _trailing_byte(error) - _BIAS
                if end >= 0:
                    return self._step(end)
                is_short = "truncated" in str(error)
            else:
                # The value reaches to the end of the buffer: it is whole, unless it is a number that goes on.
                if self._buffer[-1:] in b'}]"' or not self._more(self._at):
                    return self._step(len(view))
                continue
            # msgspec refuses lone surrogates, and at times calls them truncated. Make such escapes U+FFFD, which is as long.
            if self._mend_surrogates(is_end=False):
                continue
            if len(self._buffer) - self._at > self._max:
                raise JsonDamage(is_end=False)
            may_be_at_end = is_short or _ANY_SURROGATE.search(self._buffer, max(self._at, len(self._buffer) - 24))
            if may_be_at_end and (self._more(self._at) or self._mend_surrogates(is_end=True)):
                continue
            raise JsonDamage(is_end=is_short)

    def skip_to(self, pattern: re.Pattern[bytes]) -> bool:
        """Step forward, at least one byte, to the next place where the pattern matches; False if there is none."""
        self._at += 1
        while True:
            found = pattern.search(self._buffer, self._at)
            if found:
                self._at = found.start()
                return True
            self._at = max(self._at, len(self._buffer) - 256)
            if not self._more(self._at):
                return False

    def start_segment(self) -> None:
        """Forget what is left of a segment that ended; the next bytes come from behind the damage."""
        self._before += len(self._buffer)
        self._buffer, self._at = b"", 0

    def _step(self, length: int) -> bytes:
        taken = self._buffer[self._at : self._at + length]
        self._at += length
        return taken

    def _more(self, keep_from: int) -> bool:
        """Read on. The buffer at least doubles, so that a value of n bytes is looked at for 2n bytes only."""
        chunks = [self._buffer[keep_from:] if keep_from else self._buffer[self._at :]]
        dropped = len(self._buffer) - len(chunks[0])
        wanted = max(len(chunks[0]), 1)
        got = 0
        while got < wanted:
            chunk = self._stored.read()
            if not chunk:
                break
            chunks.append(chunk)
            got += len(chunk)
        if not got:
            return False
        self._buffer = b"".join(chunks)
        self._before += dropped
        self._at -= dropped
        return True

    def _mend_surrogates(self, *, is_end: bool) -> bool:
        """Replace lone surrogates from the cursor on; near the end of the buffer only if nothing follows it."""
        if not _ANY_SURROGATE.search(self._buffer, self._at):
            return False
        mended = 0

        def mend(match: re.Match[bytes]) -> bytes:
            nonlocal mended
            if match[1] is None or (not is_end and match.end() + 12 > len(self._buffer)):
                return match[0]  # a pair cut by the end of the buffer is judged when the rest is there
            mended += 1
            return b"\\uFFFD"

        self._buffer = self._buffer[: self._at] + _LONE_SURROGATE.sub(mend, self._buffer[self._at :])
        return mended > 0
