"""`spillkit notify preflight`: will receivers believe that our mails are ours?"""

from __future__ import annotations

import ipaddress
import socket
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from spillkit.cli import EXIT_FINDING, Context
from spillkit.errors import InputError, SettingsError
from spillkit.printed import json_text, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spillkit.notices.company import Company
    from spillkit.notices.preflight import Finding, Sender
    from spillkit.settings import Workspace

_DNS_PORT = 53
_STATES = ("bad", "unknown", "doubtful", "good")  # the worst first


@click.command("preflight")
@click.option(
    "--company", "company_file", type=click.Path(path_type=Path), metavar="FILE", required=True, help="The letterheads."
)
@click.option(
    "--address",
    "addresses",
    multiple=True,
    required=True,
    metavar="IP",
    help="From which your mails reach the internet. More than once for several.",
)
@click.option(
    "--entity", "entities", multiple=True, metavar="ID", help="Only this legal entity. More than once for several."
)
@click.option("--server", default="", metavar="HOST[:PORT]", help="Ask this name server instead of the machine's own.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def preflight(
    context: Context,
    company_file: Path,
    addresses: tuple[str, ...],
    entities: tuple[str, ...],
    server: str,
    as_json: bool,
) -> int:
    """Ask the DNS whether receivers will believe that our mails are ours. Nothing is sent.

    For each sender: may the server send for the domain (SPF), are the signing keys published (DKIM), do they belong to the domain
    that readers see (DMARC), can the domain take answers (MX), has the server a name (PTR). What is bad comes first, each with what
    to do.

    \b
    Examples:
      spillkit notify preflight --company notices.toml --address 192.0.2.25
      spillkit notify preflight --company notices.toml --address 192.0.2.25 --server 9.9.9.9 --json
    \b
    Exit codes: 0 nothing is bad, 1 something is, 2 bad input.
    """
    from spillkit.notices.company import read_company
    from spillkit.notices.lookup import ask_dns
    from spillkit.notices.preflight import State
    from spillkit.notices.preflight import preflight as look

    workspace, company = context.workspace(), read_company(company_file)
    if any(entity not in company.sender for entity in entities):
        known = printable(", ".join(company.letterhead))
        raise InputError(f"--entity: {printable(company_file.name)} has no such sender. There are: {known}.")
    ask = ask_dns(*_server(server)) if server else ask_dns()
    found: dict[str, list[Finding]] = {}
    for entity in entities or company.letterhead:
        sender, missing = _sender(workspace, company, entity, _ips(addresses))
        findings = [*missing, *look(sender, ask)]
        found[entity] = sorted(findings, key=lambda one: _STATES.index(one.state.value))
    is_bad = any(one.state is State.BAD for findings in found.values() for one in findings)
    if as_json:
        senders = [
            {"entity": entity, "findings": [
                {"check": one.check, "state": one.state.value, "sentence": one.sentence} for one in findings]}
            for entity, findings in found.items()
        ]  # fmt: skip
        click.echo(json_text({"senders": senders, "is_bad": is_bad}, indent=2))
    else:
        _print(found)
    return EXIT_FINDING if is_bad else 0


def _print(found: dict[str, list[Finding]]) -> None:
    for entity, findings in found.items():
        click.echo(printable(entity))
        for one in findings:
            click.echo(f"  {one.state.value:<8}  {printable(one.check)}: {printable(one.sentence)}")
        click.echo("")
    states = [one.state.value for findings in found.values() for one in findings]
    click.echo(", ".join(f"{states.count(state)} {state}" for state in _STATES if state in states))


def _sender(
    workspace: Workspace, company: Company, entity: str, addresses: tuple[str, ...]
) -> tuple[Sender, list[Finding]]:
    """Return a sender as receivers will see it, and what is wrong with its keys on this machine."""
    from spillkit.notices.keys import keys_of, signing_domain
    from spillkit.notices.message import address_of
    from spillkit.notices.preflight import Finding, Sender, State

    missing = []
    try:
        keys = keys_of(workspace.root, company, entity)
        if not keys:
            sentence = (
                "Mails of this sender leave unsigned, and large providers refuse them. Run `spillkit notify keys`."
            )
            missing.append(Finding("dkim", State.BAD, sentence))
    except SettingsError as error:
        keys = ()
        missing.append(Finding("dkim", State.BAD, str(error)))
    bounces = address_of(company.sender[entity].bounces).domain
    return Sender(signing_domain(company, entity), bounces, addresses, keys), missing


def _ips(addresses: Sequence[str]) -> tuple[str, ...]:
    try:
        return tuple(str(ipaddress.ip_address(one.strip())) for one in addresses)
    except ValueError:
        raise InputError("--address: takes IP addresses, as 192.0.2.25 or 2001:db8::25.") from None


def _server(text: str) -> tuple[tuple[str, ...], int]:
    """Return the addresses and the port of a name server: 9.9.9.9, [2620:fe::fe]:53, ns.example.org:5353."""
    try:
        if text.count(":") > 1 and not text.startswith("["):
            host, port = text, _DNS_PORT  # IPv6 without brackets has no port behind it.
        else:
            parts = urlsplit(f"//{text}")
            host, port = parts.hostname or "", parts.port or _DNS_PORT
        found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    except (ValueError, OSError, UnicodeError):
        found = []
    if not found:
        raise InputError("--server: no such name server. Write HOST or HOST:PORT, as 9.9.9.9 or 127.0.0.1:5353.")
    return tuple(dict.fromkeys(str(address[0]) for *_rest, address in found)), port
