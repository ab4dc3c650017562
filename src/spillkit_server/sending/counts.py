"""Count where the notices of a mailing are, in one statement, so that the counts are of one moment.

In:    a mailing.
Out:   Funnel.
Else:  what the counts must add up to is `spillkit.notices.funnel`.
"""

from __future__ import annotations

from django.db.models import Count

from spillkit.notices.funnel import Funnel, funnel_of
from spillkit_server.models import Mailing


def funnel(mailing: int) -> Funnel:
    """Return where all notices of a mailing are now.

    Raises  SendingError if they do not add up to the plan
    """
    rows = list(
        Mailing.objects.filter(pk=mailing)
        .values_list("planned", "notices__state")
        .annotate(count=Count("notices"))
        .order_by()
    )
    planned = int(rows[0][0]) if rows else 0
    return funnel_of(planned, {state: count for _planned, state, count in rows if state is not None})
