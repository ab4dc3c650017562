"""A field that holds a float holds one, however it was given.

In:    a frozen value, as it is made.
Out:   the same value: 1 became 1.0.
Else:  nothing.

Python takes an int where a float is asked for. JSON then says "1", and once that was read again, "1.0": the digest of the one would
not be the digest of the other. So values that are digested settle it when they are made.
"""

from __future__ import annotations

import msgspec


def as_floats(value: msgspec.Struct, *names: str) -> None:
    """Turn the ints in these fields into floats; to be called in `__post_init__`."""
    for name in names:
        if type(getattr(value, name)) is int:
            msgspec.structs.force_setattr(value, name, float(getattr(value, name)))
