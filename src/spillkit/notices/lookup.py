"""Ask the DNS.

In:    a name, a type of record; the name servers, or those of this machine.
Out:   records as text, as `preflight.Ask` wants them.
Else:  what they mean is `preflight`.
"""

from __future__ import annotations

from collections.abc import Sequence

import dns.exception
import dns.name
import dns.resolver

from spillkit.notices.preflight import Ask

_SECONDS = 8  # of one question, with everything


def ask_dns(servers: Sequence[str] = (), port: int = 53) -> Ask:
    """Return what asks the DNS.

    servers  IP addresses of name servers; none: those of this machine
    """
    try:
        resolver = dns.resolver.Resolver(configure=not servers)
    except dns.exception.DNSException:  # This machine names no server: nobody can say anything.
        resolver = dns.resolver.Resolver(configure=False)
    if servers:
        resolver.nameservers, resolver.port = list(servers), port
    resolver.lifetime = _SECONDS
    resolver.use_edns(0, 0, 1232)

    def ask(name: str, kind: str) -> Sequence[str] | None:
        try:
            answer = resolver.resolve(dns.name.from_text(name), kind, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return ()
        except (dns.exception.DNSException, UnicodeError, OSError):
            return None
        return [_text(record, kind) for record in answer]

    return ask


def _text(record: object, kind: str) -> str:
    if kind == "TXT":
        strings: tuple[bytes, ...] = getattr(record, "strings", ())
        return b"".join(strings).decode("utf-8", "replace")
    text = str(record)
    return text if text.endswith(" .") else text.rstrip(".")  # The null MX is "0 ."
