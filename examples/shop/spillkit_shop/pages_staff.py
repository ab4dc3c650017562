"""The support desk: an agent's tickets, customers, a search, an export, and the newsletter.

In:    requests of staff.
Out:   pages with customers' data. The code lets any agent open any customer: what she may do goes by her role, and
       whether she had a reason is told by her tickets (fault 13, insider: nothing is wrong here).
Else:  sending mail is `newsletter`.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from spillkit_shop import shopping
from spillkit_shop.newsletter import send_newsletter
from spillkit_shop.persons import Person
from spillkit_shop.rendering import data, html, language_of, number_of, page
from spillkit_shop.store import Account
from spillkit_shop.visitors import staff_only
from spillkit_shop.worker import Worker, wrong

_MOST_EXPORTED = 200  # customers in one export of the desk


def _note_reason(request: Request, worker: Worker, account: Account, people: list[Person]) -> None:
    """Note for the story's truth whether a customer is shown to an agent who has no ticket of his."""
    assigned = {person.number for _, _, person in worker.store.tickets_of(account.staff)}
    if any(person.number not in assigned and person.number != account.customer for person in people):
        wrong(request, "insider")


async def _desk(request: Request, worker: Worker, account: Account) -> Response:
    """GET /support, with a search: /support?q="""
    own = worker.store.person(account.customer) if account.customer else None
    text = request.query_params.get("q", "").strip()[:60]
    found = worker.store.customers_like(text) if text else []
    _note_reason(request, worker, account, found)
    tickets = worker.store.tickets_of(account.staff)
    return page(html("support.html", language_of(request), tickets=tickets, own=own, text=text, found=found))


async def _customer(request: Request, worker: Worker, account: Account) -> Response:
    """GET /support/customers/{id}"""
    number = worker.store.number_of_id(request.path_params["id"])
    person = worker.store.person(number) if number else None
    if person is None:
        return page(html("problem.html", language_of(request), message="not_found"), status=404)
    _note_reason(request, worker, account, [person])
    orders = shopping.orders_of(worker.store, number)
    return page(html("support_customer.html", language_of(request), person=person, orders=orders))


async def _export(request: Request, worker: Worker, account: Account) -> Response:
    """GET /support/export?from=&count="""
    first, count = number_of(request.query_params.get("from"), 1), number_of(request.query_params.get("count"), 50)
    people = worker.store.customers_from(first, min(count, _MOST_EXPORTED))
    _note_reason(request, worker, account, people)
    rows = [
        {"customer": each.id, "name": each.name, "email": each.email, "phone": each.phone, "address": each.address}
        for each in people
    ]
    return data({"customers": rows})


async def _newsletter(request: Request, worker: Worker, account: Account) -> Response:
    """POST /newsletter: from= and count= say whom, by customer number. Answers when all are sent."""
    form = await request.form()
    first, count = number_of(str(form.get("from", "")), 1), number_of(str(form.get("count", "")), 1000)
    sent = await send_newsletter(worker, worker.store.customers_from(first, count))
    return data({"sent": sent})


support_desk = staff_only(_desk)
support_customer = staff_only(_customer)
support_export = staff_only(_export)
newsletter = staff_only(_newsletter)
