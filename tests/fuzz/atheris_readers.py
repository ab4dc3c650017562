"""The check of fuzz_readers with inputs guided by coverage. atheris is no dependency: give it an environment of its own.

python -m tests.fuzz.atheris_readers WARC -max_total_time=120 -rss_limit_mb=2048

Everything behind the format's name (a Format, like HAR or EML) goes to libFuzzer. Seeds are those of fuzz_readers.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["spillkit.capture", "email", "warcio"]):
    from spillkit.capture import Format
    from tests.fuzz import fuzz_readers


def main() -> None:
    form = Format[sys.argv[1]]
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus"
        corpus.mkdir()
        for number, seed in enumerate(fuzz_readers.seeds()[form]):
            (corpus / str(number)).write_bytes(seed)
        path = Path(folder) / fuzz_readers.NAMES[form]

        def once(data: bytes) -> None:
            path.write_bytes(data)
            fuzz_readers.check(form, path)

        atheris.Setup([sys.argv[0], *sys.argv[2:], str(corpus)], once)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
