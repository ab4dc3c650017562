"""Behind nginx as the page `run the portal` sets it up, while the portal runs and while it does not."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from spillkit_portal.plain_files import write_files
from tests.portal.published import a_code, publish, published, serving

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin")
pytestmark = [pytest.mark.server, pytest.mark.skipif(NGINX is None, reason="needs Debian's nginx")]
PAGE = Path("docs/how-to/run-the-portal.md")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def nginx(tmp_path):
    """Start nginx with the page's own lines before a portal at a given address."""
    running = []

    def start(portal):
        port = free_port()
        [server] = re.findall(r"```nginx\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
        server = server.replace("listen 8080", f"listen 127.0.0.1:{port}").replace("http://127.0.0.1:8470", portal)
        server = server.replace("/srv/portal/plain", str(tmp_path / "plain"))
        temporary = "".join(f"{kind}_temp_path {tmp_path}/{kind};\n" for kind in
                            ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))  # fmt: skip
        settings = tmp_path / "nginx.conf"
        settings.write_text(
            f"daemon off; master_process off; pid {tmp_path}/pid; error_log {tmp_path}/errors;\n"
            f"events {{}}\nhttp {{\n{temporary}{server}}}\n"
        )
        running.append(subprocess.Popen([NGINX, "-p", str(tmp_path), "-c", str(settings)], stderr=subprocess.DEVNULL))
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return f"http://127.0.0.1:{port}"
            time.sleep(0.05)
        raise AssertionError("nginx did not open")

    yield start
    for process in running:
        process.terminate()
        process.wait(10)


def test_nginx_changes_no_length_and_serves_plain_files_while_the_portal_is_down(tmp_path, nginx):
    small = published(languages=("en", "ar"))
    publish(tmp_path / "published", small)
    (tmp_path / "plain").mkdir()
    tmp_path.chmod(0o755)
    write_files(small, tmp_path / "plain")
    with serving(tmp_path) as portal:
        front = nginx(portal)
        answers = [
            httpx.post(f"{front}/ar/check", data={"code": code}) for code in (a_code("affected"), a_code("never"), "x")
        ]
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.headers["content-length"] for answer in answers}) == 1
        assert "حقيقية" in answers[0].text
        assert (
            httpx.get(f"{front}/check", headers={"Accept-Language": "ar"}, follow_redirects=True).url.path
            == "/ar/check"
        )
    # The portal has ended.
    assert "التحقق الآلي لا يعمل" in httpx.get(f"{front}/ar/check").text
    asked = httpx.post(f"{front}/ar/check", data={"code": a_code("affected")})
    assert (asked.status_code, "privacy@shop.example" in asked.text) == (503, True)
    assert "What we did" in httpx.get(f"{front}/en/statement").text
    assert "العربية" in httpx.get(f"{front}/check").text
    assert a_code("affected") not in (tmp_path / "errors").read_text()
