"""Signing in and out, the account page, addresses, and the API's /api/me.

In:    requests of customers.
Out:   pages made of the profile service's reply (account, addresses, /api/me).
Else:  orders are `pages_orders`; the connection to the profile service is `services`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine

from starlette.requests import Request
from starlette.responses import Response

from spillkit_shop.persons import Person, person_of_record
from spillkit_shop.rendering import PRIVATE, data, html, json_bytes, language_of, page, see_other
from spillkit_shop.sessions import COOKIE
from spillkit_shop.store import Account
from spillkit_shop.visitors import Personal, signed_in
from spillkit_shop.worker import Worker, worker_of, wrong

_Profile = tuple[Person, str]  # the reply, and the name of the connection that gave it
_TextOf = Callable[[Request, Worker, Account, Person], bytes]


async def login_page(request: Request) -> Response:
    """GET /login"""
    return page(html("login.html", language_of(request), wrong=False))


async def login(request: Request) -> Response:
    """POST /login: a new session each time."""
    worker = worker_of(request)
    form = await request.form()
    account = worker.store.account_of_login(str(form.get("email", "")), str(form.get("password", "")))
    if account is None:
        return page(html("login.html", language_of(request), wrong=True), status=403)
    old = request.cookies.get(COOKIE)
    if old:
        worker.sessions.end(old)
    request.scope["shop.jar"].set_session(worker.sessions.begin(account.number, worker.now()))
    return see_other("/support" if account.staff else "/account")


async def logout(request: Request) -> Response:
    """POST /logout"""
    worker = worker_of(request)
    old = request.cookies.get(COOKIE)
    if old:
        worker.sessions.end(old)
    request.scope["shop.jar"].set_session("")
    return see_other("/")


def _with_profile(media_type: str, name: str, text_of: _TextOf) -> Personal:
    """Return a page that is made of the visitor's profile, as the profile service tells it."""

    async def answer(request: Request, worker: Worker, account: Account) -> Response:
        # Fault 2: memoised for everybody with the same language, since the key lacks the user.
        memoised = worker.is_on("app_cache_key") and name != "addresses"
        key = f"{name}/{language_of(request, _language(worker, account))}"
        if memoised and (kept := worker.shared.cache.get(key, worker.now())):
            if kept[1] != account.customer:
                wrong(request, "app_cache_key")
            return Response(kept[0], 200, PRIVATE, media_type)
        try:
            person, connection = await _unless_gone(request, _profile(request, worker, account))
        except (TimeoutError, ConnectionError):
            if media_type == "application/json":
                return data({"error": "try again"}, 504)
            return page(html("problem.html", language_of(request), message="try_again"), status=504)
        body = text_of(request, worker, account, person)
        if memoised:
            worker.shared.cache.put(key, body, account.customer, worker.now())
        return Response(body, 200, {**PRIVATE, "x-upstream-connection": connection}, media_type)

    return answer


def _language(worker: Worker, account: Account) -> str:
    row = worker.store.connection.execute(
        "SELECT language FROM customers WHERE number = ?", (account.customer,)
    ).fetchone()
    return str(row[0]) if row else ""


async def _profile(request: Request, worker: Worker, account: Account) -> _Profile:
    """Ask the profile service. Raises TimeoutError if it is too slow."""
    service = await worker.profiles()
    careless, timeout_s = worker.is_on("conn_desync"), worker.tuning.timeout_ms / 1000
    reply, connection = await worker.pool.ask(service.port, account.customer, timeout_s, careless=careless)
    person = person_of_record(json.loads(reply))
    if person.number != account.customer:
        wrong(request, "conn_desync")
    return person, connection


async def _unless_gone(request: Request, work: Coroutine[object, object, _Profile]) -> _Profile:
    """Do the work, and cancel it when the browser closes the connection meanwhile: nobody would read the answer."""
    doing = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait((doing, gone), return_when=asyncio.FIRST_COMPLETED)
    finally:
        gone.cancel()
        if not doing.done():
            doing.cancel()
    try:
        return await doing
    except asyncio.CancelledError:
        raise ConnectionError("the browser closed the connection") from None


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _account_html(request: Request, worker: Worker, account: Account, person: Person) -> bytes:
    return html("account.html", language_of(request, person.language), person=person)


def _me_json(request: Request, worker: Worker, account: Account, person: Person) -> bytes:
    shown = {
        "customer": person.id,
        "name": person.name,
        "email": person.email,
        "phone": person.phone,
        "address": person.address,
        "country": person.country,
        "language": person.language,
        "type": person.account_type,
    }
    return json_bytes(shown)


def _subscription_json(request: Request, worker: Worker, account: Account, person: Person) -> bytes:
    """GET /api/subscription: where the newsletter goes; the address and nothing else."""
    return json_bytes({"newsletter": True, "email": person.email})


def _addresses_html(request: Request, worker: Worker, account: Account, person: Person) -> bytes:
    household = worker.store.related(account.customer, "household")
    gifts = worker.store.related(account.customer, "gift")
    return html(
        "addresses.html", language_of(request, person.language), person=person, household=household, recipients=gifts
    )


async def _change(request: Request, worker: Worker, account: Account) -> Response:
    """POST /account: the customer changes his phone number."""
    form = await request.form()
    phone = str(form.get("phone", "")).strip()[:40]
    if phone:
        worker.store.connection.execute("UPDATE customers SET phone = ? WHERE number = ?", (phone, account.customer))
    return see_other("/account")


_HTML = "text/html; charset=utf-8"
account_page: Callable[[Request], Awaitable[Response]] = signed_in(_with_profile(_HTML, "account", _account_html))
addresses_page = signed_in(_with_profile(_HTML, "addresses", _addresses_html))
api_me = signed_in(_with_profile("application/json", "me", _me_json))
api_subscription = signed_in(_with_profile("application/json", "subscription", _subscription_json))
change_account = signed_in(_change)
