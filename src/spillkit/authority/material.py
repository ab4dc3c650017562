"""What a report is made of, put together and made harmless.

In:    a rule, facts, the decision on them, a measurement, what people say.
Out:   Material: all that `sections` looks at, and the few ways in which it says numbers, times and texts.
Else:  which sections there are, and in which order, is `make`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from spillkit.authority.figures import Figures, Pair
from spillkit.authority.phrases import Phrases
from spillkit.authority.report import Clock, Line, Phase, Prose, Row, Table
from spillkit.authority.statement import Statement
from spillkit.law.decision import Duty
from spillkit.law.facts import Facts
from spillkit.law.rule import Rule
from spillkit.printed import printable
from spillkit.scope.measurement import Measurement

LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Material:
    """Everything a section may look at. Nothing here is changed."""

    rule: Rule
    facts: Facts
    entity: str  # id in the facts
    figures: Figures  # of this entity
    duty: Duty | None
    measurement: Measurement | None  # as an authority may see it
    statement: Statement
    phase: Phase
    clock: Clock
    made_at: datetime
    phrases: Phrases
    zone: tzinfo

    def label(self, name: str) -> str:
        return self.phrases.say(f"label.{name}")

    def count(self, code: str, value: int | None, *, label: str = "") -> Line:
        """Say a number."""
        return Line(code=code, label=label or self.label(code), words=self.phrases.number(value), number=value)

    def time(self, code: str, at: datetime, *, label: str = "") -> Line:
        """Say a time."""
        return Line(
            code=code, label=label or self.label(code), words=self.phrases.moment(at, self.zone), at=at.astimezone(UTC)
        )

    def words(self, code: str, words: str, *, label: str = "", language: str = "") -> Line:
        """Say something in words; they are made harmless here."""
        return Line(code=code, label=label or self.label(code), words=printable(words), language=self._other(language))

    def phrase(self, code: str, words: str, *, label: str = "") -> Line:
        """Say a phrase of our own, with numbers and times in it: the isolates around them stay."""
        return Line(code=code, label=label or self.label(code), words=words)

    def prose(self, text: str, *, by_person: bool = True) -> Prose | None:
        """Return what somebody wrote, in paragraphs; None where it is blank."""
        told = paragraphs(text)
        if not told:
            return None
        language = self.statement.language if by_person else ""
        return Prose(paragraphs=told, by="person" if by_person else "proposal", language=self._other(language))

    def table(self, code: str, title: str, head: str, rows: Sequence[tuple[str, str, Pair]], note: str = "") -> Table:
        """Make a table of people, confirmed and at most."""
        return Table(
            code=code,
            title=self.label(title),
            head=(self.label(head), self.label("confirmed"), self.label("at-most")),
            rows=tuple(Row(code=key, label=label, numbers=(pair.confirmed, pair.most)) for key, label, pair in rows),
            note=note,
        )

    def _other(self, language: str) -> str:
        return "" if language == self.phrases.language else language


def paragraphs(text: str) -> tuple[str, ...]:
    """Return a text as paragraphs in which nothing drives a terminal, turns a line, or hides.

    >>> paragraphs(" One.\\n\\n Two\\u202e. ")
    ('One.', 'Two\\ufffd.')
    """
    lines = (" ".join(printable(" ".join(line.split("\t"))).split()) for line in text.splitlines())
    return tuple(line for line in lines if line)


def one_line(text: str) -> str:
    """Return a name on one line, cut where it is longer than any name.

    >>> one_line("A\\nB"), len(one_line("x" * 10000))
    ('A B', 201)
    """
    line = " ".join(paragraphs(text))
    return line if len(line) <= LONGEST_NAME else line[:LONGEST_NAME] + "…"
