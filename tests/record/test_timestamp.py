"""Time stamps of a real service: openssl's, behind HTTP on this machine."""

from __future__ import annotations

import shutil
import subprocess
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from spillkit.cli import main
from spillkit.errors import RecordError, SettingsError
from spillkit.record.bundle import Wishes, write_bundle
from spillkit.record.timestamp import Service, read_roots, read_service, stamp, verify_timestamp
from spillkit.record.verifier import ProofError, verify_bundle
from tests.record.conftest import entries
from tests.world import NOON

pytest.importorskip("rfc3161_client", reason="the package rfc3161-client is not installed")
pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="Debian's openssl is not installed")

CONFIG = """\
[tsa]
default_tsa = one
[one]
serial = {folder}/serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""
EXTENSIONS = """\
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, {usage}
"""


def openssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


class Authority:
    """A root certificate, a service certificate, and the service."""

    def __init__(self, folder: Path, usage: str = "timeStamping") -> None:
        folder.mkdir()
        self.folder = folder
        self.answers = b""  # instead of its own, where not empty
        self.status = 200
        (folder / "serial").write_text("01\n")
        (folder / "config").write_text(CONFIG.format(folder=folder))
        (folder / "extensions").write_text(EXTENSIONS.format(usage=usage))
        curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        openssl(
            folder,
            "req",
            "-x509",
            *curve,
            "-keyout",
            "root.key",
            "-out",
            "root.pem",
            "-days",
            "30",
            "-subj",
            "/CN=Root",
        )
        openssl(folder, "req", *curve, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=Clock")
        signed_by = ("-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial")
        openssl(
            folder,
            "x509",
            "-req",
            "-in",
            "tsa.csr",
            *signed_by,
            "-out",
            "tsa.pem",
            "-days",
            "30",
            "-extfile",
            "extensions",
        )

    def reply(self, request: bytes) -> bytes:
        (self.folder / "request").write_bytes(request)
        key = ("-signer", "tsa.pem", "-inkey", "tsa.key")
        openssl(self.folder, "ts", "-reply", "-config", "config", "-queryfile", "request", *key, "-out", "answer")
        return (self.folder / "answer").read_bytes()

    def accepts(self, answer: bytes, data: bytes) -> bool:
        """What openssl itself says of a stamp."""
        (self.folder / "kept").write_bytes(answer)
        (self.folder / "data").write_bytes(data)
        words = ["openssl", "ts", "-verify", "-in", "kept", "-data", "data", "-CAfile", "root.pem"]
        return subprocess.run(words, cwd=self.folder, check=False, capture_output=True).returncode == 0


@pytest.fixture
def authority(tmp_path):
    authority = Authority(tmp_path / "authority")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            request = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.headers["Content-Type"] == "application/timestamp-query"
            answer = authority.answers or authority.reply(request)
            self.send_response(authority.status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    authority.url = f"http://127.0.0.1:{server.server_port}/tsr"
    yield authority
    server.shutdown()
    thread.join()
    server.server_close()


def service_of(authority):
    return Service(authority.url, read_roots(authority.folder / "root.pem"))


def test_a_checkpoint_is_stamped_once_and_openssl_agrees(record, authority):
    record.append(entries(0, 5))
    before = datetime.now(UTC) - timedelta(seconds=2)
    stamped_at = stamp(record, service_of(authority))
    assert before <= stamped_at <= datetime.now(UTC) + timedelta(seconds=2)
    kept = record.timestamp_of(5)
    assert authority.accepts(kept, record.checkpoint_note())
    authority.status = 500  # It is not asked again.
    assert stamp(record, service_of(authority)) == stamped_at
    with pytest.raises(RecordError, match="is not good"):
        stamp(record, Service(authority.url, ()))
    record.append(entries(5, 6))
    assert record.timestamp_of(6) is None


def test_a_stamp_over_something_else_or_by_somebody_else_is_refused(record, authority, tmp_path):
    record.append(entries(0, 5))
    stamp(record, service_of(authority))
    kept, note = record.timestamp_of(5), record.checkpoint_note()
    record.append(entries(5, 6))
    other = Authority(tmp_path / "other")
    roots = read_roots(authority.folder / "root.pem")
    for answer, data, trusted in (
        (kept, record.checkpoint_note(), roots),
        (kept, note, read_roots(other.folder / "root.pem")),
        (kept, note, ()),
        (kept[:-1], note, roots),
        (kept[:-20] + bytes([kept[-20] ^ 1]) + kept[-19:], note, roots),
        (b"", note, roots),
        (b"\x30\x80" * 500, note, roots),
    ):
        with pytest.raises(ProofError) as refused:
            verify_timestamp(answer, data, trusted)
        assert refused.value.failure == "bad-timestamp"


def test_a_certificate_for_something_else_stamps_nothing(record, tmp_path):
    mailer = Authority(tmp_path / "mailer", usage="emailProtection")
    request = mailer.folder / "made"
    (tmp_path / "note").write_bytes(record.checkpoint_note())
    openssl(tmp_path, "ts", "-query", "-data", "note", "-sha256", "-cert", "-out", str(request))
    with pytest.raises(subprocess.CalledProcessError):  # openssl refuses to sign with it as well
        mailer.reply(request.read_bytes())


def test_a_service_that_fails_leaves_the_record_as_it_was(record, authority):
    record.append(entries(0, 5))
    service = service_of(authority)
    for status, answer in ((500, b""), (200, b"busy"), (200, b"x" * 2_000_000), (404, b"x")):
        authority.status, authority.answers = status, answer
        with pytest.raises(RecordError, match="time-stamping service"):
            stamp(record, service)
    with pytest.raises(RecordError, match="cannot be reached"):
        stamp(record, Service("http://127.0.0.1:9/tsr", service.roots))
    assert record.timestamp_of(5) is None
    assert record.verify().size == 5


def test_an_old_answer_is_no_answer_to_a_new_request(record, authority):
    record.append(entries(0, 5))
    stamp(record, service_of(authority))
    authority.answers = record.timestamp_of(5)
    (record.folder / "timestamps" / "5.tsr").unlink()
    with pytest.raises(RecordError, match="Nothing was kept"):
        stamp(record, service_of(authority))


def test_a_bundle_carries_the_stamp_of_its_checkpoint(record, authority, tmp_path):
    record.append(entries(0, 5))
    stamped_at = stamp(record, service_of(authority))
    file = tmp_path / "all.spillproof"
    write_bundle(record, file, Wishes(), NOON)
    proven = verify_bundle(file, record.key)
    roots = read_roots(authority.folder / "root.pem")
    assert verify_timestamp(proven.timestamp, proven.checkpoint_note, roots) == stamped_at


def test_settings_name_the_service(workspace, authority, monkeypatch, capfd):
    monkeypatch.chdir(workspace.root.parent)
    assert read_service(workspace) is None
    assert main(["record", "init"]) == 0
    assert main(["record", "stamp"]) == 2
    assert main(["prove", "bundle", "none.spillproof"]) == 0
    good = workspace.settings_file.read_text()
    for wrong in ("timestamp_url = 1", 'timestamp_url = "ftp://x"', f'timestamp_url = "{authority.url}"'):
        workspace.settings_file.write_text(good + f"\n[record]\n{wrong}\n")
        with pytest.raises(SettingsError):
            read_service(workspace)
    (workspace.root / "roots.pem").write_bytes((authority.folder / "root.pem").read_bytes())
    workspace.settings_file.write_text(
        good + f'\n[record]\ntimestamp_url = "{authority.url}"\ntimestamp_roots = "roots.pem"\n'
    )
    assert main(["record", "stamp"]) == 0
    assert main(["record", "stamp", "--json"]) == 0
    assert main(["record", "key"]) == 0
    key = capfd.readouterr().out.splitlines()[-1]
    assert main(["prove", "bundle", "all.spillproof"]) == 0
    check = ["prove", "verify", "all.spillproof", "--key", key]
    assert main(check) == 0
    assert "not checked" in capfd.readouterr().out
    assert main([*check, "--tsa-roots", "spill/roots.pem"]) == 0
    assert "saw this record at" in capfd.readouterr().out
    check[2] = "none.spillproof"
    assert main([*check, "--tsa-roots", "spill/roots.pem"]) == 1
    assert "(bad-timestamp)" in capfd.readouterr().out
