"""Who asks too often waits; nobody else does."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from spillkit_portal.throttle import Throttle, network_of

OURS = (ip_network("127.0.0.0/8"), ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
NETWORKS = {
    "direct": ("198.51.100.7", "", "198.51.100.0/24"),
    "direct, with a made-up header": ("198.51.100.7", "203.0.113.9", "198.51.100.0/24"),
    "through our proxy": ("127.0.0.1", "203.0.113.9", "203.0.113.0/24"),
    "through two of ours": ("127.0.0.1", "203.0.113.9, 10.1.1.1", "203.0.113.0/24"),
    "made up before our proxy's word": ("127.0.0.1", "6.6.6.6, 203.0.113.9", "203.0.113.0/24"),
    "six": ("127.0.0.1", "2001:db8:aa:bb::1", "2001:db8:aa::/48"),
    "four in six": ("::ffff:198.51.100.7", "", "198.51.100.0/24"),
    "nobody says": ("127.0.0.1", "", ""),
    "nonsense": ("127.0.0.1", "alice@example.org", ""),
    "a socket": ("", "", ""),
    "endless": ("127.0.0.1", "1.1.1.1," * 9999 + "203.0.113.9", "203.0.113.0/24"),
}


@pytest.mark.parametrize(("peer", "forwarded", "network"), NETWORKS.values(), ids=NETWORKS)
def test_a_question_counts_for_the_network_that_it_came_from(peer, forwarded, network):
    assert network_of(peer, forwarded, OURS) == network


def test_a_network_that_asks_too_often_waits_and_no_other_does():
    throttle = Throttle(burst=3, per_second=0.5)
    assert [throttle.may_pass("a", 0.0) for _ in range(5)] == [True, True, True, False, False]
    assert throttle.may_pass("b", 0.0)
    assert not throttle.may_pass("a", 1.9)
    assert throttle.may_pass("a", 2.0)
    assert all(throttle.may_pass("", 0.0) for _ in range(100))


def test_waiting_is_over_however_long_somebody_went_on():
    throttle = Throttle(burst=3, per_second=1)
    for second in range(1000):
        for _ in range(10):
            throttle.may_pass("a", float(second))
    assert throttle.may_pass("a", 1001.0)
