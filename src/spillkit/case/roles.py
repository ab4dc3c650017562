"""Who works on a case, and what each may do.

In:    nothing.
Out:   Role, Actor; the tables of who may decide, second a decision, keep the case, or only read.
Else:  asking them is `acts`; which account has which role is the server's.

A person is an opaque id of an account. One human with two accounts is two people here: giving nobody two is the company's part.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Role(StrEnum):
    """A user's role. SYSTEM is Spillkit itself: it sends reminders and decides nothing."""

    ENGINEER = "engineer"  # measures, and finds the cause
    OFFICER = "officer"  # data protection officer, or who stands in
    COUNSEL = "counsel"  # lawyer
    AGENT = "agent"  # answers customers
    AUDITOR = "auditor"  # reads, and writes nothing
    SYSTEM = "system"


class Actor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who acts: an opaque id of an account, never a name or an address, and the role it has now."""

    user: str
    role: Role


DECIDERS = frozenset({Role.OFFICER, Role.COUNSEL})  # of the two who decide, one is of these
SIGNERS = frozenset({Role.ENGINEER, Role.OFFICER, Role.COUNSEL})  # may be the second
KEEPERS = frozenset({Role.ENGINEER, Role.OFFICER, Role.COUNSEL})  # measure, draft, add people
HELPERS = KEEPERS | {Role.AGENT}  # notes, tasks
