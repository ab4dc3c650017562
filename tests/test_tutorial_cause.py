"""The tutorial from an incident to a proven repair does what it says, typed word for word."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path("docs/tutorial/cause-and-fix.md")
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@pytest.mark.slow
def test_the_tutorial_of_causes_works_word_for_word(tmp_path):
    typed = "".join(block for language, block in _BLOCK.findall(PAGE.read_text(encoding="utf-8")) if not language)
    for port in ("8137", "8138"):
        typed = typed.replace(port, str(_free_port()))
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, what in {"python": "", "spillkit": "-m spillkit "}.items():
        (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {what}"$@"\n', encoding="utf-8")
        (programs / name).chmod(0o755)
    # Whatever happens, no shop stays open.
    script = f"set -e\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n{typed}"
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert (done.returncode, done.stderr) == (0, "")
    said = done.stdout
    assert re.search(r"^incident 1  shared HTTP cache   cause confirmed", said, flags=re.MULTILINE)
    assert "the change that ended it" in said
    before, after = re.findall(r"^incident 1  shared-http-cache .*\n(.+)$", said, flags=re.MULTILINE)
    assert (before, after) == ("not fixed:", "proven")
    assert "Is it really fixed?           ● Yes" in said
