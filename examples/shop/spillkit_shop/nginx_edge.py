"""The edges as a real nginx: three listeners with a cache of their own each, set right or with the two faults.

In:    the workers' ports, a folder, which faults are on.
Out:   a port for each edge; the rules change by a reload, as an operator changes them.
Else:  the same without nginx is `edges`.

Source: nginx.org/en/docs/http/ngx_http_proxy_module.html (proxy_cache_key, proxy_ignore_headers, proxy_cache_valid).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from spillkit_shop.servers import LOOPBACK

_PATIENCE_SECONDS = 20

# What an operator adds when the site is slow: the address alone is the key, whoever's cookie came with the request.
_FAULTY_PAGES = """
    location ~ ^/(account|orders|api/me|api/subscription)$ {{
      proxy_pass http://shop;
      proxy_cache {zone}; proxy_cache_key wrong{round}$host$request_uri;
      proxy_ignore_headers Cache-Control Expires Vary;
      proxy_cache_valid 200 60s;
    }}"""
_FAULTY_CART = """
    location = /cart {{
      proxy_pass http://shop;
      proxy_cache {zone}; proxy_cache_key wrong{round}$host$request_uri;
      proxy_cache_methods GET HEAD;
      proxy_ignore_headers Cache-Control Expires Set-Cookie Vary;
      proxy_cache_valid 200 60s;
    }}"""
_SERVER = """
  proxy_cache_path {folder}/cache-{edge} keys_zone={zone}:2m max_size=32m inactive=10m use_temp_path=off;
  server {{
    listen 127.0.0.1:{port};
    add_header X-Cache $upstream_cache_status always;
    add_header X-Edge {edge} always;
    location = /-/round {{ return 200 "{round}"; }}
    location / {{
      proxy_pass http://shop;
      proxy_cache {zone}; proxy_cache_key $host$request_uri;
    }}{faulty}
  }}"""
_CONF = """
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log warn;
events {{ worker_connections 512; }}
http {{
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  access_log off;
  server_tokens off;
  keepalive_timeout 0;
  proxy_set_header Host $host;
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  upstream shop {{ {workers} }}
{servers}
}}
"""


class MissingProgramError(Exception):
    """A program that pip cannot install is not on this machine; the message says what to do."""


def find_nginx() -> str:
    """Return where nginx is. Raises MissingProgramError that says how to get it."""
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/sbin")
    if not found:
        raise MissingProgramError(
            "nginx is not installed. On Debian or Ubuntu: apt-get install nginx-light. It is started with a configuration "
            "of its own; a system nginx is left alone. Without it, leave nginx out of the scenario."
        )
    return found


@dataclass(slots=True)
class NginxEdges:
    """A running nginx."""

    ports: dict[str, int]  # by edge
    _folder: Path
    _workers: Sequence[int]
    _process: subprocess.Popen[bytes] | None = None
    _faults: frozenset[str] = frozenset()
    _round: int = field(default=0)

    async def set_faults(self, faults: Collection[str]) -> None:
        """Change the rules and reload. What was wrongly kept is not found again, as after a purge."""
        if self._process is None or frozenset(faults) == self._faults:
            return
        self._faults = frozenset(faults)
        self._round += 1
        self.write_conf()
        self._process.send_signal(signal.SIGHUP)
        await self.wait_for_round()

    def write_conf(self) -> None:
        """Write nginx.conf for the faults that are on."""
        servers = []
        for edge, port in self.ports.items():
            names = {"zone": f"kept_{edge.lower()}", "round": self._round}
            faulty = ""
            if "cdn_cache" in self._faults:
                faulty += _FAULTY_PAGES.format(**names)
            if "cached_set_cookie" in self._faults:
                faulty += _FAULTY_CART.format(**names)
            servers.append(_SERVER.format(folder=self._folder, edge=edge, port=port, faulty=faulty, **names))
        workers = " ".join(f"server {LOOPBACK}:{port};" for port in self._workers)
        conf = _CONF.format(folder=self._folder, workers=workers, servers="".join(servers))
        (self._folder / "nginx.conf").write_text(conf, "utf-8")

    async def wait_for_round(self) -> None:
        """Wait until every edge answers with the configuration last written. Raises RuntimeError after a while."""
        until = time.monotonic() + _PATIENCE_SECONDS
        for port in self.ports.values():
            while await _round_of(port) != self._round:
                if time.monotonic() > until or (self._process is not None and self._process.poll() is not None):
                    log = (self._folder / "nginx-start.log").read_text("utf-8", "replace")[-1000:]
                    raise RuntimeError(f"nginx does not answer with its configuration. The end of its log:\n{log}")
                await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def nginx_edges(edges: Sequence[str], worker_ports: Sequence[int], folder: Path) -> AsyncIterator[NginxEdges]:
    """Run nginx until the block ends.

    folder  where it may write; made anew
    Raises  MissingProgramError
    """
    program = find_nginx()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    running = NginxEdges(dict(zip(edges, _free_ports(len(edges)), strict=True)), folder.resolve(), worker_ports)
    running.write_conf()
    # As root nginx would hand its folders to nobody, who may not enter ours.
    user = ["-g", "user root;"] if os.geteuid() == 0 else []
    with (folder / "nginx-start.log").open("wb") as log:
        process = subprocess.Popen(
            [program, "-p", str(folder.resolve()), "-c", str(folder.resolve() / "nginx.conf"), *user],
            stdout=log,
            stderr=log,
        )
    running._process = process
    try:
        await running.wait_for_round()
        yield running
    finally:
        process.terminate()
        try:
            await asyncio.to_thread(process.wait, 10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


async def _round_of(port: int) -> int:
    try:
        reader, writer = await asyncio.open_connection(LOOPBACK, port)
    except OSError:
        return -1
    try:
        writer.write(b"GET /-/round HTTP/1.0\r\nHost: shop.example\r\n\r\n")
        said = (await reader.read()).rpartition(b"\r\n\r\n")[2]
        return int(said) if said.isdigit() else -1
    except OSError:
        return -1
    finally:
        writer.close()


def _free_ports(count: int) -> list[int]:
    """Return ports that nobody listened on a moment ago."""
    sockets = [socket.create_server((LOOPBACK, 0)) for _ in range(count)]
    ports = [int(each.getsockname()[1]) for each in sockets]
    for each in sockets:
        each.close()
    return ports
