"""Recordings made elsewhere, by browsers, crawlers, mail programs and servers: all are read or refused with a reason."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from spillkit.capture import read_exchanges
from spillkit.errors import CaptureError
from spillkit.model import Damage, Exchange
from tests.capture.recordings import read

DATA = Path(__file__).parents[2].parent / "shared" / "data"
FOLDERS = ("har", "warc", "mail", "logs")
FILES = sorted(f for folder in FOLDERS for f in (DATA / folder).rglob("*") if f.is_file())
pytestmark = pytest.mark.skipif(not FILES, reason="the sample data lies beside the repository and is not there")


@pytest.mark.parametrize("path", FILES, ids=[f.name for f in FILES])
def test_every_sample_is_read_or_refused_with_a_reason(path: Path) -> None:
    if path.suffix in (".mitm", "") and path.name != "apache_logs":
        with pytest.raises(CaptureError, match=f"^{re.escape(path.name)}: .*Spillkit reads HAR"):
            read_exchanges(path)
        return
    rows = list(read_exchanges(path))
    assert all(isinstance(row, Exchange | Damage) for row in rows)


COUNTS = {
    "chrome.har": (3, 0),
    "firefox.har": (14, 0),
    "safari.har": (19, 0),
    "charles.har": (1, 0),
    "insomnia.har": (1, 0),
    "with-bom.har": (1, 0),
    "websocket.har": (6, 0),
    "brokenfile.har": (0, 1),
    "example.warc": (2, 0),
    "example.warc.gz": (2, 0),
    "example-wrong-chunks.warc.gz": (1, 0),
    "example.arc.gz": (1, 0),
    "apache_logs": (10_000, 0),
    "japanese_shift_jis.eml": (1, 0),
}


@pytest.mark.parametrize(("name", "expected"), COUNTS.items(), ids=COUNTS)
def test_as_many_exchanges_are_read_as_the_file_holds(name: str, expected: tuple[int, int]) -> None:
    path = next(f for f in FILES if f.name == name)
    exchanges, damages = read(path)
    assert (len(exchanges), len(damages)) == expected


def test_mail_in_shift_jis_reads_as_its_reader_saw_it() -> None:
    [exchange], _ = read(next(f for f in FILES if f.name == "japanese_shift_jis.eml"))
    assert "このメールはテスト用のメールです。" in (exchange.body or b"").decode()


def test_mitmproxy_flows_are_refused_with_the_command_that_converts_them() -> None:
    path = next(f for f in FILES if f.name == "successful_log.mitm")
    with pytest.raises(CaptureError, match="mitmdump -nr"):
        read_exchanges(path)
