"""Slow down a network that sends too many questions, and nobody else.

In:    the client's network, the time.
Out:   may the question be taken now?
Else:  what is answered otherwise is `application`.

A token bucket for each network (an IPv4 /24, an IPv6 /48), in memory, of each process for itself. Nothing is counted by address
or code: nobody can use up what another person may ask. Networks are forgotten when their bucket is full again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network
BURST = 60.0  # questions that a network may send at once: a mobile carrier brings many people through one
PER_SECOND = 1.0
_MOST = 100_000  # networks that are remembered; of more, those that were quiet for longest are forgotten


class Throttle:
    """Counts questions by network."""

    def __init__(self, burst: float = BURST, per_second: float = PER_SECOND) -> None:
        self._burst, self._per_second = burst, per_second
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()  # network: tokens, seconds
        self._lock = threading.Lock()

    def may_pass(self, network: str, now: float) -> bool:
        """Take one token of a network, if it has one.

        network  as `network_of` says; "" (nobody knows where it came from) always passes
        now      seconds of a clock that never goes back
        """
        if not network:
            return True
        with self._lock:
            tokens, at = self._left.pop(network, (self._burst, now))
            tokens = min(self._burst, tokens + (now - at) * self._per_second)
            may = tokens >= 1
            self._left[network] = (tokens - 1 if may else tokens, now)
            if len(self._left) > _MOST:
                self._left.popitem(last=False)
        return may


def network_of(peer: str, forwarded: str, proxies: tuple[Network, ...]) -> str:
    """Return the network that a question came from; "" where nobody can say.

    peer       address of the other end of the connection
    forwarded  the header X-Forwarded-For
    proxies    networks of the company's own proxies; only what one of them says is believed. Of the addresses in the header the
               last that is no proxy of ours counts: whatever stands before it may have been made up.

    >>> network_of("127.0.0.1", "6.6.6.6, 203.0.113.9", (ip_network("127.0.0.1"),))
    '203.0.113.0/24'
    >>> network_of("198.51.100.7", "6.6.6.6", ())
    '198.51.100.0/24'
    """
    hops = [*(forwarded[-1000:].split(",") if forwarded else []), peer]
    while hops:
        try:
            address = ip_address(hops.pop().strip().strip("[]"))
        except ValueError:
            return ""
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        if not any(address in network for network in proxies):
            return str(ip_network((address, 24 if address.version == 4 else 48), strict=False))
    return ""  # Our own proxy asked, and names nobody.
