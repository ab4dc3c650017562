"""Under whose name a person is told: the legal entity that he knows, its sender and its contact.

In:    notices.toml of the company.
Out:   Letterhead, by entity.
Else:  what happened is `story`; what one person is told is `told`.
"""

from __future__ import annotations

import msgspec


class Letterhead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A legal entity as it writes to its customers."""

    entity: str  # id in the facts
    name: str  # of the legal entity, as registered
    brand: str  # as its customers know it
    sender: str  # mail address from which notices come; on `domain` or below it
    domain: str  # the company's own, as customers type it: where a code is checked
    check_at: str  # place that a reader types, without a scheme: "example.org/check"
    contact: str  # mail address or telephone number where somebody answers
    contact_hours: dict[str, str] = {}  # by language
    postal: tuple[str, ...] = ()  # lines of the address
    officer: str = ""  # name of the data protection officer or contact point, or of the office
    languages: tuple[str, ...] = ("en",)  # of the service, first the usual one
