"""A real Dovecot from Debian's packages on loopback: IMAP with TLS over a Maildir."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

IS_HERE = shutil.which("dovecot") is not None and os.geteuid() == 0
USER, PASSWORD = "notices", 'p"w ü\\'  # signs that must be quoted

_CONFIG = """\
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
mail_location = maildir:{folder}/mail
first_valid_uid = 1
auth_failure_delay = 0
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {folder}/users
}}
userdb {{
  driver = static
  args = uid=mail gid=mail home={folder}
}}
service imap-login {{
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
"""


class Imap(NamedTuple):
    """Where it listens, what certificate it shows, and its mails."""

    port: int  # TLS from the first byte
    plain: int  # STARTTLS
    certificate: Path
    maildir: Path


@contextmanager
def serve_imap() -> Iterator[Imap]:
    """Run Dovecot until the end of the block."""
    folder = Path(tempfile.mkdtemp(prefix="spill-imap-"))
    folder.chmod(0o755)
    ports = []
    for _ in range(2):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            ports.append(probe.getsockname()[1])
    for name in ("mail", "mail/cur", "mail/new", "mail/tmp"):
        (folder / name).mkdir(mode=0o755)
        shutil.chown(folder / name, "mail", "mail")
    quoted = PASSWORD.replace(":", "::")
    (folder / "users").write_text(f"{USER}:{{PLAIN}}{quoted}::::::\n", encoding="utf-8")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
         "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True, capture_output=True, timeout=30,
    )  # fmt: skip
    (folder / "conf").write_text(_CONFIG.format(folder=folder, port=ports[0], plain=ports[1]))
    with subprocess.Popen(["dovecot", "-F", "-c", str(folder / "conf")], stderr=subprocess.DEVNULL) as server:
        try:
            _wait(ports[0], folder / "cert.pem")
            yield Imap(ports[0], ports[1], folder / "cert.pem", folder / "mail")
        finally:
            server.terminate()
            server.wait(timeout=10)
            shutil.rmtree(folder, ignore_errors=True)


def _wait(port: int, certificate: Path) -> None:
    context = ssl.create_default_context(cafile=str(certificate))
    until = time.monotonic() + 15
    while True:
        try:
            with (
                socket.create_connection(("localhost", port), timeout=2) as plain,
                context.wrap_socket(plain, server_hostname="localhost"),
            ):
                return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
