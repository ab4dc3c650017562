"""Feed damaged recordings to every reader: nothing but exchanges, damages and CaptureError may come out.

    python -m tests.fuzz.fuzz_readers --seconds 120                 every format, two minutes each
    python -m tests.fuzz.fuzz_readers --seconds 600 --only har,warc --seed 7 --keep FOLDER

Each round takes a small real or generated recording, damages it (bits, cuts, repeats, splices with another one, tokens that
parsers stumble over, headers and lengths), sometimes compresses the result, and reads it. A round that takes longer than
five seconds counts as a failure as well. A failing input is kept in FOLDER, if one is given; its seed is printed always.
"""

from __future__ import annotations

import argparse
import gzip
import io
import random
import sys
import tempfile
import time
import traceback
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from spillkit.capture import Format, Limits, read_exchanges, sniff
from spillkit.capture.access_log import read_access_log
from spillkit.capture.arc import read_arc
from spillkit.capture.har import read_har
from spillkit.capture.har_zip import read_har_zip
from spillkit.capture.jsonl import read_jsonl
from spillkit.capture.mail import read_eml, read_mbox
from spillkit.capture.parquet import read_parquet
from spillkit.capture.warc import read_warc
from spillkit.errors import CaptureError
from spillkit.model import BodyState, Damage, Exchange, SourceId
from tests.capture.recordings import HTTP_REQUEST, PAGE, har, har_entry, http_response, line, lines, warc_record

DATA = Path(__file__).parents[2].parent / "shared" / "data"
SECRETS = ("alice@example", "Alice Doe", "s3cret")
LIMITS = Limits(body_bytes=1 << 20, entry_bytes=4 << 20, ratio_from_bytes=1 << 16)
SLOW_SECONDS = 5.0
TOKENS = [
    *(rb'" \ { } [ ] , : null -1 1e999 NaN \ud800 \u0000 "entries" "log" "text": "encoding":"base64" "time":1e400 "v":2').split(),
    *(rb'"body_base64":"!!" =?utf-8?b?////?= =?x?q? charset=utf-16 charset=idna 99999999 PAR1 ffffffffff').split(),
    b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\r\n\r\n", b"\n\n", b"\n", b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd",
    b"WARC/1.1\r\n", b"HTTP/1.1 200 OK\r\n", b"WARC-Type: revisit\r\n", b"filedesc://x 1 2 3 4\n",
    b"Content-Length: 99999999999999999999\r\n", b"Content-Length: -1\r\n", b"Transfer-Encoding: chunked\r\n\r\n",
    b"Content-Encoding: gzip, br, deflate, zstd\r\n", b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n",
    b"Content-Type: message/rfc822\r\n\r\n", b"Content-Transfer-Encoding: base64\r\n\r\n", b"charset*0*=us'en'x",
    b"Content-Type: text/plain; charset=utf-7\r\n", b"From a@b Mon Jan  1 00:00:00 2024\n", b"To: a@b, (((((((((((((",
    b"To: =?utf-8?q?a?= <a@b>, c:;\r\n", b'[01/Jan/9999:99:99:99 +9999] "',
]  # fmt: skip


def seeds() -> dict[Format, list[bytes]]:
    """Small recordings of each format."""
    rows = [line(), line(None, body_base64="H4sIAAAAAAAA", encoded=True), line(None, body_bytes=5), line("x" * 300)]
    response = http_response(gzip.compress(PAGE.encode()), "Content-Type: text/html", "Content-Encoding: gzip")
    chunked = http_response(
        b"5\r\nAlice\r\n4\r\n Doe\r\n0\r\n\r\n", "Transfer-Encoding: chunked", "Content-Type: text/plain"
    )
    warc = (
        warc_record("warcinfo", b"software: x")
        + warc_record(
            "response", response, WARC_Record_ID="<a>", Content_Type="application/http", WARC_Payload_Digest="d"
        )
        + warc_record("request", HTTP_REQUEST, WARC_Concurrent_To="<a>", Content_Type="application/http")
        + warc_record("response", chunked, WARC_Record_ID="<b>", Content_Type="application/http")
        + warc_record("revisit", b"", WARC_Refers_To="<a>", WARC_Payload_Digest="d")
    )
    mail = (
        b"From: Shop <shop@example.org>\r\nTo: Alice Doe <alice@example.org>, bob@example.org\r\nSubject: =?utf-8?q?Z=C3=BCge?=\r\n"
        b"Date: Sat, 21 Nov 2026 10:00:00 +0100\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
        b"Content-Type: text/plain; charset=latin-1\r\n"
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\nZo=EB\r\n--b\r\nContent-Type: text/csv; name=a.csv\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\nYWxpY2VAZXhhbXBsZS5vcmc=\r\n--b--\r\n"
    )
    log = (
        b'203.0.113.7 - c_17 [21/Nov/2026:10:00:00 +0100] "GET /account HTTP/1.1" 200 512 "-" "Mozilla/5.0"\n'
        b'{"time":"2026-11-21T10:00:00Z","remote_addr":"203.0.113.7","request":"GET / HTTP/1.1","status":200}\n'
        b'{"ts":1700000000.5,"request":{"method":"GET","uri":"/","headers":{"User-Agent":["x"]}},"status":200,"size":5}\n'
    )
    entries = [har_entry(), har_entry("QWxpY2U=", encoding="base64"), har_entry(None, size=9)]
    entries[0]["_webSocketMessages"] = [{"type": "receive", "time": 1.5e9, "opcode": 1, "data": "hi"}]
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("har.har", har(har_entry(None, _file="a.html")))
        archive.writestr("a.html", PAGE)
    parquet = io.BytesIO()
    for row in rows:
        row["request"]["headers"] = [{"name": k, "value": v} for k, v in row["request"]["headers"]]
        row["response"]["headers"] = [{"name": k, "value": v} for k, v in row["response"]["headers"]]
    pq.write_table(pa.Table.from_pylist(rows), parquet)
    plain_rows = [
        line(),
        line(None, body_base64="H4sIAAAAAAAA", encoded=True),
        line("[1]", headers=[["content-encoding", "br"]]),
    ]
    unix_mail = mail.replace(b"\r\n", b"\n")
    mbox = b"From a@b Sat Nov 21 10:00:00 2026\n" + unix_mail + b"\nFrom c@d Sat Nov 21 10:00:01 2026\n" + mail
    found = {
        Format.HAR: [har(*entries), har()],
        Format.HAR_ZIP: [zipped.getvalue()],
        Format.WARC: [warc],
        Format.ARC: [],
        Format.JSONL: [lines(*plain_rows)],
        Format.PARQUET: [parquet.getvalue()],
        Format.EML: [mail],
        Format.MBOX: [mbox],
        Format.ACCESS_LOG: [log],
    }  # fmt: skip
    for folder in ("har", "warc", "mail"):
        for path in (DATA / folder).rglob("*"):
            if path.is_file() and path.stat().st_size < 20_000 and path.suffix not in (".mitm", ""):
                data = path.read_bytes()
                found[sniff(path)].append(
                    gzip.decompress(data) if data[:2] == b"\x1f\x8b" and "bad" not in path.name else data
                )
    return found


def damaged(data: bytes, other: bytes, rng: random.Random) -> bytes:
    """Return the data with one to eight damages."""
    work = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 3, 8))):
        at = rng.randrange(len(work) + 1)
        length = min(rng.choice((1, 2, 4, 16, 200)), len(work) - at)
        match rng.randrange(9):
            case 0:
                if work:
                    work[at % len(work)] ^= 1 << rng.randrange(8)
            case 1:
                del work[at : at + length]
            case 2:
                del work[at:]
            case 3:
                work[at:at] = work[at : at + length] * rng.choice((1, 2, 50))
            case 4:
                work[at:at] = rng.choice(TOKENS) * rng.choice((1, 1, 1, 300))
            case 5:
                work[at : at + length] = rng.randbytes(length)
            case 6:
                start = rng.randrange(len(other) + 1)
                work[at : at + length] = other[start : start + 300]
            case 7:
                work[at : at + length] = rng.choice(TOKENS)
            case _:
                digits = [i for i, b in enumerate(work[:4000]) if 48 <= b <= 57]
                if digits:
                    work[rng.choice(digits)] = rng.choice(b"0123456789-")
    return bytes(work[: 1 << 20])


def wrapped(data: bytes, rng: random.Random) -> tuple[bytes, str]:
    """Compress some inputs, and damage some of these again."""
    kind = rng.randrange(8)
    if kind == 0:
        data, suffix = gzip.compress(data, 1), ".gz"
    elif kind == 1:
        half = len(data) // 2
        data, suffix = gzip.compress(data[:half], 1) + gzip.compress(data[half:], 1), ".gz"
    elif kind == 2:
        data, suffix = zstandard.compress(data, 1), ".zst"
    elif kind == 3:
        data, suffix = zlib.compress(data, 1), ""
    else:
        return data, ""
    return (damaged(data, data, rng) if rng.random() < 0.5 else data), suffix


NAMES = {
    Format.HAR: "x.har", Format.HAR_ZIP: "x.har.zip", Format.WARC: "x.warc", Format.ARC: "x.arc", Format.JSONL: "x.jsonl",
    Format.PARQUET: "x.parquet", Format.EML: "x.eml", Format.MBOX: "x.mbox", Format.ACCESS_LOG: "x.log",
}  # fmt: skip


def rows_of(form: Format, path: Path) -> Iterator[Exchange | Damage]:
    """Read with the reader of the format, whatever the content looks like now."""
    readers = {
        Format.HAR: read_har, Format.HAR_ZIP: read_har_zip, Format.WARC: read_warc, Format.ARC: read_arc, Format.JSONL: read_jsonl,
        Format.PARQUET: read_parquet, Format.EML: read_eml, Format.MBOX: read_mbox, Format.ACCESS_LOG: read_access_log,
    }  # fmt: skip
    return readers[form](path, SourceId("0" * 16), LIMITS)  # type: ignore[operator]


def check(form: Format, path: Path) -> None:
    """Read a file both ways and check what comes out. Raises AssertionError or whatever a reader lets through."""
    for rows in (lambda: rows_of(form, path), lambda: read_exchanges(path, LIMITS)):
        try:
            for row in rows():
                check_row(row)
        except CaptureError as error:
            refusal = str(error)
        else:
            continue
        assert path.name in refusal
        assert not any(secret in refusal for secret in SECRETS)


def check_row(row: Exchange | Damage) -> None:
    """What holds for everything that a reader gives."""
    if isinstance(row, Damage):
        assert row.reason
        assert not any(secret in row.reason for secret in SECRETS)
        assert row.lost_exchanges is None or row.lost_exchanges >= 0
        return
    assert isinstance(row, Exchange)
    assert row.shown_at is None or row.shown_at.tzinfo is UTC
    assert row.body is None or (type(row.body) is bytes and len(row.body) <= LIMITS.body_bytes * 4)
    assert isinstance(row.body_state, BodyState)
    assert row.body is not None or row.body_state in (BodyState.MISSING, BodyState.NOT_TEXT)
    assert 0 <= row.body_bytes < 2**63
    assert -(2**15) <= row.status < 2**15, "the ledger keeps the status in 16 bits"
    assert all(
        isinstance(text, str) for text in (row.method, row.url, row.media_type, row.worker, row.connection, row.edge)
    )
    assert all(type(k) is str and type(v) is str for k, v in (*row.request.headers, *row.response_headers))
    # worker, connection and edge are the recorder's own words and may be printed.
    assert not any(secret in repr(replace(row, worker="", connection="", edge="")) for secret in SECRETS)


def fuzz(
    form: Format,
    inputs: list[bytes],
    seconds: float,
    seed: int,
    keep: Path | None = None,
    most_rounds: int = sys.maxsize,
) -> tuple[int, int]:
    """Run rounds for so long or so many; return how many ran and how many failed."""
    rounds = failures = 0
    ends = time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as folder:
        while time.monotonic() < ends and rounds < most_rounds:
            rng = random.Random(f"{form}{seed}{rounds}")
            data, suffix = wrapped(damaged(rng.choice(inputs), rng.choice(inputs), rng), rng)
            path = Path(folder) / (NAMES[form] + suffix)
            path.write_bytes(data)
            began = time.process_time()
            try:
                check(form, path)
                took = time.process_time() - began
                assert took < SLOW_SECONDS, f"took {took:.1f} s"
            except Exception:  # noqa: BLE001 - this is what we are looking for
                failures += 1
                print(f"{form}: round {rounds} of seed {seed} failed\n{traceback.format_exc(limit=-6)}", flush=True)
                if keep:
                    (keep / f"{NAMES[form]}-{seed}-{rounds}{suffix}").write_bytes(data)
            rounds += 1
    return rounds, failures


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seconds", type=float, default=120, help="for each format")
    options.add_argument("--only", default="", help="comma separated, like har,warc")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--keep", type=Path)
    given = options.parse_args()
    wanted = {name.strip().upper() for name in given.only.split(",") if name.strip()}
    failed = 0
    for form, inputs in seeds().items():
        if not inputs or (wanted and form.name not in wanted):
            continue
        rounds, failures = fuzz(form, inputs, given.seconds, given.seed, given.keep)
        print(
            f"{form}: {rounds} rounds in {given.seconds:.0f} s from {len(inputs)} inputs, {failures} failures",
            flush=True,
        )
        failed += failures
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
