"""The appending process is killed at any moment, again and again: nothing is lost, nothing is there twice."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time

import pytest

from spillkit.record import open_record
from spillkit.settings import open_workspace
from tests.record.conftest import entry

KILLS = 20

# Appends numbers in batches of many sizes, says each place that it was told, and begins at the first number not yet said.
APPENDER = """
import sys
from pathlib import Path
from spillkit.record import open_record, Private
from spillkit.settings import open_workspace
from tests.record.conftest import entry

record = open_record(open_workspace(Path(sys.argv[1])))
number, seed = int(sys.argv[2]), int(sys.argv[3])
print("ready", flush=True)
while True:
    count = 1 + (number * 7 + seed) % 90
    batch = [entry(one) for one in range(number, number + count)]
    batch[0] = record.persons.seal(batch[0], [Private("c_1", "value", str(number))])
    places = record.append(batch)
    print(*places, flush=True)
    number += count
"""


@pytest.mark.slow
def test_twenty_kills_lose_nothing_and_double_nothing(record, workspace):
    chance = random.Random(6962)
    said: list[int] = []
    for _ in range(KILLS):
        process = subprocess.Popen(
            [sys.executable, "-c", APPENDER, str(workspace.root), str(len(said)), "5"],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(chance.uniform(0, 0.4))
        process.send_signal(signal.SIGKILL)
        lines = process.stdout.read().splitlines(keepends=True)
        process.wait()
        for line in lines:
            if line.endswith("\n"):
                said += map(int, line.split())

    again = open_record(open_workspace(workspace.root))
    assert again.verify().size == len(again) >= len(said) > 100
    # What was said to be kept is kept, where it was said; and numbers went on without a gap, so each is there once.
    assert said == list(range(len(said)))
    assert [one.id for one in again.entries()] == [f"e-{number}" for number in range(len(again))]
    again.append([entry(len(again))])
    again.verify()
    # Nothing is left of the files that were on their way.
    assert list((record.folder / "draft").iterdir()) == []
    assert json.dumps(
        sorted(path.name for path in record.folder.iterdir() if "sqlite-" not in path.name)
    ) == json.dumps(["draft", "lock", "log", "persons.sqlite", "places.sqlite"])
