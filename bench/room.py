"""Measure how long the server takes for the pages of an incident with hundreds of events.

    .venv/bin/python -m bench.room [--events 500]

SQLite, one process, no network: Django's own client. The incident's facts are those of 12 countries and every book of law.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

COUNTRIES = ("IE", "FR", "DE", "IT", "ES", "GB", "CH", "JP", "KR", "SG", "CA", "AU")
ROUNDS = 15


def prepare(folder: Path, events: int) -> None:
    """Make a workspace and, in its room, a case with many events."""
    subprocess.run(
        [sys.executable, "-m", "spillkit", "-w", str(folder / "spill"), "init"], check=True, capture_output=True
    )
    os.environ["SPILLKIT_WORKSPACE"] = str(folder / "spill")
    from spillkit_server import start

    start.set_up(os.environ)
    from spillkit.case import Actor, Role
    from spillkit.case import commands as c
    from spillkit.law.facts import Entity, Facts, Population
    from spillkit_server.cases import ask, new_id, open_case
    from spillkit_server.deciding import decide_again
    from spillkit_server.models import User

    user = User(username="olga", role="officer", opaque="u_olga")
    user.set_password("not used here")
    user.save()
    actor, now = Actor("u_olga", Role.OFFICER), datetime.now(UTC)
    people = tuple(
        Population(entity=entity, country=country, people=7_000, fields=("name", "email"), account="consumer")
        for entity in ("shop", "outlet")
        for country in COUNTRIES
    )
    entities = (
        Entity(id="shop", established=("IE",), main_establishment="IE"),
        Entity(id="outlet", established=("GB",)),
    )
    facts = Facts(version=1, incident="1", entities=entities, populations=people)
    opening = c.OpenCase(id=new_id(), case="case-bench", title="Bench")
    number = open_case(opening, [c.ChangeFacts(id=new_id(), seen=1, facts=facts, why="bench")], actor, now)
    decide_again(number, actor, now)
    for place in range(events - 3):
        ask(number, [c.AddNote(id=new_id(), words=f"note {place}")], actor, now + timedelta(seconds=place))


def measure() -> None:
    """Print the time of each page: median and slowest of some rounds, in milliseconds."""
    from django.test import Client

    from spillkit_server.models import EventRow, User

    client = Client(headers={"host": "localhost"})
    client.force_login(User.objects.get(username="olga"), backend="allauth.account.auth_backends.AuthenticationBackend")
    print(f"{EventRow.objects.count()} events, {EventRow.objects.filter(is_recorded=True).count()} in the record")
    for name in ("", "duties/", "figures/", "timeline/", "record/", "team/"):
        took = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            answer = client.get(f"/incidents/1/{name}")
            took.append(1000 * (time.perf_counter() - began))
            assert answer.status_code == 200, answer.status_code
        middle, slowest, size = statistics.median(took), max(took), len(answer.content)
        print(f"/incidents/1/{name:10} median {middle:5.0f} ms   slowest {slowest:5.0f} ms   {size:>9,} bytes")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=500)
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder), parser.parse_args().events)
        measure()


if __name__ == "__main__":
    main()
