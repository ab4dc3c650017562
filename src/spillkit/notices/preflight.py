"""Say before anything is sent whether receivers will believe that our mails are ours.

In:    the sender's addresses and keys; `Ask`, which reads records of the DNS.
Out:   Findings: one for each thing that receivers look at, with what to do.
Else:  asking the DNS over a network is `lookup`; signing is `signing`.

What receivers look at: that the domain's own record lets our server send (SPF), that the key with which we sign is published
(DKIM), that one of both belongs to the domain which a reader sees, and that the domain says what to do with mails of which neither
is so (DMARC); that the domain can take answers; that our server's address has a name which leads back to it.

SPF is judged as far as can be done without a receiver: for our address and our envelope's sender. A record with macros depends on
the receiver and is said to be unknown.

Source: RFC 7208 (SPF), RFC 6376 (DKIM), RFC 9989 (DMARC, which replaced RFC 7489), RFC 5321 section 5 (MX), RFC 7505 (null MX),
RFC 8601 section 2.7.3 (iprev).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from spillkit.notices.signing import DkimKey

# Takes a name and a type (TXT, MX, A, AAAA, PTR); returns the records: TXT joined, MX as "10 mx.example.org", names without a dot
# at the end. An empty sequence: there is none. None: nobody can say now.
Ask = Callable[[str, str], Sequence[str] | None]

_MAX_LOOKUPS, _MAX_VOID, _MAX_NAMES = 10, 2, 10  # RFC 7208, section 4.6.4
_MAX_WALK = 8  # RFC 9989, section 4.10


class State(StrEnum):
    """How one thing stands."""

    GOOD = "good"
    DOUBTFUL = "doubtful"  # mails arrive, but some receivers will doubt them
    BAD = "bad"  # many receivers will refuse our mails or call them unwanted
    UNKNOWN = "unknown"  # the DNS did not answer, or only a receiver can tell


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one thing."""

    check: str  # "spf", "dkim a-rsa", "alignment", "dmarc", "answers", "name of 192.0.2.1"
    state: State
    sentence: str  # what is so, and what to do; holds domains and no mail address


@dataclass(frozen=True, slots=True)
class Sender:
    """From where and as whom we send."""

    from_domain: str  # which a reader sees
    bounce_domain: str  # of the envelope's sender
    addresses: tuple[str, ...]  # IP addresses from which mails leave
    keys: tuple[DkimKey, ...]


def preflight(sender: Sender, ask: Ask) -> tuple[Finding, ...]:
    """Return a finding for each thing that receivers look at."""
    spf = [spf_of(address, sender.bounce_domain, ask) for address in sender.addresses]
    keys = [_key(key, ask) for key in sender.keys]
    return (
        *(_spf_finding(address, result) for address, result in zip(sender.addresses, spf, strict=True)),
        *keys,
        *_dmarc(sender, all(result == "pass" for result in spf), [key.state is State.GOOD for key in keys], ask),
        _answers(sender.from_domain, ask),
        *([_answers(sender.bounce_domain, ask)] if sender.bounce_domain != sender.from_domain else []),
        *(_reverse(address, ask) for address in sender.addresses),
    )


# ── SPF ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def spf_of(address: str, domain: str, ask: Ask) -> str:
    """Return what a receiver's check of SPF comes to.

    address  IP address of the sending server
    domain   of the envelope's sender
    Returns  "pass", "fail", "softfail", "neutral", "none", "permerror", "temperror"; "unknown" where macros decide
    Source   RFC 7208, section 4
    """
    try:
        return _Spf(ipaddress.ip_address(address), ask).check(domain.lower())
    except _SpfEndsError as ended:
        return ended.result


class _SpfEndsError(Exception):
    def __init__(self, result: str) -> None:
        super().__init__(result)
        self.result = result


_RESULTS = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}
_TERM = re.compile(
    r"([+?~-]?)([A-Za-z][A-Za-z0-9_.-]*)(?:([:=])([^\s/]*(?:/(?=[^\d/])[^\s/]*)*))?((?:/\d{1,3})?(?://\d{1,3})?)"
)


class _Spf:
    """One check: counts its questions, since a receiver gives up after ten."""

    def __init__(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address, ask: Ask) -> None:
        self._address, self._ask_dns = address, ask
        self._lookups = self._void = 0

    def check(self, domain: str) -> str:
        texts = self._ask(domain, "TXT", is_counted=False)
        records = [text for text in texts if re.match(r"(?i)v=spf1(?: |$)", text)]
        if not records:
            return "none"
        if len(records) > 1:
            raise _SpfEndsError("permerror")
        redirect = ""
        for word in records[0].split()[1:]:
            term = _TERM.fullmatch(word) if "%" not in word else None
            if term is None:
                if ":" not in word and "=" in word:
                    continue  # A modifier that only explains.
                raise _SpfEndsError("unknown" if "%" in word else "permerror")
            sign, name, between, value, cidr = term.groups()
            if between == "=":
                redirect = value if name.lower() == "redirect" else redirect
            elif self._matches(name.lower(), value or "", cidr, domain):
                return _RESULTS[sign or "+"]
        if redirect:
            self._count()
            result = self.check(redirect.lower())
            return "permerror" if result == "none" else result
        return "neutral"

    def _matches(self, name: str, value: str, cidr: str, domain: str) -> bool:
        if name == "all":
            return True
        if name in ("ip4", "ip6"):
            return self._is_in(value + cidr)
        if name == "include":
            self._count()
            result = self.check(value.lower())
            if result == "none":
                raise _SpfEndsError("permerror")
            return result == "pass"
        if name == "a":
            self._count()
            return self._has_address(value or domain, cidr)
        if name == "mx":
            self._count()
            hosts = _hosts(self._ask(value or domain, "MX"))
            if len(hosts) > _MAX_NAMES:
                raise _SpfEndsError("permerror")
            return any(self._has_address(host, cidr) for host in hosts)
        if name == "exists":
            self._count()
            return bool(self._ask(value, "A"))
        if name == "ptr":  # Not to be used any more (section 5.5), and only a receiver can tell what its DNS says.
            raise _SpfEndsError("unknown")
        raise _SpfEndsError("permerror")

    def _has_address(self, host: str, cidr: str) -> bool:
        four, _, six = cidr.partition("//")
        kind, bits = ("A", four.lstrip("/") or "32") if self._address.version == 4 else ("AAAA", six or "128")
        return any(self._is_in(f"{record}/{bits}") for record in self._ask(host, kind))

    def _is_in(self, network: str) -> bool:
        try:
            return self._address in ipaddress.ip_network(network, strict=False)
        except ValueError:
            raise _SpfEndsError("permerror") from None

    def _count(self) -> None:
        self._lookups += 1
        if self._lookups > _MAX_LOOKUPS:
            raise _SpfEndsError("permerror")

    def _ask(self, name: str, kind: str, *, is_counted: bool = True) -> Sequence[str]:
        records = self._ask_dns(name.rstrip("."), kind)
        if records is None:
            raise _SpfEndsError("temperror")
        if not records and is_counted:
            self._void += 1
            if self._void > _MAX_VOID:
                raise _SpfEndsError("permerror")
        return records


def _spf_finding(address: str, result: str) -> Finding:
    sentences = {
        "pass": (State.GOOD, f"The domain's SPF record lets {address} send."),
        "none": (State.BAD, f"There is no SPF record for the envelope's sender. Publish one that holds {address}."),
        "neutral": (State.DOUBTFUL, f"The SPF record says nothing about {address}. Add it."),
        "softfail": (State.BAD, f"The SPF record does not hold {address}, and receivers will doubt our mails. Add it."),
        "fail": (State.BAD, f"The SPF record forbids {address} to send. Add it, or send from another server."),
        "permerror": (
            State.BAD,
            "The SPF record is wrong or needs more than ten questions: receivers take it for none. Mend it.",
        ),
        "temperror": (State.UNKNOWN, "The DNS did not answer for the SPF record. Try again."),
        "unknown": (State.UNKNOWN, "The SPF record has macros or ptr: only a receiver can tell what it says."),
    }
    state, sentence = sentences[result]
    return Finding(f"spf {address}", state, sentence)


# ── DKIM ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _key(key: DkimKey, ask: Ask) -> Finding:
    """Return whether the public half of a key is published as it is (RFC 6376, section 3.6.1)."""
    check, records = f"dkim {key.selector}", ask(key.name, "TXT")
    if records is None:
        return Finding(check, State.UNKNOWN, f"The DNS did not answer for {key.name}. Try again.")
    found = [
        tags for record in records if (tags := _tags(record)) and "p" in tags and tags.get("v", "DKIM1") == "DKIM1"
    ]
    if not found:
        return Finding(
            check, State.BAD, f"There is no key at {key.name}. Publish the record that `spillkit notify keys` prints."
        )
    if len(found) > 1:
        return Finding(check, State.BAD, f"There are several keys at {key.name}, and receivers take any. Leave ours.")
    [tags] = found
    ours = _tags(key.record)
    if not tags["p"]:
        return Finding(check, State.BAD, f"The key at {key.name} was withdrawn. Make new keys under another selector.")
    if tags["p"] != ours["p"] or tags.get("k", "rsa") != ours["k"]:
        return Finding(
            check, State.BAD, f"The key at {key.name} is another one: no signature of ours will be right. Publish ours."
        )
    if "y" in tags.get("t", "").split(":"):
        return Finding(check, State.DOUBTFUL, f"The key at {key.name} says that it is a test (t=y). Take that out.")
    if "h" in tags and "sha256" not in tags["h"].split(":"):
        return Finding(check, State.BAD, f"The key at {key.name} does not allow SHA-256 (h=). Take that out.")
    return Finding(check, State.GOOD, f"The key at {key.name} is ours.")


def _tags(record: str) -> dict[str, str]:
    """Return the tags of a record as `a=b; c=d`, without white space; {} if it is none (RFC 6376, section 3.2)."""
    tags: dict[str, str] = {}
    for part in record.split(";"):
        name, equals, value = part.partition("=")
        if part.strip() and (not equals or name.strip() in tags):
            return {}
        if part.strip():
            tags[name.strip()] = "".join(value.split())
    return tags


# ── DMARC ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _dmarc(sender: Sender, is_spf_good: bool, are_keys_good: list[bool], ask: Ask) -> tuple[Finding, ...]:
    policy, organization = _policy_of(sender.from_domain, ask)
    if policy is None:
        sentence = f"The DNS did not answer for the DMARC record of {sender.from_domain}. Try again."
        return (Finding("dmarc", State.UNKNOWN, sentence),)

    def is_aligned(domain: str, mode: str) -> bool:
        if domain == sender.from_domain or mode == "s":
            return domain == sender.from_domain
        return bool(organization) and _policy_of(domain, ask)[1] == organization

    by_spf = is_spf_good and is_aligned(sender.bounce_domain, policy.get("aspf", "r"))
    signed = [
        is_good and is_aligned(key.domain, policy.get("adkim", "r")) for key, is_good in zip(sender.keys, are_keys_good)
    ]
    return (_alignment(sender, any(signed), by_spf), _asks_for(sender.from_domain, policy))


def _alignment(sender: Sender, is_signed: bool, is_spf: bool) -> Finding:
    if is_signed:
        behind = "and the envelope's sender belong" if is_spf else "belongs"
        return Finding("alignment", State.GOOD, f"The signature {behind} to {sender.from_domain}.")
    if is_spf:
        return Finding(
            "alignment", State.DOUBTFUL, "Only the envelope's sender belongs to the domain that readers see: a mail that is sent "
            "on will be doubted. Publish the keys under that domain.",
        )  # fmt: skip
    return Finding(
        "alignment", State.BAD, f"Neither a published key nor the envelope's sender belongs to {sender.from_domain}, which readers "
        "see. Sign with a key of that domain.",
    )  # fmt: skip


def _asks_for(domain: str, policy: dict[str, str]) -> Finding:
    if not policy:
        return Finding(
            "dmarc", State.BAD, f"{domain} has no DMARC record: anybody can send fakes in its name, and large providers refuse "
            "much mail without one. Publish one.",
        )  # fmt: skip
    asked = policy.get("p", "none").lower()
    if asked in ("quarantine", "reject") and policy.get("t", "n") != "y":
        return Finding("dmarc", State.GOOD, f"Receivers are asked to {asked} mails that are not from {domain}.")
    return Finding(
        "dmarc", State.DOUBTFUL, f"The DMARC record asks for nothing (p=none, or a test): fakes in the name of {domain} arrive. "
        "Ask for quarantine before the notices go out.",
    )  # fmt: skip


def _policy_of(domain: str, ask: Ask) -> tuple[dict[str, str] | None, str]:
    """Return the DMARC record that counts for a domain, and its organizational domain, found by walking up the DNS.

    Returns  None where the DNS did not answer; {} where there is no record
    Source   RFC 9989, section 4.10: the walk instead of a list of public suffixes
    """
    labels = domain.lower().split(".")
    names = [".".join(labels[start:]) for start in range(len(labels))]
    if len(names) > _MAX_WALK:
        names = [names[0], *names[-(_MAX_WALK - 1) :]]
    records: dict[str, dict[str, str]] = {}
    organization = ""
    for name in names:
        texts = ask(f"_dmarc.{name}", "TXT")
        if texts is None:
            return None, ""
        found = [tags for text in texts if re.match(r"v\s*=\s*DMARC1\s*(?:;|$)", text) and (tags := _tags(text))]
        if len(found) != 1:  # Several are none.
            continue
        records[name] = found[0]
        if found[0].get("psd") == "y" and name != names[0]:  # A registry's: the organization is one label below.
            organization = ".".join(labels[-(name.count(".") + 2) :])
            break
        organization = name
        if found[0].get("psd") == "n":
            break
    policy = records.get(names[0])
    if policy is None:
        policy = dict(records.get(organization) or records.get(organization.partition(".")[2]) or {})
        policy |= {"p": policy["sp"]} if "sp" in policy else {}  # What it asks for of domains below it.
    return policy, organization


# ── Answers, and the name of the server ──────────────────────────────────────────────────────────────────────────────────────────


def _answers(domain: str, ask: Ask) -> Finding:
    """Return whether a domain can take mail: receivers refuse what nobody could answer."""
    check, servers = f"answers {domain}", ask(domain, "MX")
    if servers is None:
        return Finding(check, State.UNKNOWN, f"The DNS did not answer for {domain}. Try again.")
    hosts = _hosts(servers)
    if hosts == [""]:
        return Finding(
            check, State.BAD, f"{domain} says that it takes no mail (null MX): receivers refuse what comes from it."
        )
    reachable = [host for host in hosts or [domain] if ask(host, "A") or ask(host, "AAAA")]
    if not reachable:
        return Finding(
            check, State.BAD, f"No server takes mail for {domain}: answers and bounces are lost. Publish an MX."
        )
    if not hosts:
        return Finding(check, State.DOUBTFUL, f"{domain} has no MX record, only an address. Publish an MX.")
    return Finding(check, State.GOOD, f"{domain} takes mail.")


def _hosts(records: Sequence[str]) -> list[str]:
    """Return the names in MX records; "" for the null MX."""
    return [record.split()[-1].rstrip(".") for record in records if record.strip()]


def _reverse(address: str, ask: Ask) -> Finding:
    """Return whether the server's address has a name that leads back to it."""
    ip = ipaddress.ip_address(address)
    names = ask(ip.reverse_pointer, "PTR")
    check = f"name of {address}"
    if names is None:
        return Finding(check, State.UNKNOWN, f"The DNS did not answer for the name of {address}. Try again.")
    kind = "A" if ip.version == 4 else "AAAA"
    back = {record for name in names[:_MAX_NAMES] for record in ask(name.rstrip("."), kind) or ()}
    if any(_same_address(record, ip) for record in back):
        return Finding(check, State.GOOD, f"{address} has a name that leads back to it.")
    what = "has a name that does not lead back to it" if names else "has no name"
    return Finding(
        check, State.BAD, f"{address} {what}: large providers refuse its mail. Have its owner set the PTR record."
    )


def _same_address(text: str, ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    try:
        return ipaddress.ip_address(text) == ip
    except ValueError:
        return False
