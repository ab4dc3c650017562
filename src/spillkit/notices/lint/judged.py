"""Hold one document beside the facts, and write down what contradicts in it.

In:    a Text with what it says; Known.
Out:   Judged: the document, folded once, and the ways to write a contradiction down.
Else:  what contradicts is `against`, `figures` and `missing`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cached_property

from spillkit.notices.letterhead import Letterhead
from spillkit.notices.lint.claims import Claim, Purpose, Text
from spillkit.notices.lint.contradictions import Contradiction, Unchecked, line_of
from spillkit.notices.lint.facts_of import Known
from spillkit.notices.lint.folded import Folded, fold
from spillkit.notices.lint.read_claims import Read

TO_ONE = (Purpose.NOTICE, Purpose.CORRECTION)
LETTERS = (*TO_ONE, Purpose.UNAFFECTED, Purpose.UNINTENDED_VIEWER)
ALOUD = (*LETTERS, Purpose.STATEMENT, Purpose.PORTAL, Purpose.AGENT)


class Judged:
    """One document beside the facts."""

    def __init__(self, document: Text, said: Read, known: Known, folding: Callable[[str], Folded] = fold) -> None:
        self.document, self.said, self.known = document, said, known
        self._folding = folding
        self.unchecked: list[Unchecked] = []
        self.letterhead: Letterhead | None = known.letterhead_of(document)

    @cached_property
    def folded(self) -> Folded:
        return self._folding(self.document.text)

    def leave(self, claim: Claim) -> None:
        """Write down that no fact decides a claim."""
        line = line_of(self.document, claim.start)
        self.unchecked.append(Unchecked(self.document.name, claim.kind, claim.value, claim.start, claim.end, line))

    def differs(self, claim: Claim, rule: str, says: str, other: str) -> Contradiction:
        """Return that a claim says something else than the facts."""
        return self.at(claim.start, claim.end, rule, says, other)

    def at(self, start: int, end: int, rule: str, says: str, other: str) -> Contradiction:
        """Return that something contradicts at a place of the text, in characters."""
        line = line_of(self.document, start)
        return Contradiction(rule, self.document.name, start, end, line, says, other, self.document.digest)

    def lacks(self, rule: str, says: str, other: str) -> Contradiction:
        """Return that something is missing: it has no place."""
        return Contradiction(rule, self.document.name, 0, 0, 0, says, other, self.document.digest)


def spans_of(name: str, text: str) -> Iterator[tuple[int, int]]:
    """Yield where a name stands in folded text, as a word of its own."""
    folded = fold(name).text.strip()
    if folded:
        for found in re.finditer(rf"(?<![^\W_]){re.escape(folded)}(?![^\W_])", text):
            yield found.span()
