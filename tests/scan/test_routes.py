"""A route tells the place in the application and nobody's name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spillkit.directory import Index
from spillkit.model import Exchange, SourceId
from spillkit.scan.finding import find_sightings
from spillkit.scan.routes import route_of

ROUTES = {
    "host and query go": ("https://shop.example/account/summary?mail=a@b.example#top", "/account/summary"),
    "numbers": ("/orders/10423/items/7", "/orders/{n}/items/{n}"),
    "numbered words": ("/issue12", "/issue{n}"),
    "uuids": ("/doc/550e8400-e29b-41d4-a716-446655440000", "/doc/{id}"),
    "an e-mail address in the path": ("/subscribers/jane%40example.org", "/subscribers/{id}"),
    "whoever stands behind /users/": ("/users/janedoe/edit", "/users/{id}/edit"),
    "an act behind /account/ stays": ("/account/summary", "/account/summary"),
    "a title": ("/news/how-we-found-the-bug", "/news/{slug}"),
    "a static file": ("/static/app.3f2a91.js", "/static/{asset}"),
    "a plain file": ("/index.html", "/index.html"),
    "a version": ("/api/v2/me", "/api/v2/me"),
    "other scripts": ("/أليس", "/{id}"),
    "nothing": ("", "/"),
    "only a host": ("https://shop.example", "/"),
    "terminal escapes": ("/a\x1b[31mred", "/{id}"),
}


@pytest.mark.parametrize(("url", "route"), ROUTES.values(), ids=ROUTES)
def test_route(url, route):
    assert route_of(url) == route


def test_a_segment_in_which_a_subject_was_found_is_replaced():
    assert route_of("/wall/jane-doe/posts", personal={"jane-doe"}) == "/wall/{id}/posts"


@given(st.text(max_size=200))
def test_a_route_is_printable_ascii_whatever_the_url(url):
    route = route_of(url)
    assert route.isascii()
    assert route.isprintable()
    assert "@" not in route
    assert "?" not in route


@pytest.mark.parametrize(
    ("path", "route"),
    {
        "a value in one segment": ("/orders/alice.m@example.org", "/orders/{id}"),
        "a name over two segments": ("/wall/Alizée/Marchetti", "/wall/{id}/{id}"),
        "a name in one segment": ("/wall/alizée-marchetti", "/wall/{id}"),
    }.values(),
)
def test_only_the_segments_that_name_somebody_are_replaced(path, route):
    people = [{"id": "c_1", "name": "Alizée Marchetti", "email": "alice.m@example.org"}]
    exchange = Exchange(SourceId("0" * 16), 0, None, "GET", path, 200, body=b"alice.m@example.org")
    assert find_sightings([exchange], Index.build(people)).sightings.column("route").to_pylist() == [route]
