"""Guess from simple signs why one person was shown another's data. A hint for a developer, no verdict.

In:    the answer, who was seen in it, what was answered before in the same test.
Out:   a sentence.
Else:  finding causes from traffic, with numbers, is `spillkit.cause`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from spillkit.guard.answers import Answer

CACHE_HEADERS = ("age", "x-cache", "cache-status", "cf-cache-status", "x-varnish")


@dataclass(frozen=True, slots=True)
class Signs:
    """What is known of one answer that shows somebody to somebody else."""

    subjects: int  # people of whom something is in the answer, the viewer not counted
    shows_viewer: bool  # the viewer's own data is in it too
    has_object_id: bool  # the route holds {n} or {id}, or the query a number
    same_before: (
        int | None
    )  # an earlier answer to somebody else had the same address and the same body: its place, from 1
    has_cache_header: bool
    issued_others_session: bool
    viewer_is_guess: bool


@dataclass(slots=True)
class Memory:
    """Bodies answered before in this test: digest of address and body -> place and viewer of the first such answer."""

    firsts: dict[tuple[str, bytes], tuple[int, str]] = field(default_factory=dict)


def is_from_cache(answer: Answer) -> bool:
    """Return whether a header says that a cache answered."""
    found: Mapping[str, str] = dict(answer.headers)
    return any(
        name in found and ("hit" in found[name].lower() or (name == "age" and found[name] not in ("", "0")))
        for name in CACHE_HEADERS
    )


def hint_of(signs: Signs) -> str:
    """Return what most likely went wrong, in a sentence."""
    if signs.issued_others_session:
        return "session mix-up: the answer sets a cookie that was handed to the other person before."
    if signs.has_cache_header:
        return "a cache answered (its header says so): personal answers want Cache-Control: private, no-store."
    if signs.subjects > 1 or signs.shows_viewer:
        return "a list without its filter: several people are in one answer. Filter the query by the one who asks."
    if signs.same_before is not None and not signs.has_object_id:
        return (
            f"a cache whose key does not hold who asks: answer {signs.same_before}, to somebody else, had the same address "
            "and the same body. Add the user to the key, or Vary: Cookie, or do not cache it."
        )
    if signs.viewer_is_guess:
        return (
            "a page that asks for no sign-in. If somebody was signed in at this client, say so: "
            "spillkit_guard.watching(client, person=…)."
        )
    if signs.has_object_id:
        return "a missing owner check: the address names an object, and nothing asks whose it is."
    return "the answer is another person's: look for state that requests share (a global, a pooled object, a thread's leftover)."
