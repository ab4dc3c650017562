"""Play a story: the shop behind its edges, everybody at their devices, over real HTTP and SMTP, and all of it recorded.

In:    a Scenario.
Out:   a story folder: recordings, the company's files, and the truth.
Else:  what is to happen is `scenario`; one device is `browser`; the shop is `app`.

The clock jumps to each moment; acts that lie closer together than TOGETHER_SECONDS run side by side at their real distance, because
that is where races are. Everything else runs one after the other.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl

from spillkit_shop.browser import SESSION_COOKIE, Browser
from spillkit_shop.company import write_company_files
from spillkit_shop.marks import strip
from spillkit_shop.scenario import Act, Does, Scenario
from spillkit_shop.setting import Setting, open_shop

TOGETHER_SECONDS = 0.02
_LISTS = {"/orders": re.compile(rb"/orders/\d+"), "/support": re.compile(rb"/support/customers/c_[0-9a-f]+")}


@dataclass(frozen=True)
class Story:
    """What was played."""

    folder: Path
    scenario: Scenario
    exchanges: int
    messages: int
    exposed: Mapping[str, int] = field(
        default_factory=dict
    )  # fault -> answers (of mail: received messages) that showed somebody wrongly


def play(scenario: Scenario, out: Path, progress: Callable[[float], None] | None = None) -> Story:
    """Play a story into a folder.

    out       made where it is not there; what an earlier story left in it is written anew
    progress  is told the share that is done, 0 to 1
    """
    out.mkdir(parents=True, exist_ok=True)
    return asyncio.run(_play(scenario, out, progress))


async def _play(scenario: Scenario, out: Path, progress: Callable[[float], None] | None) -> Story:
    async with open_shop(scenario, out) as setting:
        browsers = [Browser(seat, setting.web) for seat in scenario.seats]
        done = 0
        for moment in moments_of(scenario.acts):
            await setting.advance_to(scenario.start + timedelta(seconds=moment[0].at))
            setting.notice(scenario.enough)
            if len(moment) == 1:
                await _Player(setting, browsers[moment[0].seat]).do(moment[0])
            else:
                await _side_by_side(moment, setting, browsers)
            setting.notice(scenario.enough)
            done += len(moment)
            if progress is not None and done % 100 < len(moment):
                progress(done / len(scenario.acts))
        await setting.advance_to(scenario.end)
        grants = write_company_files(scenario, setting, out)
        setting.truth.judge(grants)
        setting.truth.write(out, setting.switches.windows)
        if progress is not None:
            progress(1.0)
        return Story(
            out, scenario, setting.web.recorder.entries, setting.mailbox.messages, setting.truth.exposed_answers()
        )


def moments_of(acts: Sequence[Act]) -> Iterator[list[Act]]:
    """Yield acts in the groups that run side by side, in order of time."""
    moment: list[Act] = []
    for act in acts:
        if moment and act.at - moment[-1].at >= TOGETHER_SECONDS:
            yield moment
            moment = []
        moment.append(act)
    if moment:
        yield moment


async def _side_by_side(moment: Sequence[Act], setting: Setting, browsers: Sequence[Browser]) -> None:
    """Run acts at their real distance; those of one device wait for each other, as one person does."""
    by_seat: dict[int, list[Act]] = {}
    for act in moment:
        by_seat.setdefault(act.seat, []).append(act)
    loop = asyncio.get_running_loop()
    began, first = loop.time(), moment[0].at

    async def one_after_the_other(seat: int, acts: Sequence[Act]) -> None:
        player = _Player(setting, browsers[seat])
        for act in acts:
            wait = began + (act.at - first) - loop.time()
            if wait > 0:
                await asyncio.sleep(wait)
            await player.do(act)

    await asyncio.gather(*(one_after_the_other(seat, acts) for seat, acts in by_seat.items()))


class _Player:
    """Does acts at one device."""

    def __init__(self, setting: Setting, browser: Browser) -> None:
        self._setting = setting
        self._browser = browser

    async def do(self, act: Act) -> None:
        """Do one act."""
        browser = self._browser
        match act.does:
            case Does.LOOK:
                await self._look(act.what)
            case Does.LOG_IN:
                await self._log_in(act.what)
            case Does.LOG_OUT:
                await browser.ask("POST", "/logout", {})
                browser.viewer, browser.listed, browser.signed_in_as = browser.seat.viewer, (), ""
            case Does.PUT_IN_CART:
                await browser.ask("POST", "/cart", {"product": act.what, "quantity": "1"})
            case Does.ORDER:
                await browser.ask("POST", "/orders", {})
            case Does.OWN_ORDER:
                if not browser.listed:
                    await self._look("/orders")
                for path in browser.listed[:1]:
                    await browser.ask("GET", f"{'/api' if act.what else ''}{path}")
            case Does.OWN_TICKET:
                for path in browser.listed[:1]:
                    await browser.ask("GET", path)
            case Does.EXPORT:
                await self._export()
            case Does.GIVE_UP:
                path, _, seconds = act.what.partition(" ")
                await browser.ask("GET", path, gives_up_after=float(seconds or 0.004))
            case Does.MOVE:
                browser.address = act.what
            case Does.POST:
                path, _, form = act.what.partition("?")
                await browser.ask("POST", path, dict(parse_qsl(form)))

    async def _look(self, path: str) -> None:
        browser = self._browser
        seen = await browser.ask("GET", path)
        if seen.path == "/login" and browser.signed_in_as:
            # Whoever is signed out without having wished it signs in again and looks once more.
            await self._log_in(browser.signed_in_as)
            seen = await browser.ask("GET", path)
        if seen.status == 200 and path in _LISTS:
            browser.listed = tuple(found.decode() for found in dict.fromkeys(_LISTS[path].findall(strip(seen.body)[0])))

    async def _log_in(self, who: str) -> None:
        browser, setting = self._browser, self._setting
        login = setting.login(who)
        browser.viewer, browser.listed = login.viewer, ()
        await browser.ask("GET", "/login")
        seen = await browser.ask("POST", "/login", {"email": login.email, "password": login.password})
        if seen.path == "/login":  # The shop did not let him in.
            browser.viewer, browser.signed_in_as = browser.seat.viewer, ""
            return
        browser.signed_in_as, browser.was = who, login.viewer
        if SESSION_COOKIE in browser.jar:
            setting.web.signed_in_by.setdefault(browser.jar[SESSION_COOKIE], login.viewer)

    async def _export(self) -> None:
        browser = self._browser
        began = time.perf_counter()
        asked = await browser.ask("POST", "/exports", {})
        found = re.search(rb'"id"\s*:\s*"?([\w-]+)', asked.body)
        if asked.status != 202 or found is None:
            return
        number = found[1].decode()
        await browser.ask("GET", f"/exports/{number}", channel="export", began=began)
