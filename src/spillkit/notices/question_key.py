"""Keep the key with which questions of the portal are opened: the company's core has it, the portal never.

In:    a workspace.
Out:   the private key, made on first use in notices/questions.key, readable by its owner only.
Else:  sealing and opening is `question`; the public half goes into the publication.
"""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from spillkit.errors import SettingsError
from spillkit.settings import Workspace


def question_key(workspace: Workspace) -> X25519PrivateKey:
    """Return the key; made where there is none yet.

    Raises  SettingsError if it cannot be made, is damaged, or others may read it: a new one would open no earlier question
    """
    path = workspace.root / "notices" / "questions.key"
    key = X25519PrivateKey.generate()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f".questions-{os.getpid()}.key")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
                file.flush()
                os.fsync(file.fileno())
            os.link(draft, path)  # Whole or not there, and never in the place of another.
        finally:
            draft.unlink()
    except FileExistsError:
        return _read(path)
    except OSError as error:
        raise SettingsError(
            f"{path}: the key of questions cannot be written ({error.strerror}). Make room, or mend the rights."
        ) from error
    return key


def _read(path: Path) -> X25519PrivateKey:
    try:
        mode, text = path.stat().st_mode, path.read_bytes()
        key = load_pem_private_key(text, None)
    except OSError as error:
        raise SettingsError(f"{path}: the key of questions cannot be read ({error.strerror}).") from error
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, X25519PrivateKey):
        raise SettingsError(
            f"{path}: this is no key of questions. Put it back from your backup: without it no waiting question can be read."
        )
    if mode & 0o077:
        raise SettingsError(f"{path}: others may read the key of questions. Run chmod 600 on it.")
    return key
