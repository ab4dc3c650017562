"""The signing keys of a workspace: where they lie, and who signs with which.

In:    the workspace's folder; the company's letterheads and senders.
Out:   keys and signers by legal entity; the public records of every key that there ever was.
Else:  making and reading one key is `signing`; whether its record is published is `preflight`.

    notices/keys/shop-eu/notices2026-rsa.shop.example.pem     one folder for each legal entity, mode 700; each key mode 600

Mails are signed with the domain of the address from which they come, which is the one that a reader sees: so the signature counts
for DMARC, however strictly the domain asks for it. Old keys stay where they are: mails that they signed are still ours.
"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

from spillkit.errors import SettingsError
from spillkit.notices.company import Company
from spillkit.notices.message import address_of
from spillkit.notices.signing import DkimKey, Signer, new_keys, read_key, read_keys

_FILE = re.compile(r"([a-z0-9-]{1,63})\.([a-z0-9.-]{1,253})\.pem")


def key_folder(root: Path, entity: str) -> Path:
    """Return where the keys of a legal entity lie; an id with other signs than letters, digits and _.-~ is percent-encoded.

    >>> key_folder(Path("spill"), "shop-eu").as_posix(), key_folder(Path("spill"), "../x").name
    ('spill/notices/keys/shop-eu', '..%2Fx')
    """
    name = quote(entity, safe="", errors="surrogatepass")
    return root / "notices" / "keys" / (name.replace(".", "%2E") if set(name) <= {"."} else name)


def signing_domain(company: Company, entity: str) -> str:
    """Return the domain with which an entity signs. AddressError if its sender is no mail address."""
    return address_of(company.letterhead[entity].sender).domain


def make_keys(root: Path, company: Company, entity: str) -> tuple[tuple[DkimKey, ...], bool]:
    """Return the keys of an entity, made where there are none yet; and whether they were made now.

    entity  with a selector
    Raises  SettingsError if the names cannot be published, a key is damaged, or the folder cannot be written; nothing is replaced
    """
    folder, selector = key_folder(root, entity), company.sender[entity].selector
    domain = signing_domain(company, entity)
    there = sum((folder / f"{selector}-{short}.{domain}.pem").exists() for short in ("rsa", "ed"))
    if there == 1:  # Killed between the two, or one was lost.
        raise SettingsError(
            f"{folder} holds one of the two keys of {selector}. Put the other back from your backup, or name another selector in "
            "notices.toml."
        )
    if there:
        return read_keys(folder, domain, selector), False
    if others := sorted(folder.parent.glob(f"*/{selector}-*.{domain}.pem")):
        raise SettingsError(
            f"{others[0].parent} holds keys of {selector} for {domain} already. Name another selector: receivers must find one key "
            "under one name."
        )
    try:
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"{folder.parent}: cannot be made ({error.strerror}). Make room, or mend the rights."
        ) from error
    return new_keys(folder, domain, selector), True


def keys_of(root: Path, company: Company, entity: str) -> tuple[DkimKey, ...]:
    """Return the keys with which an entity signs; none where it has no selector.

    Raises  SettingsError if they are missing, damaged, or readable by others: mails would leave unsigned
    """
    selector = company.sender[entity].selector
    return read_keys(key_folder(root, entity), signing_domain(company, entity), selector) if selector else ()


def signers_of(root: Path, company: Company) -> dict[str, Signer]:
    """Return who signs, by legal entity; those without a selector are not among them. SettingsError as `keys_of`."""
    return {entity: Signer(keys) for entity in company.letterhead if (keys := keys_of(root, company, entity))}


def public_records(root: Path) -> dict[str, str]:
    """Return the record of every key in a workspace, old ones too, by its name in the DNS.

    Raises  SettingsError if one is damaged, or readable by others
    """
    found = sorted((root / "notices" / "keys").glob("*/*.pem"))
    keys = [read_key(path, name[2], name[1]) for path in found if (name := _FILE.fullmatch(path.name)) is not None]
    return {key.name: key.record for key in keys}
