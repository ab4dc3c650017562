"""Look at the values of a command: the limits are those of the types of its fields, the same as in a stored event.

In:    a command, who asks, and the time.
Out:   nothing, or a refusal that says which field, and what to do.
Else:  whether the command may be at this time is the rule's.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cache, partial
from typing import Any

from spillkit.case import commands as c
from spillkit.case import events as e
from spillkit.case.roles import Actor
from spillkit.errors import NotTaken

_ID: str = typing.get_args(e.Id)[1].pattern
_MAILING: str = typing.get_args(e.MailingName)[1].pattern
_ACCEPTED: str = typing.get_args(e.Accepted)[1].pattern
_YEARS = range(1990, 2200)


def check_values(command: c.Command, actor: Actor, now: datetime) -> None:
    """Refuse a value that is too long, out of its range, no id, or a time without a zone.

    Raises  NotTaken
    """
    if now.tzinfo is None:
        raise NotTaken("The clock gives a time without a zone. Give the time in UTC.")
    _check_pattern(_ID, "actor", actor.user)
    for name, checks in _checks(type(command)).items():
        value = getattr(command, name)
        for check in checks:
            check(name, value)


@cache
def _checks(kind: type[c.Command]) -> dict[str, tuple[Callable[[str, Any], None], ...]]:
    """Return what to look at in each field, from the types of the command: the same limits as in a stored event."""
    hints = typing.get_type_hints(kind, include_extras=True)
    return {name: tuple(_checks_of(hints[name])) for name in kind.__struct_fields__}


def _checks_of(hint: Any) -> Iterable[Callable[[str, Any], None]]:
    parts = [hint, *typing.get_args(hint)]
    if typing.get_origin(hint) is tuple:
        for check in _checks_of(parts[1]):
            yield partial(_check_each, check)
        return
    for meta in (meta for part in parts for meta in getattr(part, "__metadata__", ())):
        if meta.max_length is not None:
            yield partial(_check_text, meta.max_length)
        if meta.pattern is not None:
            yield partial(_check_pattern, meta.pattern)
        if meta.tz:
            yield _check_zone
        if meta.ge is not None:
            yield partial(_check_range, meta.ge, meta.le)


def _check_each(check: Callable[[str, Any], None], name: str, values: Any) -> None:
    for value in values:
        check(name, value)


def _check_text(most: int, name: str, value: Any) -> None:
    if not isinstance(value, str):
        return
    if len(value) > most:
        raise NotTaken(
            "{name}: {count} characters are too many; {most} at most. Attach a file instead.",
            name=name,
            count=len(value),
            most=most,
        )
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise NotTaken("{name}: it holds characters that are no text. Type it again.", name=name)


def _check_pattern(pattern: str, name: str, value: Any) -> None:
    if isinstance(value, str) and re.search(pattern, value) is None:
        if pattern == _MAILING:
            raise NotTaken(
                "{name}: this is no name of a mailing. Letters, digits, dots and hyphens only, at most 60, and no personal data.",
                name=name,
            )
        if pattern == _ACCEPTED:
            raise NotTaken("{name}: write one exception on a line, as the check names it: unread:it.", name=name)
        raise NotTaken(
            "{name}: this is no id. Letters, digits and _ . : - only, at most 64; for a digest 64 hex digits.",
            name=name,
        )


def _check_zone(name: str, value: Any) -> None:
    if isinstance(value, datetime) and value.tzinfo is None:
        raise NotTaken(
            "{name}: in which time zone? Give the time with its offset, such as 2026-11-22T04:30:00+01:00.", name=name
        )
    if isinstance(value, datetime) and value.year not in _YEARS:
        raise NotTaken(
            "{name}: check the year. Times from {first} to {last} can be reckoned with.",
            name=name,
            first=str(_YEARS.start),
            last=str(_YEARS.stop - 1),
        )


def _check_range(low: float, high: float | None, name: str, value: Any) -> None:
    if value is not None and not (value >= low and (high is None or value <= high)):
        if high is None:
            raise NotTaken("{name}: it must be {low} or more.", name=name, low=str(low))
        raise NotTaken("{name}: it must be {low} or more, and {high} at most.", name=name, low=str(low), high=str(high))
