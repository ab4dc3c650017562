"""Where all notices of a mailing are: counts that add up to what was planned, at any instant.

In:    how many notices are in each state, and how many were planned.
Out:   Funnel.
Else:  counting rows is `spillkit_server.sending.counts`.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from spillkit.errors import SendingError
from spillkit.notices.states import State


class Funnel(msgspec.Struct, frozen=True):
    """How many notices are in each state, all seen at one moment."""

    planned: int
    ready: int = 0
    sending: int = 0
    accepted: int = 0
    deferred: int = 0
    bounced: int = 0
    held: int = 0
    left: int = 0
    withdrawn: int = 0

    @property
    def tried(self) -> int:
        """How many were given to a sender at least once and not taken back untouched."""
        return self.planned - self.ready - self.withdrawn

    @property
    def is_over(self) -> bool:
        """Whether nothing moves any more by itself. What is held waits for people."""
        return self.ready == self.sending == self.deferred == 0


def funnel_of(planned: int, counts: Mapping[str, int]) -> Funnel:
    """Return the funnel of a mailing.

    planned  notices that its plan holds
    counts   how many rows there are, by state
    Raises   SendingError if the rows do not add up to the plan: then rows were lost or added past it

    >>> funnel_of(3, {"accepted": 2, "held": 1}).held
    1
    """
    funnel = Funnel(planned=planned, **{State(state).value: number for state, number in counts.items()})
    found = sum(counts.values())
    if found != planned:
        raise SendingError(
            "The plan holds {planned} notices, and the outbox {found}. Send nothing, and compare it with the sent journals.",
            planned=planned,
            found=found,
        )
    return funnel
