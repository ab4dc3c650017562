"""Ask the engine again whenever the facts of a case have changed.

In:    a case's number, and who changed it.
Out:   what the engine says, as a proposal in the case.
Else:  deciding is `spillkit.law`; accepting is two people's.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from spillkit.case import Actor, Case, case_facts, facts_digest, must_decide_again
from spillkit.case.commands import RecordDuties
from spillkit.case.roles import KEEPERS
from spillkit.law.books import Books, read_books
from spillkit.law.decide import decide
from spillkit_server.cases import ask, new_id, read_case


@lru_cache(maxsize=1)
def books() -> Books:
    """Return the books of law, read once for each process."""
    return read_books()


def decide_again(number: int, actor: Actor, now: datetime) -> Case:
    """Return the case with what the engine says of its facts as they are now."""
    case = read_case(number)
    if actor.role not in KEEPERS or not must_decide_again(case):
        return case
    facts = case_facts(case)
    if facts is None:
        return case
    said = RecordDuties(id=new_id(), facts_digest=facts_digest(facts), decided=decide(facts, books(), now=now))
    return ask(number, [said], actor, now)
