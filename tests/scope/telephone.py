"""How wide a report is on a telephone, asked of a real browser."""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

# Chromium's own window cannot be narrower than 500 px; a frame can.
_FRAME = """<!doctype html><iframe src="report.html" style="width:320px;height:800px"></iframe><p id="said"></p><script>
document.querySelector("iframe").onload = function () {
  const page = this.contentDocument.documentElement;
  document.getElementById("said").textContent = "wide " + page.scrollWidth + " of " + page.clientWidth;
};</script>"""


def measured_widths(page: str, folder: Path) -> tuple[int, int]:
    """Return how wide the page is in a frame of 320 px, and how much of the frame it is given, in px."""
    (folder / "report.html").write_text(page, encoding="utf-8")
    frame = folder / "frame.html"
    frame.write_text(_FRAME, encoding="utf-8")
    with tempfile.TemporaryDirectory() as profile:
        command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"]
        command += ["--allow-file-access-from-files", "--virtual-time-budget=5000", f"--user-data-dir={profile}"]
        done = subprocess.run(
            [*command, "--dump-dom", frame.as_uri()], capture_output=True, text=True, timeout=180, check=True
        )
    said = re.search(r"wide (\d+) of (\d+)", done.stdout)
    assert said is not None, "the page did not load"
    return int(said[1]), int(said[2])
