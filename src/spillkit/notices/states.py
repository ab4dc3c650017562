"""What becomes of one notice on its way out: its state, and every step that it may take.

In:    the state of a notice, and what happened.
Out:   its next state, or a refusal.
Else:  writing states down is `spillkit_server.sending`; what happened on the wire is kept by `journal`, counted by `funnel`.

    ready ──► sending ──► accepted ──► bounced      (it came back later)
      ▲          │
      ├──────────┤ surely not offered
      │          ├──► deferred ──► sending          (the server said "later")
      │          ├──► bounced                       (the server said "never")
      │          └──► held ──► accepted | ready | left | bounced
      └──────────────────┘ on evidence, or by two people

A state is written before the wire: whoever is killed leaves `sending` behind, never a notice that looks unsent. Where the server's
answer to a whole mail is lost, nobody can know whether it was taken (RFC 5321 section 4.5.3.2.6, RFC 1047). Such a notice is held:
no step leads from there back to the wire but on evidence that it was not taken, or by the decision of two people.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType

import msgspec

from spillkit.errors import ForbiddenStep


class State(StrEnum):
    """Where a notice is."""

    READY = "ready"  # nobody was given it
    SENDING = "sending"  # a sender has it in hand
    ACCEPTED = "accepted"  # the server took it over
    DEFERRED = "deferred"  # the server did not take it now
    BOUNCED = "bounced"  # it was refused, or came back
    HELD = "held"  # nobody knows whether it was taken
    LEFT = "left"  # nobody will know; two people decided to let it rest
    WITHDRAWN = "withdrawn"  # decided not to send, before anything was sent


class Event(StrEnum):
    """What happened to a notice."""

    CLAIMED = "claimed"
    NOT_OFFERED = "not-offered"  # surely: its last dot never left
    TAKEN = "taken"  # 2xx to the whole mail
    PUT_OFF = "put-off"  # 4xx
    REFUSED = "refused"  # 5xx, or there is no address to send to
    ANSWER_LOST = "answer-lost"  # the last dot may have left, and no answer came
    GIVEN_UP = "given-up"  # put off for too long
    WITHDRAWN = "withdrawn"
    CAME_BACK = "came-back"  # a delivery status notification says that it failed (RFC 3464): so it had been taken
    FOUND_TAKEN = "found-taken"  # the server's log, or the service under its idempotency key, has it
    FOUND_NOT_TAKEN = "found-not-taken"  # they do not have it, and are complete for that time
    SEND_AGAIN = "send-again"  # two people: rather twice than never
    LET_REST = "let-rest"  # two people: rather never than twice


class Evidence(StrEnum):
    """What a held notice is settled by."""

    SERVER_LOG = "server-log"
    DELIVERY_STATUS = "delivery-status"
    SERVICE_KEY = "service-key"  # the e-mail service's idempotency key
    TWO_PEOPLE = "two-people"


class Settlement(msgspec.Struct, frozen=True):
    """How a held notice is settled."""

    evidence: Evidence
    event: Event
    people: tuple[str, ...] = ()  # opaque ids of those who decided; only with TWO_PEOPLE


STEPS: Mapping[tuple[State, Event], State] = MappingProxyType(
    {
        (State.READY, Event.CLAIMED): State.SENDING,
        (State.DEFERRED, Event.CLAIMED): State.SENDING,
        (State.SENDING, Event.NOT_OFFERED): State.READY,
        (State.SENDING, Event.TAKEN): State.ACCEPTED,
        (State.SENDING, Event.PUT_OFF): State.DEFERRED,
        (State.SENDING, Event.REFUSED): State.BOUNCED,
        (State.SENDING, Event.ANSWER_LOST): State.HELD,
        (State.DEFERRED, Event.GIVEN_UP): State.BOUNCED,
        (State.READY, Event.WITHDRAWN): State.WITHDRAWN,
        (State.DEFERRED, Event.WITHDRAWN): State.WITHDRAWN,
        (State.ACCEPTED, Event.CAME_BACK): State.BOUNCED,
        (State.HELD, Event.CAME_BACK): State.BOUNCED,
        (State.HELD, Event.FOUND_TAKEN): State.ACCEPTED,
        (State.HELD, Event.FOUND_NOT_TAKEN): State.READY,
        (State.HELD, Event.SEND_AGAIN): State.READY,
        (State.HELD, Event.LET_REST): State.LEFT,
        # What was let rest may still turn out, and is then told as it is. It is not sent again.
        (State.LEFT, Event.FOUND_TAKEN): State.ACCEPTED,
        (State.LEFT, Event.CAME_BACK): State.BOUNCED,
    }
)
CLAIMABLE = frozenset({State.READY, State.DEFERRED})  # those that wait for a sender
_SETTLES = MappingProxyType(
    {
        Evidence.SERVER_LOG: {Event.FOUND_TAKEN, Event.FOUND_NOT_TAKEN},
        Evidence.SERVICE_KEY: {Event.FOUND_TAKEN, Event.FOUND_NOT_TAKEN},
        Evidence.DELIVERY_STATUS: {Event.FOUND_TAKEN, Event.CAME_BACK},
        Evidence.TWO_PEOPLE: {Event.SEND_AGAIN, Event.LET_REST},
    }
)
# What a try ended in. Of several things that are known of one try, the last in this list tells what became of it: an answer outdoes
# "offered", what was found or decided outdoes an answer, and that it was taken outdoes everything but that it came back.
_ENDS_IN = MappingProxyType(
    {
        Event.ANSWER_LOST: State.HELD,
        Event.PUT_OFF: State.DEFERRED,
        Event.REFUSED: State.BOUNCED,
        Event.FOUND_NOT_TAKEN: State.READY,
        Event.SEND_AGAIN: State.READY,
        Event.GIVEN_UP: State.BOUNCED,
        Event.WITHDRAWN: State.WITHDRAWN,
        Event.LET_REST: State.LEFT,
        Event.TAKEN: State.ACCEPTED,
        Event.FOUND_TAKEN: State.ACCEPTED,
        Event.CAME_BACK: State.BOUNCED,
    }
)
_WEIGHT = MappingProxyType({event: place for place, event in enumerate(_ENDS_IN)})
_ENDED = frozenset({State.ACCEPTED, State.BOUNCED, State.LEFT, State.WITHDRAWN})


def step(state: State, event: Event) -> State:
    """Return the state that follows.

    Raises  ForbiddenStep if a notice in this state cannot take this step; it stays as it is

    >>> step(State.SENDING, Event.ANSWER_LOST)
    <State.HELD: 'held'>
    """
    try:
        return STEPS[(state, event)]
    except KeyError:
        raise ForbiddenStep(
            "A notice that is {state} cannot take the step {event}. Nothing was changed.",
            state=state.value,
            event=event.value,
        ) from None


def check_settlement(settlement: Settlement) -> None:
    """Check that a held notice may be settled in this way.

    Raises  ForbiddenStep if this kind of evidence does not show that, or fewer than two people decided
    """
    if settlement.event not in _SETTLES[settlement.evidence]:
        raise ForbiddenStep(
            "Evidence of the kind {evidence} cannot show that a notice is to take the step {event}.",
            evidence=settlement.evidence.value,
            event=settlement.event.value,
        )
    if settlement.evidence is Evidence.TWO_PEOPLE and len(set(settlement.people) - {""}) < 2:
        raise ForbiddenStep("A held notice is settled by evidence, or by two different people.")


def event_of_code(code: int) -> Event:
    """Return what the server's answer to a whole mail means.

    code    its three digits; anything else counts as no answer
    Source  RFC 5321 section 4.2.1: 2yz is taken, 4yz is not now, 5yz is never

    >>> event_of_code(250), event_of_code(451), event_of_code(-1)
    (<Event.TAKEN: 'taken'>, <Event.PUT_OFF: 'put-off'>, <Event.ANSWER_LOST: 'answer-lost'>)
    """
    return {2: Event.TAKEN, 4: Event.PUT_OFF, 5: Event.REFUSED}.get(code // 100, Event.ANSWER_LOST)


def later(one: Event | None, other: Event) -> Event:
    """Return which of two events of the same try tells what became of it, in whatever order they are read."""
    return other if one is None or _WEIGHT[other] > _WEIGHT[one] else one


def state_by_tries(state: State, tries: Iterable[tuple[int, Event]]) -> State:
    """Return the state of a notice whose row is older than the journals.

    state   as the row says it
    tries   of each try its number, from 1 (0: before the first), and what `later` says of it; as the journals say it
    Returns accepted where any try was taken; held where the outcome of any is unknown; else what the last one says.
            A row that has come to its end says more than the journals: it stays, but for a mail that was taken after all
    """
    known = sorted(tries)
    if not known:
        return state
    ends = [_ENDS_IN[event] for _number, event in known]
    if Event.CAME_BACK in (event for _number, event in known):
        return State.BOUNCED
    if State.ACCEPTED in ends:
        return state if state is State.BOUNCED else State.ACCEPTED
    if state in _ENDED:
        return state
    return State.HELD if State.HELD in ends else ends[-1]
