"""Whatever is typed, and whatever goes wrong: nothing of the cast is said or written (docs/explanation/privacy.md)."""

from __future__ import annotations

import gzip
import logging
import tempfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from spillkit.cli import COMMANDS, main
from tests.world import ALICE, BOB, Recording, account_page, write_people, write_sessions

# What a recording tells of browsers and servers is no more to be found than what it tells of people.
CLIENT = {"ip": "203.0.113.219", "user_agent": "Mozilla/5.0 (Sweep 7.31; rare device)"}
HANDED_OUT, WORKER, CONNECTION, PAGE_NUMBER = (
    "sess-handed-out-77e1",
    "worker-eu-17.internal",
    "upstream-c4711",
    "918273645",
)
TECHNICAL = (
    CLIENT["ip"],
    CLIENT["user_agent"],
    "rare device",
    HANDED_OUT,
    WORKER,
    CONNECTION,
    PAGE_NUMBER,
    "shop.example/people",
)
VIEWERS = ["--viewer-from", "cookie:sessionid,sessions.csv"]
INPUTS = {
    "customers.csv",
    "sessions.csv",
    "headless.csv",
    "changes.csv",
    "day1.jsonl",
    "cut.jsonl.gz",
    "cut.har",
    "names.jsonl",
    "told.csv",
}
CAMPAIGN = ["--company", "campaign/notices.toml", "--story", "campaign/story.toml"]
STORY = [
    ["init"],
    ["people", "check", "customers.csv"],
    ["people", "check", "headless.csv"],
    ["people", "check", "customers.csv", "--map", f"name={ALICE.name}"],
    ["people", "add", "missing.csv"],
    ["people", "add", "headless.csv"],
    ["people", "add", "customers.csv", "--bad-rows", "bad.csv"],
    ["people", "add", "customers.csv", "--json"],
    ["people", "list"],
    ["scan", "missing.har", *VIEWERS],
    ["scan", "customers.csv", *VIEWERS],
    ["scan", "day1.jsonl", "--viewer-from", "cookie:sessionid,headless.csv"],
    ["scan", "day1.jsonl", "--viewer-from", "cookie:sessionid,customers.csv:value=nothing"],
    ["scan", "day1.jsonl", "cut.jsonl.gz", "cut.har", *VIEWERS, "--sarif", "o.sarif", "--junit", "o.xml"],
    ["scan", "day1.jsonl", *VIEWERS, "--json"],
    ["show", "1"],
    ["show", "1", "--json"],
    ["show", "99"],
    ["show", "1", "--subject", "c_nobody"],
    ["explain", "1", "--subject", ALICE.id],
    ["explain", "1", "--subject", ALICE.id, "--json", "--all"],
    ["explain", "1", "--subject", "c_nobody"],
    ["judge"],
    ["judge", "--json"],
    ["judge", "--rules", "customers.csv"],
    ["judge", "--rules", "missing.toml"],
    ["measure", "--html", "r.html", "--json", "r.json", "--csv", "a.csv"],
    ["measure", "--audience", "authority", "--html", "w.html"],
    ["cause"],
    ["cause", "1"],
    ["cause", "--json"],
    ["cause", "99"],
    ["cause", "--changes", "customers.csv"],
    ["cause", "--changes", "changes.csv"],
    ["measure", "--incident", "1", "--html", "i.html"],
    ["show", "--incident", "1"],
    ["compare", "1", "--with", "r.json"],
    ["compare", "1", "--with", "customers.csv"],
    ["compare", "1", "2", "--json"],
    ["exposures", "--incident", "1"],
    ["decide", "--example"],
    ["decide", "--json"],
    ["decide", "--incident", "1", "--answer", "risk-unlikely=no"],
    ["decide", "--incident", "1", "--answer", ALICE.email],
    ["decide", "--incident", "99"],
    ["decide", "customers.csv"],
    ["decide", "cut.har"],
    ["decide", "missing.toml"],
    ["measure", "--html", "missing/r.html"],
    ["fix", "verify", "--incident", "1"],
    ["fix", "verify", "--incident", "1", "--json"],
    ["fix", "verify", "--incident", "99"],
    ["fix", "verify", "--base-url", "http://127.0.0.1:9", "--identities", "customers.csv", "--incident", "1"],
    ["exposures"],
    ["exposures", "--json"],
    ["exposures", "--finding", "99"],
    ["plant", "--count", "2"],
    ["notify", "lint", "--example"],
    ["notify", "lint", "customers.csv"],
    ["notify", "lint", "customers.csv", "--as", "notice", "--language", "en", "--json"],
    ["notify", "lint", "day1.jsonl", "changes.csv", "--language", "en", "--facts", "customers.csv"],
    ["notify", "lint", "cut.har"],
    ["notify", "lint", "cut.jsonl.gz"],
    ["notify", "lint", "missing.txt"],
    ["notify", "example", "campaign"],
    ["notify", "plan", "told.csv", *CAMPAIGN, "--unread", "en"],
    ["notify", "plan", "told.csv", *CAMPAIGN, "--json"],
    ["notify", "plan", "customers.csv", *CAMPAIGN],
    ["notify", "plan", "cut.jsonl.gz", *CAMPAIGN],
    ["notify", "plan", "told.csv", "--company", "told.csv", "--story", "told.csv"],
    ["notify", "keys", "--company", "campaign/notices.toml", "--json"],
    ["notify", "keys", "--company", "customers.csv"],
    ["notify", "keys", "--company", "campaign/notices.toml", "--entity", ALICE.name],
    ["notify", "preflight", "--company", "campaign/notices.toml", "--address", ALICE.email],
    ["notify", "genuine", "customers.csv"],
    ["notify", "genuine", "--code", ALICE.email],
    ["notify", "plan", "told.csv", *CAMPAIGN, "--known", "customers.csv"],
    ["notify", "plan", "--incident", "1", *CAMPAIGN],
    ["notify", "prepare", "told.csv", *CAMPAIGN, "--unread", "en"],
    ["report", "authority", "--example"],
    ["report", "authority", "--items"],
    ["report", "authority", "--incident", "1", "--json", "authority.json", "--at", "2026-11-22T09:00:00Z"],
    ["report", "authority", "--incident", "1", "--answer", ALICE.email],
    ["report", "authority", "--rule", ALICE.email],
    ["report", "authority", "--entity", ALICE.name],
    ["report", "authority", "--statement", "customers.csv"],
    ["report", "authority", "--earlier", "customers.csv"],
    ["report", "authority", "--from", "missing.json", "--pdf", "authority.pdf"],
    ["report", "authority", "cut.har"],
    ["law", "list"],
    ["law", "list", "--jurisdiction", ALICE.name],
    ["law", "show", "EU"],
    ["law", "show", ALICE.email],
    ["law", "show", "EU", "--books", "."],
    ["law", "check", "--books", "customers.csv"],
    ["law", "diff", ALICE.email],
    ["demo", "--list"],
    ["demo", ALICE.email],
    ["demo", "cdn_cache", "--folder", "."],
    ["serve", "--check"],
    ["serve", "--invite", ALICE.email],
    ["serve", "--new-password", ALICE.email, "--json"],
    ["serve", "--token", ALICE.email],
    ["record", "init", "--name", ALICE.email],
    ["record", "init", "--name", ALICE.name],
    ["record", "init"],
    ["record", "show"],
    ["record", "show", "--case", ALICE.email],
    ["record", "verify"],
    ["record", "key"],
    ["record", "stamp"],
    ["record", "checkpoint", "--json"],
    ["record", "erase", ALICE.email, "--yes"],
    ["prove", "bundle", "all.spillproof"],
    ["prove", "bundle", "case.spillproof", "--case", ALICE.email],
    ["prove", "verify", "all.spillproof", "--key", ALICE.email],
    ["prove", "verify", "customers.csv", "--key", "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"],
    ["doctor"],
    ["key", "rotate"],
    ["people", "forget", BOB.id],
]
# The same once more with another key: every command refuses, or does not need it.
WRONG_KEY = [command for command in STORY if command[0] not in ("init", "key")]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with good and damaged inputs, with temp files of its own."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "temp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temp"))
    write_people(Path("customers.csv"))
    write_sessions(Path("sessions.csv"))
    rows = Path("customers.csv").read_text(encoding="utf-8").splitlines()[1:]
    Path("headless.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    told = [
        f'{one.id},{one.email},{one.name},GB,en,shop-eu,"name, {what}"'
        for one, what in ((ALICE, "e-mail"), (BOB, "shoes"))
    ]
    Path("told.csv").write_text("\n".join(["id,email,name,country,language,entity,fields", *told]), encoding="utf-8")
    Path("changes.csv").write_text(f"time,what\n2026-11-02T11:58:00Z,deploy by {ALICE.email}\n", encoding="utf-8")
    recording = Recording()
    recording.answer(account_page(ALICE), to=ALICE)
    recording.answer(account_page(BOB), to=BOB)
    recording.answer(account_page(ALICE), to=BOB)
    recording.answer(
        account_page(ALICE),
        to=BOB,
        url=f"https://shop.example/people/{ALICE.given}/{ALICE.family}/{ALICE.email}?q={BOB.email}",
    )
    recording.answer(f"<p>{ALICE.name}</p>", to=None, url=f"/wall/{ALICE.phone.replace(' ', '')}")
    recording.answer(account_page(ALICE), to=ALICE, url=f"https://shop.example/people/{PAGE_NUMBER}?token={HANDED_OUT}")
    for line in recording.lines:
        line |= {"client": CLIENT, "worker": WORKER, "connection": CONNECTION, "duration_ms": 12.5}
    told = recording.lines[-1]["response"]["headers"]  # type: ignore[index]
    told += [["set-cookie", f"sessionid={HANDED_OUT}"], ["x-cache", "HIT"], ["x-edge", CLIENT["ip"]]]
    recording.answer(account_page(ALICE), to=BOB)
    recording.lines[-1]["response"]["headers"].append(["set-cookie", f"sessionid={ALICE.cookie}"])  # type: ignore[index]
    text = recording.write(Path("day1.jsonl")).read_bytes()
    Path("cut.jsonl.gz").write_bytes(gzip.compress(text * 50, mtime=0)[:-40])
    Path("cut.har").write_text(f'{{"log": {{"entries": [{{"request": "{ALICE.email}', encoding="utf-8")
    return tmp_path


def _assert_nobody_in(data: bytes, where: str) -> None:
    for person in (ALICE, BOB):
        for number, secret in enumerate(person.secrets):
            assert secret.encode() not in data, f"{where} holds secret {number} of {person.id}"
    for number, secret in enumerate(TECHNICAL):
        assert secret.encode() not in data, f"{where} holds technical secret {number}"


def _type(command: list[str], capfd, caplog) -> int:
    code = main(command)
    said = capfd.readouterr()
    # What somebody typed himself may be said back to him; nothing else.
    typed = [part for part in command if ALICE.name in part]
    assert not typed or ALICE.name not in said.out + said.err, f"{command} says back what was typed"
    _assert_nobody_in((said.out + said.err + caplog.text).encode(), " ".join(command[:3]))
    assert "Traceback" not in said.err
    return code


def test_nothing_of_the_cast_is_said_or_written_whatever_goes_wrong(folder, capfd, caplog):
    caplog.set_level(logging.DEBUG)
    capfd.readouterr()
    codes = [(command[0], _type(command, capfd, caplog)) for command in STORY]
    # `fix` ends with 1, since nothing was recorded after a repair.
    ended_well = {name for name, code in codes if code == 0 or (name, code) == ("fix", 1)}
    assert ended_well == set(COMMANDS), "each command is there with a good end"
    assert {"people", "scan", "show", "explain", "judge", "measure", "exposures", "cause", "compare"} <= {
        n for n, code in codes if code == 2
    }
    Path("spill/key").write_text("00" * 16 + "\n", encoding="ascii")
    for command in WRONG_KEY:
        _type(command, capfd, caplog)
    Path("spill/key").unlink()
    for command in WRONG_KEY:
        _type(command, capfd, caplog)
    files = [path for path in folder.rglob("*") if path.is_file() and path.name not in INPUTS]
    assert len(files) > 15
    for path in files:
        _assert_nobody_in(str(path.relative_to(folder)).encode() + b"\n" + path.read_bytes(), path.name)
        if path.suffix == ".parquet":
            # Compression would hide what stands in the clear.
            _assert_nobody_in(str(pq.read_table(path).to_pydict()).encode(), f"the rows of {path.name}")
    assert {"exchanges.parquet", "sightings.parquet", "corrections.parquet"} <= {path.name for path in files}
    assert list((folder / "temp").iterdir()) == []
