"""Read one claim of a JSON web token, without verifying it.

In:    a token as it was sent.
Out:   the claim's value as text, or None.
Else:  which claim names the viewer is the caller's option (`--viewer-from jwt:sub`).

The signature is not checked: the server that answered did that, or the request would have been refused. So a viewer found
this way is as sure as the server's own check, and a forged token on a page that needs none could name somebody else.
Tokens are never kept.
Source: RFC 7519, section 3; RFC 7515, section 7.1 (compact form: three parts, the second is the payload in base64url).
"""

from __future__ import annotations

import base64
import binascii

import msgspec

_MAX_CHARACTERS = 32768


def read_claim(token: str, path: tuple[str, ...]) -> str | None:
    """Return a claim as text; None if this is no such token, or it has no such claim.

    token  with or without "Bearer " before it
    path   names of nested claims: ("sub",) or ("user", "id")
    """
    scheme, _, rest = token.strip().partition(" ")
    compact = rest.strip() if scheme.lower() in ("bearer", "jwt", "token") else token.strip()
    parts = compact.split(".")
    if len(parts) != 3 or len(compact) > _MAX_CHARACTERS:
        return None
    try:
        payload = parts[1]
        found = msgspec.json.decode(
            base64.b64decode(payload + "=" * (-len(payload) % 4), altchars=b"-_", validate=True)
        )
    except (binascii.Error, ValueError, msgspec.DecodeError):
        return None
    for name in path:
        if not isinstance(found, dict) or name not in found:
            return None
        found = found[name]
    if isinstance(found, bool) or not isinstance(found, (str, int)):
        return None
    return str(found).strip() or None
