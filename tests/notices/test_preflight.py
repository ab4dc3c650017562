"""What a domain publishes for its mail: judged from rows, and from a real name server."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spillkit.notices.lookup import ask_dns
from spillkit.notices.preflight import Sender, State, preflight, spf_of
from spillkit.notices.signing import new_keys

OURS = "192.0.2.25"


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    return new_keys(tmp_path_factory.mktemp("keys") / "k", "example.org", "n1")


@pytest.fixture(scope="module")
def zone(keys):
    """A domain at which everything is right."""
    return {
        ("bounce.example.org", "TXT"): ["v=spf1 include:_spf.example.org -all"],
        ("_spf.example.org", "TXT"): ["other", "v=spf1 ip4:192.0.2.0/27 ip6:2001:db8::/32 ~all"],
        ("_dmarc.example.org", "TXT"): ["v=DMARC1; p=reject; rua=mailto:dmarc@example.org"],
        ("example.org", "MX"): ["10 mx.example.org"],
        ("bounce.example.org", "MX"): ["10 mx.example.org"],
        ("mx.example.org", "A"): [OURS],
        ("25.2.0.192.in-addr.arpa", "PTR"): ["mx.example.org"],
        **{(key.name, "TXT"): [key.record] for key in keys},
    }


def asking(zone):
    return lambda name, kind: zone.get((name.lower(), kind), ())


@pytest.fixture(scope="module")
def sender(keys):
    return Sender("example.org", "bounce.example.org", (OURS,), keys)


def states(findings):
    return {finding.check: finding.state for finding in findings}


def test_a_domain_at_which_everything_is_right_is_good(sender, zone):
    findings = preflight(sender, asking(zone))
    assert set(states(findings).values()) == {State.GOOD}
    assert len(findings) == 8


WRONG = {
    "no SPF": ({("bounce.example.org", "TXT"): []}, "spf 192.0.2.25", State.BAD),
    "two SPF records": ({("bounce.example.org", "TXT"): ["v=spf1 -all", "v=spf1 +all"]}, "spf 192.0.2.25", State.BAD),
    "another server": ({("_spf.example.org", "TXT"): ["v=spf1 ip4:198.51.100.1 -all"]}, "spf 192.0.2.25", State.BAD),
    "SPF with macros": (
        {("bounce.example.org", "TXT"): ["v=spf1 exists:%{i}.x.org -all"]},
        "spf 192.0.2.25",
        State.UNKNOWN,
    ),
    "no key": ({("n1-ed._domainkey.example.org", "TXT"): []}, "dkim n1-ed", State.BAD),
    "another key": ({("n1-ed._domainkey.example.org", "TXT"): ["v=DKIM1; k=ed25519; p=AAAA"]}, "dkim n1-ed", State.BAD),
    "a withdrawn key": ({("n1-rsa._domainkey.example.org", "TXT"): ["v=DKIM1; p="]}, "dkim n1-rsa", State.BAD),
    "no key record": ({("n1-rsa._domainkey.example.org", "TXT"): ["hello", "a=b; a=c"]}, "dkim n1-rsa", State.BAD),
    "no DMARC": ({("_dmarc.example.org", "TXT"): []}, "dmarc", State.BAD),
    "two DMARC records": ({("_dmarc.example.org", "TXT"): ["v=DMARC1; p=reject"] * 2}, "dmarc", State.BAD),
    "DMARC asks for nothing": ({("_dmarc.example.org", "TXT"): ["v=DMARC1; p=none"]}, "dmarc", State.DOUBTFUL),
    "DMARC is tried out": ({("_dmarc.example.org", "TXT"): ["v=DMARC1; p=reject; t=y"]}, "dmarc", State.DOUBTFUL),
    "no mail taken": ({("example.org", "MX"): ["0 ."]}, "answers example.org", State.BAD),
    "a server without an address": ({("mx.example.org", "A"): []}, "answers example.org", State.BAD),
    "an address, no MX": (
        {("example.org", "MX"): [], ("example.org", "A"): [OURS]},
        "answers example.org",
        State.DOUBTFUL,
    ),
    "no name": ({("25.2.0.192.in-addr.arpa", "PTR"): []}, "name of 192.0.2.25", State.BAD),
    "a name that leads elsewhere": (
        {("25.2.0.192.in-addr.arpa", "PTR"): ["x.example.net"]},
        "name of 192.0.2.25",
        State.BAD,
    ),
    "the DNS is silent for a key": ({("n1-rsa._domainkey.example.org", "TXT"): None}, "dkim n1-rsa", State.UNKNOWN),
    "the DNS is silent for SPF": ({("_spf.example.org", "TXT"): None}, "spf 192.0.2.25", State.UNKNOWN),
    "the DNS is silent for DMARC": ({("_dmarc.example.org", "TXT"): None}, "dmarc", State.UNKNOWN),
}


@pytest.mark.parametrize(("change", "check", "state"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_named(sender, zone, change, check, state):
    [finding] = [one for one in preflight(sender, asking(zone | change)) if one.check == check]
    assert finding.state is state
    assert "@" not in finding.sentence


def test_a_published_key_may_be_spaced_and_in_another_order(sender, zone, keys):
    record = keys[0].record.replace("v=DKIM1; k=rsa; ", "").replace("; ", " ;\t") + " ; k=rsa; n=a note"
    assert states(preflight(sender, asking(zone | {(keys[0].name, "TXT"): [record]})))["dkim n1-rsa"] is State.GOOD


ALIGNED = {
    "below, by the organization's record": ("mail.example.org", "v=DMARC1; p=reject", State.GOOD),
    "below, strict": ("mail.example.org", "v=DMARC1; p=reject; adkim=s; aspf=s", State.BAD),
    "another company": ("example.net", "v=DMARC1; p=reject", State.BAD),
}


@pytest.mark.parametrize(("domain", "record", "state"), ALIGNED.values(), ids=ALIGNED)
def test_signature_and_envelope_belong_to_the_domain_that_is_seen(sender, zone, domain, record, state):
    seen = Sender(domain, sender.bounce_domain, sender.addresses, sender.keys)
    changed = zone | {("_dmarc.example.org", "TXT"): [record], ("_dmarc.example.net", "TXT"): [record]}
    assert states(preflight(seen, asking(changed)))["alignment"] is state


def test_an_unpublished_key_leaves_the_envelope_alone(sender, zone, keys):
    changed = zone | {(key.name, "TXT"): [] for key in keys}
    assert states(preflight(sender, asking(changed)))["alignment"] is State.DOUBTFUL


def test_companies_below_one_registry_are_not_one(sender, zone):
    seen = Sender("shop.example", sender.bounce_domain, sender.addresses, sender.keys)
    changed = zone | {
        ("_dmarc.example", "TXT"): ["v=DMARC1; p=reject; psd=y"],
        ("_dmarc.org", "TXT"): ["v=DMARC1; psd=y; p=none"],
    }
    found = states(preflight(seen, asking(changed)))
    assert (found["alignment"], found["dmarc"]) == (State.BAD, State.GOOD)


SPF = {
    "a": ({"d": ["v=spf1 a -all"]}, {("d", "A"): [OURS]}, "pass"),
    "a of another, in a network": ({"d": ["v=spf1 a:x.org/28 -all"]}, {("x.org", "A"): ["192.0.2.17"]}, "pass"),
    "mx": ({"d": ["v=spf1 mx -all"]}, {("d", "MX"): ["10 m"], ("m", "A"): [OURS]}, "pass"),
    "exists": ({"d": ["v=spf1 exists:e -all"]}, {("e", "A"): ["127.0.0.2"]}, "pass"),
    "redirect": ({"d": ["v=spf1 redirect=e"], "e": ["v=spf1 ip4:192.0.2.25 -all"]}, {}, "pass"),
    "redirect to nothing": ({"d": ["v=spf1 redirect=e"]}, {}, "permerror"),
    "include that fails does not match": ({"d": ["v=spf1 include:e ?all"], "e": ["v=spf1 -all"]}, {}, "neutral"),
    "include of nothing": ({"d": ["v=spf1 include:e -all"]}, {}, "permerror"),
    "a circle": ({"d": ["v=spf1 include:d -all"]}, {}, "permerror"),
    "eleven questions": ({"d": ["v=spf1 " + "a:x " * 11 + "-all"]}, {("x", "A"): ["198.51.100.1"]}, "permerror"),
    "three questions for nothing": ({"d": ["v=spf1 a:x a:y a:z +all"]}, {}, "permerror"),
    "the first that fits decides": ({"d": ["v=spf1 -ip4:192.0.2.25 +all"]}, {}, "fail"),
    "capitals": ({"d": ["V=SPF1 IP4:192.0.2.25 -ALL"]}, {}, "pass"),
    "nothing fits": ({"d": ["v=spf1"]}, {}, "neutral"),
    "softfail": ({"d": ["v=spf1 ~all"]}, {}, "softfail"),
    "a wrong network": ({"d": ["v=spf1 ip4:192.0.2.999 -all"]}, {}, "permerror"),
    "an unknown word": ({"d": ["v=spf1 ipv4:192.0.2.25 -all"]}, {}, "permerror"),
    "an unknown modifier": ({"d": ["v=spf1 moo=cow ip4:192.0.2.25 -all"]}, {}, "pass"),
    "spf10 is none": ({"d": ["v=spf10 -all"]}, {}, "none"),
    "ptr": ({"d": ["v=spf1 ptr -all"]}, {}, "unknown"),
}


@pytest.mark.parametrize(("texts", "others", "result"), SPF.values(), ids=SPF)
def test_an_spf_record_says(texts, others, result):
    zone = {(name, "TXT"): records for name, records in texts.items()} | others
    assert spf_of(OURS, "d", asking(zone)) == result


def test_an_spf_record_for_the_newer_addresses():
    zone = {("d", "TXT"): ["v=spf1 ip4:192.0.2.0/24 a//64 -all"], ("d", "AAAA"): ["2001:db8::1"]}
    assert spf_of("2001:db8::9", "d", asking(zone)) == "pass"
    assert spf_of("2001:db8:1::9", "d", asking(zone)) == "fail"


@given(
    st.dictionaries(
        st.sampled_from(["d", "_dmarc.d", "e", "d.d"]),
        st.lists(st.text("v=spf1DMARC;:/ %aeipx4-+all.0\x00é", max_size=40)),
    )
)
@settings(max_examples=80, deadline=None)
def test_any_records_give_findings(records):
    def ask(name, kind):
        return records.get(name, ())

    sender = Sender("d.d", "d", (OURS, "2001:db8::1"), ())
    assert len(preflight(sender, ask)) == 8


@pytest.mark.skipif(shutil.which("dnsmasq") is None, reason="Debian's dnsmasq-base is not installed")
def test_the_records_of_a_real_name_server_are_judged_alike(sender, zone, tmp_path):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    lines = [
        "no-resolv",
        "no-hosts",
        "local=/#/",
        f"port={port}",
        "listen-address=127.0.0.1",
        "bind-interfaces",
        "keep-in-foreground",
    ]
    for (name, kind), records in zone.items():
        for record in records:
            parts = ",".join(f'"{record[at : at + 250]}"' for at in range(0, len(record), 250))
            lines.append({
                "TXT": f"txt-record={name},{parts}", "MX": f"mx-host={name},{record.split()[-1]},10",
                "A": f"host-record={name},{record}", "PTR": f"ptr-record={name},{record}",
            }[kind])  # fmt: skip
    (tmp_path / "conf").write_text("\n".join(lines) + "\n")
    command = ["dnsmasq", "-C", str(tmp_path / "conf"), "--pid-file", "--user=", "--group="]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as server:
        try:
            ask = ask_dns(["127.0.0.1"], port)
            waited = time.monotonic() + 10
            while ask("mx.example.org", "A") is None and time.monotonic() < waited:
                time.sleep(0.1)
            assert {one: sorted(ask(*one)) for one in zone} == {one: sorted(records) for one, records in zone.items()}
            assert ask("nothing.example.org", "TXT") == ()
            assert ask("a" * 70 + ".example.org", "TXT") is None
            assert set(states(preflight(sender, ask)).values()) == {State.GOOD}
        finally:
            server.terminate()
