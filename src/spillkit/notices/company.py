"""Read how the company writes, and what happened, from two files that somebody typed.

In:    notices.toml (letterheads and senders, by legal entity), story.toml (what is said to everybody).
Out:   Company, Story.
Else:  what the names mean is `letterhead` and `story`; the mail's own part of a sender is `message`.

Whatever cannot be meant is refused with its place and the way out. Nothing is quoted but names of settings.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from spillkit.errors import NoticesError
from spillkit.notices.letterhead import Letterhead
from spillkit.notices.message import Sending
from spillkit.notices.story import Story
from spillkit.printed import printable

EXAMPLE = Path(__file__).parent / "examples"
_MOST_BYTES = 1 << 20
_Read = TypeVar("_Read")


class Sender(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How mails of one legal entity leave; the rest stands in its letterhead."""

    bounces: str  # mail address to which the id of a notice is added: notices@bounce.example.org
    reply_to: str = ""  # "": answers go to the letterhead's sender
    selector: str = ""  # of its signing keys, "notices2026"; "": mails are not signed


class Company(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All legal entities that write."""

    version: int
    letterhead: dict[str, Letterhead]
    sender: dict[str, Sender]

    def sending(self, entity: str, campaign: str) -> Sending:
        """Return what the mails of an entity have in common."""
        letterhead, sender = self.letterhead[entity], self.sender[entity]
        return Sending(
            campaign=campaign,
            from_name=letterhead.brand,
            from_address=letterhead.sender,
            domain=letterhead.domain,
            bounces=sender.bounces,
            reply_to=sender.reply_to,
        )


def read_company(path: Path) -> Company:
    """Read the letterheads and senders of all legal entities.

    Raises  NoticesError that names the file and the place in it
    """
    said = _table(path)
    letterheads = said.get("letterhead")
    for entity, letterhead in letterheads.items() if isinstance(letterheads, dict) else ():
        if isinstance(letterhead, dict):
            letterhead.setdefault("entity", entity)
    company = _converted(said, Company, path)
    if company.version != 1:
        raise NoticesError(f"{printable(path.name)}: version must be 1 for this Spillkit.")
    _refuse_shared_selectors(company, path)
    for entity, letterhead in company.letterhead.items():
        if letterhead.entity != entity:
            raise NoticesError(
                f"{printable(path.name)}: the letterhead of {printable(entity)} names another entity. Leave `entity` out there."
            )
        if entity not in company.sender:
            raise NoticesError(
                f"{printable(path.name)}: there is no [sender.{printable(entity)}]. Say where bounces go."
            )
    return company


def read_story(path: Path) -> Story:
    """Read what is said to everybody. NoticesError that names the file and the place in it."""
    said = _table(path)
    for name in ("first_at", "last_at", "people_upper"):
        said.setdefault(name, None)  # Not known: TOML has no word for it.
    return _converted(said, Story, path)


def _refuse_shared_selectors(company: Company, path: Path) -> None:
    """Each legal entity has keys of its own, and the DNS holds one record under a name."""
    seen: dict[tuple[str, str], str] = {}
    for entity, sender in company.sender.items():
        if not sender.selector or entity not in company.letterhead:
            continue
        domain = company.letterhead[entity].sender.rpartition("@")[2].lower()
        other = seen.setdefault((sender.selector, domain), entity)
        if other != entity:
            raise NoticesError(
                f"{printable(path.name)}: [sender.{printable(other)}] and [sender.{printable(entity)}] have the same selector on "
                "the same domain. Give each a selector of its own: their keys stand in the DNS under it."
            )


def _table(path: Path) -> dict[str, Any]:
    name = printable(path.name)
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise NoticesError(f"{name}: larger than 1 MB. It is a short file; compare with `spillkit notify example`.")
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise NoticesError(
            f"{name}: cannot be read ({error.strerror}). Start one with `spillkit notify example FOLDER`."
        ) from error
    except UnicodeDecodeError as error:
        raise NoticesError(f"{name}: not UTF-8 at byte {error.start}. Save it as UTF-8.") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        place = str(error).rpartition("(")[2].rstrip(")") if "(at " in str(error) else "somewhere"
        raise NoticesError(f"{name}: not TOML ({printable(place)}). Compare with `spillkit notify example`.") from error


def _converted(said: dict[str, Any], kind: type[_Read], path: Path) -> _Read:
    try:
        return msgspec.convert(said, kind)
    except msgspec.ValidationError as error:
        raise NoticesError(
            f"{printable(path.name)}: {printable(str(error))}. Compare with `spillkit notify example`."
        ) from error
