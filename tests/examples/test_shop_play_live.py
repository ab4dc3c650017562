"""The shop that is kept open: faults are turned on and off by hand, and what leaves it holds no mark."""

from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from spillkit.fix.identities import read_identities
from spillkit_shop.__main__ import main
from spillkit_shop.customers import Customer
from spillkit_shop.faults import FAULTS
from spillkit_shop.live import Live, live_shop


@contextmanager
def signed_in(live: Live, customer: Customer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=live.base_url, follow_redirects=True) as client:
        answer = client.post("/login", data={"email": customer.email, "password": live.password(customer)})
        assert answer.status_code == 200
        yield client


def test_a_cached_page_reaches_somebody_else_until_the_rule_is_taken_back():
    with live_shop(("cdn_cache",)) as live:
        alice, bob = live.ordinary_customers(2)
        with signed_in(live, alice) as at_alice, signed_in(live, bob) as at_bob:
            assert alice.email in at_alice.get("/api/me").text
            shown = at_bob.get("/api/me")
            assert alice.email in shown.text
            assert "hit" in shown.headers["cache-status"]
            live.turn_off("cdn_cache")
            assert bob.email in at_bob.get("/api/me").text
            live.turn_on("cdn_cache")
            assert alice.email in at_alice.get("/api/me").text
            assert alice.email in at_bob.get("/api/me").text
            assert "\ue000" not in at_bob.get("/account").text


def test_a_repair_of_handed_over_sessions_ends_them():
    with live_shop(("cached_set_cookie",)) as live:
        alice, bob = live.ordinary_customers(2)
        with signed_in(live, alice) as at_alice, signed_in(live, bob) as at_bob:
            at_alice.get("/cart")
            at_bob.get("/cart")
            assert alice.email in at_bob.get("/api/me").text
            live.turn_off("cached_set_cookie")
            assert at_bob.get("/api/me").status_code == 401


def test_a_fault_that_there_is_not_is_refused():
    with live_shop() as live, pytest.raises(KeyError):
        live.switches.turn("rain", on=True)


def test_serving_writes_identities_that_fix_verify_reads(tmp_path: Path):
    file = tmp_path / "identities.toml"
    process = subprocess.Popen(
        [sys.executable, "-m", "spillkit_shop", "serve", "--port", "0", "--identities", str(file)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        with process.stdout as said:
            base_url = said.readline().split()[4]
            assert base_url.startswith("http://127.0.0.1:")
            assert httpx.get(f"{base_url}/products").status_code == 200
            assert len(read_identities(file, {})) == 2
    finally:
        process.terminate()
        process.wait(20)
    assert all(stat.S_IMODE(secret.stat().st_mode) == 0o600 for secret in tmp_path.glob("*.password"))


def test_the_list_names_every_fault(capsys: pytest.CaptureFixture[str]):
    assert main(["--list"]) == 0
    printed = capsys.readouterr().out
    assert all(name in printed for name in FAULTS)
