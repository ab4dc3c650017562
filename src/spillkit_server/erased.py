"""Tell what was erased on purpose from what is damaged.

In:    the event that brought some bytes into a case.
Out:   KeptErased, with the day, where somebody had them erased.
Else:  erasing is `erasing`; who reads the bytes is `reporting` and `attachments`.
"""

from __future__ import annotations

from spillkit.errors import KeptErased
from spillkit_server.cases import read_case


def check_not_erased(number: int, event: str, what: str) -> None:
    """Look why kept bytes are not there.

    event   id of the event that brought them
    what    their name in the case, or their digest: nothing that a person wrote
    Raises  KeptErased if they were erased on purpose
    """
    erased = read_case(number).erased.get(event)
    if erased is not None:
        raise KeptErased(
            "{what} was erased on {day}, on purpose. The timeline says why. That it was there, and its digest, can still be "
            "proved from the record.",
            what=what,
            day=f"{erased.at:%Y-%m-%d}",
        )
