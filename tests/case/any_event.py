"""An event of any kind with values that its types allow: what a property of all events is tried on.

Built from the types alone, so that a new kind of event, or a new field, is tried at once. Where a float is asked for, an int comes
half of the time, as Python lets it.
"""

from __future__ import annotations

import random
import typing
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
from msgspec import inspect

from spillkit.case import events as e

KINDS: tuple[type[e.Event], ...] = typing.get_args(e.AnyEvent)
_ZONES = (UTC, timezone(timedelta(hours=1)), timezone(timedelta(hours=-9, minutes=-30)))
_DAY = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


def any_event(rng: random.Random, kind: type[e.Event]) -> e.Event:
    """Return an event of a kind; what it says makes no sense."""
    made = _any_value(rng, inspect.type_info(kind))
    assert isinstance(made, kind)
    return made


def _any_value(rng: random.Random, kind: inspect.Type) -> Any:
    match kind:
        case inspect.Metadata(type=inner):
            return _any_value(rng, inner)
        case inspect.StructType(cls=cls, fields=fields):
            return cls(**{field.name: _any_value(rng, field.type) for field in fields if _is_given(rng, field)})
        case inspect.UnionType(types=types):
            return _any_value(rng, rng.choice(types))
        case inspect.NoneType():
            return None
        case inspect.BoolType():
            return rng.random() < 0.5
        case inspect.IntType():
            return rng.randrange(10**9)
        case inspect.FloatType():
            return rng.choice([0, 1, 0.0, 0.25, 1 / 3, 1.0])
        case inspect.StrType(pattern=pattern):
            is_digest = pattern is not None and "{64}" in pattern
            return f"{rng.randrange(2**64):064x}" if is_digest else rng.choice(["a-1", "b.2", "c"])
        case inspect.DateTimeType():
            later = timedelta(seconds=rng.randrange(10**6), microseconds=rng.choice([0, 0, 5, 120_000]))
            return (_DAY + later).astimezone(rng.choice(_ZONES))
        case inspect.EnumType(cls=cls):
            return rng.choice(list(cls))
        case inspect.LiteralType(values=values):
            return rng.choice(values)
        case inspect.VarTupleType(item_type=item):
            return tuple(_any_value(rng, item) for _ in range(rng.randrange(3)))
        case inspect.DictType(key_type=key, value_type=value):
            return {_any_value(rng, key): _any_value(rng, value) for _ in range(rng.randrange(3))}
    raise AssertionError(f"no value is known for {kind}: add one here")


def _is_given(rng: random.Random, field: inspect.Field) -> bool:
    has_default = field.default is not msgspec.NODEFAULT or field.default_factory is not msgspec.NODEFAULT
    return not has_default or rng.random() < 0.8
