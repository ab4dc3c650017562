"""`spillkit notify keys` and `preflight`: keys that are made once, records to publish, and whether they are."""

from __future__ import annotations

import json
import re
import stat

import pytest

from spillkit.cli import main
from spillkit.notices import lookup
from spillkit.notices.company import read_company
from spillkit.notices.keys import public_records, signers_of
from spillkit.settings import open_workspace

OURS = "192.0.2.25"


@pytest.fixture
def company(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["init"]) == 0
    assert main(["notify", "example", "campaign"]) == 0
    return tmp_path / "campaign" / "notices.toml"


def with_selector(company, selector="n1"):
    said = company.read_text(encoding="utf-8")
    said = re.sub(r'\nselector = ".*"', "", said)
    company.write_text(f'{said.rstrip()}\nselector = "{selector}"\n', encoding="utf-8")


def run(company, *options):
    return main(["notify", *options, "--company", str(company)])


def test_a_sender_without_a_selector_is_asked_to_name_one(company, capsys):
    said = company.read_text(encoding="utf-8")
    company.write_text(re.sub(r'\nselector = ".*"', "", said), encoding="utf-8")
    assert run(company, "keys") == 1
    assert "Add  selector =" in capsys.readouterr().err
    assert not (company.parent.parent / "spill" / "notices").exists()


def test_keys_are_made_once_and_their_records_are_printed_again(company, capsys):
    with_selector(company)
    capsys.readouterr()
    assert run(company, "keys") == 0
    first = capsys.readouterr().out
    assert run(company, "keys", "--json") == 0
    records = json.loads(capsys.readouterr().out)["records"]
    assert [(one["name"], one["made"]) for one in records] == [
        ("n1-rsa._domainkey.shop.example", False), ("n1-ed._domainkey.shop.example", False),
    ]  # fmt: skip
    printed = {
        line.split(" ")[0]: "".join(re.findall(r'"([^"]*)"', line)) for line in first.splitlines() if '"' in line
    }
    assert printed == {f"{one['name']}.": one["text"] for one in records}
    assert "PRIVATE" not in first
    folder = company.parent.parent / "spill" / "notices" / "keys" / "shop-eu"
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == stat.S_IMODE(folder.parent.stat().st_mode) == 0o700


def test_old_keys_stay_ours_when_a_new_selector_is_named(company):
    root = open_workspace(None).root
    for selector in ("n1", "n2"):
        with_selector(company, selector)
        assert run(company, "keys") == 0
    assert len(public_records(root)) == 4
    assert set(signers_of(root, read_company(company))) == {"shop-eu"}


def test_half_a_pair_of_keys_is_never_completed_with_another(company, capsys):
    with_selector(company)
    assert run(company, "keys") == 0
    (company.parent.parent / "spill" / "notices" / "keys" / "shop-eu" / "n1-ed.shop.example.pem").unlink()
    assert run(company, "keys") == 2
    assert "one of the two keys of n1" in capsys.readouterr().err


def test_two_entities_that_send_from_one_domain_have_selectors_of_their_own(company, capsys):
    with_selector(company)
    said = company.read_text(encoding="utf-8")
    company.write_text(said + said.replace("version = 1", "").replace("shop-eu", "shop-us"), encoding="utf-8")
    assert run(company, "keys") == 2
    assert "selector of its own" in capsys.readouterr().err


HOSTILE = {
    "a folder above": "../x",
    "capitals": "N1",
    "two lines": "n1\\nx",
    "a semicolon": "n1;t=y",
    "long": "n" * 70,
}


@pytest.mark.parametrize("selector", HOSTILE.values(), ids=HOSTILE)
def test_a_selector_that_no_zone_takes_is_refused(company, selector, capsys):
    with_selector(company, selector)
    assert run(company, "keys") == 2
    assert "a selector of small letters" in capsys.readouterr().err
    assert not list((company.parent.parent / "spill").rglob("*.pem"))


def test_an_entity_is_a_folder_of_its_own_whatever_it_is_called(company):
    with_selector(company)
    said = company.read_text(encoding="utf-8")
    for number, name in enumerate(("../../up", "..", "Shop Europe S.à r.l.")):
        renamed = said.replace("letterhead.shop-eu", f'letterhead."{name}"').replace(
            "sender.shop-eu", f'sender."{name}"'
        )
        company.write_text(renamed.replace('"n1"', f'"n{number}"'), encoding="utf-8")
        assert run(company, "keys") == 0
    folder = company.parent.parent / "spill" / "notices" / "keys"
    assert len(list(folder.iterdir())) == 3
    assert len(list((company.parent.parent).rglob("*.pem"))) == len(list(folder.rglob("*.pem"))) == 6


def published(company, capsys):
    """What a name server says once everything is right, but for DMARC."""
    capsys.readouterr()
    assert run(company, "keys", "--json") == 0
    keys = json.loads(capsys.readouterr().out)["records"]
    return {
        ("bounce.shop.example", "TXT"): [f"v=spf1 ip4:{OURS} -all"],
        ("_dmarc.shop.example", "TXT"): ["v=DMARC1; p=none"],
        ("shop.example", "MX"): ["10 mx.shop.example"],
        ("bounce.shop.example", "MX"): ["10 mx.shop.example"],
        ("mx.shop.example", "A"): [OURS],
        ("25.2.0.192.in-addr.arpa", "PTR"): ["mx.shop.example"],
        **{(one["name"], "TXT"): [one["text"]] for one in keys},
    }


def test_what_is_published_is_judged_and_what_is_bad_comes_first(company, capsys, monkeypatch):
    with_selector(company)
    zone = published(company, capsys)
    asked = []

    def ask_dns(servers=(), port=53):
        asked.append((*servers, port))
        return lambda name, kind: zone.get((name, kind), ())

    monkeypatch.setattr(lookup, "ask_dns", ask_dns)
    assert run(company, "preflight", "--address", OURS, "--server", "127.0.0.1:5353") == 0
    said = capsys.readouterr().out
    assert "doubtful  dmarc: " in said.splitlines()[1]
    assert "good      dkim n1-rsa: " in said
    del zone[("n1-rsa._domainkey.shop.example", "TXT")]
    assert run(company, "preflight", "--address", OURS, "--server", "[::1]", "--json") == 1
    found = json.loads(capsys.readouterr().out)
    assert found["is_bad"]
    [sender] = found["senders"]
    assert [one["state"] for one in sender["findings"]][:3] == ["bad", "doubtful", "good"]
    assert sender["findings"][0]["check"] == "dkim n1-rsa"
    assert asked == [("127.0.0.1", 5353), ("::1", 53)]


def test_a_sender_that_cannot_sign_is_bad(company, capsys, monkeypatch):
    monkeypatch.setattr(lookup, "ask_dns", lambda *_server: lambda _name, _kind: None)
    with_selector(company)
    assert run(company, "preflight", "--address", OURS) == 1
    assert "the signing key is missing. Make it with `spillkit notify keys`" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--address", "mail.example"), "takes IP addresses"),
        (("--address", OURS, "--server", "127.0.0.1:port"), "no such name server"),
        (("--address", OURS, "--server", "127.0.0.1:99999"), "no such name server"),
        (("--address", OURS, "--entity", "x\x1b[2J"), "has no such sender"),
        ((), "Missing option '--address'"),
    ],
)
def test_options_that_cannot_be_meant_are_refused(company, options, said, capsys):
    assert run(company, "preflight", *options) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "\x1b" not in error
