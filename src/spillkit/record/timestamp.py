"""Time stamps: a service outside says when a checkpoint existed at the latest.

In:    a checkpoint; the service of the settings; the root certificates that are trusted.
Out:   the service's answer, kept beside the log and put into bundles; the time it states, when it was checked.
Else:  the checkpoint is `log`'s. `openssl ts -verify` checks the same answers (docs/how-to/prove.md).

    [record]                                    in spillkit.toml
    timestamp_url = "http://tsa.example/tsr"
    timestamp_roots = "tsa-roots.pem"           certificates, PEM; relative to the workspace

What leaves the house is one hash over the checkpoint and a random number. Source: RFC 3161, read and checked by rfc3161-client.
"""

from __future__ import annotations

import importlib
import os
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography import x509

from spillkit.errors import RecordError, SettingsError
from spillkit.record.log import Record
from spillkit.record.verifier import ProofError
from spillkit.settings import Workspace

_WAIT_SECONDS = 30
_MAX_ANSWER_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Service:
    """A time-stamping service, and whom we trust to have issued its certificate."""

    url: str
    roots: tuple[x509.Certificate, ...]


def read_service(workspace: Workspace) -> Service | None:
    """Return the service of the settings, or None where none is configured; SettingsError if it cannot be used."""
    settings = tomllib.loads(workspace.settings_file.read_text(encoding="utf-8")).get("record")
    if settings is None or (isinstance(settings, dict) and "timestamp_url" not in settings):
        return None
    url, roots = (
        (settings.get(name) for name in ("timestamp_url", "timestamp_roots")) if isinstance(settings, dict) else (0, 0)
    )
    if not isinstance(url, str) or not url.startswith(("http://", "https://")) or not isinstance(roots, str):
        raise SettingsError(
            f"{workspace.settings_file}: [record] needs timestamp_url, a web address, and timestamp_roots, a file of certificates."
        )
    return Service(url, read_roots(workspace.root / roots))


def read_roots(path: Path) -> tuple[x509.Certificate, ...]:
    """Return the certificates of a PEM file; SettingsError if it holds none."""
    try:
        return tuple(x509.load_pem_x509_certificates(path.read_bytes()))
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"{path}: no certificates in PEM form can be read from it. Ask the service for its root."
        ) from error


def stamp(record: Record, service: Service) -> datetime:
    """Have the record's checkpoint stamped, keep the answer, and return the time it states (UTC).

    A checkpoint that was stamped before is not stamped again.
    Raises   RecordError if the service cannot be reached, refuses, or answers what does not fit; nothing is kept then
    """
    note, checkpoint = record.signed_checkpoint()
    kept = record.timestamp_of(checkpoint.size)
    if kept is not None:
        try:
            return verify_timestamp(kept, note, service.roots)
        except ProofError as error:
            raise RecordError(
                f"The time stamp kept for {checkpoint.size} entries is not good: {error}. Check timestamp_roots; to ask again, "
                f"move record/timestamps/{checkpoint.size}.tsr away."
            ) from error
    library = _library()
    builder = library.TimestampRequestBuilder().data(note).hash_algorithm(library.HashAlgorithm.SHA256)
    request = builder.cert_request(cert_request=True).build()
    answer = _ask(service.url, request.as_bytes())
    try:
        stamped_at = verify_timestamp(answer, note, service.roots, nonce=request.nonce)
    except ProofError as error:
        raise RecordError(
            f"The time-stamping service answered, and {error}. Nothing was kept. Check timestamp_roots."
        ) from error
    place = record.folder / "timestamps" / f"{checkpoint.size}.tsr"
    place.parent.mkdir(mode=0o700, exist_ok=True)
    draft = place.with_name(f".{place.name}.{os.getpid()}")
    draft.write_bytes(answer)
    draft.replace(place)
    return stamped_at


def verify_timestamp(
    answer: bytes, note: bytes, roots: tuple[x509.Certificate, ...], nonce: int | None = None
) -> datetime:
    """Return when a checkpoint was stamped (UTC).

    answer   the service's answer, DER
    note     the signed checkpoint, whose bytes were stamped
    nonce    the number that was sent along, where this is the answer to a request just made
    Raises   ProofError ("bad-timestamp") if it is not granted, over something else, or not by a service under `roots`
    Source   RFC 3161 sections 2.4.2 and 2.3; certificates are judged at the time stated
    """
    library = _library()
    verifier = library.VerifierBuilder(roots=list(roots), nonce=nonce).build() if roots else None
    try:
        response = library.decode_timestamp_response(answer)
        if verifier is None:
            raise ValueError("no roots")
        verifier.verify_message(response, note)
        stamped_at = response.tst_info.gen_time
    except (ValueError, TypeError, library.VerificationError) as error:
        raise ProofError(
            "bad-timestamp", "its time stamp is not one over this checkpoint by a service that is trusted"
        ) from error
    if not isinstance(stamped_at, datetime):
        raise ProofError("bad-timestamp", "its time stamp states no time")
    return stamped_at.astimezone(UTC)


def _ask(url: str, request: bytes) -> bytes:
    import httpx

    headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
    try:
        with httpx.stream("POST", url, content=request, headers=headers, timeout=_WAIT_SECONDS) as response:
            answer = b""
            for part in response.iter_bytes():
                answer += part
                if len(answer) > _MAX_ANSWER_BYTES:
                    raise RecordError("The time-stamping service answers without end. Nothing was kept.")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise RecordError(
            f"The time-stamping service cannot be reached ({type(error).__name__}). The record is as it was; try again later."
        ) from error
    if response.status_code != 200:
        raise RecordError(f"The time-stamping service answered with status {response.status_code}. Nothing was kept.")
    return answer


def _library() -> Any:  # A package that not every installation has.
    try:
        return importlib.import_module("rfc3161_client")
    except ImportError as error:
        raise SettingsError(
            "Time stamps need the package rfc3161-client. Install it: pip install rfc3161-client"
        ) from error
