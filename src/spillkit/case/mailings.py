"""Ask whether two people decided something about a mailing.

In:    a case; a mailing, what is to be done with it, and the digest of what is about to be done.
Out:   their decision, or None.
Else:  deciding is `acts.mailing` and `acts.deciding`; doing it is the outbox's, which asks here before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from spillkit.case.events import MailingAct
from spillkit.case.state import Case, MailingDecision


def signed(case: Case, mailing: str, doing: MailingAct, digest: str) -> MailingDecision | None:
    """Return the last decision of two people to do this with exactly what has this digest; None: nobody may do it.

    digest   of the plan (to send, to go on), or `ids_digest` of the notices (to send again, to give up)
    Returns  to send: only the plan that was signed last, as it took the place of those before it.
             The rest may be decided again and again, of the same: who acts on it sees by `event` what he has done already,
             and by `at` whether it is younger than the stop
    """
    of_the_mailing = [each for each in case.mailings if (each.mailing, each.doing) == (mailing, doing)]
    if doing is MailingAct.SEND:
        of_the_mailing = of_the_mailing[-1:]
    return next((each for each in reversed(of_the_mailing) if each.digest == digest), None)


def is_signed_to_be_sent(case: Case, mailing: str) -> bool:
    """Return whether two people signed a plan of this mailing, whichever."""
    return any((each.mailing, each.doing) == (mailing, MailingAct.SEND) for each in case.mailings)


def ids_digest(notices: Iterable[str]) -> str:
    """Return the SHA-256 of the ids of notices, sorted and each on its line, as 64 hex digits.

    >>> ids_digest(["n-2", "n-1"]) == hashlib.sha256(b"n-1\\nn-2").hexdigest()
    True
    """
    return hashlib.sha256("\n".join(sorted(set(notices))).encode()).hexdigest()
