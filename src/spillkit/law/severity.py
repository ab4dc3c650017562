"""Score how severe it is."""

from __future__ import annotations

from spillkit.law.books import Books
from spillkit.law.decision import Severity
from spillkit.law.facts import Facts


def severity_of(facts: Facts, books: Books) -> Severity | None:
    return None
