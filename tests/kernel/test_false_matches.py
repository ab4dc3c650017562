"""Among text that has nobody of the directory, nothing is confirmed and names alone are rare.

In:    Python's own documentation strings and the licences of installed packages; 20,000 synthetic people.
Out:   nothing.
Else:  `python -m bench.false_matches` does it with a million people and 60 MB in many languages.
"""

from __future__ import annotations

import sysconfig
from pathlib import Path

from bench.false_matches import build_directory, count

from spillkit.kernel.native import Scanner
from tests.kernel.bodies import KEY


def test_unrelated_text_names_nobody(tmp_path):
    build_directory(tmp_path / "people.idx", people=20_000)
    library = Path(sysconfig.get_path("stdlib"))
    files = [file for file in sorted(library.glob("*.py"))[:150] if file.is_file()]
    total = count(Scanner([tmp_path / "people.idx"], KEY), [file.read_bytes() for file in files])
    assert total.megabytes > 2
    assert total.confirmed == 0
    assert total.possible <= total.megabytes
