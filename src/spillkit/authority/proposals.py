"""Propose likely consequences from the kinds of data that were shown.

In:    kinds of fields.toml.
Out:   sentences, most urgent first; they stay proposals until a person takes them as his own.
Else:  what a person wrote instead comes from `statement`.

Source  what each kind can be used for: GDPR recitals 75 and 85; EDPB Guidelines 9/2022, section IV. Nothing here weighs how likely
        it is: that is a person's judgement.
"""

from __future__ import annotations

from collections.abc import Set

from spillkit.authority.phrases import Phrases

# Sentence, and the kinds of data any one of which makes it possible.
_FOLLOWS = (
    ("account", {"password", "security-answer", "session", "account-access-code"}),
    ("money", {"account-number", "card-number", "account-access-code", "financial"}),
    ("identity", {"national-id", "ssn", "tax-id", "driver-licence", "passport", "military-id", "mothers-maiden-name"}),
    (
        "private",
        {
            "medical",
            "health-insurance",
            "biometric",
            "genetic",
            "beliefs",
            "origin",
            "sexual-life",
            "criminal",
            "financial",
            "behaviour",
        },
    ),
    ("place", {"postal-address", "location"}),
    ("mail", {"email", "phone", "username"}),
    ("orders", {"order", "document", "customer-id"}),
)


def likely_consequences(kinds: Set[str], phrases: Phrases) -> tuple[str, ...]:
    """Return sentences for these kinds of data; none where no data was shown."""
    if not kinds:
        return ()
    follow = [name for name, any_of in _FOLLOWS if any_of & kinds]
    return tuple(phrases.say(f"consequence.{name}") for name in (*follow, "control"))
