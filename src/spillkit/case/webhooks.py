"""Sign what is told to other programs, so that they can tell that it is ours and was not changed.

In:    an event's kind, time and data; keys as the receiver was given them; the time of the attempt.
Out:   the body and its headers. The same attempt gives the same bytes.
Else:  what is told is `messages`; sending, and trying again, are the server's.

Source  Standard Webhooks, spec/standard-webhooks.md: `v1` is HMAC-SHA256 under a key `whsec_…`, `v1a` is Ed25519 under `whsk_…`
        (receivers hold `whpk_…`). Several keys give several signatures, so that a key can be changed without a gap.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from spillkit.errors import NotTaken, SettingsError

_SECRET, _PRIVATE, _PUBLIC = "whsec_", "whsk_", "whpk_"
_SECRET_BYTES = range(24, 65)
_ED25519_BYTES = 32
TOLERANCE = timedelta(minutes=5)


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """One message to other programs."""

    id: str  # stays the same when it is tried again
    body: bytes  # JSON: type, timestamp, data


def new_keys() -> tuple[str, str]:
    """Return a new pair of keys: `whsk_…`, which stays here, and `whpk_…` for the receiver."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private = Ed25519PrivateKey.generate()
    halves = ((_PRIVATE, private.private_bytes_raw()), (_PUBLIC, private.public_key().public_bytes_raw()))
    own, public = (prefix + base64.b64encode(half).decode() for prefix, half in halves)
    return own, public


def webhook(id_: str, kind: str, at: datetime, data: Mapping[str, object]) -> Webhook:
    """Return a message.

    id_   without a full stop, which the signature needs as its mark
    kind  "clock.reminder"
    at    when it happened
    """
    if "." in id_:
        raise NotTaken("The id of a webhook has no full stop in it.")
    body = {"type": kind, "timestamp": at.astimezone(UTC), "data": data}
    return Webhook(id=id_, body=msgspec.json.encode(body, order="deterministic"))


def signed_headers(message: Webhook, keys: Sequence[str], attempted_at: datetime) -> dict[str, str]:
    """Return the headers of one attempt.

    keys    `whsec_…` or `whsk_…`, the newest first
    Raises  SettingsError if a key is none, or there is none at all
    """
    if not keys:
        raise SettingsError("A webhook has no key. Make one, and give its public half to the receiver.")
    seconds = str(int(attempted_at.timestamp()))
    signed = b".".join((message.id.encode(), seconds.encode(), message.body))
    return {
        "content-type": "application/json",
        "webhook-id": message.id,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(_signature(key, signed) for key in keys),
    }


def is_genuine(headers: Mapping[str, str], body: bytes, key: str, now: datetime) -> bool:
    """Say whether a message was signed under a key within the last five minutes: what a receiver asks.

    headers  with names in lower case
    key      `whsec_…` or `whpk_…`
    """
    try:
        seconds = int(headers["webhook-timestamp"])
        signed = b".".join((headers["webhook-id"].encode(), str(seconds).encode(), body))
        given = headers["webhook-signature"].encode().split(b" ")
    except (KeyError, ValueError):
        return False
    if abs(now.timestamp() - seconds) > TOLERANCE.total_seconds():
        return False
    if key.startswith(_SECRET):
        return any(hmac.compare_digest(_signature(key, signed).encode(), each) for each in given)
    return any(_is_signed(key, each.removeprefix(b"v1a,"), signed) for each in given if each.startswith(b"v1a,"))


def _signature(key: str, signed: bytes) -> str:
    if key.startswith(_SECRET):
        secret = _decoded(key, _SECRET)
        if len(secret) not in _SECRET_BYTES:
            raise SettingsError("A webhook's secret must be 24 to 64 bytes. Make a new one.")
        return "v1," + base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private = _decoded(key, _PRIVATE)
    if len(private) not in (_ED25519_BYTES, 2 * _ED25519_BYTES):  # Some tools write the public half behind it.
        raise SettingsError("A webhook's private key must be an Ed25519 key of 32 bytes. Make a new one.")
    signature = Ed25519PrivateKey.from_private_bytes(private[:_ED25519_BYTES]).sign(signed)
    return "v1a," + base64.b64encode(signature).decode()


def _is_signed(key: str, signature: bytes, signed: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(_decoded(key, _PUBLIC)).verify(base64.b64decode(signature), signed)
    except (InvalidSignature, ValueError):
        return False
    return True


def _decoded(key: str, prefix: str) -> bytes:
    if not key.startswith(prefix):
        raise SettingsError("A webhook's key begins with whsec_ or whsk_. Copy it again, whole.")
    try:
        return base64.b64decode(key.removeprefix(prefix) + "==", validate=False)
    except ValueError as error:
        raise SettingsError("A webhook's key is damaged. Copy it again, whole.") from error
