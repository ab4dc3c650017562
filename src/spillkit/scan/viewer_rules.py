"""Tell staff, partners, crawlers and signed-out visitors from customers by what the rules file says of them.

In:    [[viewers]] of rules.toml, an exchange's request, ids found elsewhere.
Out:   ViewerRule values, and the viewer one of them makes.
Else:  sessions, tokens and tables are `viewers`; reading the file is `entitlement.rules_file`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from spillkit.model import Channel, Exchange, ViewerKind

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

SESSION_HEADERS = ("authorization", "proxy-authorization")


@dataclass(frozen=True, slots=True, repr=False)
class ViewerRule:
    """Who is of one kind. A viewer matches by any one of the conditions given."""

    id: str
    kind: ViewerKind
    name: str  # stands in the viewer id where no id of a person is known: "staff:<name>"
    ids: frozenset[str] = frozenset()  # ids as they come out of a session, token, header or column
    prefix: str = ""  # of such ids
    networks: tuple[Network, ...] = ()  # client addresses
    user_agents: tuple[str, ...] = ()  # parts of the user agent, any case; anybody can claim one
    mail_domains: frozenset[str] = frozenset()  # of a message's addressee, lower case
    no_cookie: frozenset[str] = frozenset()  # none of these cookies and no Authorization: signed out

    def __repr__(self) -> str:
        """The same text for the same rule in every process: the settings' digest is made of it, and sets have no order."""
        values = ((name, getattr(self, name)) for name in self.__dataclass_fields__)
        ordered = ((name, sorted(value) if isinstance(value, frozenset) else value) for name, value in values)
        return f"ViewerRule({', '.join(f'{name}={value!r}' for name, value in ordered)})"

    def holds_id(self, viewer_id: str) -> bool:
        """Return whether an id found elsewhere belongs to this kind."""
        return viewer_id in self.ids or (self.prefix != "" and viewer_id.startswith(self.prefix))


class RequestRules:
    """The rules that look at the request itself, ready to be asked for every exchange."""

    def __init__(self, rules: Sequence[ViewerRule]) -> None:
        self._by_network = [rule for rule in rules if rule.networks]
        self._by_agent = [(part.lower(), rule) for rule in rules for part in rule.user_agents]
        self._signed_out = [rule for rule in rules if rule.no_cookie]
        self._by_domain = {domain: rule for rule in rules for domain in rule.mail_domains}
        # Addresses repeat; reading one costs more than all the rest.
        self._network_of = lru_cache(maxsize=65536)(self._find_network)
        self._agent_of = lru_cache(maxsize=65536)(self._find_agent)

    def match(self, exchange: Exchange, cookies: Collection[str]) -> tuple[ViewerRule | None, str]:
        """Return the rule this request matches, and the name of a known crawler ("" if it is none).

        cookies  names of the cookies the request carries
        """
        request = exchange.request
        if request.client_ip and self._by_network:
            rule = self._network_of(request.client_ip)
            if rule is not None:
                return rule, ""
        if request.user_agent:
            rule, crawler = self._agent_of(request.user_agent)
            if rule is not None or crawler:
                return rule, crawler
        if exchange.channel is Channel.HTTP and self._signed_out:
            authorized = any(name in SESSION_HEADERS for name, _ in request.headers)
            for rule in self._signed_out:
                if not authorized and rule.no_cookie.isdisjoint(cookies):
                    return rule, ""
        return None, ""

    def match_domain(self, domain: str) -> ViewerRule | None:
        """Return the rule for a message's addressee by the domain of the address, or None."""
        return self._by_domain.get(domain)

    def _find_network(self, address: str) -> ViewerRule | None:
        try:
            place = ipaddress.ip_address(address.strip("[]").partition("%")[0])
        except ValueError:
            return None
        if isinstance(place, ipaddress.IPv6Address) and place.ipv4_mapped is not None:
            place = place.ipv4_mapped
        for rule in self._by_network:
            if any(place in network for network in rule.networks):
                return rule
        return None

    def _find_agent(self, user_agent: str) -> tuple[ViewerRule | None, str]:
        lowered = user_agent.lower()
        for part, rule in self._by_agent:
            if part in lowered:
                return rule, ""
        for part, crawler in known_crawlers():
            if part in lowered:
                return None, crawler
        return None, ""


@lru_cache(maxsize=1)
def known_crawlers() -> tuple[tuple[str, str], ...]:
    """Return the shipped list: part of the user agent in lower case, name of the crawler.

    Anybody can send such a user agent: who must be sure checks the client's address as the engine's page describes.
    Source  the pages named in viewer_crawlers.tsv, third column
    """
    text = resources.files("spillkit.scan").joinpath("viewer_crawlers.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    return tuple((part.lower(), name) for part, name, _source in rows)
