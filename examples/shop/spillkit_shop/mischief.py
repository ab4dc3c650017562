"""What people do around each fault, so that it shows as often as a story wants.

In:    a Plan, the window of a fault, how many exposed answers are wanted.
Out:   acts; and what the window needs to know (accounts, the first row).
Else:  ordinary visits are `habits`; the faults themselves are in the shop's code.

Nothing here makes an answer wrong: these are visits like any other, only more of them, or closer together, where and while a
fault is on. How many answers a fault then spoils is foreseen where it can be (`_foreseen_hits`), and told by the truth in any case.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from spillkit_shop.customers import Customer
from spillkit_shop.filling import FIRST_ORDER
from spillkit_shop.habits import Plan
from spillkit_shop.scenario import Does

_LIFE = 60.0  # seconds that the faulty caches keep an answer
_PAGES = ("/account", "/account", "/account", "/orders", "/orders", "/api/me")


@dataclass(slots=True)
class Mischief:
    """A window being filled."""

    plan: Plan
    begins: float  # seconds from the start of the story
    ends: float
    wanted: int  # exposed answers
    customers: Sequence[Customer]  # who may come
    accounts: tuple[int, ...] = ()  # for the window: account_mapping
    first_row: int = 0  # for the window: mail_shift
    _regulars: dict[int, int] = field(default_factory=dict)

    def moment(self, tail: float = 0.0) -> float:
        """Draw a moment in the window, `tail` seconds or more before its end."""
        return self.plan.random.uniform(self.begins + 5, self.ends - max(tail, 5))

    def regular(self, customer: Customer) -> int:
        """Let a customer be signed in before the fault begins, and come back after it is over; returns his seat."""
        number = customer.number
        if number not in self._regulars:
            random = self.plan.random
            steps = self.plan.personal_steps(customer, random.randint(1, 2))
            self.plan.visit(customer, self.begins - random.uniform(300, 2400), steps, pause=20)
            self._regulars[number] = self.plan.seat_of(customer)
        return self._regulars[number]

    def come_back(self, share: float = 0.6) -> None:
        """Let those who were there come again after the window."""
        random = self.plan.random
        for number in list(self._regulars):
            if random.random() < share:
                customer = self.plan.people.customer(number)
                steps = [(Does.LOOK, random.choice(_PAGES)), *self.plan.personal_steps(customer, 1)]
                self.plan.visit(customer, self.ends + random.uniform(90, 2400), steps, leaves=random.random() < 0.3)

    def look(self, at: float, customer: Customer, path: str) -> None:
        """Let a signed-in customer look at something."""
        self.plan.do(at, self.regular(customer), Does.LOOK, path)


def _caches(one: Mischief, key: Callable[[Customer, str], str], pages: Sequence[str]) -> None:
    """Visits to pages that a cache keeps by mistake, until enough of them are foreseen to be answered from it."""
    random = one.plan.random
    groups: dict[str, list[Customer]] = {}
    for customer in one.customers:
        groups.setdefault(key(customer, ""), []).append(customer)
    pools = [group for group in groups.values() if len(group) >= 6]
    looks: list[tuple[float, Customer, str]] = []
    most = 4 if one.wanted < 10 else 7
    while _foreseen_hits(looks, key) < one.wanted:
        pool = random.choice(pools)
        came = random.sample(pool, min(len(pool), random.randint(3, most)))
        first, page = one.moment(_LIFE), random.choice(list(pages))
        looks += [(first + random.uniform(0, 50), customer, page) for customer in came]
    for at, customer, page in looks:
        one.look(at, customer, page)


def _foreseen_hits(looks: Sequence[tuple[float, Customer, str]], key: Callable[[Customer, str], str]) -> int:
    kept: dict[str, tuple[float, int]] = {}
    hits = 0
    for at, customer, page in sorted(looks, key=lambda look: look[0]):
        stored_at, owner = kept.get(key(customer, page), (-1e9, 0))
        if at - stored_at < _LIFE:
            hits += owner != customer.number
        else:
            kept[key(customer, page)] = (at, customer.number)
    return hits


def cdn_cache(one: Mischief) -> None:
    """Many look at their account, orders or /api/me within a minute of each other, at one edge."""
    _caches(one, lambda customer, page: f"{one.plan.edge_of(customer)}{page}", _PAGES)


def app_cache_key(one: Mischief) -> None:
    """Many look at their account within a minute of each other, in one language."""
    _caches(one, lambda customer, page: customer.language, ("/account",))


def cached_set_cookie(one: Mischief) -> None:
    """Some look at their cart within a minute of somebody else, and go on to their account."""
    random, plan = one.plan.random, one.plan
    by_edge: dict[str, list[Customer]] = {}
    for customer in one.customers:
        by_edge.setdefault(plan.edge_of(customer), []).append(customer)
    pools = [pool for pool in by_edge.values() if len(pool) >= 8]
    foreseen, used = 0, set[int]()
    busy_until: dict[str, float] = {}
    while foreseen < one.wanted:
        pool = [customer for customer in random.choice(pools) if customer.number not in used]
        takers = 3 if one.wanted < 10 else random.randint(3, 6)
        if len(pool) <= takers:
            used.clear()
            continue
        edge = plan.edge_of(pool[0])
        first = busy_until.get(edge, one.begins + 5) + random.uniform(70, 110)
        if first > one.ends - 120:
            busy_until[edge] = one.begins + 5
            continue
        busy_until[edge] = first
        came = random.sample(pool, takers + 1)
        used |= {customer.number for customer in came}
        one.look(first, came[0], "/cart")
        for customer in came[1:]:
            at = first + random.uniform(2, 50)
            one.look(at, customer, "/cart")
            foreseen += 1
            for _ in range(1 if one.wanted < 10 else random.randint(1, 3)):
                at += random.uniform(4, 30)
                one.look(at, customer, random.choice(("/account", "/orders", "/addresses")))
                foreseen += 1


def bulk_listing(one: Mischief) -> None:
    """Contacts of businesses look at their colleagues."""
    contacts = [customer for customer in one.customers if customer.company]
    for place in range(one.wanted):
        one.look(one.moment(), contacts[place % len(contacts)], "/api/contacts")


def idor_enum(one: Mischief) -> None:
    """A program signs in as one customer and counts order numbers up."""
    random = one.plan.random
    owner = random.choice([customer for customer in one.customers if customer.kind == "ordinary"])
    seat = one.plan.add_seat(owner, agent="python-requests/2.32.3")
    number = FIRST_ORDER + random.randint(0, 40)
    one.plan.do(one.begins - 40, seat, Does.LOG_IN, str(owner.number))
    at, every = one.begins + 5.0, min(4.0, (one.ends - one.begins - 10) / (one.wanted * 1.5 + 20))
    for _ in range(int(one.wanted * 1.3) + 3):
        one.plan.do(at, seat, Does.LOOK, f"/orders/{number}")
        number += random.choice((1, 1, 1, 1, 2, 2, 3))
        at += every * random.uniform(0.5, 1.5)


def account_mapping(one: Mischief) -> None:
    """Customers whose account was migrated look at it."""
    random = one.plan.random
    hit = min(max(2, one.wanted // 4), 40)
    chosen = random.sample([customer for customer in one.customers if customer.kind == "ordinary"], hit)
    one.accounts = tuple(sorted(customer.number for customer in chosen))
    for place in range(one.wanted):
        one.look(one.moment(), chosen[place % hit], random.choice(("/account", "/orders", "/addresses", "/api/me")))


def job_mixup(one: Mischief) -> None:
    """Some customers at a time ask for an export."""
    random = one.plan.random
    together = 2 if one.wanted < 10 else 4
    for _ in range(one.wanted * 5 // (4 * (together - 1)) + 1):
        at = one.moment(30)
        for place, customer in enumerate(random.sample(list(one.customers), together)):
            one.plan.do(at + place * random.uniform(0.002, 0.006), one.regular(customer), Does.EXPORT)


def insider(one: Mischief) -> None:
    """An agent opens customers who have no ticket with her."""
    random = one.plan.random
    seat = one.plan.add_seat(address="203.0.113.20", edge=one.plan.edges[0])
    one.plan.do(one.begins - 600, seat, Does.LOG_IN, "staff_mallory")
    one.plan.do(one.begins - 560, seat, Does.LOOK, "/support")
    at = one.begins + 10
    for customer in random.sample(list(one.customers), one.wanted + one.wanted // 5 + 1):
        one.plan.do(at, seat, Does.LOOK, f"/support/customers/{customer.id}")
        at += random.uniform(0.3, 1.7) * (one.ends - one.begins - 60) / (one.wanted * 1.4 + 2)
    one.plan.do(one.ends + 900, seat, Does.LOG_OUT)


def template_field(one: Mischief) -> None:
    """Visitors look at products that have reviews."""
    random = one.plan.random
    for _ in range(one.wanted):
        path = f"/products/{random.randint(1, one.plan.products)}"
        if random.random() < 0.5:
            one.look(one.moment(), random.choice(list(one.customers)), path)
        else:
            one.plan.do(one.moment(), one.plan.add_seat(), Does.LOOK, path)


def _busy(one: Mischief, looks: int, pages: Sequence[str]) -> None:
    """So many looks at personal pages, by customers who are signed in, spread over the window."""
    random = one.plan.random
    came = random.sample(list(one.customers), min(len(one.customers), max(6, looks // 4)))
    for _ in range(looks):
        one.look(one.moment(), random.choice(came), random.choice(list(pages)))


def session_race(one: Mischief) -> None:
    """Ordinary visits of people who are signed in; some go on looking around with the session they were given."""
    _busy(one, 30 + one.wanted * 4, ("/account", "/orders", "/addresses", "/products", "/orders"))


def request_race(one: Mischief) -> None:
    """Visits that come closer and closer together: load grows to the middle of the window and falls again."""
    random = one.plan.random
    came = random.sample(list(one.customers), min(len(one.customers), 24 + one.wanted // 2))
    middle, half = (one.begins + one.ends) / 2, (one.ends - one.begins) / 2
    for _ in range(40 + one.wanted * 2):
        # Busy moments: the more come, the more often two of them meet on one worker.
        at = middle + random.triangular(-half + 10, half - 10, 0)
        crowd = 1 + min(int(random.expovariate(1 / (2.2 * (1 - abs(at - middle) / half)) + 1e-9)), 5)
        for customer in random.sample(came, crowd):
            one.look(at + random.uniform(0, 0.004), customer, random.choice(_PAGES))


def conn_desync(one: Mischief) -> None:
    """Ordinary load on the pages that ask the profile service, some of whose replies are slow."""
    _busy(one, 70 + one.wanted * 2, ("/account", "/account", "/api/me", "/addresses", "/orders"))


def mem_bleed(one: Mischief) -> None:
    """Ordinary load: long pages, and short answers of the API that get the end of a page."""
    _busy(
        one,
        40 + one.wanted * 6,
        ("/account", "/api/orders", "/orders", "/api/me", "/addresses", "/api/orders", "/cart"),
    )


def _newsletter(one: Mischief, count: int) -> None:
    seat = one.plan.add_seat(address="203.0.113.21", edge=one.plan.edges[0])
    first = one.plan.random.randint(1, max(1, len(one.plan.people.customers) - count))
    one.plan.do(one.begins - 300, seat, Does.LOG_IN, "staff_peggy")
    for at in (one.begins - 240, (one.begins + one.ends) / 2, one.ends + 600):
        one.plan.do(at, seat, Does.POST, f"/newsletter?from={first}&count={count}")


def mail_cc(one: Mischief) -> None:
    """A newsletter is sent before the fault, under it and after it."""
    _newsletter(one, one.wanted)


def mail_shift(one: Mischief) -> None:
    """The same, shifted by a row from some row on."""
    count = one.wanted + max(3, one.wanted // 2)
    one.first_row = count - one.wanted
    _newsletter(one, count)


MISCHIEF: Mapping[str, Callable[[Mischief], None]] = {
    each.__name__: each
    for each in (
        cdn_cache,
        app_cache_key,
        cached_set_cookie,
        session_race,
        request_race,
        conn_desync,
        bulk_listing,
        idor_enum,
        account_mapping,
        mail_cc,
        mail_shift,
        job_mixup,
        mem_bleed,
        insider,
        template_field,
    )
}
