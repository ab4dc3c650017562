"""What events add up to: the case as it is now.

In:    events in the order in which they happened, and a case to go on from.
Out:   the case after them. The same events give the same case; an event that comes twice counts once.
Else:  which event may follow is `acts`. What must never be (a decision by one person, a figure without its history) is refused
       here too, so that altered events are noticed.

What an event changes stands in the file of its part of the case: `life`, `knowing`, `deciding`, `telling`, `mailing`, `working`.
"""

from spillkit.case.fold.adding import EMPTY, FOLDING, apply, fold
from spillkit.case.fold.whole import Stored, fold_whole

__all__ = ["EMPTY", "FOLDING", "Stored", "apply", "fold", "fold_whole"]
