"""Put exposed answers together that have one cause.

In:    events, the load of their routes.
Out:   groups: sets of events, each decided; together they hold every event once.
Else:  the signs of one event were measured by the modules of the faults; deciding is `decide`.

1. Each event gets the family of the surest mark it bears itself: a mail, a handed-over session, a stored answer, …
2. A family that stops for an hour and more, while its routes went on cleanly, is two.
3. A group that decides nothing by itself joins the one that was at work on its routes at its time, if that stays what it was.
4. A name alone, or a value that several share, may be a namesake's, a brand or an author. Such an answer belongs to an incident
   only where that incident was at work, or where many of them bear the mark of a cause that no namesake leaves.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from spillkit.cause.decide import CACHES, Verdict, decide
from spillkit.cause.incident import CauseClass
from spillkit.cause.measure import MANY, Signs, is_misplaced, measure
from spillkit.cause.readings import SECOND_US, Array, Events, Load, Mask
from spillkit.cause.signs import share_of

_LEAST_PAUSE_US = 3600 * SECOND_US
_PAUSE_LEVEL = 0.001
_BURST_US = 10 * SECOND_US
_REACH_US = 900 * SECOND_US
_LEAST_TEMPLATE = 0.3  # share of a route's wrong answers; who signs with another name than his own bears no mark of it
_KEEPS = 0.8  # of its score a group must keep to take in another


class Family(IntEnum):
    """What an event shows by itself, surest first."""

    OPEN_MAIL = 0
    MAIL = 1
    SESSION = 2
    TEMPLATE = 3
    STORED = 4
    STAFF = 5
    JOB = 6
    FRAGMENT = 7
    MANY = 8
    ENUMERATION = 9
    MAPPING = 10
    REST = 11


@dataclass(frozen=True, slots=True)
class Group:
    """Events with one cause."""

    members: npt.NDArray[np.int64]  # places in the events, in order of time
    signs: Signs
    verdict: Verdict


def find_groups(events: Events, load: Load) -> tuple[Group, ...]:
    """Return the groups, largest first. Answers that are most likely namesakes are in none."""
    families = find_families(events)
    free = events["sure"] == 0
    groups = []
    for family in sorted(set(families[~free].tolist())):
        for part in _split_at_pauses(events, np.flatnonzero((events["sure"] > 0) & (families == family)), load):
            members = _with_unsure(events, part, free, families == family)
            free[members] = False
            groups.append(_group(events, members, load))
    for family in sorted(set(families[free].tolist())):
        for part in _split_at_pauses(events, np.flatnonzero(free & (families == family)), load):
            group = _group(events, part, load)
            if _is_no_namesake(group):
                groups.append(group)
    return tuple(sorted(_join(events, groups, load), key=lambda group: (-len(group.members), int(group.members[0]))))


def _with_unsure(events: Events, sure: npt.NDArray[np.int64], unsure: Mask, family: Mask) -> npt.NDArray[np.int64]:
    """Add unsure answers that belong to sure ones.

    Those of the same family, routes and time; and, where the viewer's own data is missing as it is in the sure ones, those that
    show a viewer the same stranger as before or after, which no namesake does.
    """
    at, own = events["at"], events["own"] > 0
    if np.isnan(at[sure]).all():
        return sure
    first, last = np.nanmin(at[sure]), np.nanmax(at[sure])
    beside = family & unsure & np.isin(events["place"], events["place"][sure]) & (at >= first) & (at <= last)
    if own[sure].mean() < 0.5:
        beside &= ~own  # One's own page with a namesake on it.
        _, pairs = np.unique(np.stack([events["viewer"], events["subject"]]), axis=1, return_inverse=True)
        same_pair = unsure & ~own & np.isin(pairs, pairs[sure])
        beside |= same_pair & (at >= first - _REACH_US) & (at <= last + _REACH_US)
    return np.concatenate([sure, np.flatnonzero(beside)])


def _is_no_namesake(group: Group) -> bool:
    """Whether answers of which none is sure show a fault nevertheless: a namesake stands on one's own page, and comes again."""
    return (
        group.verdict.cause in _NO_NAMESAKES
        and len(group.members) >= _LEAST_UNSURE
        and group.signs.own.value < 0.5
        and group.signs.people >= 2
    )


_LEAST_UNSURE = 3
_MANY_TIMES = 8
_ANYWHERE = frozenset(
    {
        CauseClass.MEMORY_FRAGMENT,
        CauseClass.REQUEST_RACE,
        CauseClass.DESYNC,
        CauseClass.CACHED_COOKIE,
        CauseClass.SESSION_MIX_UP,
        CauseClass.ACCOUNT_MAPPING,
    }
)
_NO_NAMESAKES = frozenset(
    {
        CauseClass.SHARED_CACHE,
        CauseClass.APP_CACHE,
        CauseClass.CACHE,
        CauseClass.CACHED_COOKIE,
        CauseClass.SESSION_MIX_UP,
        CauseClass.REQUEST_RACE,
        CauseClass.DESYNC,
        CauseClass.JOB_MIX_UP,
        CauseClass.MAIL_SHIFT,
        CauseClass.OPEN_RECIPIENTS,
    }
)


def find_families(events: Events) -> npt.NDArray[np.int64]:
    """Return for each event the number of its family."""
    families = np.full(len(events), int(Family.REST))

    def mark(family: Family, mask: Mask) -> None:
        families[mask & (families == Family.REST)] = family

    mail = events["mail"] > 0
    mark(Family.OPEN_MAIL, mail & (events["open_recipients"] > 1))
    mark(Family.MAIL, mail)
    mark(Family.SESSION, events["handed"] > 0)
    mark(Family.TEMPLATE, _is_template(events) & ~mail & (events["handed"] == 0))
    mark(Family.STORED, events["hit"] == 1)
    mark(Family.STAFF, (events["staff"] > 0) & (events["staff_share"] > 0.5))
    mark(Family.JOB, events["export"] > 0)
    mark(Family.FRAGMENT, is_misplaced(events) & (events["subjects"] < MANY))
    free = families == Family.REST
    stored = free & _is_stored(events)
    # Chance puts a few answers beside one like them: only where there are more than that they are a family.
    among = events.where(free)
    if free.any() and share_of(stored[free].astype(np.float64), among["repeats_chance"]).strength >= 0.1:
        mark(Family.STORED, stored)
    mark(Family.MANY, events["subjects"] >= MANY)
    mark(Family.ENUMERATION, _is_enumerated(events, families == Family.REST))
    mark(Family.MAPPING, _is_mapped(events, families == Family.REST))
    return families


def _is_template(events: Events) -> Mask:
    """Answers in which the same person is allowed with another field, and all others of a route where most are such."""
    allowed = np.nan_to_num(events["allowed_too"]) > 0.5
    marked = allowed.copy()
    for place in np.unique(events["place"][allowed]):
        here = (events["place"] == place) & (events["hit"] != 1)
        if here.any() and allowed[here].mean() >= _LEAST_TEMPLATE:
            marked |= here
    return marked


def _is_stored(events: Events) -> Mask:
    repeats = (events["repeats"] == 1) | (events["repeats_edge"] == 1) | (events["repeats_worker"] == 1)
    marked: Mask = repeats & (events["repeats_chance"] < 1) & ((events["owner"] == 1) | (events["fan"] >= 2))
    return marked


def _is_enumerated(events: Events, free: Mask) -> Mask:
    """Askers who went through three objects or more, of as many people, mostly in small steps."""
    marked = np.zeros(len(events), dtype=bool)
    for actor in np.unique(events["actor"][free]):
        mine = free & (events["actor"] == actor)
        steps = events["stepped"][mine]
        known = ~np.isnan(steps)
        if (
            mine.sum() >= 3
            and len(np.unique(events["subject"][mine])) >= 3
            and known.any()
            and steps[known].mean() >= 0.5
        ):
            marked |= mine
    return marked


def _is_mapped(events: Events, free: Mask) -> Mask:
    """Viewers who see one stranger, from several addresses or for long, never themselves between; and whom they changed with."""
    order = np.flatnonzero(free)
    order = order[np.argsort(events["viewer"][order], kind="stable")]
    viewer = events["viewer"][order]
    marked = np.zeros(len(events), dtype=bool)
    for mine in np.split(order, np.flatnonzero(viewer[1:] != viewer[:-1]) + 1) if len(order) else []:
        sticky = events["sticky"][mine]
        known = ~np.isnan(sticky)
        if known.any() and sticky[known].all() and len(np.unique(events["subject"][mine])) == 1:
            marked[mine] = True
    # Where two accounts were swapped the other one's few answers may not be enough by themselves.
    swapped = set(zip(events["subject"][marked], events["viewer"][marked], strict=True))
    for place in order[~marked[order]]:
        marked[place] = (events["viewer"][place], events["subject"][place]) in swapped
    return marked


def _split_at_pauses(events: Events, members: npt.NDArray[np.int64], load: Load) -> list[npt.NDArray[np.int64]]:
    """Split a family where it paused for longer than chance explains, by the answers its routes gave meanwhile.

    Source  R. A. Fisher, Tests of significance in harmonic analysis, 1929: the largest of n - 1 spacings of n points is larger
            than a share x of the whole with a probability of at most (n - 1)(1 - x)^(n - 2)
    """
    times = events["at"][members]
    known = ~np.isnan(times)
    if known.sum() < 3:
        return [members]
    order = np.argsort(np.where(known, times, np.inf), kind="stable")
    members, times = members[order], times[order]
    busy = load.between(np.unique(events["place"][members]), float(np.nanmin(times)), float(np.nanmax(times)))
    totals = np.cumsum(busy.answers)

    def answers_until(at_us: float) -> float:
        place = int(np.searchsorted(busy.second, at_us // SECOND_US, side="right"))
        return float(totals[place - 1]) if place else 0.0

    def split(first: int, last: int) -> list[tuple[int, int]]:
        part = times[first:last]
        bursts = len(np.unique(part // _BURST_US))
        if bursts < 3:
            return [(first, last)]
        gaps = np.diff(part)
        at = int(np.argmax(gaps))
        whole = answers_until(part[-1]) - answers_until(part[0])
        paused = answers_until(part[at + 1] - SECOND_US) - answers_until(part[at])
        if gaps[at] < _LEAST_PAUSE_US or whole <= 0:
            return [(first, last)]
        if (bursts - 1) * max(0.0, 1 - paused / whole) ** (bursts - 2) >= _PAUSE_LEVEL:
            return [(first, last)]
        return [*split(first, first + at + 1), *split(first + at + 1, last)]

    timed = int(known.sum())
    parts = [members[first:last] for first, last in split(0, timed)]
    parts[-1] = np.concatenate([parts[-1], members[timed:]])
    return parts


def _group(events: Events, members: npt.NDArray[np.int64], load: Load) -> Group:
    signs = measure(events.where(_mask(events, members)), load)
    return Group(np.sort(members), signs, decide(signs))


def _mask(events: Events, members: npt.NDArray[np.int64]) -> Mask:
    mask = np.zeros(len(events), dtype=bool)
    mask[members] = True
    return mask


def _join(events: Events, groups: list[Group], load: Load) -> list[Group]:
    """Let groups of one cause at one time be one, and let those that decide nothing join whom they belong to."""
    changed = True
    while changed:
        changed = False
        # The weakest first: what is unknown looks for a home before anything else.
        for small in sorted(groups, key=lambda group: (group.verdict.score, len(group.members))):
            for large in sorted(groups, key=lambda group: (-group.verdict.score, -len(group.members))):
                if large is small or not _may_join(events, small, large):
                    continue
                joined = _group(events, np.concatenate([large.members, small.members]), load)
                same = joined.verdict.cause is large.verdict.cause
                if same and joined.verdict.score >= _KEEPS * large.verdict.score:
                    groups = [group for group in groups if group is not small and group is not large] + [joined]
                    changed = True
                    break
            if changed:
                break
    return groups


def _may_join(events: Events, small: Group, large: Group) -> bool:
    """Whether one group may be a part of the other: at work at the same time, and either alike or undecided on its routes."""
    if large.verdict.cause is CauseClass.UNKNOWN and small.verdict.cause is not CauseClass.UNKNOWN:
        return False
    if not _meet(events["at"][small.members], events["at"][large.members]):
        return False
    if small.verdict.cause is large.verdict.cause:
        return True
    if CauseClass.STAFF in (small.verdict.cause, large.verdict.cause):
        return False
    is_undecided = small.verdict.cause is CauseClass.UNKNOWN or len(small.members) < 3
    # A few answers chosen for looking stored always look stored.
    is_undecided |= (
        small.verdict.cause in CACHES and small.signs.hit.value < 0.5 and 3 * len(small.members) <= len(large.members)
    )
    shares_route = bool(np.isin(events["place"][small.members], events["place"][large.members]).any())
    # One or two answers elsewhere, while a fault that is bound to no route was at work on many.
    shares_route |= large.verdict.cause in _ANYWHERE and _MANY_TIMES * len(small.members) <= len(large.members)
    return is_undecided and shares_route and len(small.members) <= len(large.members)


def _meet(one: Array, other: Array) -> bool:
    if np.isnan(one).all() or np.isnan(other).all():
        return True
    return bool(np.nanmin(one) <= np.nanmax(other) + _REACH_US and np.nanmin(other) <= np.nanmax(one) + _REACH_US)
