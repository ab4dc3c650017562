"""`make demo`: the main job on the shipped recording of a real tracker behind a faulty cache.

In:    examples/tracker/recording (synthetic people, real traffic).
Out:   what the commands print, and a report to open.
Else:  how the recording was made is examples/tracker/README.md.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path

from spillkit.cli import main

ROOT = Path(__file__).resolve().parent.parent
RECORDING = Path("examples/tracker/recording")
WORKSPACE = Path("spill-demo")
REPORT = WORKSPACE / "report.html"
COOKIE = "roundup_session_ExemplaSupport"


def run(*arguments: str) -> int:
    """Print a command as one would type it, run it, and return its exit code."""
    print(f"\n$ spillkit {' '.join(arguments)}", flush=True)
    code = main(["-w", str(WORKSPACE), *arguments])
    sys.stdout.flush()
    return code


def tell() -> int:
    """Run the story from an empty workspace to the report; return the exit code of the first command that failed."""
    began = time.monotonic()
    shutil.rmtree(WORKSPACE, ignore_errors=True)
    print("A tracker behind a cache. For some seconds the cache kept personal pages under their address alone.")
    print("Who was shown whose data?")
    steps = [
        ("init",),
        ("people", "add", str(RECORDING / "people.csv")),
        (
            "scan",
            *(str(path) for path in sorted(RECORDING.glob("cache-fault.*")) if path.suffix != ".log"),
            "--viewer-from",
            f"cookie:{COOKIE},{RECORDING / 'sessions.csv'}",
        ),
        ("show", "1", "--limit", "3"),
        ("measure", "--html", str(REPORT)),
    ]
    for step in steps:
        code = run(*step)
        if step == ("init",):
            rules = (RECORDING.parent / "rules.toml").read_text(encoding="utf-8")
            table = (ROOT / RECORDING / "relations.csv").as_posix()
            (WORKSPACE / "rules.toml").write_text(rules.replace("recording/relations.csv", table), encoding="utf-8")
            print(
                "\n# The rules of who may see whom are examples/tracker/rules.toml: names of authors are public there."
            )
        if code != 0:
            return code
    print(f"\nDone in {time.monotonic() - began:.0f} s. Open the report: {REPORT}")
    return 0


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(tell())
