"""Pages for everybody: home, products with their reviews, search, the style sheet.

In:    requests of anybody.
Out:   pages that are the same for all, in the browser's language, and may be cached.
Else:  what is personal is in the other pages_* modules.

Fault 14 (template_field) is in the template of the product page, which renders a field of the reviewer that is not
public.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from spillkit_shop import catalogue
from spillkit_shop.rendering import PUBLIC, html, language_of, number_of, page
from spillkit_shop.worker import worker_of, wrong

_LONGEST_SEARCH = 60  # characters


async def home(request: Request) -> Response:
    """GET /"""
    products = catalogue.products_page(worker_of(request).store, 0)[:10]
    return page(html("home.html", language_of(request), products=products), PUBLIC)


async def products(request: Request) -> Response:
    """GET /products?page=N"""
    number = number_of(request.query_params.get("page"))
    found = catalogue.products_page(worker_of(request).store, number)
    return page(html("products.html", language_of(request), products=found, number=number, most=catalogue.PAGE), PUBLIC)


async def product(request: Request) -> Response:
    """GET /products/{number}"""
    worker = worker_of(request)
    language = language_of(request)
    found = catalogue.product(worker.store, number_of(request.path_params["number"]))
    if found is None:
        return page(html("problem.html", language, message="not_found"), PUBLIC, 404)
    leaking = worker.is_on("template_field")
    if leaking:
        wrong(request, "template_field")
    reviews = catalogue.reviews(worker.store, found.number)
    return page(html("product.html", language, product=found, reviews=reviews, leaking=leaking), PUBLIC)


async def search(request: Request) -> Response:
    """GET /search?q="""
    text = request.query_params.get("q", "").strip()[:_LONGEST_SEARCH]
    found = catalogue.search(worker_of(request).store, text) if text else []
    return page(html("search.html", language_of(request), text=text, found=found), PUBLIC)


async def not_found(request: Request, problem: Exception) -> Response:
    """Answer a path that there is not."""
    return page(html("problem.html", language_of(request), message="not_found"), status=404)


@lru_cache(maxsize=1)
def _style() -> bytes:
    return Path(__file__).with_name("templates").joinpath("shop.css").read_bytes()


async def style(request: Request) -> Response:
    """GET /shop.css"""
    return Response(_style(), 200, {"cache-control": "public, max-age=300"}, "text/css; charset=utf-8")
