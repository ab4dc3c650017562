"""What an answer's headers tell of caches, workers and edges."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spillkit.scan.answer_headers import trail_of

# Cache-Status as RFC 9211, section 3, shows it; the rest as the products' manuals do.
CACHES = {
    "RFC 9211: a hit at the origin": ([("cache-status", "OriginCache; hit; ttl=1100")], "hit"),
    "RFC 9211: a stale hit": ([("cache-status", "ExampleCache; hit; ttl=-412")], "hit"),
    "RFC 9211: a miss that was stored": ([("cache-status", '"CDN Company Here"; fwd=uri-miss; stored; collapsed=?0')], "miss"),
    "RFC 9211: a hit behind a miss": ([("cache-status", 'OriginCache; hit; ttl=1100, "CDN Company"; fwd=uri-miss;')], "hit"),
    "RFC 9211: two misses": ([("cache-status", 'ReverseProxyCache; fwd=uri-miss, ForwardProxyCache; fwd=miss')], "miss"),
    "RFC 9211: in two headers": ([("cache-status", "A; fwd=miss"), ("cache-status", "B; hit")], "hit"),
    "RFC 9211: no hit": ([("cache-status", "A; hit=?0; fwd=stale")], "miss"),
    "RFC 9211: a name that looks like a hit": ([("cache-status", '"a; hit, b; hit"; fwd=bypass')], "miss"),
    "RFC 9211: a key that looks like a hit": ([("cache-status", 'A; fwd=miss; key="x; hit"')], "miss"),
    "RFC 9211: only a name": ([("cache-status", "A")], ""),
    "nginx": ([("x-cache-status", "HIT")], "hit"),
    "nginx, stale": ([("x-cache-status", "STALE")], "hit"),
    "nginx, bypassed": ([("x-cache-status", "BYPASS")], "miss"),
    "nginx, expired": ([("x-proxy-cache", "EXPIRED")], "miss"),
    "CloudFront": ([("x-cache", "Hit from cloudfront")], "hit"),
    "CloudFront, asked again": ([("x-cache", "RefreshHit from cloudfront")], "hit"),
    "CloudFront, missed": ([("x-cache", "Miss from cloudfront")], "miss"),
    "CloudFront, failed": ([("x-cache", "Error from cloudfront")], "miss"),
    "Fastly, by the shield": ([("x-cache", "HIT, MISS"), ("x-cache-hits", "1, 0")], "hit"),
    "Fastly, by nobody": ([("x-cache", "MISS, MISS"), ("x-cache-hits", "0, 0")], "miss"),
    "Varnish": ([("x-varnish", "32773 32770")], "hit"),
    "Varnish, missed": ([("x-varnish", "32773")], "miss"),
    "Squid": ([("x-cache", "HIT from proxy.example:3128")], "hit"),
    "Akamai": ([("x-cache", "TCP_MEM_HIT from a23-45 (AkamaiGHost)")], "hit"),
    "Akamai, missed": ([("x-cache", "TCP_REFRESH_MISS from a23-45")], "miss"),
    "Cloudflare": ([("cf-cache-status", "HIT")], "hit"),
    "Cloudflare, not cached": ([("cf-cache-status", "DYNAMIC")], "miss"),
    "Age alone": ([("age", "31")], "hit"),
    "Age of zero": ([("age", "0")], ""),
    "Age of an answer that a cache did not have": ([("age", "1"), ("x-cache", "MISS")], "miss"),
    "nonsense": ([("x-cache", "white"), ("age", "-4"), ("x-varnish", "x y"), ("x-cache-hits", "many")], ""),
    "nothing": ([("content-type", "text/html")], ""),
}  # fmt: skip


@pytest.mark.parametrize(("headers", "expected"), CACHES.values(), ids=CACHES)
def test_a_hit_is_a_hit_in_every_dialect(headers, expected):
    assert trail_of(tuple(headers)).cache == expected


PLACES = {
    "our own shop": ([("x-served-by", "w1"), ("x-upstream-connection", "c7"), ("x-edge", "FRA")], ("w1", "c7", "FRA")),
    "Fastly": ([("x-served-by", "cache-iad-kiad7000123-IAD, cache-fra-etou8220074-FRA")], ("", "", "FRA")),
    "Cloudflare": ([("cf-ray", "8a1b2c3d4e5f6a7b-DUB")], ("", "", "DUB")),
    "CloudFront": ([("x-amz-cf-pop", "FRA56-P4")], ("", "", "FRA56-P4")),
    "a backend's name": ([("x-backend-server", "app-03")], ("app-03", "", "")),
}


@pytest.mark.parametrize(("headers", "expected"), PLACES.values(), ids=PLACES)
def test_where_an_answer_came_from(headers, expected):
    trail = trail_of(tuple(headers))
    assert (trail.worker, trail.connection, trail.edge) == expected


AGES = [
    ("17", 17),
    ("0", 0),
    ("17, 3", 17),
    ("99999999999999999999", 2**31 - 1),
    ("-1", None),
    ("1.5", None),
    ("²", None),
]


@pytest.mark.parametrize(("text", "expected"), AGES)
def test_an_age_is_seconds(text, expected):
    assert trail_of((("age", text),)).age_seconds == expected


NAMES = ["cache-status", "x-cache", "age", "x-varnish", "x-cache-hits", "x-served-by", "cf-ray", "x-edge"]


@given(st.lists(st.tuples(st.sampled_from(NAMES), st.text(max_size=40)), max_size=4))
def test_whatever_the_headers_say_there_is_an_answer(headers):
    assert trail_of(tuple(headers)).cache in ("hit", "miss", "")
