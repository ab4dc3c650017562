"""What happens when somebody asks something of a case: events, or a refusal that says why and what to do now.

In:    a case, a command, who asks, and the time.
Out:   `act`; who may ask, read and sign (`MAY`, `may_ask`, `may_read`, `may_sign`); which events may follow (`MAKES`).
Else:  adding events up is `fold`; keeping them is the server's, under the version that the case had, so that of two who write at
       once the second is told.

Nothing happens by default, and nothing by one person alone: the aware-time, the accepting or rejecting of a duty, a report, the
grave word and closing take a proposal and another person's signature. One of the two is an officer or counsel; neither is an agent,
an auditor or Spillkit itself.

The rule of a command stands in the file of its part of the case: `life`, `knowing`, `deciding`, `telling`, `working`.
"""

from spillkit.case.acts.asking import MAKES, MAY, act, may_ask, may_read
from spillkit.case.acts.deciding import may_sign

__all__ = ["MAKES", "MAY", "act", "may_ask", "may_read", "may_sign"]
