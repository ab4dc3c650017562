"""Measure the signs of a group of events: how often each was there, and how often chance would have put it there.

In:    the events of a group, the load of its routes.
Out:   Signs: what `decide` takes.
Else:  what is known of each single event was measured by the modules of the faults.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spillkit.cause.readings import Array, Events, Load, Mask
from spillkit.cause.signs import Share, share_of

MANY = 4  # people in one answer who are strangers to its viewer: no swap of one person for another does that
_LASTING_US = 900 * 1_000_000
_STEP_CHANCE = 0.05
_STICKY_CHANCE = 0.1
_MIN_SLOPE_EVENTS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """Everything measured over one group of events. Shares are over answers unless they say otherwise."""

    n: int
    people: int
    viewers: int
    urls: int
    known_viewers: Share
    single: Share  # one stranger only
    many: Share
    median_people: float
    saturation: Share  # of the personal answers of these routes in this time, those that expose
    own: Share
    mail: Share
    open: Share
    shifted: Share
    shift: int
    first_row: int
    staff: Share
    staff_route: float
    handed: Share
    sids: int
    reissued: Share  # over sessions: given again from one address, to many, or as a hit
    most_receivers: int
    has_session: Share
    job: Share
    overlap: Share
    behind: Share
    odd_place: Share
    too_long: Share
    strange: Share
    misplaced: Share
    of_all: float  # share of the wrong answers in all that their routes gave in their time
    top_actor: Share
    askers: int
    stepped: Share
    refused: int
    objects: Share
    sticky: Share
    fixed: Share  # over viewers with several answers: always the same stranger
    other_session: Share
    hit: Share
    owner: Share
    repeats: Share
    repeats_edge: Share
    repeats_worker: Share
    same_worker: Share
    fan: float
    life_seconds: float  # NaN: not known
    edges: int
    workers: int
    near: Share
    near_clean: Share
    during: Share
    during_later: Share
    lagged: Share
    in_run: Share
    by_connection: Share
    chained: Share
    slope: float  # NaN: too few events or too even a load
    allowed_too: Share
    lasting: Share  # of pairs of viewers of one address long apart, those who saw the same people
    signed_in: Share


def measure(events: Events, load: Load) -> Signs:
    """Return the signs of a group.

    events  at least one
    load    of the exposed routes, whole
    """
    shift, shifted, first_row = _measure_shift(events)
    places = np.unique(events["place"])
    busy = load.between(places, float(np.nanmin(_or_zero(events["at"]))), float(np.nanmax(_or_zero(events["at"]))))
    clean = float(busy.clean.sum())
    workers = _distinct(events["worker"])
    handed = events["handed"] > 0
    return Signs(
        n=len(events),
        people=_distinct(events["subject"]),
        viewers=_distinct(events["viewer"]),
        urls=_distinct(events["url"]),
        known_viewers=share_of(events["known_viewer"]),
        single=share_of((events["subjects"] == 1).astype(np.float64)),
        many=share_of((events["subjects"] >= MANY).astype(np.float64)),
        median_people=float(np.median(events["subjects"])),
        saturation=Share(len(events) / (len(events) + clean), 0.0, int(len(events) + clean)),
        own=share_of(events["own"]),
        mail=share_of(events["mail"]),
        open=share_of((events["open_recipients"] > 1).astype(np.float64)),
        shifted=shifted,
        shift=shift,
        first_row=first_row,
        staff=share_of(events["staff"]),
        staff_route=float(events["staff_share"].mean()),
        handed=share_of(events["handed"]),
        sids=_distinct(events["sid"]),
        reissued=_measure_reissued(events.where(handed)),
        most_receivers=int(np.nanmax(events["receivers"], initial=0)) if handed.any() else 0,
        has_session=share_of(events["has_session"]),
        job=share_of(events["export"]),
        overlap=share_of(events["overlap"], events["overlap_chance"]),
        behind=share_of(events["behind"]),
        odd_place=share_of(events["odd_place"], 0.02),
        too_long=share_of(events["too_long"], 0.05),
        strange=share_of(events["strange"], 0.02),
        misplaced=share_of(is_misplaced(events).astype(np.float64)),
        of_all=min(1.0, len(events) / max(1.0, float(busy.answers.sum()))),
        top_actor=_measure_top(events["actor"]),
        askers=_distinct(events["actor"]),
        stepped=share_of(events["stepped"], _STEP_CHANCE),
        refused=int(np.nanmax(events["refused"], initial=0)),
        objects=share_of(events["has_object"]),
        sticky=share_of(events["sticky"], _STICKY_CHANCE),
        fixed=_measure_fixed(events),
        other_session=share_of(events["next_other_session"]),
        hit=share_of(events["hit"], events["hit_chance"]),
        owner=share_of(events["owner"]),
        repeats=share_of(events["repeats"], events["repeats_chance"]),
        repeats_edge=share_of(events["repeats_edge"], events["repeats_chance"]),
        repeats_worker=share_of(events["repeats_worker"], events["repeats_chance"]),
        same_worker=share_of(events["owner_worker"], 1 / max(1, workers)),
        fan=float(np.nanmedian(events["fan"])) if (~np.isnan(events["fan"])).any() else 1.0,
        life_seconds=_measure_life(events),
        edges=_distinct(events["edge"]),
        workers=workers,
        near=share_of(events["near"], events["near_chance"]),
        near_clean=share_of(events["near_clean"]),
        during=share_of(events["during"], events["during_chance"]),
        during_later=share_of(events["during_later"], events["during_chance"]),
        lagged=share_of(events["lagged"], events["lag_chance"]),
        in_run=share_of(events["in_run"]),
        by_connection=share_of(events["by_connection"]),
        chained=share_of(events["chained"], events["chain_chance"]),
        slope=_measure_slope(events, busy),
        allowed_too=share_of(events["allowed_too"]),
        lasting=_measure_lasting(events),
        signed_in=share_of(events["signed_in"]),
    )


def is_misplaced(events: Events) -> Mask:
    """Whether the stranger's data stands behind the viewer's own, or is of a kind that the route never shows."""
    misplaced: Mask = ((events["own"] > 0) & (events["behind"] == 1)) | (events["strange"] == 1)
    return misplaced


def _or_zero(times: Array) -> Array:
    return np.zeros(1) if np.isnan(times).all() else times


def _distinct(values: Array) -> int:
    return len(np.unique(values[~np.isnan(values)]))


def _measure_top(actors: Array) -> Share:
    """The share of the busiest asker."""
    _, counts = np.unique(actors, return_counts=True)
    return Share(float(counts.max()) / len(actors), 0.0, len(actors))


def _measure_shift(events: Events) -> tuple[int, Share, int]:
    """The commonest distance in rows between recipient and subject, its share, and the first row that has it."""
    shifts = events["shift"]
    known = shifts[~np.isnan(shifts)]
    if len(known) == 0:
        return 0, Share(), 0
    values, counts = np.unique(known, return_counts=True)
    commonest = float(values[np.argmax(counts)])
    with_it = shifts == commonest
    chance = float(np.mean(1 / np.maximum(1, events["batch_rows"][~np.isnan(shifts)] - 1)))
    share = share_of(np.where(events["mail"] > 0, with_it.astype(np.float64), np.nan), chance)
    return int(commonest), share, int(events["mail_row"][with_it].min())


def _measure_reissued(handed: Events) -> Share:
    """Over handed sessions: those that were given out again as a stored answer is."""
    known = ~np.isnan(handed["sid"])
    if not known.any():
        return Share()
    _, first = np.unique(handed["sid"][known], return_index=True)
    hits, copied = (np.nan_to_num(handed[name][known][first]) for name in ("hit_issues", "copied"))
    again = (hits > 0) | (copied > 0.5)
    return Share(float(again.mean()), 0.02, len(first))


def _measure_fixed(events: Events) -> Share:
    """Over viewers with answers from several addresses or long apart: those who always saw the same stranger."""
    order = np.lexsort((events["at"], events["viewer"]))
    viewer, subject, url, at = (events[name][order] for name in ("viewer", "subject", "url", "at"))
    total, same = 0, 0
    starts = np.flatnonzero(np.r_[True, viewer[1:] != viewer[:-1]])
    for start, end in zip(starts, np.r_[starts[1:], len(viewer)]):
        part = slice(start, end)
        if end - start < 2 or (len(np.unique(url[part])) < 2 and at[end - 1] - at[start] < _LASTING_US):
            continue
        total += 1
        same += len(np.unique(subject[part])) == 1
    return Share(same / total, 0.1, total) if total else Share()


def _measure_lasting(events: Events) -> Share:
    """Over neighbours in time on one address, of different viewers and long apart: those who saw the same people."""
    order = np.lexsort((events["at"], events["url"]))
    url, people, viewer, at = (events[name][order] for name in ("url", "people", "viewer", "at"))
    pairs = (url[1:] == url[:-1]) & (viewer[1:] != viewer[:-1]) & (at[1:] - at[:-1] > _LASTING_US)
    if not pairs.any():
        return Share()
    return Share(float((people[1:] == people[:-1])[pairs].mean()), 0.05, int(pairs.sum()))


def _measure_life(events: Events) -> float:
    """How long a stored answer lived: the highest Age where told, else how late strangers still got it."""
    ages = events["age"][~np.isnan(events["age"])]
    if len(ages):
        return float(np.quantile(ages, 0.98))
    gaps = events["owner_gap"][~np.isnan(events["owner_gap"])]
    return float(np.quantile(gaps, 0.95)) if len(gaps) else float("nan")


def _measure_slope(events: Events, busy: Load) -> float:
    """The exponent with which wrong answers per minute grow with load: 1 in proportion, 2 where two must meet."""
    times = events["at"][~np.isnan(events["at"])]
    if len(times) < _MIN_SLOPE_EVENTS or len(busy.second) == 0:
        return float("nan")
    first = busy.second.min() // 60
    minutes = (busy.second // 60 - first).astype(np.int64)
    answers = np.bincount(minutes, weights=busy.answers)
    wrong = np.bincount(
        np.clip((times // 60_000_000 - first).astype(np.int64), 0, len(answers) - 1), minlength=len(answers)
    )
    active = answers > 0
    answers, wrong = answers[active], wrong[active]
    bins = np.array_split(np.argsort(answers, kind="stable"), 6)
    points = [(answers[b].mean(), wrong[b].mean(), wrong[b].sum()) for b in bins if len(b) and wrong[b].sum() > 0]
    if len(points) < 3 or points[-1][0] < 2 * points[0][0]:
        return float("nan")
    x, y, weight = (np.array(column) for column in zip(*points))
    return float(np.polyfit(np.log(x), np.log(y), 1, w=np.sqrt(weight))[0])
