"""Sign mails with DKIM: each with RSA and with Ed25519.

In:    the head and body of a mail; the keys of a domain.
Out:   the mail with two signatures above its head; the records to publish.
Else:  whether a forwarded mail is signed rightly is `genuine`; whether the records are published is `preflight`.

Both signatures are relaxed/relaxed and without a length (RFC 6376, section 8.2). Each field that a reader is shown, or that
changes how a mail is shown, is signed once more than it is there, so that nobody can add a second one (section 8.15); those that a
notice never has (Cc, Sender, …) are signed as missing. RFC 8463 gives Ed25519, which few receivers check yet; RSA with 2048 bits is
for all others.

`Signer` assembles signatures itself: dkimpy, which computes RSA in plain Python, signs an eighth as many mails with both keys, and
half as many with Ed25519 alone (bench/notices_sign.py). A property test has dkimpy verify what is signed here.

Source: RFC 6376 (DKIM), RFC 8301 (RSA of 2048 bits, SHA-256), RFC 8463 (Ed25519).
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shlex
import stat
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from spillkit.errors import SettingsError

RSA, ED25519 = "rsa", "ed25519"
ALGORITHMS = (RSA, ED25519)
_RSA_BITS = 2048
_DNS_STRING = 255  # bytes of one character-string of a TXT record (RFC 1035, section 3.3.14)
_SELECTOR = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")
_DOMAIN = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")

# Signed once more than they occur.
SIGNED = (
    "From", "To", "Cc", "Reply-To", "Sender", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "MIME-Version",
    "Content-Type", "Content-Transfer-Encoding", "Content-Language", "Content-Disposition", "List-Id", "List-Unsubscribe",
    "List-Unsubscribe-Post", "Auto-Submitted", "Feedback-ID",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DkimKey:
    """One private key, and where its public half is published."""

    domain: str
    selector: str
    private: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey = field(repr=False)

    @property
    def algorithm(self) -> str:
        return RSA if isinstance(self.private, rsa.RSAPrivateKey) else ED25519

    @property
    def name(self) -> str:
        """The name in the DNS under which the record is published."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def record(self) -> str:
        """The text of the record (RFC 6376, section 3.6.1; RFC 8463, section 4)."""
        public = self.private.public_key()
        if isinstance(public, rsa.RSAPublicKey):
            form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
            return f"v=DKIM1; k=rsa; h=sha256; p={base64.b64encode(public.public_bytes(*form)).decode('ascii')}"
        return f"v=DKIM1; k=ed25519; h=sha256; p={base64.b64encode(public.public_bytes_raw()).decode('ascii')}"


def new_keys(folder: Path, domain: str, selector: str) -> tuple[DkimKey, ...]:
    """Make an RSA and an Ed25519 key in files of mode 600, and return them.

    folder    existing, or made with mode 700
    selector  small letters, digits and dashes: "notices2026". The keys are published under `selector-rsa` and `selector-ed`
    Raises    SettingsError if there are such keys already, the names cannot be published, or the folder cannot be written
    """
    _check_names(domain, selector)
    keys = (
        DkimKey(domain, f"{selector}-rsa", rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS)),
        DkimKey(domain, f"{selector}-ed", ed25519.Ed25519PrivateKey.generate()),
    )
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        for key in keys:
            _write_key(folder / _file_name(key), key)
    except FileExistsError as error:
        raise SettingsError(
            f"{folder} holds keys of {selector} already. Name another selector: mails that were signed with the old keys stay "
            "verifiable as long as their records are published."
        ) from error
    except OSError as error:
        raise SettingsError(f"{folder}: the signing keys cannot be written ({error.strerror}).") from error
    return keys


def read_keys(folder: Path, domain: str, selector: str) -> tuple[DkimKey, ...]:
    """Return the keys that `new_keys` made; SettingsError if they are missing, damaged, or readable by others."""
    _check_names(domain, selector)
    return tuple(
        read_key(folder / f"{selector}-{short}.{domain}.pem", domain, f"{selector}-{short}") for short in ("rsa", "ed")
    )


def read_key(path: Path, domain: str, selector: str) -> DkimKey:
    """Return one key; SettingsError if it is missing, damaged, or readable by others."""
    try:
        mode, text = path.stat().st_mode, path.read_bytes()
    except FileNotFoundError:
        raise SettingsError(
            f"{path}: the signing key is missing. Make it with `spillkit notify keys`, or put it back from your backup."
        ) from None
    except OSError as error:
        raise SettingsError(f"{path}: the signing key cannot be read ({error.strerror}).") from error
    if stat.S_IMODE(mode) & 0o077:
        raise SettingsError(f"{path}: others may read the signing key. Run: chmod 600 {shlex.quote(str(path))}")
    try:
        private = serialization.load_pem_private_key(text, password=None)
    except (ValueError, TypeError):
        private = None
    if isinstance(private, ed25519.Ed25519PrivateKey) or (
        isinstance(private, rsa.RSAPrivateKey) and private.key_size >= _RSA_BITS
    ):
        return DkimKey(domain, selector, private)
    raise SettingsError(f"{path}: this is no RSA key of 2048 bits or more and no Ed25519 key. Put the right file back.")


def zone_lines(keys: tuple[DkimKey, ...]) -> str:
    """Return the records to publish as lines of a zone file, cut into strings of at most 255 bytes (RFC 1035, section 5)."""
    return "".join(f"{key.name}. 3600 IN TXT {_strings(key.record)}\n" for key in keys)


class Signer:
    """Signs mails of one domain."""

    def __init__(self, keys: tuple[DkimKey, ...]) -> None:
        self._keys = [
            (
                key.private,
                f"v=1; a={key.algorithm}-sha256; c=relaxed/relaxed; d={key.domain};\r\n s={key.selector}; ".encode(),
            )
            for key in keys
        ]

    def sign(self, head: bytes, body: bytes, at: datetime) -> bytes:
        """Return the signature fields, to be written above the head.

        head, body  lines with CRLF, without the empty line between them
        at          UTC; the time in the signatures
        """
        fields = _fields(head)
        lines: list[bytes] = []
        for name in _SIGNED_LOWER:
            lines += reversed(fields.get(name, ()))  # A verifier takes the last one first (section 5.4.2).
        signed = b"".join(lines)
        names = _names(tuple(len(fields.get(name, ())) for name in _SIGNED_LOWER))
        digest = base64.b64encode(hashlib.sha256(relaxed_body(body)).digest())
        tail = b"t=%d; bh=%b;\r\n h=%b;\r\n b=" % (
            int(at.timestamp()),
            digest,
            names,
        )
        return b"".join(_signature(private, start + tail, signed) for private, start in self._keys)


def relaxed_body(body: bytes) -> bytes:
    """Return a body without what servers change on the way (RFC 6376, section 3.4.4).

    body  empty, or lines with CRLF

    >>> relaxed_body(b" C \\r\\nD \\t E\\r\\n\\r\\n\\r\\n")
    b' C\\r\\nD E\\r\\n'
    """
    body = _one_space(body).replace(b" \r\n", b"\r\n")
    while body.endswith(b"\r\n\r\n"):
        body = body[:-2]
    return b"" if body == b"\r\n" else body


def relaxed_field(line: bytes) -> bytes:
    """Return one field, folded or not, as it is signed (RFC 6376, section 3.4.2).

    >>> relaxed_field(b"SUBJect : AbC \\t\\r\\n  d ")
    b'subject:AbC d\\r\\n'
    """
    name, _, value = line.replace(b"\r\n", b"").partition(b":")
    return name.strip(b" \t").lower() + b":" + _one_space(value).strip(b" ") + b"\r\n"


def _one_space(text: bytes) -> bytes:
    """Return text with one space for each run of spaces and tabs. Replacing is twenty times as fast as a pattern here."""
    text = text.replace(b"\t", b" ")
    while b"  " in text:
        text = text.replace(b"  ", b" ")
    return text


_PREHASHED = Prehashed(hashes.SHA256())
_FIELD_START = re.compile(rb"\r\n(?![ \t])")
_SIGNED_LOWER = tuple(name.lower().encode() for name in SIGNED)


def _fields(head: bytes) -> dict[bytes, list[bytes]]:
    """Return the relaxed fields of a head by their names, each name's from top to bottom."""
    fields: dict[bytes, list[bytes]] = {}
    for line in _FIELD_START.split(head):
        if line:
            relaxed = relaxed_field(line)
            fields.setdefault(relaxed[: relaxed.index(b":")], []).append(relaxed)
    return fields


@lru_cache(maxsize=64)
def _names(counts: tuple[int, ...]) -> bytes:
    """Return the names of the signed fields, each once more than it occurs, in lines of at most 70 signs."""
    lines = [""]
    for name, count in zip(SIGNED, counts, strict=True):
        for _ in range(count + 1):
            if len(lines[-1]) + len(name) >= 70:
                lines.append("")
            lines[-1] += f"{name}:"
    return "\r\n ".join(lines).removesuffix(":").encode()


def _signature(private: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey, value: bytes, signed: bytes) -> bytes:
    """Return one whole DKIM-Signature field."""
    start = b"DKIM-Signature: " + value
    digest = hashlib.sha256(signed + relaxed_field(start)[:-2]).digest()
    # Ed25519 signs the digest, not the text (RFC 8463, section 3).
    made = (
        private.sign(digest, padding.PKCS1v15(), _PREHASHED)
        if isinstance(private, rsa.RSAPrivateKey)
        else private.sign(digest)
    )
    encoded = base64.b64encode(made)
    return start + b"\r\n ".join(encoded[at : at + 72] for at in range(0, len(encoded), 72)) + b"\r\n"


def _strings(text: str) -> str:
    return " ".join(f'"{text[at : at + _DNS_STRING]}"' for at in range(0, len(text), _DNS_STRING))


def _check_names(domain: str, selector: str) -> None:
    if _SELECTOR.fullmatch(selector) is None or _DOMAIN.fullmatch(domain) is None:
        raise SettingsError(
            "A signing key needs a domain in small ASCII letters and a selector of small letters, digits and dashes, "
            "like notices2026."
        )


def _file_name(key: DkimKey) -> str:
    return f"{key.selector}.{key.domain}.pem"


def _write_key(path: Path, key: DkimKey) -> None:
    text = key.private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(text)
