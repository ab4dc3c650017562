"""The scripted users: they sign in, look at their own pages, at issues and at the REST interface, and sign out.

In:    people, the tracker, and where the recorder listens.
Out:   requests; the sessions they had.
Else:  recording is `front`; users in a real browser are `browsers`.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
from conversations import draw_body, draw_title
from front import CLIENT_IP, VIEWER
from people import Person
from tracker_home import COOKIE, HOST, STAFF_ID, STAFF_LOGIN, Tracker

SITE = f"http://{HOST}"
ISSUE_LIST = (
    "/issue?@columns=id,activity,title,creator,assignedto,status&@sort=-activity&@pagesize=20&@startwith={start}"
    "&@filter=status&status=-1,1,2,3,4,5,6,7"
)
USER_AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari",
    "ExemplaApp/4.2 (Android 16)",
)


@dataclass(frozen=True, slots=True)
class Session:
    """One login: the cookie's value and whose it is."""

    cookie: str
    viewer: str  # customer id or staff id
    valid_from: datetime  # UTC, when the login was answered
    valid_to: datetime  # UTC, when the user signed out or was seen last


def send_visitors(
    people: list[Person], tracker: Tracker, front_port: int, seed: str, *, at_once: int = 3
) -> list[Session]:
    """Let each of the people pay one visit, a few at a time.

    people      who comes, in this order
    front_port  where the recorder listens
    seed        draws what each looks at
    Raises      RuntimeError where a login is refused
    """

    def visit(number: int) -> Session:
        person = people[number]
        journey = _journey_of(person, tracker, random.Random(f"{seed} {person.customer_id}"))
        return _visit(
            person.customer_id,
            person.login,
            front_port,
            f"203.0.113.{number % 250 + 2}",
            journey,
            USER_AGENTS[number % len(USER_AGENTS)],
        )

    pool = ThreadPoolExecutor(at_once)
    try:
        return list(pool.map(visit, range(len(people))))
    finally:
        # Whoever interrupts us does not wait for the visits that have not begun.
        pool.shutdown(wait=False, cancel_futures=True)


def send_support(tracker: Tracker, front_port: int, *, curious: bool) -> Session:
    """Let Carol of support work on three of her tickets: she opens the issue and the page of the customer who wrote it.

    curious  True lets her open one page more, of a customer who has no ticket with her
    """

    def journey(get: Callable[..., httpx.Response], post: Callable[..., httpx.Response]) -> None:
        get("/account")
        for ticket in tracker.tickets[:3]:
            get(f"/issue{ticket.issue}")
            get(f"/user{tracker.number_of[ticket.customer_id]}")
        get(f"/rest/data/user/{tracker.number_of[tracker.tickets[0].customer_id]}")
        if curious:
            known = {ticket.customer_id for ticket in tracker.tickets} | {STAFF_ID}
            get(f"/user{next(number for customer, number in tracker.number_of.items() if customer not in known)}")

    return _visit(STAFF_ID, STAFF_LOGIN, front_port, "198.51.100.7", journey, USER_AGENTS[0])


def _journey_of(person: Person, tracker: Tracker, rng: random.Random) -> Callable:
    own = tracker.number_of[person.customer_id]

    def journey(get: Callable[..., httpx.Response], post: Callable[..., httpx.Response]) -> None:
        get("/account")
        get("/")
        get(ISSUE_LIST.format(start=0))
        for issue in rng.sample(tracker.issues, 2):
            get(f"/issue{issue}")
        get("/rest/me")
        get(f"/user{own}")
        if rng.random() < 0.7:
            get(f"/user{rng.choice(sorted(tracker.number_of.values()))}")
        if rng.random() < 0.4:
            get(f"/rest/data/user/{own}")
            get(
                f"/rest/data/user?@verbose=2&@fields=realname,address,phone&@page_size=10&@page_index={rng.randint(1, 20)}"
            )
        if rng.random() < 0.4:
            get(f"/rest/data/issue/{rng.choice(tracker.issues)}?@verbose=2")
        if rng.random() < 0.15:
            get("/user?@pagesize=25&@startwith=25")
        if rng.random() < 0.15:
            get("/issue?@action=export_csv&@columns=id,title,creator,assignedto&@filter=status&status=1,2")
        if rng.random() < 0.25:
            post("/issue", {"@action": "new", "title": draw_title(rng), "priority": "3", "@note": draw_body(rng)})
        get("/account")

    return journey


def _visit(viewer: str, login: str, port: int, client_ip: str, journey: Callable, user_agent: str) -> Session:
    """Come as nobody, sign in, make the journey, sign out."""
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as client:
        client.headers.update({"Host": HOST, "User-Agent": user_agent, CLIENT_IP: client_ip, VIEWER: "anonymous"})

        def get(target: str) -> httpx.Response:
            time.sleep(0.08)  # Nobody reads faster than that.
            return client.get(target)

        def post(target: str, fields: dict[str, str]) -> httpx.Response:
            answer = client.post(target, data=fields, headers={"Referer": SITE + target, "Origin": SITE})
            if answer.status_code != 302:
                raise RuntimeError(f"POST {target} was answered with {answer.status_code} instead of a redirect")
            # The page that follows is fetched as a browser would.
            where = answer.headers["location"].removeprefix(SITE)
            if "logout" not in target and client.headers[VIEWER] != "anonymous":
                get(where)
            return answer

        get("/")
        get("/sign-in")
        answer = post(
            "/",
            {"@action": "login", "__login_name": login, "__login_password": viewer, "__came_from": SITE + "/account"},
        )
        found = re.search(COOKIE + "=([^;]+)", answer.headers.get("set-cookie", ""))
        if not found:
            raise RuntimeError("the tracker refused a login")
        # The cookie is sent by hand: the jar would keep it from a host that has another name than the one connected to.
        client.cookies.clear()
        client.headers.update({"Cookie": f"{COOKIE}={found[1]}", VIEWER: viewer})
        started_at = datetime.now(UTC)
        journey(get, post)
        client.get("/?@action=logout", headers={"Referer": SITE + "/account"})
        return Session(found[1], viewer, started_at, datetime.now(UTC))
