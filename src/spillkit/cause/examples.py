"""Choose answers of an incident to look at, spread over its time, and say what in each speaks for the cause.

In:    the events of an incident, its cause, the tables of `events`.
Out:   Examples: places in a recording and words, without any value.
Else:  showing the answer itself needs the recording: `spillkit explain`.
"""

# ruff: noqa: S608 - the SQL is put together from constants of the code and whole numbers.

from __future__ import annotations

import duckdb
import numpy as np

from spillkit.cause.incident import CauseClass, Example
from spillkit.cause.onset import moment_of
from spillkit.cause.readings import Events

MOST_EXAMPLES = 5


def find_examples(connection: duckdb.DuckDBPyConnection, events: Events, cause: CauseClass) -> tuple[Example, ...]:
    """Return at most five examples: the first, the last and three between."""
    places = np.unique(np.linspace(0, len(events) - 1, min(MOST_EXAMPLES, len(events))).round().astype(int))
    chosen = events.where(np.isin(np.arange(len(events)), places))
    ids = ", ".join(str(int(number)) for number in chosen["id"])
    rows = connection.execute(f"""
        SELECT source, entry, at_us, method, route, subjects FROM cause_events WHERE id IN ({ids}) ORDER BY id""").fetchall()
    return tuple(
        Example(
            source=source,
            entry=entry,
            shown_at=moment_of(at_us),
            method=method,
            route=route,
            subjects=subjects,
            words=_words(chosen, place, cause),
        )
        for place, (source, entry, at_us, method, route, subjects) in enumerate(rows)
    )


def _words(events: Events, place: int, cause: CauseClass) -> str:
    def has(name: str) -> bool:
        return bool(events[name][place] >= 1)

    said = []
    if cause in (CauseClass.SHARED_CACHE, CauseClass.APP_CACHE, CauseClass.CACHE):
        if has("hit"):
            said.append("it says that it came from a cache")
        gap = events["owner_gap"][place]
        if not np.isnan(gap):
            said.append(f"the same answer had been served to somebody entitled {gap:.0f} seconds before")
    elif cause in (CauseClass.CACHED_COOKIE, CauseClass.SESSION_MIX_UP) and has("handed"):
        said.append("its session is the shown person's")
    elif cause in (CauseClass.REQUEST_RACE, CauseClass.DESYNC):
        if has("during"):
            said.append("the person shown had a request under way at the same time")
        if has("lagged"):
            said.append("the person shown had asked just before on the same line")
    elif cause is CauseClass.ENUMERATION and has("stepped"):
        said.append("the number asked for is 1 to 3 from the one before")
    elif cause is CauseClass.ACCOUNT_MAPPING and has("sticky"):
        said.append("the viewer's next answer shows the same stranger")
    elif cause is CauseClass.JOB_MIX_UP and has("overlap"):
        said.append("the person shown had a job at the same time")
    elif cause is CauseClass.MEMORY_FRAGMENT and has("behind"):
        said.append("the stranger's data stands behind the viewer's own")
    elif cause is CauseClass.OPEN_RECIPIENTS:
        said.append("several addresses stand in To or Cc")
    elif cause is CauseClass.MAIL_SHIFT and not np.isnan(events["shift"][place]):
        said.append(f"the person named is the recipient {abs(int(events['shift'][place]))} rows away")
    elif cause is CauseClass.TEMPLATE_FIELD and has("allowed_too"):
        said.append("the page may show another field of the same person")
    elif cause is CauseClass.STAFF:
        said.append("the viewer is a member of staff without a ticket of this person")
    people = int(events["subjects"][place])
    said.append(f"{people} {'person' if people == 1 else 'people'} in it to whom its viewer is a stranger")
    return "; ".join(said)
