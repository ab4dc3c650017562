"""Tell what kind of recording a file is, by its content.

In:    a path.
Out:   Format; CaptureError where it is none we read, with the formats and what to do.
Else:  reading it is the module of that format.

The content decides. A file's name counts only where its beginning is too damaged to tell.
"""

from __future__ import annotations

import json
import re
import zipfile
from enum import StrEnum
from pathlib import Path

from spillkit.capture.access_log import is_log_line, is_log_object
from spillkit.capture.limits import Limits
from spillkit.capture.stored import Stored
from spillkit.errors import CaptureError

_HEAD_BYTES = 1 << 18


class Format(StrEnum):
    """What we read. The value is the name used in messages and tables."""

    HAR = "HAR"
    HAR_ZIP = "zipped HAR"
    WARC = "WARC"
    ARC = "ARC"
    JSONL = "JSON lines"
    PARQUET = "Parquet"
    EML = "mail message"
    MBOX = "mbox"
    MAILDIR = "Maildir"
    ACCESS_LOG = "access log"


_READABLE = (
    "Spillkit reads HAR, WARC, ARC, its own JSON lines and Parquet (docs/reference/exchange-schema.md), "
    "mail messages (.eml), mbox, Maildir folders, and access logs (common, combined, JSON), also gzipped or in zstd."
)
_ADVICE = {
    b"\x7fELF": "it is a program",
    b"\xd4\xc3\xb2\xa1": "it is a packet capture; replay it through mitmproxy, or export HTTP from Wireshark",
    b"\xa1\xb2\xc3\xd4": "it is a packet capture; replay it through mitmproxy, or export HTTP from Wireshark",
    b"\x0a\x0d\x0d\x0a": "it is a packet capture; replay it through mitmproxy, or export HTTP from Wireshark",
    b"BZh": "it is compressed with bzip2; decompress it first",
    b"\xfd7zXZ": "it is compressed with xz; decompress it first",
    b"7z\xbc\xaf": "it is a 7-Zip archive; unpack it first",
    b"%PDF-": "it is a PDF",
    b"SQLite format 3": "it is an SQLite database",
}
_FLOW = re.compile(rb"\d{1,9}:(?:\d+:|9:websocket|5:error|8:response)")
_HAR_START = re.compile(rb'\s*\{\s*(?:"[^"]{0,40}"\s*:\s*(?:"[^"]{0,200}"|[\w.+-]{1,20})\s*,\s*){0,4}"log"\s*:\s*\{')
_MBOX_START = re.compile(rb"From [^\r\n]{0,200}\d{4}[^\r\n]{0,40}\r?\n")
_MAIL_HEADER = re.compile(
    rb"^(?:from|to|cc|bcc|subject|date|message-id|received|return-path|mime-version|content-type|delivered-to|reply-to"
    rb"|sender|x-[a-z-]+)[ \t]?:",
    re.IGNORECASE | re.MULTILINE,
)
_NAMES = {".har": Format.HAR, ".warc": Format.WARC, ".arc": Format.ARC, ".eml": Format.EML, ".mbox": Format.MBOX}


def sniff(path: Path) -> Format:
    """Return the format of a recording.

    path    a file, or a Maildir folder
    Raises  CaptureError if it cannot be opened or is of no format that we read
    """
    try:
        if path.is_dir():
            if (path / "cur").is_dir() or (path / "new").is_dir():
                return Format.MAILDIR
            raise CaptureError(f"{path.name}: is a folder and no Maildir. Name the files in it. {_READABLE}")
    except OSError as error:
        raise CaptureError(
            f"{path.name}: cannot be opened ({error.strerror}). Check the path and its rights."
        ) from error
    with Stored(path, Limits()) as stored:
        head = b""
        while len(head) < _HEAD_BYTES and (chunk := stored.read()):
            head += chunk
        is_damaged = bool(stored.take_problems())
    found = _format_of(path, head)
    if found is None:
        found = _format_by_name(path, head, is_damaged)
    if found is None:
        raise CaptureError(f"{path.name}: {_reason(head)}. {_READABLE}")
    return found


def _format_of(path: Path, head: bytes) -> Format | None:
    if head.startswith(b"PAR1"):
        return Format.PARQUET
    if head.startswith(b"PK\x03\x04"):
        return Format.HAR_ZIP if _holds_har(path) else None
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"WARC/"):
        return Format.WARC
    if text.startswith(b"filedesc://"):
        return Format.ARC
    if text.startswith(b"{"):
        return _json_format(text)
    if _MBOX_START.match(text):
        return Format.MBOX
    lines = text[: 1 << 16].split(b"\n")
    if any(is_log_line(line.decode("utf-8", "replace")) for line in lines[:20]):
        return Format.ACCESS_LOG
    header_lines = text[: 1 << 16].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    if len(set(_MAIL_HEADER.findall(header_lines))) >= 2 and _MAIL_FIRST.match(text):
        return Format.EML
    return None


_MAIL_FIRST = re.compile(rb"[!-9;-~]{1,100}[ \t]*:")


def _json_format(text: bytes) -> Format | None:
    if _HAR_START.match(text):
        return Format.HAR
    lines = text.split(b"\n")
    for line in lines[:20]:
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if not isinstance(row, dict):
            continue
        if "v" in row and ("request" in row or "response" in row):
            return Format.JSONL
        if is_log_object(row):
            return Format.ACCESS_LOG
        if isinstance(row.get("request"), dict) or isinstance(row.get("response"), dict):
            return Format.JSONL
    first = lines[0]
    if re.match(rb'\{\s*"v"\s*:\s*\d+\s*,', first) or (
        len(lines) == 1 and b'"response"' in first and b'"request"' in first
    ):
        return Format.JSONL
    return None


def _format_by_name(path: Path, head: bytes, is_damaged: bool) -> Format | None:
    suffixes = [s.lower() for s in path.suffixes if s.lower() not in (".gz", ".zst")]
    named = _NAMES.get(suffixes[-1]) if suffixes else None
    if named is Format.EML and head.strip() and b"\0" not in head[:512]:
        return named
    if named is Format.HAR and head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{"):
        return named
    if is_damaged and len(head) < 1024:
        return named or (Format.JSONL if suffixes and suffixes[-1] in (".jsonl", ".ndjson") else None)
    if not head.strip() and suffixes and suffixes[-1] in (".jsonl", ".ndjson", ".log", ".mbox"):
        # Nothing was recorded: no exchanges, and no error.
        return {".log": Format.ACCESS_LOG, ".mbox": Format.MBOX}.get(suffixes[-1], Format.JSONL)
    return None


def _holds_har(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.lower().endswith(".har") for name in archive.namelist())
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError):
        return False


def _reason(head: bytes) -> str:
    if not head.strip():
        return "the file is empty"
    for magic, reason in _ADVICE.items():
        if head.startswith(magic):
            return reason
    if head.startswith(b"PK"):
        return "it is a zip archive without a HAR in it; unpack it first"
    if _FLOW.match(head):
        return (
            "it holds mitmproxy flows; convert them with `mitmdump -nr FILE -s mitmproxy_addon.py --set spillkit_out=FILE.jsonl` "
            "(docs/how-to/record-traffic.md)"
        )
    return "the format is not recognised"
