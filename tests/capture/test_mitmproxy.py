"""Our add-on inside a real mitmdump: stored flows of its own tests, and live traffic.

mitmproxy has an environment of its own, made once under .cache/; where it cannot be installed these tests say so.
"""

from __future__ import annotations

import gzip
import http.server
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

import spillkit.capture
from spillkit.model import BodyState, Channel
from tests.capture.recordings import PAGE, read

ROOT = Path(__file__).parents[2]
ADDON = Path(spillkit.capture.__file__).with_name("mitmproxy_addon.py")
FLOWS = ROOT.parent / "shared" / "data" / "har" / "mitmproxy__mitmproxy" / "test" / "mitmproxy" / "data"
pytestmark = pytest.mark.server


@pytest.fixture(scope="session")
def mitmdump() -> Path:
    home = ROOT / ".cache" / "mitmproxy-venv"
    program = home / "bin" / "mitmdump"
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        installed = subprocess.run([str(home / "bin" / "pip"), "install", "-q", "mitmproxy"], check=False)
        if installed.returncode:
            pytest.skip("mitmproxy cannot be installed: the package index cannot be reached")
    return program


def convert(mitmdump: Path, flows: Path, out: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [str(mitmdump), "-nr", str(flows), "-s", str(ADDON), "--set", f"spillkit_out={out}", *options]
    command += ["--set", f"confdir={ROOT / '.cache' / 'mitmproxy-conf'}"]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.skipif(not FLOWS.exists(), reason="the sample data lies beside the repository and is not there")
@pytest.mark.parametrize("flow", ["successful_log", "error_log", "corrupted_gzip_body", "websocket"])
def test_stored_flows_become_the_exchanges_that_mitmproxys_own_har_export_has(
    mitmdump: Path, tmp_path: Path, flow: str
) -> None:
    out = tmp_path / "day1.jsonl"
    done = convert(mitmdump, FLOWS / "flows" / f"{flow}.mitm", out)
    assert "none left out" in done.stdout + done.stderr
    exchanges, damages = read(out)
    expected, _ = read(FLOWS / "flows" / f"{flow}.har")
    assert not damages

    def seen(rows: list) -> list[tuple]:
        http = [e for e in rows if e.channel is Channel.HTTP and e.status]
        return sorted((e.url.partition("?")[0], e.status, e.body or b"") for e in http)

    assert seen(exchanges) == seen(expected)
    frames = [e.body for e in exchanges if e.channel is Channel.WEBSOCKET]
    assert sorted(frames) == sorted(e.body for e in expected if e.channel is Channel.WEBSOCKET)


@pytest.mark.skipif(not FLOWS.exists(), reason="the sample data lies beside the repository and is not there")
@pytest.mark.parametrize("path", sorted(FLOWS.rglob("*.mitm")), ids=lambda p: p.name)
def test_every_stored_flow_that_mitmproxy_reads_is_read(mitmdump: Path, tmp_path: Path, path: Path) -> None:
    out = tmp_path / "day1.jsonl.gz"
    done = convert(mitmdump, path, out)
    said = done.stdout + done.stderr
    if "cannot read files with flow format version" in said or "Unknown flow type" in said:
        assert not out.exists()
        return
    assert "none left out" in said
    count = int(said.split("answers recorded")[0].rsplit(" ", 2)[-2])
    assert count == (len(read(out)[0]) if out.exists() else 0)


class Shop(http.server.BaseHTTPRequestHandler):
    """Answers as a shop does: gzip, a cookie, chunks."""

    def do_GET(self) -> None:
        body = gzip.compress(PAGE.encode())
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Set-Cookie", "sessionid=new-secret; HttpOnly")
        self.send_header("Set-Cookie", "advert=followed; Path=/")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        return


@pytest.fixture
def shop() -> Iterator[int]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run_live(mitmdump: Path, out: Path, shop: int, requests: int, *options: str) -> str:
    port = free_port()
    command = [
        str(mitmdump),
        "--mode",
        f"reverse:http://127.0.0.1:{shop}",
        "--listen-host",
        "127.0.0.1",
        "-p",
        str(port),
        "-q",
    ]
    command += [
        "-s",
        str(ADDON),
        "--set",
        f"spillkit_out={out}",
        "--set",
        f"confdir={ROOT / '.cache' / 'mitmproxy-conf'}",
        *options,
    ]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=dict(os.environ, TERM="dumb")
    )
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert time.monotonic() < deadline, "mitmdump did not start"
                time.sleep(0.1)
        for _ in range(requests):
            asked = urllib.request.Request(f"http://127.0.0.1:{port}/account?token=t")
            asked.add_header("Cookie", "tracking=1; sessionid=s3cret-of-bob; theme=dark")
            asked.add_header("Authorization", "Bearer never-write-this")
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(asked, timeout=30) as answer:
                assert gzip.decompress(answer.read()) == PAGE.encode()
    finally:
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=60)
    return said


def test_live_traffic_is_recorded_with_the_viewers_cookie_and_no_other(
    mitmdump: Path, tmp_path: Path, shop: int
) -> None:
    out = tmp_path / "day1.jsonl"
    run_live(mitmdump, out, shop, 3, "--set", "spillkit_viewer_cookie=sessionid")
    exchanges, damages = read(out)
    assert not damages
    assert [(e.body, e.body_state, e.status) for e in exchanges] == [(PAGE.encode(), BodyState.OK, 200)] * 3
    assert dict(exchanges[0].request.headers)["cookie"] == "sessionid=s3cret-of-bob"
    assert exchanges[0].shown_at is not None
    assert exchanges[0].request.client_ip == "127.0.0.1"
    written = out.read_text()
    assert not any(word in written for word in ("tracking", "theme", "never-write-this", "advert"))
    # A session that is handed to somebody else shows in the cookie that an answer sets, and nowhere behind reading.
    assert [e.issued for e in exchanges] == [(("sessionid", "new-secret"),)] * 3
    assert "set-cookie" not in dict(exchanges[0].response_headers)
    assert exchanges[0].connection
    assert exchanges[0].took_ms is not None
    assert 0 <= exchanges[0].took_ms < 30_000
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


def test_without_a_named_cookie_none_is_written(mitmdump: Path, tmp_path: Path, shop: int) -> None:
    out = tmp_path / "day1.jsonl"
    run_live(mitmdump, out, shop, 1)
    assert "s3cret" not in out.read_text()
    assert "new-secret" not in out.read_text()


def test_a_file_that_cannot_be_written_stops_the_recording_and_not_the_traffic(
    mitmdump: Path, tmp_path: Path, shop: int
) -> None:
    said = run_live(mitmdump, tmp_path / "no such folder" / "x.jsonl", shop, 3)
    assert "traffic goes on" in said


def test_large_recordings_go_on_in_a_further_file_and_nothing_is_overwritten(
    mitmdump: Path, tmp_path: Path, shop: int
) -> None:
    out = tmp_path / "day1.jsonl"
    out.write_text(json.dumps({"kept": True}))
    run_live(mitmdump, out, shop, 4, "--set", "spillkit_rotate=1")
    assert json.loads(out.read_text()) == {"kept": True}
    assert len(list(tmp_path.glob("day1-*.jsonl"))) == 4
