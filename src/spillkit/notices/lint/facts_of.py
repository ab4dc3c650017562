"""What is true, so that a text can be held against it.

In:    a Story, letterheads, what one person is told; or a file of facts.
Out:   Known.
Else:  what a text says is `read_claims`; holding one against the other is `compare`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from spillkit.errors import LintError
from spillkit.model import Field, ViewerKind
from spillkit.notices.letterhead import Letterhead
from spillkit.notices.lint.claims import Text
from spillkit.notices.lint.rules import FIELDS, PROMISES
from spillkit.notices.story import Nature, Story

_MOST_BYTES = 1 << 20


class Known(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was measured, and what two people signed. What is left out is not known, and nothing is held against it."""

    version: int = 1
    story: Story | None = None
    letterheads: tuple[Letterhead, ...] = ()  # of all legal entities, so that another's name is known
    fields: tuple[str, ...] = ()  # shown of anybody: labels of `model.Field`, or names of `rules.FIELDS`
    not_shown: tuple[str, ...] = ()  # looked for everywhere, or signed: these were not shown
    viewers: dict[str, int] = {}  # how many of each ViewerKind saw it
    counts: tuple[int, ...] = ()  # further numbers of people that may be said: of a country, of an entity
    days: tuple[date, ...] = ()  # further days that may be named
    moments: tuple[datetime, ...] = ()  # further moments, aware of their zone
    assured: tuple[str, ...] = ()  # promises of `rules.PROMISES` that somebody signed
    authorities: dict[str, tuple[str, ...]] = {}  # by id: the names under which a text may give it
    domains: tuple[str, ...] = ()  # further domains that may stand in a text: an authority's
    is_word_signed: bool = False  # two people signed what the law calls it

    def __post_init__(self) -> None:
        for name in (*self.fields, *self.not_shown):
            if name not in FIELDS:
                raise ValueError(f"no field is called so; the fields are {', '.join(FIELDS)}")
        for name in self.assured:
            if name not in PROMISES:
                raise ValueError(f"no promise is called so; the promises are {', '.join(PROMISES)}")
        for kind in self.viewers:
            ViewerKind(kind)
        if set(self.fields) & set(self.not_shown):
            raise ValueError("fields and not_shown hold the same field")
        moments = [*self.moments, *((self.story.first_at, self.story.last_at) if self.story is not None else ())]
        if any(moment is not None and moment.tzinfo is None for moment in moments):
            raise ValueError("a moment without its time zone; write it as 2026-11-20T08:30:00Z")
        if self.story is not None:
            try:
                ZoneInfo(self.story.zone)
            except (KeyError, ValueError, OSError) as error:
                raise ValueError("no time zone is called so; write it as Europe/Luxembourg") from error

    @property
    def zone(self) -> tzinfo:
        return ZoneInfo(self.story.zone) if self.story is not None else UTC

    @property
    def actors(self) -> str:
        """How many members of staff did it: "one", "several", "none"; "" where it is not known."""
        match self.story.nature if self.story is not None else None:
            case None:
                return ""
            case Nature.PASSED_ON_BY_ONE:
                return "one"
            case Nature.PASSED_ON_BY_SEVERAL:
                return "several"
            case _:
                return "none"

    @property
    def audience(self) -> str:
        """To which kind of viewer the incident as a whole showed data, whoever saw one person's; "" where that says nothing."""
        match self.story.nature if self.story is not None else None:
            case Nature.SHOWN_TO_CUSTOMERS | Nature.SENT_TO_CUSTOMERS:
                return ViewerKind.SUBJECT.value
            case Nature.OPEN_TO_ANYBODY:
                return ViewerKind.ANONYMOUS.value
            case _:
                return ""

    def may_promise(self, promise: str) -> bool:
        """Whether the facts bear a promise: it was signed, or it was done."""
        done = {done for done, _ in self.story.done} if self.story is not None else set()
        return (
            promise in self.assured
            or (promise == "fixed" and "tested" in done)
            or (promise == "stopped" and not done.isdisjoint({"stopped", "tested"}))
        )

    def was_done(self, what: str) -> bool:
        """Whether the company did it, by the day it says."""
        return self.story is not None and what in {done for done, _ in self.story.done}

    def shown_of(self, document: Text) -> tuple[str, ...]:
        """Return the fields that a document may say were shown: the person's, or everybody's."""
        return document.told.fields if document.told is not None else self.fields

    def periods_of(self, document: Text) -> list[tuple[datetime | None, datetime | None]]:
        """Return the periods that a document may give: the person's own, and the whole incident's."""
        found: list[tuple[datetime | None, datetime | None]] = []
        if document.told is not None:
            found.append((document.told.first_at, document.told.last_at))
        if self.story is not None:
            found.append((self.story.first_at, self.story.last_at))
        return [(first, last) for first, last in found if first is not None or last is not None]

    def viewers_of(self, document: Text) -> dict[str, int]:
        """Return how many of each kind saw it: the person's data, or anybody's."""
        return dict(document.told.viewers) if document.told is not None else dict(self.viewers)

    def letterhead_of(self, document: Text) -> Letterhead | None:
        """Return the letterhead under which a document speaks; None where nobody said which."""
        entity = document.entity or (document.told.entity if document.told is not None else "")
        for letterhead in self.letterheads:
            if letterhead.entity == entity:
                return letterhead
        return self.letterheads[0] if len(self.letterheads) == 1 and not entity else None

    def named_days(self) -> set[date]:
        """Return the days that may be named whatever a sentence is about."""
        days = {moment.astimezone(self.zone).date() for moment in self.moments} | set(self.days)
        if self.story is not None:
            days |= {self.story.known_on, *(on for _, on in self.story.done)}
            days |= {self.story.next_word_on} if self.story.next_word_on else set()
        return days


def read_known(path: Path) -> Known:
    """Return the facts of a JSON or TOML file.

    Raises  LintError if it cannot be read, or says something that no facts can say; no value of it is quoted
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise LintError(f"{path.name}: cannot be read ({error.strerror}). Give the path of a facts file.") from error
    if len(content) > _MOST_BYTES:
        raise LintError(f"{path.name}: larger than 1 MiB. A facts file holds counts and days, no list of people.")
    decode = msgspec.toml.decode if path.suffix.lower() == ".toml" else msgspec.json.decode
    try:
        known = decode(content, type=Known)
    except msgspec.ValidationError as error:
        raise LintError(
            f"{path.name}: {_without_values(str(error))}. docs/how-to/check-a-text.md shows one."
        ) from error
    except (msgspec.DecodeError, ValueError, UnicodeDecodeError) as error:
        raise LintError(
            f"{path.name}: not JSON, or not TOML where its name says so. Mend it, and run again."
        ) from error
    except RecursionError as error:
        raise LintError(f"{path.name}: nested too deep. Mend it, and run again.") from error
    if known.version != 1:
        raise LintError(f"{path.name}: facts of another version. This Spillkit reads version 1.")
    return known


def labels() -> tuple[str, ...]:
    """Return the fields of a customer list as facts call them."""
    return tuple(field.label for field in Field if field is not Field.RENDERED_FOR)


def _without_values(message: str) -> str:
    """A message of the reader without what stood in the file: it may be a name."""
    import re

    return re.sub(
        r"(?:Invalid enum value|Invalid value|Object contains unknown field) ('[^']*'|`[^`]*`|\"[^\"]*\"|\S+)",
        lambda found: found[0].replace(found[1], "(not shown)"),
        message,
    )
