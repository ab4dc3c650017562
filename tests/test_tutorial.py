"""The tutorial does what it says, typed word for word."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

PAGE = Path("docs/tutorial/first-finding.md")


def test_the_tutorial_works_word_for_word(tmp_path):
    page = PAGE.read_text(encoding="utf-8")
    (tmp_path / "examples").symlink_to(Path("examples").absolute())
    said = []
    for block in re.findall(r"^```\n(.*?)^```$", page, flags=re.DOTALL | re.MULTILINE):
        typed = f'set -e; spillkit() {{ "{sys.executable}" -m spillkit "$@"; }}\n{block}'
        done = subprocess.run(["bash", "-c", typed], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), block
        said.append(done.stdout)
    _, added, scanned, _, judged, looked, told = said
    assert "a name of one letter is never matched" in added
    assert "viewer unknown:" in scanned
    assert len(re.findall(r"^finding \d", scanned, flags=re.MULTILINE)) > 2
    assert re.findall(r"^  finding \d  GET (\S+)", judged, flags=re.MULTILINE) == ["/account", "/rest/me"]
    assert "•" in looked
    assert "c_727fefd8" in looked.partition("subject ")[0], "the id should be one that show has shown"
    assert "rule:" in looked
    assert "written: report.html" in told
    assert "unknown, because" in (tmp_path / "report.html").read_text(encoding="utf-8").lower()
