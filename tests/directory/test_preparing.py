"""Rows prepared by several processes are the rows prepared by one; a killed command leaves no worker behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from spillkit.directory import map_source, open_source
from spillkit.directory.persons import Preparer
from spillkit.directory.preparing import prepare_here, prepare_workers
from spillkit.directory.survey import usable_rows
from tests.directory.conftest import Desk
from tests.world import write_people

SOURCE = Path(__file__).parents[2] / "src"


def test_workers_give_what_one_process_gives(desk: Desk) -> None:
    mapped = map_source(open_source(str(write_people(desk.folder / "people.csv"))))
    [usable] = usable_rows(mapped, None, None)
    tasks = [(Preparer(mapped.mapping), usable.rows.slice(n % 2, 1)) for n in range(7)]
    with prepare_workers(2) as prepare:
        shared = list(prepare(iter(tasks)))
    alone = list(prepare_here(iter(tasks)))
    assert [done.values for done in shared] == [done.values for done in alone]
    assert [done.traits.country for done in shared] == [["FR"], ["DE"]] * 3 + [["FR"]]


SLEEPERS = """
import time
from spillkit.directory.preparing import prepare_workers
from spillkit.directory.persons import Preparer
from spillkit.directory.mapping import Mapping, Column, Role
import pyarrow as pa
def main():
    rows = pa.RecordBatch.from_arrays([pa.array(["c_1"])], names=["id"])
    preparer = Preparer(Mapping((Column("id", Role.ID),)))
    with prepare_workers(2) as prepare:
        for number, _ in enumerate(prepare((preparer, rows) for _ in range(10**9))):
            if number == 5:
                print("running", flush=True)
if __name__ == "__main__":
    main()
"""


def children_of(session: int) -> list[int]:
    listing = subprocess.run(["ps", "-o", "pid=", "-s", str(session)], capture_output=True, text=True, check=False)
    return [int(pid) for pid in listing.stdout.split()]


def test_workers_end_when_the_command_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "sleepers.py"
    script.write_text(SLEEPERS)
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    command = subprocess.Popen(
        [sys.executable, str(script)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert command.stdout is not None
    assert command.stdout.readline() == b"running\n"
    assert len(children_of(command.pid)) >= 3
    os.kill(command.pid, signal.SIGKILL)
    command.wait()
    command.stdout.close()
    deadline = time.monotonic() + 30
    while children_of(command.pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert children_of(command.pid) == []
