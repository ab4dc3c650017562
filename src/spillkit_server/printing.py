"""Make the PDF of a report, in a process of its own.

In:    the JSON of a report, and whether it is a draft; `python -m spillkit_server.printing draft|final` reads it.
Out:   the PDF's bytes, the same for the same report.
Else:  what stands on the pages is `spillkit.authority`.

A process of its own, as drawing pages takes seconds and memory that the room's pages should not wait for, and pango was not
written for threads.
"""

from __future__ import annotations

import subprocess
import sys

from spillkit.errors import PdfUnavailable, SpillkitError
from spillkit.printed import printable

_LONGEST_SECONDS = 120
_WORDS = {True: "draft", False: "final"}


def print_report(body: bytes, *, is_draft: bool) -> bytes:
    """Return the PDF of a kept report.

    body      the JSON, exactly as it was kept
    Raises    PdfUnavailable in the library's own words if none can be made here
    """
    try:
        done = subprocess.run(
            [sys.executable, "-m", "spillkit_server.printing", _WORDS[is_draft]],
            input=body,
            capture_output=True,
            timeout=_LONGEST_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PdfUnavailable("The PDF could not be made in two minutes. The JSON is there meanwhile.") from error
    if done.returncode != 0 or not done.stdout.startswith(b"%PDF-"):
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        known = done.returncode == 2 and bool(said)
        raise PdfUnavailable(
            printable(said[-1])
            if known
            else "The PDF could not be made. The JSON is there meanwhile; run spillkit doctor."
        )
    return done.stdout


def main(arguments: list[str]) -> int:
    """Read a report, write its PDF; an error of the library in one line."""
    from spillkit.authority import read_report, report_pdf

    try:
        report = read_report(sys.stdin.buffer.read(), name="the report")
        sys.stdout.buffer.write(report_pdf(report, is_draft=arguments != [_WORDS[False]]))
    except SpillkitError as error:
        print(error, file=sys.stderr)  # noqa: T201 - read by `print_report`
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
