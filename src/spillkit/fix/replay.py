"""Ask again: send the planned requests, slowly, and count answers that show one person to another.

In:    a plan, test identities, servers that the user named, a judge of answers.
Out:   Replay: counts by route. Answers are looked at in memory and dropped.
Else:  what to send is `plan`; one request is `calling`; what an answer shows is `answers`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

from spillkit.fix.answers import AnswerJudge, Seen
from spillkit.fix.calling import Base, Caller, Got, quiet_logs
from spillkit.fix.held_sessions import HeldSessions
from spillkit.fix.identities import Identity
from spillkit.fix.pace import Pace, retry_after_seconds
from spillkit.fix.plan import ANONYMOUS, Ask, Plan, Recorded, Step, cross_steps, links_in, listings_of
from spillkit.fix.results import Replay, RouteReplay
from spillkit.scan.routes import route_of

MOST_REFUSALS = 3  # one after the other; then the server is left alone
MOST_WAIT_SECONDS = 60.0
ENOUGH_CROSSED = 50  # the case is clear; each further one would show another customer
_BREAK_OFF_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05)
# Every second one goes away after such a part of what answers took just before: a busy server has not begun after 0.05 s.
_BREAK_OFF_PARTS = (0.1, 0.25, 0.4, 0.55, 0.7, 0.85, 0.95)


def run_replay(
    plan: Plan,
    routes: Sequence[str],
    identities: Sequence[Identity],
    bases: Sequence[Base],
    judge: AnswerJudge,
    *,
    rate: float,
    count_possible: bool = False,
    progress: Callable[[int, int], None] = lambda done, planned: None,
) -> Replay:
    """Send everything that the plan holds and return what the answers showed.

    routes          of the incident
    rate            requests a second on average, above 0
    count_possible  also count what is only possible (a name alone): for incidents that showed nothing else
    progress        told how many requests were sent and how many are planned
    """
    run = _Run(plan, routes, identities, bases, judge, Pace(rate), count_possible, progress)
    with quiet_logs():
        asyncio.run(run.run())
    return run.result()


def break_off_after(number: int, usual_seconds: float) -> float:
    """Return after how many seconds a request is broken off.

    number         how many were broken off before it
    usual_seconds  what an answer took just before; 0: nothing is known yet
    """
    turn, by_part = divmod(number, 2)
    if by_part and usual_seconds:
        return _BREAK_OFF_PARTS[turn % len(_BREAK_OFF_PARTS)] * usual_seconds
    return _BREAK_OFF_SECONDS[turn % len(_BREAK_OFF_SECONDS)]


@dataclass(slots=True)
class _Count:
    asked: int = 0
    answered: int = 0
    own: int = 0
    crossed: int = 0
    sessions_crossed: int = 0
    fields: set[str] = field(default_factory=set)


class _Stopped(Exception):  # noqa: N818 - ends the run, and is no error
    """The run ends here; the words say why."""


class _Run:
    """One replay from its first request to its last."""

    def __init__(
        self,
        plan: Plan,
        routes: Sequence[str],
        identities: Sequence[Identity],
        bases: Sequence[Base],
        judge: AnswerJudge,
        pace: Pace,
        count_possible: bool,
        progress: Callable[[int, int], None],
    ) -> None:
        self._plan = plan
        self._routes = tuple(routes)
        self._identities = identities
        self._bases = bases
        self._judge = judge
        self._pace = pace
        self._count_possible = count_possible
        self._progress = progress
        self._callers: dict[tuple[int, int], Caller] = {}
        self._sessions = HeldSessions()
        self._counts: dict[str, _Count] = {}
        self._recognised: set[int] = set()
        self._links: dict[int, dict[str, Recorded]] = {}
        self._sent = self._planned = self._answers = self._crossed = 0
        self._refusals = self._strangers = 0
        self._broken_off = 0
        self._usual_seconds = {True: 0.0, False: 0.0}  # so long took the median answer in a burst, and alone
        self._stopped = ""

    async def run(self) -> None:
        """Send everything, or stop where the server or the findings say so."""
        if self._plan.impossible or not self._plan.steps:
            return
        for base in self._bases:
            for who in range(len(self._identities)):
                self._callers[who, base.number] = Caller(base, self._identities[who])
            self._callers[ANONYMOUS, base.number] = Caller(base)
        try:
            await self._sign_in()
            first = self._first_steps()
            self._planned = self._sent + self._plan.requests + sum(len(step.asks) for step in first)
            for step in (*first, *self._plan.steps):
                await self._step(step)
            crossing = cross_steps(
                {who: list(found.values()) for who, found in self._links.items()},
                len(self._identities),
                len(self._bases),
            )
            self._planned += sum(len(step.asks) for step in crossing)
            for step in crossing:
                await self._step(step)
        except _Stopped as stop:
            self._stopped = str(stop)
        finally:
            for caller in self._callers.values():
                await caller.close()

    def result(self) -> Replay:
        """Return what was counted."""
        left_out = {left.route: left.why for left in self._plan.not_asked}
        routes = []
        for route in self._routes:
            count = self._counts.get(route, _Count())
            why = "" if count.asked else left_out.get(route, self._stopped or "nothing of it could be asked")
            routes.append(
                RouteReplay(
                    route=route,
                    asked=count.asked,
                    answered=count.answered,
                    own=count.own,
                    crossed=count.crossed,
                    sessions_crossed=count.sessions_crossed,
                    fields=tuple(sorted(count.fields)),
                    why_not=why,
                )
            )
        unrecognised = (
            tuple(one.name for who, one in enumerate(self._identities) if who not in self._recognised)
            if self._sent
            else ()
        )
        return Replay(
            orders=tuple(order.value for order in self._plan.orders),
            servers=len(self._bases),
            identities=tuple(identity.name for identity in self._identities),
            requests=self._sent,
            answers=self._answers,
            crossed=self._crossed,
            routes=tuple(routes),
            unrecognised=unrecognised,
            stopped=self._stopped,
            impossible=self._plan.impossible,
        )

    # -- before the steps ---------------------------------------------------------------------------------------

    async def _sign_in(self) -> None:
        for (who, base), caller in self._callers.items():
            login = self._identities[who].login if who != ANONYMOUS else None
            if login is None:
                continue
            await self._pace.wait(2)
            self._sent += 2
            problem = await caller.sign_in(login)
            if problem:
                raise _Stopped(
                    f"identity {self._identities[who].name} could not sign in at server {base + 1}: {problem}"
                )
        self._sessions.learn(
            [
                (self._holder(who, base), caller.cookies)
                for (who, base), caller in self._callers.items()
                if caller.cookies
            ]
        )

    def _first_steps(self) -> tuple[Step, ...]:
        """What shows that everybody is signed in, and leads to their own things."""
        listings = listings_of(self._routes)
        steps = []
        for base in self._bases:
            for who, identity in enumerate(self._identities):
                own = [Recorded("GET", route_of(target), target, is_of_incident=False) for target in identity.own]
                if own or listings:
                    steps.append(Step(tuple(Ask(who, base.number, request) for request in (*own, *listings)), False))
        for who, identity in enumerate(self._identities):
            for target in identity.own:
                if f"GET {route_of(target)}" in self._routes:
                    self._links.setdefault(who, {})[target] = Recorded("GET", route_of(target), target)
        return tuple(steps)

    # -- one step -----------------------------------------------------------------------------------------------

    async def _step(self, step: Step) -> None:
        if step.together:
            await self._pace.wait(len(step.asks))
            got = await asyncio.gather(*(self._ask(ask, together=True) for ask in step.asks))
            await self._weigh(list(zip(step.asks, got, strict=True)), together=True)
            return
        answered = []
        for ask in step.asks:
            await self._pace.wait(1)
            answered.append((ask, await self._ask(ask)))
            if answered[-1][1].is_refusal:
                await self._weigh(answered)
                answered = []
        await self._weigh(answered)

    async def _ask(self, ask: Ask, *, together: bool = False) -> Got:
        caller = self._callers[ask.who, ask.base]
        seconds = None
        if ask.break_off:
            seconds = break_off_after(self._broken_off, self._usual_seconds[together])
            self._broken_off += 1
        got = await caller.ask(ask.request.method, ask.request.target, break_off_seconds=seconds)
        self._sent += 1
        self._progress(self._sent, max(self._planned, self._sent))
        return got

    async def _weigh(self, answered: Sequence[tuple[Ask, Got]], *, together: bool = False) -> None:
        """Count what came back, look at it, and stop where that is due."""
        if not answered:
            return
        whole = [got.seconds for ask, got in answered if got.status and not ask.break_off]
        if whole:
            self._usual_seconds[together] = median(whole)
        for ask, got in answered:
            self._count(ask).asked += 1
            if got.status:
                self._answers += 1
        looked = [(ask, got) for ask, got in answered if got.status and got.body]
        for (ask, got), seen in zip(
            looked, self._judge.look([(ask.who, ask.request, got) for ask, got in looked]), strict=True
        ):
            self._see(ask, got, seen)
        for ask, got in answered:
            self._take_sessions(ask, got)
        if self._crossed >= ENOUGH_CROSSED:
            raise _Stopped(f"{self._crossed} answers showed somebody else: that is enough to know")
        await self._heed([got for ask, got in answered if not ask.break_off])

    def _see(self, ask: Ask, got: Got, seen: Seen) -> None:
        count = self._count(ask)
        if 200 <= got.status < 300:
            count.answered += 1
            count.own += seen.own
        if seen.own:
            self._recognised.add(ask.who)
        fields = seen.fields or (seen.possible_fields if self._count_possible else ())
        if fields:
            count.crossed += 1
            count.fields.update(fields)
            self._crossed += 1
        elif ask.who != ANONYMOUS and seen.own:
            known = self._links.setdefault(ask.who, {})
            for link in links_in(seen.text, self._routes):
                if len(known) < 5:
                    known.setdefault(link.target, link)

    def _take_sessions(self, ask: Ask, got: Got) -> None:
        caller = self._callers[ask.who, ask.base]
        if ask.who == ANONYMOUS:
            # Each signed-out request is somebody new: two of them must never be given one session.
            self._strangers += 1
        receiver = self._holder(ask.who, ask.base)
        crossed = False
        for name, value in got.issued:
            if not self._sessions.is_session(name, value):
                continue
            if self._sessions.is_crossed(value, receiver):
                crossed = True
            else:
                caller.renew(name, value)
        if crossed:
            self._count(ask).sessions_crossed += 1
            self._crossed += 1

    def _holder(self, who: int, base: int) -> str:
        return f"stranger {self._strangers}" if who == ANONYMOUS else f"identity {who}"

    def _count(self, ask: Ask) -> _Count:
        return self._counts.setdefault(f"{ask.request.method} {ask.request.route}", _Count())

    async def _heed(self, answers: Sequence[Got]) -> None:
        """Wait where the server asks for it; leave it alone after several refusals."""
        wait = 0.0
        for got in answers:
            self._refusals = self._refusals + 1 if got.is_refusal else 0
            if self._refusals >= MOST_REFUSALS:
                what = got.problem or f"status {got.status}"
                raise _Stopped(f"the server refused {MOST_REFUSALS} requests one after the other ({what})")
            if got.status in (429, 503):
                wait = max(wait, retry_after_seconds(got.header("retry-after")))
        if wait > MOST_WAIT_SECONDS:
            raise _Stopped(
                f"the server asks to be left alone for {wait:.0f} seconds; run again after that, or with a lower --rate"
            )
        await asyncio.sleep(wait)
