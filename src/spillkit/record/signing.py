"""Sign checkpoints: the key file, its public half, signed notes.

In:    a key file (made once, mode 0600).
Out:   Signer, which signs texts.
Else:  checking signatures is `verifier`.

The key file holds one line, `PRIVATE+KEY+NAME+KEYID+BASE64`, as golang.org/x/mod/sumdb/note writes it, so that other tools for
signed notes can use it. Source: C2SP signed-note.
"""

from __future__ import annotations

import base64
import os
import shlex
import stat
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from spillkit.errors import SettingsError
from spillkit.record.verifier import ED25519, PublicKey, is_key_name, key_id_of

_MARK = "PRIVATE+KEY+"


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key with its name, which is also the origin line of the log."""

    name: str
    seed: bytes = field(repr=False)  # 32 bytes

    @property
    def public_key(self) -> PublicKey:
        raw = Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()
        return PublicKey(self.name, key_id_of(self.name, raw), raw)

    def sign(self, text: str) -> bytes:
        """Return a signed note: the text, an empty line, one signature line.

        text   ends in a newline and holds no other control character
        """
        signature = Ed25519PrivateKey.from_private_bytes(self.seed).sign(text.encode())
        encoded = base64.b64encode(self.public_key.key_id + signature).decode("ascii")
        return f"{text}\n— {self.name} {encoded}\n".encode()

    @property
    def text(self) -> str:
        """The line of the key file. Secret."""
        key_id = self.public_key.key_id.hex()
        return f"{_MARK}{self.name}+{key_id}+{base64.b64encode(ED25519 + self.seed).decode('ascii')}"


def new_signer(name: str) -> Signer:
    """Return a signer with a new random key; SettingsError if the name cannot be one of a log."""
    if not is_key_name(name) or "@" in name or len(name) > 200:
        raise SettingsError(
            "The name of a record is like shop.example/record: no spaces, no plus, no e-mail address, at most 200 letters. "
            "It stands in every proof. Choose another."
        )
    return Signer(name, Ed25519PrivateKey.generate().private_bytes_raw())


def read_signer(path: Path) -> Signer:
    """Return the signer of a key file; SettingsError if it is missing, damaged, or readable by others."""
    try:
        mode = path.stat().st_mode
        text = path.read_text("utf-8").strip()
    except FileNotFoundError:
        raise SettingsError(
            f"{path}: the signing key of the record is missing. Put it back from your backup; nothing can be added without it."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: the signing key cannot be read. Check the file and its permissions.") from error
    if stat.S_IMODE(mode) & 0o077:
        raise SettingsError(f"{path}: others may read the signing key. Run: chmod 600 {shlex.quote(str(path))}")
    try:
        return parse_signer(text)
    except ValueError:
        raise SettingsError(f"{path}: this is not the signing key of a record. Put the right file back.") from None


def parse_signer(text: str) -> Signer:
    """Return the signer in `PRIVATE+KEY+NAME+KEYID+BASE64`; ValueError (without the text) if it is none."""
    problem = ValueError("not a signing key")
    parts = text.removeprefix(_MARK).split("+", 2)
    if not text.startswith(_MARK) or len(parts) != 3 or not is_key_name(parts[0]):
        raise problem
    try:
        key = base64.b64decode(parts[2].encode("ascii"), validate=True)
    except ValueError:
        raise problem from None
    if len(key) != 33 or key[:1] != ED25519 or base64.b64encode(key).decode("ascii") != parts[2]:
        raise problem
    signer = Signer(parts[0], key[1:])
    if signer.public_key.key_id.hex() != parts[1]:
        raise problem
    return signer


def write_signer(path: Path, signer: Signer) -> None:
    """Write a new key file that only its owner may read; FileExistsError if there is one.

    It appears whole or not at all, and once here it stays: what it signed must not be signed by another.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(signer.text + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)  # Unlike a rename, this never takes the place of a key that another process has just made.
    finally:
        draft.unlink(missing_ok=True)
