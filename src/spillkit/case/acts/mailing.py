"""Rules of mailings: what may be proposed to be done with one.

In:    a case, a command, who asks, the stamp of its event.
Out:   RULES, one row for each command.
Else:  signing is `deciding`; asking whether something is signed is `spillkit.case.mailings`; the case afterwards is `fold.mailing`.

What the digest stands for is not here: the page that proposes shows it, and who sends compares it again.
"""

from __future__ import annotations

from spillkit.case import commands as c
from spillkit.case import events as e
from spillkit.case.acts.rule import Rule, Stamp, check_reason, check_seen
from spillkit.case.mailings import is_signed_to_be_sent, signed
from spillkit.case.roles import DECIDERS, Actor
from spillkit.case.state import Case
from spillkit.errors import NotNow, NotTaken


def _propose(case: Case, command: c.ProposeMailing, actor: Actor, stamp: Stamp) -> e.Event:
    check_seen(case, command)
    check_reason(command.reason)
    # A mailing without a single mail is decided all the same: letters and lists are written of what was signed.
    if command.notices == 0 and command.doing is not e.MailingAct.SEND:
        raise NotTaken("This concerns no notice, so there is nothing to decide.")
    matter = (command.mailing, command.doing, command.digest)
    if any((each.mailing, each.doing, each.digest) == matter for each in case.proposals):
        raise NotNow("The same was proposed already, and waits for a second person. Have it signed or declined.")
    if command.doing is not e.MailingAct.SEND:
        if not is_signed_to_be_sent(case, command.mailing):
            raise NotNow("Two people did not decide that this mailing is sent, so nothing of it is under way.")
    elif signed(case, *matter) is not None:
        raise NotNow("Two people signed exactly this plan already. It is sent once, whoever asks again.")
    return e.MailingProposed(
        **stamp.head,
        mailing=command.mailing,
        doing=command.doing,
        digest=command.digest,
        notices=command.notices,
        accepts=tuple(sorted(set(command.accepts))),
        reason=command.reason,
    )


RULES: dict[type[c.Command], Rule] = {
    c.ProposeMailing: Rule(DECIDERS, (e.MailingProposed,), _propose),
}
