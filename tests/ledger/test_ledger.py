"""The ledger keeps what it was given: whole or not at all, once, and the same bytes each time."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from spillkit.errors import LedgerError
from spillkit.ledger import ChunkId, Ledger
from spillkit.schemas import COVERAGE, DAMAGES, EXCHANGES, SIGHTINGS
from tests.entitlement.sightings import Seen, table
from tests.ledger.rows import SETTINGS, SOURCE, contents, coverage, record
from tests.world import ALICE, BOB

PAGES = [Seen(BOB.id, entry=entry, start=10 * entry) for entry in range(35)]
CHUNK = ChunkId(SOURCE, SETTINGS, 0, 9)
NO_EXCHANGES = EXCHANGES.empty_table()


def test_what_was_recorded_is_answered(tmp_path):
    ledger = Ledger(tmp_path / "ledger")
    record(ledger, *PAGES)
    [row] = ledger.query("SELECT count(*) AS n, min(entry) AS first, max(entry) AS last FROM sightings").to_pylist()
    assert row == {"n": 35, "first": 0, "last": 34}
    assert ledger.query("SELECT sum(exchanges)::BIGINT AS n FROM coverage")["n"].to_pylist() == [35]
    assert ledger.query("SELECT name, complete, entries FROM sources").to_pylist() == [
        {"name": "day1.har", "complete": True, "entries": 35}
    ]


def test_rows_come_back_as_they_went_in(tmp_path):
    ledger = Ledger(tmp_path / "ledger")
    record(ledger, *PAGES[:3], PAGES[3].but(at=None))
    assert (
        ledger.query("FROM sightings ORDER BY entry").cast(SIGHTINGS).equals(table(*PAGES[:3], PAGES[3].but(at=None)))
    )


def test_an_empty_ledger_answers_with_no_rows(tmp_path):
    ledger = Ledger(tmp_path / "ledger")
    for view in ("sightings", "coverage", "damages", "exposures", "sources"):
        assert ledger.query(f"FROM {view}").num_rows == 0
    assert not (tmp_path / "ledger").exists()


def test_reading_a_recording_twice_changes_nothing(tmp_path):
    ledger = Ledger(tmp_path / "ledger")
    record(ledger, *PAGES)
    before = contents(ledger.path)
    record(ledger, *PAGES)
    assert contents(ledger.path) == before


def test_the_order_in_which_rows_were_found_leaves_no_trace(tmp_path):
    one, other = Ledger(tmp_path / "one"), Ledger(tmp_path / "other")
    record(one, *PAGES)
    record(other, *reversed(PAGES))
    assert contents(one.path) == contents(other.path)


def test_a_scan_with_other_settings_replaces_the_one_before_only_when_it_is_done(tmp_path):
    ledger = Ledger(tmp_path / "ledger")
    record(ledger, *PAGES)
    other = "ef" * 16
    ledger.begin_source(SOURCE, name="day1.har", path="day1.har", format="har", file_bytes=1000, settings=other)
    ledger.record_chunk(
        ChunkId(SOURCE, other, 0, 9), table(PAGES[0]), NO_EXCHANGES, coverage(10), DAMAGES.empty_table()
    )
    assert ledger.query("FROM sightings").num_rows == 35
    assert [source.source for source in ledger.open_sources()] == [SOURCE]
    ledger.finish_source(SOURCE, settings=other, entries=10)
    assert ledger.query("FROM sightings").num_rows == 1
    assert ledger.open_sources() == []
    assert not (ledger.path / "parts" / SOURCE / SETTINGS).exists()


def test_a_recording_half_read_counts_as_far_as_it_was_read(tmp_path):
    ledger = Ledger(tmp_path / "ledger")
    ledger.begin_source(SOURCE, name="day1.har", path="day1.har", format="har", file_bytes=1000, settings=SETTINGS)
    ledger.record_chunk(CHUNK, table(*PAGES[:10]), NO_EXCHANGES, coverage(10), DAMAGES.empty_table())
    assert ledger.query("FROM sightings").num_rows == 10
    assert not ledger.is_scanned(SOURCE, SETTINGS)


def test_two_writers_are_kept_apart(tmp_path):
    ledger = Ledger(tmp_path / "ledger")
    with ledger.writing():
        ask = subprocess.run(
            [sys.executable, "-c", f"from pathlib import Path; from spillkit.ledger import Ledger\n"
             f"with Ledger(Path({str(ledger.path)!r})).writing(): pass"],
            capture_output=True, text=True, env={**os.environ, "PYTHONPATH": "src"},
        )  # fmt: skip
    assert ask.returncode == 1
    assert "another scan or judge is writing to this ledger" in ask.stderr


def test_a_reader_is_not_kept_waiting_by_a_writer(tmp_path):
    ledger = Ledger(tmp_path / "ledger")
    record(ledger, *PAGES)
    with ledger.writing():
        assert Ledger(ledger.path).query("FROM sightings").num_rows == 35


def test_a_damaged_part_is_an_error_with_advice(tmp_path):
    ledger = Ledger(tmp_path / "ledger")
    record(ledger, *PAGES)
    part = ledger.part_files("sightings")[0]
    part.write_bytes(part.read_bytes()[:100])
    with pytest.raises(LedgerError, match="scan the recording it belongs to again"):
        ledger.query("SELECT count(*) FROM sightings WHERE subject = 'x'")


def test_a_damaged_manifest_is_an_error_with_advice(tmp_path):
    ledger = Ledger(tmp_path / "ledger")
    record(ledger, *PAGES)
    (ledger.sources_dir / f"{SOURCE}.json").write_text("{")
    with pytest.raises(LedgerError, match="Restore it from a backup"):
        ledger.sources()


def test_a_full_disk_leaves_nothing_half_written(tmp_path):
    ledger = Ledger(tmp_path / "ledger")
    record(ledger, *PAGES[:10])
    before = contents(ledger.path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200, hard))
    try:
        with pytest.raises(LedgerError, match="run the same command again"):
            ledger.record_chunk(
                ChunkId(SOURCE, SETTINGS, 10, 19),
                table(*PAGES[10:20]),
                NO_EXCHANGES,
                coverage(10),
                DAMAGES.empty_table(),
            )
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    assert contents(ledger.path) == before


def test_a_place_that_may_not_be_written_to_is_an_error_with_advice(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(LedgerError, match="Mend that"):
        record(Ledger(tmp_path / "file" / "ledger"), *PAGES)


def test_rows_of_another_shape_are_refused(tmp_path):
    with pytest.raises(LedgerError, match="other columns"):
        Ledger(tmp_path).record_chunk(CHUNK, table(*PAGES[:3]), NO_EXCHANGES, table(*PAGES[:3]), DAMAGES.empty_table())
    assert COVERAGE.names != SIGHTINGS.names


def test_questions_cannot_leave_the_ledger(tmp_path):
    (tmp_path / "secret.csv").write_text("a\n1\n")
    ledger = Ledger(tmp_path / "ledger")
    record(ledger, *PAGES[:1])
    with ledger.database() as connection, pytest.raises(Exception, match="Cannot access file"):
        connection.sql(f"FROM read_csv('{tmp_path / 'secret.csv'}')").fetchall()


WRITER = """
import sys
from pathlib import Path
from tests.ledger.rows import record
from tests.entitlement.sightings import Seen
from spillkit.entitlement import Rules
from spillkit.ledger import Ledger, judge
ledger = Ledger(Path(sys.argv[1]))
record(ledger, *(Seen("c_bob", entry=entry, start=10 * entry) for entry in range(60)), chunk_entries=2)
judge(ledger, Rules())
print("done")
"""


def run_writer(folder: Path, kill_after_s: float | None = None) -> bool:
    """Run a whole scan and judgement in a process of its own; kill it after a while. Return whether it ended by itself."""
    started = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": "src:."},
    )
    if kill_after_s is not None:
        parts = folder / "parts"
        deadline = time.monotonic() + 60
        while not parts.exists() and started.poll() is None and time.monotonic() < deadline:
            time.sleep(0.001)
        time.sleep(kill_after_s)
        started.kill()
    out, err = started.communicate(timeout=120)
    assert kill_after_s is not None or started.returncode == 0, err.decode()
    return out.strip() == b"done"


@pytest.mark.slow
def test_killed_at_any_moment_and_run_again_the_ledger_is_the_same(tmp_path):
    run_writer(tmp_path / "whole")
    expected = contents(tmp_path / "whole")
    killed = 0
    for number in range(8):
        folder = tmp_path / f"killed-{number}"
        killed += not run_writer(folder, kill_after_s=0.005 + 0.04 * number)
        run_writer(folder)
        assert contents(folder) == expected
    assert killed >= 4  # Otherwise the moments were chosen badly and the test shows nothing.


def test_names_of_nobody_are_in_the_files(tmp_path):
    ledger = Ledger(tmp_path / "ledger")
    record(ledger, *PAGES)
    everything = b"".join(contents(ledger.path).values())
    assert not any(secret.encode() in everything for secret in (*ALICE.secrets, *BOB.secrets))
