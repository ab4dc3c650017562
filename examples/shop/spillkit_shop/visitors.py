"""Who is signed in, for the length of one request (fault 5, request_race).

In:    a request with its cookie.
Out:   the account, or an answer that sends the visitor to the sign-in page.
Else:  the table of sessions is `sessions`.

The account is a value that is handed on. With the fault on it is put into a variable of the worker, and read back
after the session table has answered: of two requests in those milliseconds, both get the later one. Lloyds Banking
Group told of such a change on 12 March 2026.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from spillkit_shop.migrations import settle
from spillkit_shop.rendering import data, see_other
from spillkit_shop.sessions import COOKIE
from spillkit_shop.store import Account
from spillkit_shop.worker import Worker, worker_of, wrong

Personal = Callable[[Request, Worker, Account], Awaitable[Response]]


async def account_of(request: Request, worker: Worker) -> Account | None:
    """Return the account that is signed in with the request's cookie."""
    value = request.cookies.get(COOKIE)
    if not value:
        return None
    settle(worker.store, worker.switches, worker.now())
    found = worker.sessions.find(value)
    if found is None:
        return None
    request.scope["shop.session"], request.scope["shop.account"] = value, found
    if worker.is_on("request_race"):
        worker.current = found
        await worker.round_trip()
        current = worker.current
        if current != found:
            wrong(request, "request_race")
        return current
    await worker.round_trip()
    return found


def signed_in(answer: Personal) -> Callable[[Request], Awaitable[Response]]:
    """Let only customers through; staff are sent to their desk."""

    async def checked(request: Request) -> Response:
        worker = worker_of(request)
        account = await account_of(request, worker)
        if account is None:
            if request.url.path.startswith("/api/"):
                return data({"error": "sign in first"}, 401)
            return see_other("/login")
        if account.staff:
            return see_other("/support")
        if account.customer != account.number:
            wrong(request, "account_mapping")
        return await answer(request, worker, account)

    return checked


def staff_only(answer: Personal) -> Callable[[Request], Awaitable[Response]]:
    """Let only staff through."""

    async def checked(request: Request) -> Response:
        worker = worker_of(request)
        account = await account_of(request, worker)
        if account is None:
            return see_other("/login")
        if not account.staff:
            return see_other("/account")
        return await answer(request, worker, account)

    return checked
