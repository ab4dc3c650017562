"""Record what a browser received, as Playwright writes it: trace.zip and page.har, in this folder.

    pip install playwright==1.65.2 spillkit
    python tests/guard/recorded/record_trace.py /usr/bin/chromium

The page shows the e-mail address of the first planted person of fr_FR. Of the trace only the network log and the bodies are kept:
the rest names files of the machine that recorded it.
"""

from __future__ import annotations

import json
import sys
import tempfile
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import sync_playwright

from spillkit.plant import plant_people

HERE = Path(__file__).parent
BODIES = {
    "/": b"<html><body><script>fetch('/api/me')</script>hello</body></html>",
    "/api/me": json.dumps({"me": {"mail": plant_people(1, ["fr_FR"])[0].email}}).encode(),
}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = BODIES.get(self.path, b"")
        self.send_response(200 if body else 404)
        self.send_header("content-type", "application/json" if "api" in self.path else "text/html")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main(chromium: str) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        context = browser.new_context(record_har_path=HERE / "page.har", record_har_content="embed")
        context.tracing.start(snapshots=True)
        page = context.new_page()
        with page.expect_response("**/api/me") as response:
            page.goto(f"http://127.0.0.1:{server.server_port}/")
        response.value.body()
        context.tracing.stop(path=Path(place) / "trace.zip")
        context.close()
        browser.close()
        with zipfile.ZipFile(Path(place) / "trace.zip") as whole, zipfile.ZipFile(HERE / "trace.zip", "w") as kept:
            for name in whole.namelist():
                if name.endswith(".network") or name.startswith("resources/"):
                    kept.writestr(name, whole.read(name))
    server.shutdown()


if __name__ == "__main__":
    main(sys.argv[1])
