"""Find from when to when a fault was at work, and which changes lie beside it.

In:    the events of an incident, the tables of `events`, the load of the routes, the changes.
Out:   Onset.
Else:  reading the changes file is `changes`.
"""

# ruff: noqa: S608 - the SQL is put together from constants of the code and whole numbers.

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import duckdb
import numpy as np

from spillkit.cause.incident import Change, Onset
from spillkit.cause.readings import SECOND_US, Events, Load

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_REACH_US = 3600 * SECOND_US  # nobody looks for a deploy longer than that, unless the fault is rare
_RULE_OF_THREE = 3  # after three times the usual distance a fault of this rate would have shown with 95 %


def find_onset(connection: duckdb.DuckDBPyConnection, events: Events, load: Load, changes: Sequence[Change]) -> Onset:
    """Return first and last exposed answer, the clean ones next to them, and the nearest changes within reach.

    changes   in any order
    Source    rule of three (Hanley and Lippman-Hand, 1983): a fault at work would have shown within 3 / rate answers
    """
    times = events["at"][~np.isnan(events["at"])]
    if len(times) == 0:
        return Onset(first_at=None, last_at=None, clean_before=None, clean_after=None, began_with=None, ended_with=None)
    first, last = int(times.min()), int(times.max())
    places = ", ".join(str(int(place)) for place in np.unique(events["place"]))
    [(before, after)] = connection.execute(f"""
        SELECT max(at_us) FILTER (at_us < {first}), min(at_us) FILTER (at_us > {last}) FROM cause_clean
        WHERE place IN ({places}) AND (own OR place NOT IN (SELECT place FROM cause_clean WHERE own))""").fetchall()
    busy = load.between(np.unique(events["place"]), first, last)
    # A viewer who goes on seeing the same stranger is one event of the fault, however often he looks.
    beginnings = len(np.unique(np.stack([events["viewer"], events["subject"]]), axis=1).T)
    distance = _RULE_OF_THREE * float(busy.answers.sum()) / beginnings  # in answers

    def is_within_reach(change_us: int, event_us: int) -> bool:
        between = load.between(np.unique(events["place"]), *sorted((change_us, event_us)))
        return abs(change_us - event_us) <= _REACH_US or float(between.answers.sum()) <= distance

    moments = sorted((_micros(change.at), place) for place, change in enumerate(changes))
    earlier = [(at, place) for at, place in moments if at <= first and is_within_reach(at, first)]
    later = [(at, place) for at, place in moments if at >= last and is_within_reach(at, last)]
    return Onset(
        first_at=moment_of(first),
        last_at=moment_of(last),
        clean_before=moment_of(before),
        clean_after=moment_of(after),
        began_with=changes[earlier[-1][1]] if earlier else None,
        ended_with=changes[later[0][1]] if later else None,
    )


def moment_of(micros: float | None) -> datetime | None:
    """Return the UTC time of microseconds since 1970; None for none."""
    return None if micros is None else _EPOCH + timedelta(microseconds=int(micros))


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)
