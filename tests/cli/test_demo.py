"""`spillkit demo`, as a process of its own: it ends on the incident that it told of, in the open room."""

from __future__ import annotations

import os
import pty
import re
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.server.rooms import PASSWORD, Somebody, free_port

STORY = "cdn_cache"
_HIDDEN = """import importlib.util
find_spec = importlib.util.find_spec
importlib.util.find_spec = lambda name, *more: None if name == {!r} else find_spec(name, *more)
"""
_LINK = re.compile(r"(http://localhost:\d+)(/start/\S+)")


@contextmanager
def demo(
    folder: Path, *options: str, at_terminal: bool = False, without: str = ""
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Run the demo; give it and where what it prints can be read."""
    surroundings = {
        name: value for name, value in os.environ.items() if not name.startswith(("SPILLKIT_", "DISPLAY", "WAYLAND"))
    }
    surroundings |= {"SPILLKIT_PORT": str(free_port()), "PYTHONUNBUFFERED": "1"}
    if without:  # Python reads this file as it starts; it hides one package, as if it were not installed.
        (folder / "sitecustomize.py").write_text(_HIDDEN.format(without), encoding="utf-8")
        surroundings["PYTHONPATH"] = os.pathsep.join(filter(None, [str(folder), surroundings.get("PYTHONPATH")]))
    ours, its = pty.openpty() if at_terminal else os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-m", "spillkit", "demo", STORY, "--folder", str(folder / "demo"), *options],
        stdin=its if at_terminal else subprocess.DEVNULL, stdout=its, stderr=its, env=surroundings, start_new_session=True,
    )  # fmt: skip
    os.close(its)
    try:
        yield process, ours
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(15)
        os.close(ours)


def said_until(words: str, said_at: int, seconds: float = 120) -> str:
    """Read what is printed until it holds these words, or ends."""
    said, until = "", time.monotonic() + seconds
    while words not in said and time.monotonic() < until:
        if not select.select([said_at], [], [], 1)[0]:
            continue
        try:
            read = os.read(said_at, 65536)
        except OSError:  # The other end of a terminal was closed.
            break
        if not read:
            break
        said += read.decode("utf-8", "replace")
    return said


def until_it_answers(port: int, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)


@pytest.mark.slow
@pytest.mark.parametrize("at_terminal", [False, True], ids=["asked for", "at a terminal"])
def test_the_demo_ends_in_the_room_on_its_incident(tmp_path, at_terminal):
    with demo(tmp_path, *([] if at_terminal else ["--serve"]), at_terminal=at_terminal) as (process, said_at):
        said = said_until("End it with Ctrl-C", said_at)
        found = _LINK.search(said)
        assert found, said
        until_it_answers(int(found[1].rpartition(":")[2]))
        assert process.poll() is None
        visitor = Somebody(found[1])
        answer = visitor.post(found[2], username="olga", password1=PASSWORD, password2=PASSWORD)
        assert (answer.status_code, answer.headers["location"]) == (302, "/incidents/1/")
        page = visitor.get("/incidents/1/").text
        visitor.http.close()
        assert len(re.findall(r'id="question-\d+"', page)) == 14
        [people] = re.findall(r"incident 1 .* people (\d+)", said)[:1]
        assert f"{people} confirmed" in page, "the room counts whom the demo counted"


@pytest.mark.slow
def test_a_script_gets_the_demo_without_the_room_and_everybody_is_told_once(tmp_path):
    with demo(tmp_path, "--no-serve", "--tell") as (process, said_at):
        said = said_until("never printed by anything", said_at)
        assert process.wait(10) == 0, said
    assert "Done in" in said
    assert "End it with Ctrl-C" not in said
    [people] = re.findall(r"incident 1 .* people (\d+)", said)[:1]
    caught = [path.read_bytes() for path in (tmp_path / "demo" / "caught" / "new").iterdir()]
    assert len(caught) == int(people)
    to = {re.search(rb"^Delivered-To: (.+)\r$", mail, re.MULTILINE)[1].decode() for mail in caught}
    assert len(to) == len(caught)
    assert "Ours. This code stands in a notice of ours." in said
    assert not [address for address in to if address in said]
    assert not (tmp_path / "demo" / "spill" / "room").exists(), "the room of the demo is as empty as a new one"


@pytest.mark.slow
def test_where_the_room_is_not_installed_the_demo_says_how_to_get_it(tmp_path):
    with demo(tmp_path, at_terminal=True, without="granian") as (process, said_at):
        said = said_until("pip install", said_at)
        assert process.wait(10) == 0, said
        assert "The incident room is not installed" in said
