"""Orders, the cart, sales of sellers, and the contacts of a business.

In:    requests of customers.
Out:   pages and API answers about what the visitor may see: his own, his boss's, his buyers', his colleagues'.
Else:  reading them from the tables is `shopping` and `store`.

Fault 7 (bulk_listing) is the list of contacts without its filter, fault 8 (idor_enum) the order pages without their
check.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from spillkit_shop import shopping
from spillkit_shop.catalogue import product
from spillkit_shop.mailer import send_order_mail
from spillkit_shop.rendering import data, html, language_of, number_of, page, see_other
from spillkit_shop.shopping import Order
from spillkit_shop.store import Account
from spillkit_shop.visitors import signed_in
from spillkit_shop.worker import Worker, wrong


def _language(request: Request, worker: Worker, account: Account) -> str:
    person = worker.store.person(account.customer)
    return language_of(request, person.language if person else "")


async def _orders(request: Request, worker: Worker, account: Account) -> Response:
    person = worker.store.person(account.customer)
    bosses = worker.store.related(account.customer, "delegate")
    body = html(
        "orders.html",
        _language(request, worker, account),
        person=person,
        orders=shopping.orders_of(worker.store, account.customer),
        for_others=[(boss, shopping.orders_of(worker.store, boss.number)) for boss in bosses],
    )
    return page(body)


def _may_see(worker: Worker, account: Account, order: Order) -> bool:
    """Return whether an order is the visitor's own, or one of somebody for whom he acts."""
    return order.customer == account.customer or worker.store.is_related(account.customer, order.customer, "delegate")


def _order_for(request: Request, worker: Worker, account: Account) -> Order | None:
    """Return the order of the path, unless it is none of the visitor's business."""
    order = shopping.order(worker.store, number_of(request.path_params["number"]))
    if order is None:
        return None
    if not _may_see(worker, account, order):
        if not worker.is_on("idor_enum"):  # Fault 8: the check was forgotten.
            return None
        wrong(request, "idor_enum")
    return order


async def _order(request: Request, worker: Worker, account: Account) -> Response:
    language = _language(request, worker, account)
    order = _order_for(request, worker, account)
    if order is None:
        return page(html("problem.html", language, message="not_found"), status=404)
    body = html(
        "order.html",
        language,
        order=order,
        lines=shopping.lines_of(worker.store, order.number),
        buyer=worker.store.person(order.customer),
        recipient=worker.store.person(order.recipient or order.customer),
    )
    return page(body)


async def _api_orders(request: Request, worker: Worker, account: Account) -> Response:
    orders = shopping.orders_of(worker.store, account.customer)
    return data(
        {"orders": [{"number": each.shown_number, "placed": each.placed_at, "cents": each.cents} for each in orders]}
    )


async def _api_order(request: Request, worker: Worker, account: Account) -> Response:
    order = _order_for(request, worker, account)
    if order is None:
        return data({"error": "there is no such order"}, 404)
    buyer = worker.store.person(order.customer)
    recipient = worker.store.person(order.recipient or order.customer)
    assert buyer is not None
    assert recipient is not None
    shown = {
        "number": order.shown_number,
        "placed": order.placed_at,
        "cents": order.cents,
        "name": buyer.name,
        "email": buyer.email,
        "ship_to": {"name": recipient.name, "address": recipient.address},
        "lines": [
            {"title": line.title, "quantity": line.quantity} for line in shopping.lines_of(worker.store, order.number)
        ],
    }
    return data(shown)


async def _cart(request: Request, worker: Worker, account: Account) -> Response:
    """GET /cart. The session rolls on: each look at the cart sets its cookie again."""
    person = worker.store.person(account.customer)
    body = html(
        "cart.html",
        _language(request, worker, account),
        lines=shopping.cart_of(worker.store, account.number),
        person=person,
        recipients=worker.store.related(account.customer, "gift"),
    )
    request.scope["shop.jar"].set_session(request.scope["shop.session"])
    return page(body)


async def _put_in_cart(request: Request, worker: Worker, account: Account) -> Response:
    number = str((await request.form()).get("product", ""))
    found = product(worker.store, number_of(number))
    if found is None:
        return page(html("problem.html", _language(request, worker, account), message="not_found"), status=404)
    shopping.put_in_cart(worker.store, account.number, found)
    request.scope["shop.jar"].set_session(request.scope["shop.session"])
    return see_other("/cart")


async def _place_order(request: Request, worker: Worker, account: Account) -> Response:
    """POST /orders: buy what lies in the cart, for oneself or for somebody of one's address book."""
    gift_to = str((await request.form()).get("gift_to", ""))
    recipient = worker.store.number_of_id(gift_to) if gift_to else 0
    if recipient and not worker.store.is_related(account.customer, recipient, "gift"):
        return page(html("problem.html", _language(request, worker, account), message="not_found"), status=404)
    order = shopping.place_order(worker.store, account.number, account.customer, recipient, worker.now())
    if order is None:
        return see_other("/cart")
    worker.shared.start(send_order_mail(worker.shared, worker.store, order, worker.now()))
    return see_other(f"/orders/{order.number}")


async def _contacts(request: Request, worker: Worker, account: Account) -> Response:
    """GET /api/contacts: the contacts of the visitor's own business, and of no other."""
    own = worker.store.person(account.customer)
    company = own.company if own else 0
    if worker.is_on(
        "bulk_listing"
    ):  # Fault 7: the filter by tenant is gone; the page shows only rows of its own company.
        people = worker.store.contacts_of_everybody(number_of(request.query_params.get("page")))
        wrong(request, "bulk_listing")
    else:
        people = worker.store.contacts_of(company)
    rows = [
        {
            "company": each.company,
            "name": each.name,
            "email": each.email,
            "shared": each.contact_email,
            "phone": each.phone,
        }
        for each in people
    ]
    return data({"company": company, "contacts": rows})


async def _sales(request: Request, worker: Worker, account: Account) -> Response:
    """GET /sellers/orders: a seller sees name and address of those to whom he has to send something."""
    own = worker.store.person(account.customer)
    language = _language(request, worker, account)
    if own is None or not own.is_seller:
        return page(html("problem.html", language, message="not_found"), status=404)
    return page(html("sales.html", language, sales=shopping.sales_of(worker.store, account.customer), person=own))


orders_page = signed_in(_orders)
order_page = signed_in(_order)
api_orders = signed_in(_api_orders)
api_order = signed_in(_api_order)
cart_page = signed_in(_cart)
put_in_cart = signed_in(_put_in_cart)
place_order = signed_in(_place_order)
api_contacts = signed_in(_contacts)
sales_page = signed_in(_sales)
