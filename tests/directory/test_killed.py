"""Killed at any moment, a workspace holds the old people or the new ones, never half of each."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from spillkit.directory import Directory
from spillkit.settings import create_workspace, open_workspace

STATES = ("example.org", "example.net")


def write_list(folder: Path, domain: str) -> Path:
    path = folder / f"{domain}.csv"
    rows = [f"c_{n},Person{n} Number{n},p{n}@{domain}" for n in range(300)]
    path.write_text("id,name,email\n" + "\n".join(rows) + "\n")
    return path


def spillkit(root: Path, *arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "spillkit", "-w", str(root), *arguments]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
    )


def domains_found(root: Path) -> set[str]:
    """Which of the two states the workspace is in: everybody must be in the same."""
    directory = Directory.open(open_workspace(root))
    assert directory.size == 300
    scanner = directory.scanner()
    return {d for n in range(300) for d in STATES if len(scanner.scan([f"p{n}@{d}".encode()]))}


def kill_after(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Kill the process and all it started; return whether it had not ended by itself."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return True
    assert process.returncode == 0, process.stderr.read().decode() if process.stderr else ""
    return False


@pytest.mark.slow
@pytest.mark.parametrize("command", ["people add", "key rotate"])
def test_kill_9_leaves_the_old_state_or_the_new_one(tmp_path: Path, command: str) -> None:
    root = tmp_path / "spill"
    create_workspace(root)
    lists = [write_list(tmp_path, domain) for domain in STATES]
    started = time.monotonic()
    assert not kill_after(spillkit(root, "people", "add", str(lists[0])), 60)
    whole = time.monotonic() - started
    chance = random.Random(7)
    killed = 0
    for attempt in range(10):
        arguments = ["people", "add", str(lists[attempt % 2])] if command == "people add" else ["key", "rotate"]
        killed += kill_after(spillkit(root, *arguments), whole * chance.uniform(0.3, 1.0))
        assert len(domains_found(root)) == 1
    assert killed >= 3
    assert not kill_after(spillkit(root, "people", "add", str(lists[1])), 60)
    assert domains_found(root) == {STATES[1]}
    # What killed runs left behind is gone after a whole one.
    assert len(list((root / "index").iterdir())) == 1
    assert len(list((root / "directory").glob("subjects-*"))) == 1


@pytest.mark.parametrize("step", ["write_manifest", "write_subjects", "remove_strays", "key file"])
def test_a_rotation_that_dies_at_any_step_still_opens(
    tmp_path: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from spillkit.directory import Wishes, adding, manifest, rekeying
    from spillkit.directory.index import map_source
    from spillkit.directory.manifest import Places
    from spillkit.directory.reading import open_source

    workspace = create_workspace(tmp_path / "spill")
    places = Places(workspace.directory_dir, workspace.index_dir)
    adding.add_people(places, workspace.key(), [map_source(open_source(str(write_list(tmp_path, STATES[0]))))])

    class PowerCut(BaseException):
        """Nothing catches it, as nothing catches kill -9."""

    def cut(*arguments: object) -> None:
        raise PowerCut

    calls = {"write_manifest": (adding, "write_manifest"), "write_subjects": (adding, "write_subjects"),
             "remove_strays": (manifest, "remove_strays"), "key file": (rekeying, "finish_rotation")}  # fmt: skip
    with monkeypatch.context() as patch:
        module, name = calls[step]
        if step == "key file":
            finish, done = rekeying.finish_rotation, []

            def second_time(at: object) -> None:
                done.append(at)
                if len(done) == 2:
                    raise PowerCut
                finish(at)  # type: ignore[arg-type]

            patch.setattr(module, name, second_time)
        else:
            patch.setattr(module, name, cut)
        with pytest.raises(PowerCut):
            rekeying.rotate_key(workspace, bytes(range(16)), Wishes())
    assert domains_found(workspace.root) == {STATES[0]}
    rekeying.rotate_key(workspace, bytes(range(16, 32)), Wishes())
    assert workspace.key() == bytes(range(16, 32))
    assert domains_found(workspace.root) == {STATES[0]}
