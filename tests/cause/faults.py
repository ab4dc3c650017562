"""The faults of the shop on paper: each takes a shop and returns its answers, wrong ones among them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from spillkit.cause.incident import CauseClass
from tests.cause.stories import Answer, Shop, Shown, of

_SECOND = timedelta(seconds=1)


def cdn_cache(
    shop: Shop, first: float = 20, last: float = 40, routes: tuple[str, ...] = ("/account", "/orders")
) -> list[Answer]:
    """Each cache node keeps a page for a minute, whoever asks."""
    store: dict[tuple[str, str], Answer] = {}
    found = []
    for answer in shop.traffic():
        if answer.route in routes and shop.late(first) <= answer.at < shop.late(last):
            kept = store.get((answer.edge, answer.route))
            if kept is not None and answer.at - kept.at < 60 * _SECOND:
                age = int((answer.at - kept.at).total_seconds())
                hit = of(
                    answer,
                    kept.viewer,
                    cache="hit",
                    age=age,
                    worker=kept.worker,
                    connection=kept.connection,
                    took_ms=2.0,
                )
                found.append(replace(hit, body=kept.body))
                continue
            store[answer.edge, answer.route] = answer
        found.append(answer)
    return found


def app_cache_key(shop: Shop) -> list[Answer]:
    """The application keeps a page for a minute under a key without the user."""
    store: dict[str, Answer] = {}
    found = []
    for answer in shop.traffic():
        if answer.route == "/orders" and shop.late(20) <= answer.at < shop.late(40):
            kept = store.get(answer.route)
            if kept is not None and answer.at - kept.at < 60 * _SECOND:
                found.append(of(answer, kept.viewer))
                continue
            store[answer.route] = answer
        found.append(answer)
    return found


def cached_set_cookie(shop: Shop) -> list[Answer]:
    """A stored cart page carries the session of whoever filled the store; others go on with it."""
    return _handed(shop, strangers=4, hit=True)


def session_race(shop: Shop) -> list[Answer]:
    """At the moment of signing in, one other is given the session."""
    return _handed(shop, strangers=1, hit=False)


def _handed(shop: Shop, *, strangers: int, hit: bool) -> list[Answer]:
    found = shop.traffic()
    for turn in range(4):
        owner = shop.people[turn]
        at = shop.late(15 + 6 * turn)
        sid = f"s-{owner}-{turn}"
        found.append(replace(shop.own(at, owner, "/cart"), issued=sid, issued_to=owner))
        for number in range(strangers):
            stranger = shop.people[20 + turn * 5 + number]
            when = at + (5 + 9 * number) * _SECOND if hit else at + 0.01 * _SECOND
            first = replace(shop.own(when, stranger, "/cart"), issued=sid, issued_to=owner)
            if hit:
                first = of(first, owner, cache="hit")
            found.append(first)
            for step, route in enumerate(("/account", "/orders", "/api/me", "/account")):
                page = of(shop.own(when + (20 + 15 * step) * _SECOND, stranger, route), owner, session=sid, was=owner)
                found.append(page)
    return found


def request_race(shop: Shop) -> list[Answer]:
    """Two requests of one worker at one moment: the first is answered with the second's user."""
    traffic = shop.traffic()
    found = list(traffic)
    for place, (one, two) in enumerate(pairwise(traffic)):
        if one.viewer == two.viewer or two.at - one.at > 0.6 * _SECOND:
            continue
        began = one.at - timedelta(milliseconds=one.took_ms or 0)
        if shop.late(15) <= one.at < shop.late(45) and found[place] is one:
            later = replace(
                two, worker=one.worker, at=one.at + 0.02 * _SECOND, took_ms=((one.at - began) / _SECOND) * 500
            )
            found[place] = of(one, two.viewer)
            found[place + 1] = later
    return found


def conn_desync(shop: Shop) -> list[Answer]:
    """After a cancelled request each answer on a connection goes to the next, until it is closed."""
    found = []
    owed: dict[str, tuple[str, int]] = {}
    starts = {shop.late(minute): f"u{minute % 4}" for minute in (20, 26, 32, 38)}
    for answer in shop.traffic():
        for moment in [moment for moment in starts if moment <= answer.at]:
            owed[starts.pop(moment)] = (shop.people[-1], 6)
            # The cancelled request itself: no answer was sent.
            found.append(
                replace(
                    shop.own(answer.at - _SECOND, shop.people[-1], "/account"),
                    shows=(),
                    body=None,
                    status=499,
                    worker="w1",
                    connection=answer.connection,
                )
            )
        answer = replace(answer, worker="w1" if answer.connection in ("u0", "u1") else "w2")
        if answer.connection in owed:
            waiting, left = owed[answer.connection]
            found.append(of(answer, waiting))
            owed[answer.connection] = (answer.viewer, left - 1)
            if left == 1:
                del owed[answer.connection]
        else:
            found.append(answer)
    return found


def bulk_listing(shop: Shop) -> list[Answer]:
    """The list of contacts is sent whole, whoever asks."""
    found = []
    everybody = tuple(
        Shown(person, (("e-mail", 200 + 40 * n, 220 + 40 * n),)) for n, person in enumerate(shop.people[:12])
    )
    for answer in shop.traffic(("/account", "/api/contacts", "/orders")):
        if answer.route == "/api/contacts" and shop.late(20) <= answer.at < shop.late(40):
            own = Shown(answer.viewer, (("e-mail", 40, 60),))
            rest = tuple(shown for shown in everybody if shown.subject != answer.viewer)
            answer = replace(answer, shows=(own, *rest), body=("all", answer.viewer))
        found.append(answer)
    return found


def idor_enum(shop: Shop) -> list[Answer]:
    """Somebody asks for one order after the other; everybody else asks for his own."""
    found = shop.traffic()
    mallory = shop.people[7]
    for number in range(200):
        at = shop.late(1 + number / 4)
        owner = shop.people[number % shop.customers]
        own = shop.own(at, owner, "/orders/{n}")
        found.append(replace(own, url=f"/orders/{number}", object=5000 + number, body=("order", number)))
    for number in range(60, 100):
        at = shop.late(30) + (number - 60) * 3 * _SECOND
        asked = shop.own(at, mallory, "/orders/{n}")
        asked = replace(asked, url=f"/orders/{number}", object=5000 + number)
        if number % 9 == 0:
            found.append(replace(asked, status=404, shows=(), body=None))
        else:
            found.append(of(asked, shop.people[number % shop.customers], body=("order", number)))
    return found


def account_mapping(shop: Shop) -> list[Answer]:
    """From a migration on, some accounts are the next one's."""
    moved = shop.people[10:16]
    wrong = dict(zip(moved, [*moved[1:], moved[0]]))
    found = []
    for answer in shop.traffic():
        if answer.viewer in wrong and shop.late(20) <= answer.at < shop.late(50):
            answer = of(answer, wrong[answer.viewer])
        found.append(answer)
    return found


def mail_cc(shop: Shop) -> list[Answer]:
    """One message with everybody in To."""
    found = shop.traffic()
    people = shop.people[:30]
    for person in people:
        shows = tuple(Shown(other, (("e-mail", 10 + 30 * n, 30 + 30 * n),)) for n, other in enumerate(people))
        found.append(
            Answer(
                shop.late(30),
                person,
                "mail:list",
                shows=shows,
                method="MAIL",
                channel="mail",
                took_ms=None,
                open_recipients=30,
                message=1,
            )
        )
    return found


def mail_shift(shop: Shop) -> list[Answer]:
    """From row 12 on each recipient is sent the next one's letter."""
    found = shop.traffic()
    for row, person in enumerate(shop.people, 1):
        about = shop.people[row % shop.customers] if row >= 12 else person
        found.append(
            Answer(
                shop.late(30) + row * 0.2 * _SECOND,
                person,
                "mail:message",
                shows=(Shown(about),),
                method="MAIL",
                channel="mail",
                took_ms=None,
                message=row,
            )
        )
    return found


def job_mixup(shop: Shop) -> list[Answer]:
    """Two exports at once write one file."""
    found = shop.traffic()
    for turn in range(40):
        at = shop.late(2 + 1.4 * turn)
        one, two = shop.people[turn], shop.people[(turn + 20) % shop.customers]
        both = 15 <= turn < 32
        for place, person in enumerate((one, two) if both else (one,)):
            own = shop.own(at + place * 2 * _SECOND, person, "/exports/{id}")
            own = replace(
                own, channel="export", took_ms=4000.0, url=f"/exports/{turn}-{place}", body=("export", person)
            )
            found.append(of(own, two) if both and place == 0 else own)
    return found


def mem_bleed(shop: Shop) -> list[Answer]:
    """The end of the answer before hangs on to a shorter one."""
    found: list[Answer] = []
    for answer in shop.traffic():
        if shop.late(20) <= answer.at < shop.late(40) and len(found) % 17 == 0 and found[-1].viewer != answer.viewer:
            piece = Shown(found[-1].viewer, (("e-mail", 4000, 4020),))
            answer = replace(
                answer,
                shows=(*answer.shows, piece),
                body=(answer.route, answer.viewer, found[-1].viewer),
                body_bytes=4300,
            )
        found.append(answer)
    return found


def insider(shop: Shop) -> list[Answer]:
    """A member of staff looks at people whose tickets somebody else holds."""
    found = shop.traffic()
    for turn in range(80):
        at = shop.late(1 + 0.7 * turn)
        person = shop.people[(turn * 7) % shop.customers]
        has_ticket = turn % 5 != 0
        viewer = f"staff:{turn % 3}" if has_ticket else "staff:1"
        page = shop.own(at, viewer, "/support/customers/{id}")
        page = replace(
            page,
            kind="staff",
            url=f"/support/customers/{person}",
            shows=(Shown(person, allowed=has_ticket),),
            body=("support", person),
        )
        found.append(page)
    return found


def template_field(shop: Shop) -> list[Answer]:
    """The page of a product shows the reviewer's address beside his name."""
    found = shop.traffic()
    for turn in range(300):
        at = shop.late(0.19 * turn)
        product = turn % 5
        reviewers = shop.people[product * 2 : product * 2 + 2]
        viewer = "anonymous" if turn % 2 else shop.people[turn % shop.customers]
        shows = []
        for place, reviewer in enumerate(reviewers):
            shows.append(Shown(reviewer, (("name", 300 + 100 * place, 310 + 100 * place),), allowed=True))
            if shop.late(20) <= at < shop.late(50):
                shows.append(Shown(reviewer, (("e-mail", 320 + 100 * place, 340 + 100 * place),)))
        page = shop.own(at, viewer, "/products/{n}")
        found.append(
            replace(
                page,
                kind="anonymous" if viewer == "anonymous" else "subject",
                url=f"/products/{product}",
                shows=tuple(shows),
                session="" if viewer == "anonymous" else page.session,
                device=f"d-{turn}",
                body=("product", product, len(shows)),
            )
        )
    return found


FAULTS: Mapping[str, tuple[Callable[[Shop], list[Answer]], CauseClass]] = {
    "cdn_cache": (cdn_cache, CauseClass.SHARED_CACHE),
    "app_cache_key": (app_cache_key, CauseClass.APP_CACHE),
    "cached_set_cookie": (cached_set_cookie, CauseClass.CACHED_COOKIE),
    "session_race": (session_race, CauseClass.SESSION_MIX_UP),
    "request_race": (request_race, CauseClass.REQUEST_RACE),
    "conn_desync": (conn_desync, CauseClass.DESYNC),
    "bulk_listing": (bulk_listing, CauseClass.BULK_LISTING),
    "idor_enum": (idor_enum, CauseClass.ENUMERATION),
    "account_mapping": (account_mapping, CauseClass.ACCOUNT_MAPPING),
    "mail_cc": (mail_cc, CauseClass.OPEN_RECIPIENTS),
    "mail_shift": (mail_shift, CauseClass.MAIL_SHIFT),
    "job_mixup": (job_mixup, CauseClass.JOB_MIX_UP),
    "mem_bleed": (mem_bleed, CauseClass.MEMORY_FRAGMENT),
    "insider": (insider, CauseClass.STAFF),
    "template_field": (template_field, CauseClass.TEMPLATE_FIELD),
}
