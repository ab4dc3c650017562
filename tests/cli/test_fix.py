"""`spillkit fix verify`, as typed, against real servers."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import msgspec
import pytest

from spillkit.cli import main
from spillkit.fix.plan import Bounds
from spillkit.scope.measurement import FixProof
from tests.fix.servers import COOKIE, Shop, served
from tests.fix.stories import REPAIRED, VIEWERS, answer, clean_hour, workspace, write, write_identities
from tests.world import ALICE, BOB, account_page

FIXED = ["--fixed-at", "2026-11-02T13:00:00Z"]


@pytest.fixture
def scanned(tmp_path, monkeypatch, capsys):
    """A workspace in which Alice was shown to Bob for an hour."""
    monkeypatch.chdir(tmp_path)
    workspace()
    write_identities(monkeypatch)
    monkeypatch.setattr(
        "spillkit.fix.plan.Bounds", partial(Bounds, bursts=2, pairs=4)
    )  # Fewer requests, the same order.
    capsys.readouterr()
    return capsys


def scan(name, answers):
    write(name, answers)
    assert main(["scan", name, *VIEWERS]) == 0


def verify(shop, *more):
    return main(
        ["fix", "verify", "--base-url", shop.base, "--identities", "identities.toml", "--rate", "1000", *FIXED, *more]
    )


def test_a_repair_is_proven_by_asking_again_and_by_later_traffic(scanned):
    scan("day2.jsonl", clean_hour(80))
    scanned.readouterr()
    with served(Shop()) as shop:
        assert verify(shop) == 0
    out = scanned.readouterr().out
    assert "\nproven\n" in out
    assert "0 crossed" in out
    assert "80 answers that could have shown it, 0 exposed, at most 3.68 % at 95 %" in out


def test_with_the_fault_still_there_it_is_not_proven(scanned):
    scan("day2.jsonl", clean_hour(80))
    with served(Shop("cache")) as shop:
        assert verify(shop) == 1
    out = scanned.readouterr().out
    assert "not fixed:" in out
    assert "Asked again, the fault is still there: GET /account/summary" in out


def test_later_traffic_that_exposes_somebody_disproves_it(scanned):
    scan("day2.jsonl", [*clean_hour(80), answer(REPAIRED.replace(hour=14), account_page(ALICE), BOB)])
    with served(Shop()) as shop:
        # What is exposed since is another incident by its time, and still speaks against the repair of the first.
        assert verify(shop, "--incident", "1") == 1
    assert "still expose people (GET /account/summary: 1 of 81)" in scanned.readouterr().out


def test_without_a_server_nothing_is_sent_and_nothing_proven(scanned):
    scan("day2.jsonl", clean_hour(80))
    assert main(["fix", "verify", *FIXED]) == 1
    out = scanned.readouterr().out
    assert "Nothing was asked again. Give --base-url" in out
    assert "asked again: nothing was sent" in out


def test_without_later_traffic_it_says_how_much_is_needed(scanned):
    with served(Shop()) as shop:
        assert verify(shop) == 1
        assert "Nothing was recorded since the repair" in scanned.readouterr().out
        scan("day2.jsonl", clean_hour(6))
        scanned.readouterr()
        assert verify(shop, "--json") == 1
    said = json.loads(scanned.readouterr().out)
    assert said["verdict"] == "not yet proven"
    more = said["rates"]["answers_more"]
    assert f"about {more} more" in said["proof"]["not_yet"][0]
    scan("day3.jsonl", clean_hour(more, REPAIRED.replace(hour=15)))
    with served(Shop()) as shop:
        assert verify(shop) == 0


def test_refused_answers_since_the_repair_prove_nothing(scanned):
    refused = [answer(REPAIRED.replace(minute=minute), "<p>error</p>", BOB, status=500) for minute in range(1, 60)]
    scan("day2.jsonl", refused)
    with served(Shop()) as shop:
        assert verify(shop) == 1
    assert "Nothing was recorded since the repair" in scanned.readouterr().out


def test_the_proof_is_kept_for_the_report(scanned):
    scan("day2.jsonl", clean_hour(80))
    with served(Shop()) as shop:
        assert verify(shop) == 0
    proof = msgspec.json.decode(Path("spill/fix.json").read_bytes(), type=FixProof)
    assert (proof.proven, proof.replay_crossed, proof.later_answers, proof.later_exposed) == (True, 0, 80, 0)
    scanned.readouterr()
    assert main(["measure"]) == 0
    assert "Yes: " in scanned.readouterr().out


def test_nothing_of_the_cast_is_said_or_kept(scanned):
    scan("day2.jsonl", clean_hour(80))
    before = {path for path in Path().rglob("*") if path.is_file()}
    for fault in ("", "cache", "race"):
        with served(Shop(fault)) as shop:
            verify(shop)
            verify(shop, "--json")
    said = "".join(scanned.readouterr())
    written = b"".join(path.read_bytes() for path in Path().rglob("*") if path.is_file() and path not in before)
    assert written
    for secret in (*ALICE.secrets, *BOB.secrets):
        assert secret not in said
        assert secret.encode() not in written


def test_the_recorded_host_is_never_asked(scanned):
    scan("day2.jsonl", clean_hour(80))
    with served(Shop()) as recorded, served(Shop()) as shop:
        # The same story, recorded at a host that is really there.
        text = Path("day1.jsonl").read_text(encoding="utf-8").replace("https://shop.example", recorded.base)
        Path("day0.jsonl").write_text(text, encoding="utf-8")
        assert main(["scan", "day0.jsonl", *VIEWERS]) == 0
        verify(shop)
    assert recorded.asked == []
    assert {target for _, target, _ in shop.asked} == {"/account/summary"}
    assert {cookie for _, _, cookie in shop.asked} == {"", f"{COOKIE}={ALICE.cookie}", f"{COOKIE}={BOB.cookie}"}


def test_a_recording_that_was_moved_is_named(scanned):
    scan("day2.jsonl", clean_hour(80))
    Path("day1.jsonl").rename("archive.jsonl")
    with served(Shop()) as shop:
        assert verify(shop) == 2
        assert "day1.jsonl is no longer where it was: name it with --recording" in scanned.readouterr().err
        assert shop.asked == []
        assert verify(shop, "--recording", "archive.jsonl") == 0
        assert verify(shop, "--recording", "customers.csv") == 2


BASE = ["--base-url", "http://127.0.0.1:1"]
WHO = ["--identities", "identities.toml"]
REFUSED = {
    "a server without identities": (BASE, "--base-url needs --identities"),
    "identities without a server": (WHO, "--identities needs --base-url"),
    "no server at all": (["--base-url", "shop", *WHO], "name a server like"),
    "a password in the address": (["--base-url", "http://a:b@shop", *WHO], "leave out user, password"),
    "a time without a zone": (["--fixed-at", "2026-11-02 13:00"], "write the time with its zone"),
    "a method that is none": (["--allow-method", "GE T"], "name one method"),
    "no such incident": (["--incident", "7"], "There is no incident 7"),
    "no such file": ([*BASE, "--identities", "nobody.toml"], "there is no such file"),
}


@pytest.mark.parametrize(("arguments", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_done_is_said(scanned, arguments, words):
    assert main(["fix", "verify", *arguments]) == 2
    assert words in scanned.readouterr().err


def test_identities_who_may_see_each_other_are_refused(scanned):
    Path("household.csv").write_text(f"viewer,subject\n{ALICE.id},{BOB.id}\n", encoding="utf-8")
    with Path("spill/rules.toml").open("a", encoding="utf-8") as rules:
        rules.write('[[relations]]\ntable = "../household.csv"\nfields = ["*"]\nreason = "they live together"\n')
    assert main(["fix", "verify", *BASE, *WHO]) == 2
    assert "anna and ben may see each other by a rule" in scanned.readouterr().err


def test_an_identity_who_is_no_customer_is_refused(scanned):
    text = Path("identities.toml").read_text(encoding="utf-8").replace(BOB.id, "c_nobody")
    Path("identities.toml").write_text(text, encoding="utf-8")
    assert main(["fix", "verify", *BASE, *WHO]) == 2
    err = scanned.readouterr().err
    assert "Identity ben: its subject is not in the customer list" in err


def test_without_an_incident_there_is_nothing_to_check(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["init"]) == 0
    assert main(["fix", "verify"]) == 2
    assert "Nothing was scanned yet" in capsys.readouterr().err
