"""What is reported of a test: one person was shown another's data.

In:    nothing.
Out:   Leak, Tally; both travel between processes as plain dicts.
Else:  finding leaks is `judging`; printing them is `outputs`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from spillkit.printed import printable


@dataclass(frozen=True, slots=True)
class Leak:
    """One person's fields in one answer to somebody who may not see them. No value, no address, no text of the answer."""

    channel: str
    method: str
    route: str
    status: int
    answer: int  # place among the answers of its test, from 1
    answers: int  # how many answers of the test showed the same
    viewer: str  # "planted person 2", "somebody signed out"
    subject: str  # "planted person 1"
    fields: tuple[str, ...]
    places: tuple[str, ...]  # for each field where in the answer it stands
    hint: str
    test: str = ""  # pytest's node id
    file: str = ""
    line: int = 0

    @property
    def sentence(self) -> str:
        """Who was shown what, and where."""
        return printable(f"{self.method} {self.route}: {self.viewer} was shown {self.subject}'s {_listed(self.fields)}")

    @property
    def words(self) -> str:
        """The sentence, the places and the hint, over several lines."""
        where = ", ".join(f"{label} at {place}" for label, place in zip(self.fields, self.places, strict=True))
        often = f", and {self.answers - 1} more like it" if self.answers > 1 else ""
        return (
            f"{self.sentence}.\n  where   answer {self.answer} of this test (status {self.status}){often}: {printable(where)}\n"
            f"  likely  {self.hint}"
        )


@dataclass(slots=True)
class Tally:
    """What was looked at. Counts add up over tests and processes."""

    tests: int = 0
    answers: int = 0
    not_text: int = 0  # bodies that are no text: recorded, not looked at
    damaged: int = 0  # bodies of which only a part could be looked at
    sightings: int = 0  # planted people's fields seen, their own included
    allowed: int = 0  # by a rule or a marker
    typed: int = 0  # what the asker had sent himself in the same request
    leaks: int = 0
    by_viewer: Counter[str] = field(default_factory=Counter)

    def add(self, other: Tally) -> None:
        """Add another tally to this one."""
        for name in self.__slots__:
            if name != "by_viewer":
                setattr(self, name, getattr(self, name) + getattr(other, name))
        self.by_viewer.update(other.by_viewer)


def to_plain(tally: Tally, leaks: list[Leak]) -> dict[str, Any]:
    """Return what one process found, as numbers, texts, lists and dicts."""
    return {"tally": {**asdict(tally), "by_viewer": dict(tally.by_viewer)}, "leaks": [asdict(leak) for leak in leaks]}


def from_plain(plain: Mapping[str, Any]) -> tuple[Tally, list[Leak]]:
    """Return the same as values."""
    tally = Tally(**{**plain["tally"], "by_viewer": Counter(plain["tally"]["by_viewer"])})
    leaks = [
        Leak(**{**leak, "fields": tuple(leak["fields"]), "places": tuple(leak["places"])}) for leak in plain["leaks"]
    ]
    return tally, leaks


def _listed(words: tuple[str, ...]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
