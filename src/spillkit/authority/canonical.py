"""Write a report as JSON, the same bytes for the same report, and read it back.

In:    a Report; bytes.
Out:   canonical JSON: UTF-8, names in order, no blanks, no number but whole ones; its SHA-256; a Report.
Else:  the schema stands in `schema/authority-report-1.json`, and a test holds it to the types.

Source  RFC 8785 (JSON Canonicalization Scheme): a report holds ASCII names, whole numbers below 2^53 and text without control
        characters only; of these, sorted compact JSON is the canonical form.
"""

from __future__ import annotations

import hashlib
from importlib import resources
from typing import Any

import msgspec

from spillkit.authority.report import VERSION, Report
from spillkit.errors import ReportError

SCHEMA_NAME = "authority-report-1.json"
MOST_BYTES = 32 << 20  # of a report that is read back


def report_json(report: Report) -> bytes:
    """Return the report as canonical JSON, without a line break at the end."""
    return msgspec.json.encode(report, order="sorted")


def digest_of(report: Report) -> str:
    """Return the SHA-256 of the report's JSON, 64 hex digits: what `sha256sum report.json` prints."""
    return hashlib.sha256(report_json(report)).hexdigest()


def read_report(content: bytes, *, name: str = "report.json") -> Report:
    """Read a report back.

    Raises  ReportError if it is none, of another version, or was changed by hand so that its bytes are no longer canonical
    """
    if len(content) > MOST_BYTES:
        raise ReportError(
            f"{name}: larger than {MOST_BYTES >> 20} MiB. No report is; name the JSON that Spillkit wrote."
        )
    try:
        version = msgspec.json.decode(content, type=_Versioned).version
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ReportError(
            f"{name}: this is not a report as JSON. Name a file that Spillkit wrote with --json."
        ) from error
    if version != VERSION:
        raise ReportError(f"{name}: version {version} is not read by this Spillkit, which reads version {VERSION}.")
    try:
        report = msgspec.json.decode(content, type=Report, strict=True)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ReportError(
            f"{name}: parts of this report are missing or wrong. Name a file that Spillkit wrote with --json."
        ) from error
    if report_json(report) != content:
        raise ReportError(f"{name}: the bytes are not those that Spillkit wrote. Name the file as it was written.")
    return report


def schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a report, as the types have it."""
    made = msgspec.json.schema(Report)
    made["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    made["title"] = "Spillkit authority report, version 1"
    return made


def schema_text() -> str:
    """Return the schema that is shipped."""
    return resources.files("spillkit.authority").joinpath(f"schema/{SCHEMA_NAME}").read_text(encoding="utf-8")


class _Versioned(msgspec.Struct):
    version: int
