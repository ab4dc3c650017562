"""The ways by which reminders leave: a mail server, and other programs.

In:    the environment.
Out:   MailServer, Hook, Ways.
Else:  the other settings are `spillkit_server.room`; using the ways is `smtp` and `hook`.

    SPILLKIT_SMTP          smtp://user:password@host:587/?from=room@example.org, with STARTTLS; smtps:// with TLS from the
                           first byte. Plain text is spoken with this machine alone.
    SPILLKIT_WEBHOOK_URL   one address or several, with spaces between; https, or this machine
    SPILLKIT_WEBHOOK_KEYS  one key or several, the newest first: whsec_… or whsk_… as Standard Webhooks has them
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from spillkit.case.receivers import checked_receiver, is_loopback
from spillkit.case.webhooks import Webhook, signed_headers
from spillkit.errors import SettingsError

_SUBMISSION, _SUBMISSION_TLS = 587, 465  # RFC 6409, RFC 8314
_MAIL_FORM = (
    "SPILLKIT_SMTP must read smtp://user:password@host:587/?from=room@example.org, or smtps://…. "
    "Its value is not shown here."
)


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in."""

    host: str
    port: int
    user: str  # "" where the server asks for none
    password: str
    sender: str  # the room's own address
    is_tls: bool  # from the first byte; else STARTTLS, which is a must for every other machine
    is_local: bool

    @property
    def domain(self) -> str:
        return self.sender.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Hook:
    """A program that is told."""

    url: str

    @property
    def digest(self) -> str:
        """What is kept of the address: it may hold a secret."""
        return hashlib.sha256(self.url.encode()).hexdigest()

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""


@dataclass(frozen=True, slots=True)
class Ways:
    """Every way out of the room; none where nobody set one up."""

    mail: MailServer | None = None
    hooks: tuple[Hook, ...] = ()
    keys: tuple[str, ...] = ()

    @property
    def are_set_up(self) -> bool:
        return self.mail is not None or bool(self.hooks)


def read_ways(environ: Mapping[str, str]) -> Ways:
    """Read the settings.

    Raises  SettingsError if one cannot be used; the message shows none of its value
    """
    hooks = tuple(
        Hook(checked_receiver(url, "SPILLKIT_WEBHOOK_URL")) for url in environ.get("SPILLKIT_WEBHOOK_URL", "").split()
    )
    keys = tuple(environ.get("SPILLKIT_WEBHOOK_KEYS", "").split())
    if hooks and not keys:
        raise SettingsError(
            "SPILLKIT_WEBHOOK_URL needs SPILLKIT_WEBHOOK_KEYS as well: without a signature nobody can tell whose message it is."
        )
    if keys:
        signed_headers(Webhook(id="check", body=b"{}"), keys, datetime.now(UTC))
    text = environ.get("SPILLKIT_SMTP", "")
    return Ways(mail=_mail_server(text) if text else None, hooks=hooks, keys=keys)


def _mail_server(text: str) -> MailServer:
    parts, port = _split(text, _MAIL_FORM)
    asked = parse_qs(parts.query, keep_blank_values=True)
    sender = asked.pop("from", [""])
    named, _at, domain = sender[0].rpartition("@")
    is_complete = bool(parts.hostname and named and domain) and len(sender) == 1 and not asked
    has_strange = any(not sign.isprintable() or sign.isspace() for sign in sender[0]) or not sender[0].isascii()
    if parts.scheme not in ("smtp", "smtps") or not is_complete or has_strange or parts.path not in ("", "/"):
        raise SettingsError(_MAIL_FORM)
    if parts.fragment or (parts.username and parts.password is None):
        raise SettingsError(_MAIL_FORM)
    is_tls = parts.scheme == "smtps"
    return MailServer(
        host=parts.hostname or "",
        port=port or (_SUBMISSION_TLS if is_tls else _SUBMISSION),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        sender=sender[0],
        is_tls=is_tls,
        is_local=is_loopback(parts.hostname or ""),
    )


def _split(text: str, form: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(text)
        return parts, parts.port
    except ValueError:
        raise SettingsError(form) from None
