"""Cut a recording into lines.

In:    a Stored file.
Out:   (0-based line number, the line without its end), blank lines included; None for a line over the limit.
Else:  what a line means is `jsonl` and `access_log`.
"""

from __future__ import annotations

from collections.abc import Iterator

from spillkit.capture.stored import Stored


def read_lines(stored: Stored, max_bytes: int) -> Iterator[tuple[int, bytes | None]]:
    """Yield every line of the file, across its segments.

    max_bytes  a longer line is passed over and given as None
    Cost       memory of one chunk and one line
    """
    number = 0
    while True:
        parts: list[bytes] = []  # of a line that is not complete yet
        held = 0
        while chunk := stored.read():
            lines = chunk.split(b"\n")
            if len(lines) == 1:
                held += len(chunk)
                if held <= max_bytes:
                    parts.append(chunk)
                else:
                    parts.clear()  # Nothing of a line over the limit is kept; its length is.
                continue
            last = lines.pop()
            if held:
                held += len(lines[0])
                parts.append(lines.pop(0))
                yield number, (b"".join(parts) if held <= max_bytes else None)
                number += 1
                parts.clear()
            for line in lines:
                yield number, (line if len(line) <= max_bytes else None)
                number += 1
            held = len(last)
            if last:
                parts.append(last)
        if held:
            yield number, (b"".join(parts) if held <= max_bytes else None)
            number += 1
        if not stored.next_segment():
            return
