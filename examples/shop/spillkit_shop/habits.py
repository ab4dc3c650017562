"""What customers, visitors, crawlers and staff do on an ordinary day, drawn by seed into seats and acts.

In:    the people of the shop and a seed.
Out:   a Plan that grows visit by visit, and the ordinary visits.
Else:  what happens around a fault is `mischief`; whole stories are `stories`.

Addresses are those that documentation and benchmarks may use (RFC 5737, RFC 2544, RFC 3849, RFC 6598), so that they are nobody's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from spillkit_shop.customers import Customer, Population
from spillkit_shop.scenario import EDGES, Act, Does, Seat

_BROWSERS = tuple(
    f"Mozilla/5.0 ({device}) {engine}"
    for device, engine in (
        ("Windows NT 10.0; Win64; x64", "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"),
        ("Windows NT 10.0; Win64; x64; rv:132.0", "Gecko/20100101 Firefox/132.0"),
        ("Macintosh; Intel Mac OS X 10_15_7", "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15"),
        (
            "iPhone; CPU iPhone OS 18_1 like Mac OS X",
            "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
        ),
        (
            "iPhone; CPU iPhone OS 17_6 like Mac OS X",
            "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1",
        ),
        ("Linux; Android 14; SM-S921B", "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36"),
        ("Linux; Android 13; Pixel 7", "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36"),
        ("X11; Linux x86_64; rv:128.0", "Gecko/20100101 Firefox/128.0"),
        (
            "Windows NT 10.0; Win64; x64",
            "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0",
        ),
        (
            "iPad; CPU OS 17_7 like Mac OS X",
            "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.7 Mobile/15E148 Safari/604.1",
        ),
    )
)
_APP = "ShopApp/7.{} (Android 14; okhttp 4.12)"
CRAWLERS = (
    ("Googlebot", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"),
    ("Bingbot", "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)"),
    ("Applebot", "Mozilla/5.0 (compatible; Applebot/0.1; +http://www.apple.com/go/applebot)"),
)
_EDGE_OF = {
    "US": "IAD", "CA": "IAD", "MX": "IAD", "BR": "IAD", "JP": "IAD",
    "GB": "DUB", "IE": "DUB", "FR": "DUB", "ES": "DUB", "PT": "DUB", "NL": "DUB",
}  # fmt: skip

Steps = list[tuple[Does, str]]


@dataclass(slots=True)
class Plan:
    """Seats and acts while a story is being drawn."""

    people: Population
    random: Random
    edges: tuple[str, ...] = EDGES
    products: int = 40
    seats: list[Seat] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)
    _home: dict[int, int] = field(default_factory=dict)  # customer -> the seat he uses
    _signed_in: dict[int, int] = field(default_factory=dict)  # seat -> customer, as planned
    _free_at: dict[int, float] = field(default_factory=dict)  # seat -> when its last visit is over
    _addresses: int = 0

    def do(self, at: float, seat: int, does: Does, what: str = "") -> None:
        """Add one act."""
        self.acts.append(Act(at, seat, does, what))

    def new_address(self) -> str:
        """Return an address that nobody in the story has yet; one in five is of the new kind."""
        self._addresses += 1
        number = self._addresses
        if self.random.random() < 0.2:
            return f"2001:db8:{number >> 12:x}:{number & 4095:x}::{self.random.randint(1, 65535):x}"
        return f"198.{18 + (number >> 16 & 1)}.{number >> 8 & 255}.{number & 255}"

    def add_seat(
        self,
        customer: Customer | None = None,
        *,
        address: str = "",
        agent: str = "",
        edge: str = "",
        viewer: str = "anonymous",
    ) -> int:
        """Add a device; returns its seat."""
        language = customer.language if customer is not None else self.random.choice(("en", "de", "fr"))
        near = _EDGE_OF.get(customer.country, "FRA") if customer is not None else self.random.choice(self.edges)
        self.seats.append(
            Seat(
                address=address or self.new_address(),
                user_agent=agent or self.random.choice(_BROWSERS),
                language=f"{language},en;q=0.5" if language != "en" else "en",
                edge=edge or (near if near in self.edges else self.edges[0]),
                viewer=viewer,
            )
        )
        return len(self.seats) - 1

    def seat_of(self, customer: Customer) -> int:
        """Return the device that a customer uses, always the same."""
        if customer.number not in self._home:
            agent = _APP.format(self.random.randint(0, 9)) if self.random.random() < 0.15 else ""
            self._home[customer.number] = self.add_seat(customer, agent=agent)
        return self._home[customer.number]

    def edge_of(self, customer: Customer) -> str:
        """Return the edge that a customer's requests go to."""
        return self.seats[self.seat_of(customer)].edge

    def share_seat(self, customers: list[Customer]) -> int:
        """Let several people use one device."""
        seat = self.add_seat(customers[0])
        for customer in customers:
            self._home[customer.number] = seat
        return seat

    def sit(self, customer: Customer, address: str) -> int:
        """Give a customer a device of his own behind an address that others have too."""
        self._home[customer.number] = self.add_seat(customer, address=address)
        return self._home[customer.number]

    def visit(self, customer: Customer, at: float, steps: Steps, *, leaves: bool = False, pause: float = 25.0) -> float:
        """Let a customer come, sign in where he is not yet, and do some steps; returns when he is done.

        leaves  sign out at the end
        pause   seconds between steps, on average
        """
        seat = self.seat_of(customer)
        at = max(at, self._free_at.get(seat, 0.0))
        if self._signed_in.get(seat) != customer.number:
            if seat in self._signed_in:
                self.do(at, seat, Does.LOG_OUT)
                at += self.random.uniform(5, 40)
            self.do(at, seat, Does.LOG_IN, str(customer.number))
            self._signed_in[seat] = customer.number
            at += self._pause(pause)
        for does, what in steps:
            self.do(at, seat, does, what)
            at += self._pause(pause)
        if leaves:
            self.do(at, seat, Does.LOG_OUT)
            self._signed_in.pop(seat, None)
            at += 5
        self._free_at[seat] = at
        return at

    def _pause(self, mean: float) -> float:
        return 0.3 + min(self.random.expovariate(1 / mean), 6 * mean)

    def personal_steps(self, customer: Customer, count: int) -> Steps:
        """Draw what a signed-in customer looks at."""
        steps: Steps = []
        is_app = self.seats[self.seat_of(customer)].user_agent.startswith("ShopApp")
        for _ in range(count):
            draw = self.random.random()
            if is_app and draw < 0.7:
                steps.append(
                    self.random.choice([(Does.LOOK, "/api/me"), (Does.LOOK, "/api/orders"), (Does.OWN_ORDER, "api")])
                )
            elif draw < 0.22:
                steps.append((Does.LOOK, "/account"))
            elif draw < 0.40:
                steps.append((Does.LOOK, "/orders"))
            elif draw < 0.50:
                steps += [(Does.LOOK, "/orders"), (Does.OWN_ORDER, "")]
            elif draw < 0.56:
                steps.append((Does.LOOK, "/addresses"))
            elif draw < 0.60:
                steps.append((Does.LOOK, self.random.choice(("/api/me", "/api/subscription"))))
            elif draw < 0.78:
                steps.append(self.public_step())
            elif draw < 0.90:
                steps.append((Does.PUT_IN_CART, str(self.random.randint(1, self.products))))
            elif draw < 0.95:
                steps.append((Does.LOOK, "/cart"))
            elif draw < 0.98:
                steps += [(Does.PUT_IN_CART, str(self.random.randint(1, self.products))), (Does.ORDER, "")]
            elif customer.company:
                steps.append((Does.LOOK, "/api/contacts"))
            else:
                steps.append((Does.EXPORT, ""))
        return steps

    def public_step(self) -> tuple[Does, str]:
        """Draw a page that everybody may see."""
        draw = self.random.random()
        if draw < 0.5:
            return (Does.LOOK, f"/products/{self.random.randint(1, self.products)}")
        if draw < 0.7:
            return (Does.LOOK, "/products")
        if draw < 0.85:
            return (Does.LOOK, "/search?q=" + self.random.choice(("lamp", "chair", "garden", "tea")))
        return (Does.LOOK, "/")

    def browse(self, at: float, count: int) -> None:
        """Let somebody look around without signing in."""
        seat = self.add_seat()
        for _ in range(count):
            self.do(at, seat, *self.public_step())
            at += self._pause(20)

    def crawl(self, name: str, at: float, paths: list[str], every: float) -> int:
        """Let a crawler fetch some pages; returns its seat."""
        agent = dict(CRAWLERS)[name]
        seat = self.add_seat(agent=agent, viewer=f"crawler:{name}")
        for place, path in enumerate(paths):
            self.do(at + place * every, seat, Does.LOOK, path)
        return seat

    def ordinary_day(self, customers: list[Customer], visits: int, begin: float, end: float) -> None:
        """Draw ordinary visits of these customers, more of them by day than at night."""
        for at in sorted(begin + (end - begin) * self.random.betavariate(1.6, 1.4) for _ in range(visits)):
            customer = self.random.choice(customers)
            steps = self.personal_steps(customer, self.random.randint(1, 5))
            self.visit(customer, at, steps, leaves=self.random.random() < 0.35)

    def sorted_acts(self) -> tuple[Act, ...]:
        """Return the acts in order of time; acts of one moment keep the order in which they were planned."""
        return tuple(sorted(self.acts, key=lambda act: act.at))
