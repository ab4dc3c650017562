"""A case: an incident's life as events, from opening to closing."""

from spillkit.case.acts import act, may_ask, may_read, may_sign
from spillkit.case.clocks import ClockState, Running, running_clocks
from spillkit.case.events import AnyEvent, Event, decode, digest, encode, kind_of, spoken_fields
from spillkit.case.fold import EMPTY, apply, fold
from spillkit.case.known import case_facts, facts_digest, must_decide_again
from spillkit.case.reminders import Reminder, due_reminders
from spillkit.case.roles import Actor, Role
from spillkit.case.state import Case
from spillkit.case.words import sentence

__all__ = [
    "EMPTY",
    "Actor",
    "AnyEvent",
    "Case",
    "ClockState",
    "Event",
    "Reminder",
    "Role",
    "Running",
    "act",
    "apply",
    "case_facts",
    "decode",
    "digest",
    "due_reminders",
    "encode",
    "facts_digest",
    "fold",
    "kind_of",
    "may_ask",
    "may_read",
    "may_sign",
    "must_decide_again",
    "running_clocks",
    "sentence",
    "spoken_fields",
]
