"""Hold what texts say against the facts, and against each other.

In:    documents; Known.
Out:   Checked: contradictions, each with its rule and its place; the claims that no fact decides.
Else:  reading claims is `read_claims`; one document against the facts is `against`, two against each other `between`; a whole
       mailing is `mailing`; what becomes of a contradiction is `decisions`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from spillkit.notices.lint.against import contradictions_of
from spillkit.notices.lint.between import between
from spillkit.notices.lint.claims import Text
from spillkit.notices.lint.contradictions import Checked, Contradiction, Unchecked
from spillkit.notices.lint.facts_of import Known
from spillkit.notices.lint.judged import Judged
from spillkit.notices.lint.read_claims import read_claims


def check(documents: Sequence[Text], known: Known) -> Checked:
    """Hold documents against the facts and each other.

    Cost  a few milliseconds for a page of text
    """
    read = [(document, read_claims(document)) for document in documents]
    found: list[Contradiction] = []
    unchecked: list[Unchecked] = []
    for document, said in read:
        against = Judged(document, said, known)
        found += contradictions_of(against)
        unchecked += against.unchecked
    found += [one for first, second in combinations(read, 2) for one in between(first, second)]
    return Checked(
        contradictions=tuple(dict.fromkeys(found)),
        unchecked=tuple(unchecked),
        languages={document.name: said.languages for document, said in read},
        claims={document.name: len(said.claims) for document, said in read},
    )
