"""A shop that published, the codes that it gave out, and a portal that serves it: what the tests of this folder share."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import httpx
import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from spillkit.notices.code import Code, code_keys, code_of, digest_of
from spillkit.notices.publication import (
    Campaign,
    Coded,
    Fake,
    Figure,
    Flag,
    Method,
    Publication,
    PublishedText,
    Sign,
    Way,
    Why,
    write_publication,
)
from spillkit.notices.told import Kind
from tests.notices.written import LETTERHEAD, story

KEYS = code_keys(bytes(range(16)))
QUESTIONS = X25519PrivateKey.from_private_bytes(bytes(range(32)))
LANGUAGES = ("en", "ar", "ja", "pl")  # of tests that need not see all
SHOWN_FIELDS = ("name", "e-mail", "phone", "address", "order", "session")
CANADA = msgspec.structs.replace(
    LETTERHEAD, entity="ca", name="Shop Canada Inc.", brand="Shop <b>&Co", contact="privacy@shop.example.ca"
)
CAMPAIGN = Campaign(
    story(),
    SHOWN_FIELDS,
    Method.PART,
    datetime(2026, 11, 22, 9, 30, tzinfo=UTC),
    (Figure(date(2026, 11, 20), 776, 1014), Figure(date(2026, 11, 22), 988, 1014, Why.MORE)),
    searched_percent=97.5,
    texts=(PublishedText(Kind.AFFECTED, "en", "ab" * 32),),
)
FAKES = (Fake(date(2026, 11, 21), Way.SMS, (Sign.LINK, Sign.PASSWORD)),)


def published(**changes: object) -> Publication:
    return Publication(
        **{"campaigns": (CAMPAIGN,), "letterheads": (LETTERHEAD, CANADA), "languages": LANGUAGES} | changes
    )


def a_code(notice: str) -> Code:
    return code_of(notice, KEYS)


def coded(
    notice: str, kind: Kind = Kind.AFFECTED, fields: tuple[str, ...] = ("name", "e-mail"), **more: object
) -> Coded:
    return Coded(digest_of(a_code(notice), KEYS), kind, 0, more.pop("entity", 0), fields, more.pop("flags", Flag(0)))


CODES = {
    "affected": coded("affected"),
    "address too": coded("address too", fields=("name", "address", "session")),
    "correction": coded("correction", Kind.CORRECTION),
    "unaffected": coded("unaffected", Kind.UNAFFECTED, ()),
    "viewer": coded("viewer", Kind.UNINTENDED_VIEWER, ()),
    "shared": coded("shared", flags=Flag.SHARED),
    "withheld": coded("withheld", flags=Flag.WITHHELD),
    "withdrawn": coded("withdrawn", flags=Flag.WITHDRAWN),
    "canada": coded("canada", entity=1),
    "no fields": coded("no fields", fields=()),
}


def publish(folder: Path, publication: Publication | None = None, more: int = 0) -> str:
    """Publish the codes above, and so many others."""
    others = (coded(f"n{number}", fields=SHOWN_FIELDS[: number % 7]) for number in range(more))
    everything = [*CODES.values(), *others]
    return write_publication(folder, publication or published(), everything, KEYS.looking_up, QUESTIONS.public_key())


@contextmanager
def serving(folder: Path, *, proxy: str = "127.0.0.1", workers: int = 1) -> Iterator[str]:
    """Serve what is published in a folder by the real server; yield its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable, "-m", "spillkit_portal", "serve", str(folder / "published"), "--spool", str(folder / "asked"),
        "--port", str(port), "--workers", str(workers), *(["--proxy", proxy] if proxy else []),
    ]  # fmt: skip
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said, env=dict(os.environ))
    try:
        _wait(process, f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def _wait(process: subprocess.Popen[bytes], address: str) -> None:
    for _ in range(300):
        assert process.poll() is None, "the portal ended"
        try:
            httpx.get(f"{address}/en/", timeout=2)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the portal did not open within 30 s")
