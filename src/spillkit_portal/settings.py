"""Read where the portal finds what it serves, from the environment of its process.

In:    SPILLKIT_PORTAL_PUBLICATION, SPILLKIT_PORTAL_SPOOL, SPILLKIT_PORTAL_PROXIES.
Out:   Settings; a value that cannot be read stops the start.
Else:  the address to serve at is `__main__`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

from spillkit.errors import SettingsError
from spillkit_portal.throttle import Network

PUBLICATION, SPOOL, PROXIES = "SPILLKIT_PORTAL_PUBLICATION", "SPILLKIT_PORTAL_SPOOL", "SPILLKIT_PORTAL_PROXIES"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a serving process needs."""

    publication: Path
    spool: Path
    proxies: tuple[Network, ...] = ()


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Return the settings.

    Raises  SettingsError, which names the variable
    """
    publication, spool = environment.get(PUBLICATION, ""), environment.get(SPOOL, "")
    if not publication:
        raise SettingsError(f"{PUBLICATION} is not set. Name the folder that the company publishes into.")
    if not spool:
        raise SettingsError(f"{SPOOL} is not set. Name a folder for questions that wait.")
    try:
        proxies = tuple(ip_network(part.strip()) for part in environment.get(PROXIES, "").split(",") if part.strip())
    except ValueError as error:
        raise SettingsError(
            f"{PROXIES} holds something that is no network. Write it like 127.0.0.1,10.0.0.0/8."
        ) from error
    folder = Path(spool)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"The folder of {SPOOL} cannot be made.") from error
    return Settings(Path(publication), folder, proxies)
