"""Measure the room under many people at once: real HTTP clients with sessions, over the pages of one incident, on PostgreSQL.

    .venv/bin/python -m bench.crowd [--people 50] [--rounds 4] [--workers 2] [--sqlite]

A real PostgreSQL from Debian's packages and a real room in a process of its own; the clients are in this process, on the same
machine, and share its cores. Each opens every page of the incident in turn, with a pause of a second or so to read, as people do;
--pause 0 measures how much the room can take.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import nullcontext
from pathlib import Path

PAGES = ("", "duties/", "figures/", "timeline/", "record/", "team/")


def prepare(folder: Path, database: str, events: int, people: int) -> list[str]:
    """Make the incident of `bench.room` in this database, and people who need to know of it; return their session cookies."""
    program = (
        "import sys; from pathlib import Path; from bench.crowd import fill; "
        "fill(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))"
    )
    environment = os.environ | ({"SPILLKIT_DATABASE": database} if database else {})
    command = [sys.executable, "-c", program, str(folder), str(events), str(people)]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.split()


def fill(folder: Path, events: int, people: int) -> None:
    """Print one session cookie for each of some people; in a process of its own, since Django is set up once."""
    from bench.room import prepare as prepare_incident

    prepare_incident(folder, events)
    from datetime import UTC, datetime

    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from spillkit.case import Actor, Role
    from spillkit.case import commands as c
    from spillkit_server.cases import ask, new_id
    from spillkit_server.models import User

    officer = Actor("u_olga", Role.OFFICER)
    for place in range(people):
        user = User(username=f"person{place}", role="officer")
        user.set_unusable_password()
        user.save()
        let_in = c.GrantAccess(id=new_id(), user=user.opaque, role=Role.OFFICER, reason="bench")
        ask(1, [let_in], officer, datetime.now(UTC))
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        print(session.session_key)


def visit(url: str, port: int, session: str, rounds: int, pause: float, took: dict[str, list[float]]) -> None:
    """Be one person: open page after page, and note how long each took, in milliseconds."""
    import httpx

    draw = random.Random(session)
    with httpx.Client(base_url=url, timeout=120, cookies={f"spillkit_session_{port}": session}) as client:
        time.sleep(draw.uniform(0, pause))
        for _ in range(rounds):
            for page in draw.sample(PAGES, len(PAGES)):
                began = time.perf_counter()
                answer = client.get(f"/incidents/1/{page}")
                took[page].append(1000 * (time.perf_counter() - began))
                assert answer.status_code == 200, answer.status_code
                time.sleep(draw.uniform(0.5 * pause, 1.5 * pause))


def measure(folder: Path, database: str, options: argparse.Namespace) -> None:
    """Print p50 and p95 of each page and of all."""
    from tests.server.rooms import free_port

    sessions = prepare(folder, database, options.events, options.people)
    port = free_port()
    environment = (
        os.environ
        | {"SPILLKIT_WORKSPACE": str(folder / "spill")}
        | ({"SPILLKIT_DATABASE": database} if database else {})
    )
    program = [
        sys.executable,
        "-m",
        "spillkit",
        "serve",
        "--no-open",
        "--port",
        str(port),
        "--workers",
        str(options.workers),
    ]
    room = subprocess.Popen(program, env=environment, stdout=subprocess.DEVNULL)
    try:
        import httpx

        url = f"http://localhost:{port}"
        for _ in range(300):
            try:
                if httpx.get(f"{url}/account/login/", timeout=60).status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.2)
        for session in sessions[: 4 * options.workers]:
            visit(url, port, session, 1, 0, {page: [] for page in PAGES})  # Every worker has read its books by then.
        took: dict[str, list[float]] = {page: [] for page in PAGES}
        began = time.perf_counter()
        people = [
            threading.Thread(target=visit, args=(url, port, session, options.rounds, options.pause, took))
            for session in sessions
        ]
        for person in people:
            person.start()
        for person in people:
            person.join()
        seconds = time.perf_counter() - began
    finally:
        room.terminate()
        room.wait(30)
    everything = [each for page in took.values() for each in page]
    kind = "PostgreSQL" if database else "SQLite"
    print(f"{options.people} people at once on {kind}, {options.workers} workers, pause {options.pause} s")
    print(f"{len(everything)} pages in {seconds:.0f} s, on {os.cpu_count()} cores that clients and server share")
    for name, times in [*((f"/incidents/1/{page}", took[page]) for page in PAGES), ("all", everything)]:
        cuts = statistics.quantiles(times, n=20, method="inclusive")
        print(
            f"{name:24} p50 {statistics.median(times):6.0f} ms   p95 {cuts[18]:6.0f} ms   slowest {max(times):6.0f} ms"
        )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--events", type=int, default=200)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--pause", type=float, default=2.0, help="seconds between a person's pages")
    parser.add_argument("--sqlite", action="store_true")
    options = parser.parse_args()
    from tests.server.postgresql import serve_postgresql

    with tempfile.TemporaryDirectory() as folder, nullcontext("") if options.sqlite else serve_postgresql() as database:
        measure(Path(folder), database, options)


if __name__ == "__main__":
    main()
