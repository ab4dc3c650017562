"""The settings of the incident room, read once at the edge.

In:    the environment, and the folder room/ of the workspace.
Out:   Room, frozen; `settings` turns it into Django's.
Else:  making the database and the first account is `start`.

    SPILLKIT_WORKSPACE     folder of the workspace
    SPILLKIT_DATABASE      postgres://user:password@host:port/name; without it SQLite in the workspace
    SPILLKIT_ORIGIN        the address people use, "https://room.example.org"; without it this machine alone
    SPILLKIT_PORT          of the loopback server, 8700
    SPILLKIT_SECOND_FACTOR "required" or "optional"; without it required wherever SPILLKIT_ORIGIN is given
    SPILLKIT_BEHIND_PROXY  "yes": a proxy in front ends TLS and sets X-Forwarded-Proto and X-Forwarded-For itself
    SPILLKIT_OIDC_ISSUER, SPILLKIT_OIDC_CLIENT, SPILLKIT_OIDC_SECRET, SPILLKIT_OIDC_NAME
                           sign-in by the company's own provider (OpenID Connect)
    SPILLKIT_OIDC_CLAIM    the claim that names roles, "groups"; its values are spillkit-officer, spillkit-counsel, …
    SPILLKIT_SMTP, SPILLKIT_WEBHOOK_URL, SPILLKIT_WEBHOOK_KEYS
                           how reminders leave, and notices: see reminders/ways.py
    SPILLKIT_MAIL_SERVICE, SPILLKIT_MAIL_SERVICE_KEY, …
                           an e-mail service by which notices leave instead: see mail_service.py
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from spillkit.errors import SettingsError
from spillkit.settings import open_workspace
from spillkit_server.mail_service import MailService, read_service
from spillkit_server.reminders.ways import Ways, read_ways

DEFAULT_PORT = 8700
_YES_OR_NO = {"": False, "no": False, "yes": True}


@dataclass(frozen=True, slots=True)
class Provider:
    """A company's own sign-in (OpenID Connect)."""

    issuer: str
    client: str
    secret: str
    name: str  # as the button says it
    claim: str  # which claim names roles

    @property
    def origin(self) -> str:
        """Where forms may lead to, and no path: a redirect is not held to one (CSP 3, 6.7.2.5)."""
        parts = urlsplit(self.issuer)
        return f"{parts.scheme}://{parts.netloc}"


@dataclass(frozen=True, slots=True)
class Room:
    """Everything the server has to know before it starts."""

    workspace: Path
    database: Mapping[str, Any]  # as Django names it
    origin: str  # "https://room.example.org", no slash at the end
    is_local: bool  # only this machine
    port: int
    second_factor: bool  # nobody works without one
    behind_proxy: bool
    provider: Provider | None
    ways: Ways  # by which reminders leave
    secret: str
    service: MailService | None = None  # by which notices leave, instead of a mail server

    @property
    def folder(self) -> Path:
        """Where the room keeps its own files."""
        return self.workspace / "room"

    @property
    def is_https(self) -> bool:
        return self.origin.startswith("https://")

    @property
    def host(self) -> str:
        return urlsplit(self.origin).hostname or "localhost"


def read_room(environ: Mapping[str, str]) -> Room:
    """Read the settings; make the folder and the secret on first use.

    Raises  SettingsError if a value cannot be used, or the folder cannot be written
    """
    place = environ.get("SPILLKIT_WORKSPACE", "")
    workspace = open_workspace(Path(place) if place else None).root
    folder = workspace / "room"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"{folder}: cannot be made ({error.strerror}). Choose a workspace you may write to."
        ) from error
    port = _port(environ.get("SPILLKIT_PORT", ""))
    origin = _origin(environ.get("SPILLKIT_ORIGIN", ""), port)
    is_local = urlsplit(origin).hostname in ("localhost", "127.0.0.1", "::1")
    return Room(
        workspace=workspace,
        database=_database(environ.get("SPILLKIT_DATABASE", ""), folder),
        origin=origin,
        is_local=is_local,
        port=port,
        second_factor=_second_factor(environ.get("SPILLKIT_SECOND_FACTOR", ""), is_local),
        behind_proxy=_yes(environ, "SPILLKIT_BEHIND_PROXY"),
        provider=_provider(environ),
        ways=read_ways(environ),
        secret=_secret(folder / "secret"),
        service=read_service(environ),
    )


def _port(text: str) -> int:
    if not text:
        return DEFAULT_PORT
    if text.isascii() and text.isdigit() and 0 < int(text) < 65536:
        return int(text)
    raise SettingsError("SPILLKIT_PORT must be a number from 1 to 65535.")


def _origin(text: str, port: int) -> str:
    if not text:
        return f"http://localhost:{port}"
    try:
        parts = urlsplit(text)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        has_port = False
    is_local = has_port and parts.hostname in ("localhost", "127.0.0.1", "::1")
    if (
        not has_port
        or not parts.hostname
        or parts.username
        or parts.path not in ("", "/")
        or parts.query
        or parts.fragment
    ):
        raise SettingsError("SPILLKIT_ORIGIN must be an address without a path, as https://room.example.org.")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_local):
        raise SettingsError(
            "SPILLKIT_ORIGIN must begin with https://, since passwords go over it. Plain http is for this machine alone."
        )
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _database(text: str, folder: Path) -> dict[str, Any]:
    if not text:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(folder / "room.sqlite3"),
            # A writer takes its lock when its transaction begins, so that two never wait for each other in a circle.
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                # What is deleted is overwritten with zeros, so that an erased text is not left in free pages.
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;",
            },
        }
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise SettingsError(_DATABASE_FORM) from None
    name = unquote(parts.path.strip("/"))
    if parts.scheme not in ("postgres", "postgresql") or not name or "/" in name:
        raise SettingsError(_DATABASE_FORM)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 5},
    }


_DATABASE_FORM = "SPILLKIT_DATABASE must read postgres://user:password@host:port/name. Its value is not shown here."


def _second_factor(text: str, is_local: bool) -> bool:
    if text not in ("", "required", "optional"):
        raise SettingsError("SPILLKIT_SECOND_FACTOR must be required or optional.")
    return not is_local if not text else text == "required"


def _yes(environ: Mapping[str, str], name: str) -> bool:
    value = environ.get(name, "").lower()
    if value not in _YES_OR_NO:
        raise SettingsError(f"{name} must be yes or no.")
    return _YES_OR_NO[value]


def _provider(environ: Mapping[str, str]) -> Provider | None:
    given = {name: environ.get(f"SPILLKIT_OIDC_{name}", "") for name in ("ISSUER", "CLIENT", "SECRET")}
    if not any(given.values()):
        return None
    missing = [f"SPILLKIT_OIDC_{name}" for name, value in given.items() if not value]
    if missing:
        raise SettingsError(f"Sign-in by a provider needs {', '.join(missing)} as well.")
    issuer = urlsplit(given["ISSUER"])
    if issuer.scheme != "https" and issuer.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise SettingsError("SPILLKIT_OIDC_ISSUER must begin with https://.")
    return Provider(
        issuer=given["ISSUER"].rstrip("/"),
        client=given["CLIENT"],
        secret=given["SECRET"],
        name=environ.get("SPILLKIT_OIDC_NAME", "") or issuer.hostname or "",
        claim=environ.get("SPILLKIT_OIDC_CLAIM", "") or "groups",
    )


def _secret(path: Path) -> str:
    """Return the secret that signs sessions; made on first use, readable by its owner only."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    except OSError as error:
        raise SettingsError(
            f"{path}: cannot be written ({error.strerror}). Choose a workspace you may write to."
        ) from error
    else:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48) + "\n")
    try:
        if path.stat().st_mode & 0o077:
            raise SettingsError(f"{path}: others may read the secret of the sessions. Run chmod 600 on it.")
        secret = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read. Check the file and its permissions.") from error
    if len(secret) < 32:
        raise SettingsError(
            f"{path}: the secret is too short. Delete the file: a new one is made, and everybody signs in again."
        )
    return secret
