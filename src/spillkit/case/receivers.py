"""Say which addresses a signed message may go to.

In:    an address as somebody typed it.
Out:   the address; or a refusal that does not show it, since it may hold a secret.
Else:  signing is `webhooks`; sending is done by whoever asks.
"""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from spillkit.errors import SettingsError


def checked_receiver(text: str, setting: str) -> str:
    """Return an address to which a message may be sent: https, or http to this machine.

    setting  how its place is called in the refusal
    Raises   SettingsError
    """
    try:
        parts = urlsplit(text)
        _port = parts.port
    except ValueError:
        parts = urlsplit("")
    host = parts.hostname or ""
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    if not host or not is_safe or parts.username is not None or parts.fragment or not text.isascii():
        raise SettingsError(
            f"{setting} must begin with https:// (plain http is for this machine alone) and hold no user, password or #. "
            "Its value is not shown here."
        )
    return text


def is_loopback(host: str) -> bool:
    """Return whether a name or address means this machine.

    >>> is_loopback("localhost"), is_loopback("127.0.0.9"), is_loopback("::1"), is_loopback("127.0.0.1.example.org")
    (True, True, True, False)
    """
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
