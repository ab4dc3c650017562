"""The shop's application: its routes, put together for one worker.

In:    store, clock, switches, the worker's name and what workers share.
Out:   a Starlette application. Several workers are several of them in one event loop.
Else:  pages are pages_*; caches in front of the shop are `edges`; playing a story is `driver`.
"""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from spillkit_shop import pages_account, pages_exports, pages_orders, pages_public, pages_staff
from spillkit_shop.clock import Clock
from spillkit_shop.faults import Switches
from spillkit_shop.layers import STORY_FAULT, WorkerLayer
from spillkit_shop.shared import Shared, Tuning
from spillkit_shop.store import Store
from spillkit_shop.worker import Worker

__all__ = ["STORY_FAULT", "Shared", "Tuning", "make_app"]

_ROUTES = (
    Route("/", pages_public.home),
    Route("/products", pages_public.products),
    Route("/products/{number}", pages_public.product),
    Route("/search", pages_public.search),
    Route("/shop.css", pages_public.style),
    Route("/login", pages_account.login_page, methods=["GET"]),
    Route("/login", pages_account.login, methods=["POST"]),
    Route("/logout", pages_account.logout, methods=["POST"]),
    Route("/account", pages_account.account_page, methods=["GET"]),
    Route("/account", pages_account.change_account, methods=["POST"]),
    Route("/addresses", pages_account.addresses_page),
    Route("/api/me", pages_account.api_me),
    Route("/api/subscription", pages_account.api_subscription),
    Route("/orders", pages_orders.orders_page, methods=["GET"]),
    Route("/orders", pages_orders.place_order, methods=["POST"]),
    Route("/orders/{number}", pages_orders.order_page),
    Route("/api/orders", pages_orders.api_orders),
    Route("/api/orders/{number}", pages_orders.api_order),
    Route("/api/contacts", pages_orders.api_contacts),
    Route("/cart", pages_orders.cart_page, methods=["GET"]),
    Route("/cart", pages_orders.put_in_cart, methods=["POST"]),
    Route("/sellers/orders", pages_orders.sales_page),
    Route("/exports", pages_exports.begin, methods=["POST"]),
    Route("/exports/{id}", pages_exports.fetch, methods=["GET"]),
    Route("/support", pages_staff.support_desk),
    Route("/support/export", pages_staff.support_export),
    Route("/support/customers/{id}", pages_staff.support_customer),
    Route("/newsletter", pages_staff.newsletter, methods=["POST"]),
)


def make_app(store: Store, clock: Clock, switches: Switches, worker: str, shared: Shared) -> Starlette:
    """Return the application of one worker, "w1", "w2" …; call `shared.close()` when all of them have ended."""
    state = Worker(worker, store, clock, switches, shared)
    app = Starlette(
        routes=_ROUTES,
        middleware=[Middleware(WorkerLayer, worker=state)],
        exception_handlers={404: pages_public.not_found, 405: pages_public.not_found},
    )
    app.state.worker = state
    return app
