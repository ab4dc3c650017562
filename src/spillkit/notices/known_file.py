"""Read what the company knows of people beside its customer list: a file that somebody typed, with ids and no names.

In:    known.toml; the workspace, where its ids are replaced by tokens.
Out:   Known and Decided: who has died, who is a minor, whose address changed, legal holds, releases, merges.
Else:  what follows from it is `holds` and `merging`.

Whatever cannot be meant is refused with its place and the way out. No id is quoted: it may be an address that somebody typed.
"""

from __future__ import annotations

import re
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec

from spillkit.directory import Directory
from spillkit.errors import NoticesError
from spillkit.model import SubjectId
from spillkit.notices.holds import MOST_READERS, RELEASABLE, Known, LegalHold
from spillkit.notices.merging import Decided
from spillkit.notices.told import Hold
from spillkit.printed import printable
from spillkit.settings import Workspace

_MOST_BYTES = 64 << 20
_Id = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"^[^\s@](?:[^@]*[^\s@])?(?!\n)$")]
_Utc = Annotated[datetime, msgspec.Meta(tz=True)]
_Line = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
_NOT_RELEASABLE = (
    "released: a hold stands there that people cannot release. They can release deceased, minor, address-changed, shared-mailbox; "
    "the others end when their reason does."
)
_PLACE = re.compile(r"`(\$[^`]*)`")


class _Legal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    because: _Line
    country: Annotated[str, msgspec.Meta(pattern="^([A-Z]{2})?$")] = ""
    entity: str = ""
    subjects: tuple[_Id, ...] = ()
    until: _Utc | None = None


class _Pair(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    first: _Id
    second: _Id
    together: bool


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: int
    deceased: tuple[_Id, ...] = ()
    minors: tuple[_Id, ...] = ()
    changed: dict[_Id, _Utc] = {}
    released: dict[Hold, tuple[_Id, ...]] = {}
    legal: tuple[_Legal, ...] = ()
    decided: tuple[_Pair, ...] = ()
    most_readers: Annotated[int, msgspec.Meta(ge=1, le=1000)] = MOST_READERS


def read_known(path: Path, workspace: Workspace | None = None) -> tuple[Known, tuple[Decided, ...]]:
    """Read what is known of people.

    workspace  whose customer list the ids are of: where it keeps tokens in place of ids, ids become tokens; None: of a plain list
    Raises     NoticesError that names the file and the place in it
    """
    said = _read(path)
    directory = Directory.open(workspace) if workspace is not None else None

    def of(text: str) -> SubjectId:
        return SubjectId(text) if directory is None else directory.subject_id(text)

    def every(texts: tuple[str, ...]) -> frozenset[SubjectId]:
        return frozenset(of(text) for text in texts)

    known = Known(
        deceased=every(said.deceased),
        minors=every(said.minors),
        changed_at={of(text): at for text, at in said.changed.items()},
        legal=tuple(
            LegalHold(one.because, one.country, one.entity, every(one.subjects), one.until) for one in said.legal
        ),
        released={hold: every(texts) for hold, texts in said.released.items()},
        most_readers=said.most_readers,
    )
    return known, tuple(Decided(of(one.first), of(one.second), one.together) for one in said.decided)


def _read(path: Path) -> _File:
    name = printable(path.name)
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise NoticesError(
                f"{name}: larger than 64 MB. It lists exceptions; compare with `spillkit notify example`."
            )
        table = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise NoticesError(f"{name}: cannot be read ({error.strerror}). Name another file.") from error
    except UnicodeDecodeError as error:
        raise NoticesError(f"{name}: not UTF-8 at byte {error.start}. Save it as UTF-8.") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        place = re.search(r"\(at [a-z0-9, ]+\)", str(error))
        raise NoticesError(
            f"{name}: not TOML {place[0] if place else ''}. Compare with `spillkit notify example`."
        ) from error
    try:
        said = msgspec.convert(table, _File)
    except msgspec.ValidationError as error:
        raise NoticesError(f"{name}: {_why(str(error))} Compare with `spillkit notify example`.") from error
    if not set(said.released) <= RELEASABLE:
        raise NoticesError(f"{name}: {_NOT_RELEASABLE}")
    if said.version != 1:
        raise NoticesError(f"{name}: version must be 1 for this Spillkit.")
    return said


def _why(said: str) -> str:
    """Return what is wrong and where, without what was typed: keys of a table may be ids."""
    place = _PLACE.search(said)
    where = printable(place[1].removeprefix("$").removeprefix(".")) if place else ""
    if "matching regex" in said and "country" not in where:
        return f"{where or 'it'} is no id. Name people by the id of the customer list, never by address."
    if "timezone" in said or "datetime" in said:
        return f"{where or 'it'} takes a time with its zone, as 2026-11-05T10:00:00Z."
    if "Invalid enum" in said:
        return _NOT_RELEASABLE
    return f"{printable(said)}."
