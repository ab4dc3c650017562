"""Decide which questions of the portal are answered by mail: at most one mail a day to an address.

In:    questions as they were opened, when each mailbox was answered last, the time.
Out:   Round: whom to answer now, the marks to keep, and counts that add up.
Else:  whether the address is a customer's, and what the mail says, is the core's; the questions come from `question`.

Who asks for somebody else's address sends that person one mail a day at most, and learns nothing. A mailbox is known by its keyed
mark alone; a mark is forgotten a day after the mail. The marks are stored before the first mail leaves, so that what stops in
between never sends two. A question that was asked before the last mail to its mailbox left is answered by that mail, however late
it is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

import msgspec

from spillkit.notices.marks import canonical_mailbox, mailbox_mark
from spillkit.notices.question import Question

BETWEEN = timedelta(days=1)  # mails to one mailbox


class Round(msgspec.Struct, frozen=True):
    """What becomes of some questions. `answered + too_soon + no_address + damaged` is how many there were."""

    answer: tuple[Question, ...]  # one for each mailbox, the first that was asked
    answered_at: dict[str, datetime]  # by mark: to be stored before anything is sent
    too_soon: int  # the mailbox is answered already, today or in this round
    no_address: int  # what was typed is no mail address, or was too long
    damaged: int  # records that could not be opened


def answer_round(
    questions: Iterable[Question | None], answered_at: Mapping[str, datetime], key: bytes, now: datetime
) -> Round:
    """Decide whom to answer.

    questions    in the order they were asked; None: could not be opened
    answered_at  of each mark, when a mail to it was last decided, UTC
    key          of the marks (`marks.derived_key`)
    now          UTC
    """
    kept = {mark: at for mark, at in answered_at.items() if now - at < BETWEEN}
    beginning = datetime.min.replace(tzinfo=UTC)
    answer: list[Question] = []
    too_soon = no_address = damaged = 0
    for question in questions:
        if question is None:
            damaged += 1
        elif not canonical_mailbox(question.address):
            no_address += 1
        elif (mark := mailbox_mark(question.address, key)) in kept or (
            question.asked_at <= answered_at.get(mark, beginning)
        ):
            too_soon += 1
        else:
            kept[mark] = now
            answer.append(question)
    return Round(tuple(answer), kept, too_soon, no_address, damaged)
