"""The stories that are told: each fault alone and small, medium or large; two at once; a clean day; the day of the demo.

In:    a seed, a size.
Out:   Scenario values. Nothing is played here.
Else:  ordinary visits are `habits`, visits around a fault are `mischief`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from spillkit_shop.customers import SMALLEST, Customer, Population, make_customers
from spillkit_shop.edges import FAULTY_PATHS
from spillkit_shop.faults import FAULTS, FaultWindow
from spillkit_shop.habits import CRAWLERS, Plan
from spillkit_shop.mischief import MISCHIEF, Mischief
from spillkit_shop.scenario import Does, Noted, Scenario
from spillkit_shop.shared import Tuning

START = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
SIZES = ("small", "medium", "large")

# Exposed answers after which a fault is noticed: drawn between these, so that a story has 3-9, 10-99 or 100 and more of them.
_ENOUGH: Mapping[str, tuple[int, int]] = {"small": (4, 6), "medium": (16, 60), "large": (110, 150)}
_CUSTOMERS: Mapping[str, int] = {"small": 200, "medium": 240, "large": 400}
_WINDOW_SECONDS: Mapping[str, tuple[float, float]] = {
    "small": (600, 1500),
    "medium": (1500, 3000),
    "large": (2400, 5400),
}
_ORDINARY_VISITS: Mapping[str, int] = {"small": 30, "medium": 45, "large": 70}
# Few customers are contacts of a business: the list that leaks needs a shop with more of them.
_MORE_CUSTOMERS: Mapping[str, int] = {"bulk_listing": 1500}
# A busy machine is no reason for a time-out, but where time-outs are the story.
_QUICK = Tuning(round_trip_ms=0, profile_ms=0, slow_share=0, timeout_ms=5000, background_share=0, job_ms=(2, 12))
_TUNING: Mapping[str, Tuning] = {
    "session_race": replace(_QUICK, background_share=0.2),
    "request_race": replace(_QUICK, round_trip_ms=3),
    "conn_desync": replace(_QUICK, profile_ms=0.5, slow_share=0.06, slow_ms=60, timeout_ms=30),
    "job_mixup": replace(_QUICK, job_ms=(20, 60)),
    "mem_bleed": replace(_QUICK, block_bytes=2),
}


def story_for(fault: str, seed: int, size: str = "medium", *, also: str = "") -> Scenario:
    """Return a story of one fault, or of two at overlapping times.

    fault   of FAULTS
    size    "small" (3-9 exposed answers), "medium" (10-99) or "large" (100 and more)
    also    a second fault
    Raises  ValueError for another fault or size
    """
    names = [fault, also] if also else [fault]
    for name in names:
        if name not in MISCHIEF:
            raise ValueError(f"no fault is called {name!r}; they are {', '.join(FAULTS)}")
    if size not in SIZES:
        raise ValueError(f"no size is called {size!r}; they are {', '.join(SIZES)}")
    random = Random(f"story/{'+'.join(names)}/{size}/{seed}")
    count = max([_CUSTOMERS[size], *(_MORE_CUSTOMERS.get(name, 0) for name in names)])
    people = make_customers(seed, count)
    plan = Plan(people, random)
    customers = _regular_customers(people, random, _CUSTOMERS[size])
    start = START + timedelta(days=random.randint(0, 200), minutes=random.randint(0, 300))
    length = random.uniform(*_WINDOW_SECONDS[size])
    windows, wanted = [], []
    for place, name in enumerate(names):
        begins = 4500 + random.uniform(0, 900) + place * 0.4 * length
        enough = random.randint(*_ENOUGH[size])
        one = Mischief(plan, begins, begins + length, enough, customers)
        MISCHIEF[name](one)
        one.come_back()
        at = start + timedelta(seconds=begins)
        windows.append(FaultWindow(name, at, at + timedelta(seconds=length), one.accounts, one.first_row))
        wanted.append(0 if name == "insider" else enough)  # no repair stops a person who looks
    end = max(window.ends_at for window in windows) + timedelta(seconds=3600)
    seconds = (end - start).total_seconds()
    plan.ordinary_day(customers[:40], _ORDINARY_VISITS[size], 60, seconds - 600)
    for _ in range(8):
        plan.browse(random.uniform(60, seconds - 300), random.randint(1, 3))
    return Scenario(
        name=f"{'+'.join(names)}-{size}-{seed}",
        seed=seed,
        customers=count,
        start=start,
        hours=seconds / 3600,
        seats=tuple(plan.seats),
        acts=plan.sorted_acts(),
        faults=tuple(windows),
        enough=tuple(wanted),
        tuning=_TUNING.get(fault, _TUNING.get(also, _QUICK)),
        changes=_unrelated(start, seconds, random),
    )


def clean_story(seed: int, hours: float = 24, customers: int = 400, visits: int = 500) -> Scenario:
    """Return a day on which nothing is wrong, with everything in it that may look as if something were."""
    random = Random(f"story/clean/{seed}")
    people = make_customers(seed, customers)
    plan = Plan(people, random)
    seconds = hours * 3600
    start = datetime(2026, 3, 2, tzinfo=UTC) + timedelta(days=random.randint(0, 200))
    _together(plan, random, seconds)
    _staff_at_work(plan, random, seconds)
    _partners(plan, random, seconds)
    everybody = [customer for customer in people.customers if customer.number <= customers]
    plan.ordinary_day(everybody, visits, 60, seconds - 600)
    for _ in range(visits // 8):
        plan.browse(random.uniform(60, seconds - 300), random.randint(1, 4))
    for name, _ in CRAWLERS:
        plan.crawl(name, random.uniform(60, seconds / 2), _crawled(plan), random.uniform(3, 20))
    return Scenario(
        name=f"clean-{seed}",
        seed=seed,
        customers=customers,
        start=start,
        hours=hours,
        seats=tuple(plan.seats),
        acts=plan.sorted_acts(),
        tuning=_QUICK,
        changes=_unrelated(start, seconds, random),
    )


def nginx_story(fault: str, seed: int) -> Scenario:
    """Return a story of one minute before a real nginx, whose cache counts by its own clock.

    fault   "cdn_cache" or "cached_set_cookie"
    Raises  ValueError for another
    """
    if fault not in FAULTY_PATHS:
        raise ValueError(f"nginx knows the faults {', '.join(FAULTY_PATHS)}")
    random = Random(f"story/nginx/{fault}/{seed}")
    people = make_customers(seed, SMALLEST)
    plan = Plan(people, random)
    begins, lasts = 900.0, 55.0
    start = START + timedelta(minutes=random.randint(0, 300))
    pool = [customer for customer in people.customers if plan.edge_of(customer) == "FRA"]
    one = Mischief(plan, begins, begins + lasts, 8, pool)
    for customer in random.sample(pool, 8):
        at = begins + random.uniform(2, 35)
        one.look(at, customer, "/cart" if fault == "cached_set_cookie" else "/account")
        one.look(at + random.uniform(2, 15), customer, "/account" if fault == "cached_set_cookie" else "/orders")
    one.come_back()
    return Scenario(
        name=f"nginx-{fault}-{seed}",
        seed=seed,
        customers=SMALLEST,
        start=start,
        hours=1.2,
        seats=tuple(plan.seats),
        acts=plan.sorted_acts(),
        faults=(FaultWindow(fault, start + timedelta(seconds=begins), start + timedelta(seconds=begins + lasts)),),
        tuning=_QUICK,
        changes=_unrelated(start, 3600, random),
        nginx=True,
    )


_DAY_LOCALES = ("de_DE", "fr_FR", "it_IT", "es_ES", "en_GB", "en_US")
_DAY_FAULT = (11.4 * 3600, 52 * 60.0)  # begins, lasts: in seconds


def day_story(seed: int = 1, customers: int = 20_000, requests: int = 26_000) -> Scenario:
    """Return the demo's day: six countries, and for 52 minutes a rule at the edges that caches personal pages.

    Some people's account page is hit (all their contact data), others' list of orders only; three crawlers come by meanwhile.
    """
    random = Random(f"story/day/{seed}")
    people = make_customers(seed, customers, _DAY_LOCALES)
    plan = Plan(people, random)
    start = datetime(2026, 3, 2, tzinfo=UTC)
    begins, lasts = _DAY_FAULT
    seconds = 24 * 3600.0
    _staff_at_work(plan, random, seconds)
    for pairs in (people.households[:40], people.delegates[:20], people.gifts[:20]):
        for one, _ in pairs:
            customer = people.customer(one)
            plan.visit(
                customer, random.uniform(600, seconds * 0.9), [(Does.LOOK, "/addresses"), (Does.LOOK, "/orders")]
            )
    comers = random.sample(people.customers, min(len(people.customers), requests // 9))
    # Some of the apps ask only where the newsletter goes, which shows an e-mail address and nothing else.
    for customer in random.sample(comers, requests // 60):
        plan.visit(customer, begins + random.uniform(-600, lasts), [(Does.LOOK, "/api/subscription")] * 2)
    # A visit makes about seven requests: three to sign in, one for each step.
    plan.ordinary_day(comers, requests * 2 // 15, 60, seconds - 600)
    for name, _ in CRAWLERS:
        plan.crawl(name, random.uniform(3600, begins - 900), _crawled(plan), 9)
        paths = ["/", "/account", "/products", "/orders", "/account", "/products/3"]
        plan.crawl(name, begins + random.uniform(300, lasts - 900), paths, 31)
    return Scenario(
        name=f"day-{seed}",
        seed=seed,
        customers=customers,
        start=start,
        hours=24,
        seats=tuple(plan.seats),
        acts=plan.sorted_acts(),
        faults=(
            FaultWindow("cdn_cache", start + timedelta(seconds=begins), start + timedelta(seconds=begins + lasts)),
        ),
        locales=_DAY_LOCALES,
        tuning=_QUICK,
        changes=_unrelated(start, seconds, random),
    )


def _regular_customers(people: Population, random: Random, count: int) -> list[Customer]:
    """Return the customers who come in a story; businesses' contacts are always among them."""
    contacts = [customer for customer in people.customers if customer.company]
    others = [customer for customer in people.customers if not customer.company]
    random.shuffle(others)
    return (others[: max(0, count - len(contacts))] + contacts)[:count] if len(contacts) < count else contacts[:count]


def _together(plan: Plan, random: Random, seconds: float) -> None:
    """Households at one device, many behind one address, and people whose address changes while they are signed in."""
    people = plan.people
    for one, other in people.households:
        if random.random() < 0.5:
            plan.share_seat([people.customer(one), people.customer(other)])
    behind = random.sample(people.customers, min(25, len(people.customers) // 8))
    for customer in behind:
        plan.sit(customer, "203.0.113.99")
    for one, other in people.households:
        at = random.uniform(600, seconds * 0.7)
        for number in (one, other):
            customer = people.customer(number)
            at = (
                plan.visit(customer, at, [(Does.LOOK, "/addresses"), *plan.personal_steps(customer, 2)], leaves=True)
                + 60
            )
    for pairs, path in ((people.gifts, "/addresses"), (people.delegates, "/orders")):
        for one, _ in pairs:
            customer = people.customer(one)
            plan.visit(customer, random.uniform(600, seconds * 0.8), [(Does.LOOK, path), (Does.OWN_ORDER, "")])
    for customer in people.customers:
        if customer.is_seller:
            plan.visit(customer, random.uniform(600, seconds * 0.8), [(Does.LOOK, "/sellers/orders")])
        if customer.company:
            plan.visit(customer, random.uniform(600, seconds * 0.8), [(Does.LOOK, "/api/contacts")])
    for customer in random.sample(people.customers, min(30, len(people.customers))):
        steps = plan.personal_steps(customer, 2)
        moved = [(Does.MOVE, plan.new_address()), *plan.personal_steps(customer, 2), (Does.MOVE, plan.new_address())]
        plan.visit(customer, random.uniform(600, seconds * 0.8), [*steps, *moved, (Does.LOOK, "/account")])


def _staff_at_work(plan: Plan, random: Random, seconds: float) -> None:
    """Agents who look at their tickets and open the customers of them, from the office."""
    for staff in plan.people.staff:
        seat = plan.add_seat(address="203.0.113.20", edge=plan.edges[0])
        at = random.uniform(600, seconds / 4)
        plan.do(at, seat, Does.LOG_IN, staff.id)
        for _ in range(random.randint(4, 9)):
            at += random.uniform(60, seconds / 40)
            plan.do(at, seat, Does.LOOK, "/support")
            plan.do(at + 20, seat, Does.OWN_TICKET)
        plan.do(at + 600, seat, Does.LOG_OUT)
    seat = plan.add_seat(address="203.0.113.21", edge=plan.edges[0])
    plan.do(seconds * 0.6, seat, Does.LOG_IN, "staff_peggy")
    plan.do(seconds * 0.6 + 60, seat, Does.POST, "/newsletter?from=1&count=60")


def _partners(plan: Plan, random: Random, seconds: float) -> None:
    """A price comparison that reads products."""
    seat = plan.add_seat(
        address="192.0.2.40", agent="PriceRobot/2.0 (+https://prices.example.net/robot)", viewer="partner:prices"
    )
    for place in range(30):
        plan.do(seconds * 0.3 + place * 7, seat, Does.LOOK, f"/products/{place % plan.products + 1}")


def _crawled(plan: Plan) -> list[str]:
    return ["/", "/products", *(f"/products/{number}" for number in range(1, 9)), "/account", "/search?q=lamp"]


def _unrelated(start: datetime, seconds: float, random: Random) -> tuple[Noted, ...]:
    """Return two changes that have nothing to do with any fault."""
    return (
        Noted(start + timedelta(seconds=random.uniform(300, 2400)), "deploy: texts of the Italian home page"),
        Noted(start + timedelta(seconds=seconds - random.uniform(300, 1500)), "certificate renewed"),
    )


def all_faults() -> Sequence[str]:
    """Return the names of all faults that have a story."""
    return tuple(MISCHIEF)
