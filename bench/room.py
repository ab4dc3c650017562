"""Measure how long the server takes for the pages of an incident with a million exposures and hundreds of events in the record.

    .venv/bin/python -m bench.room [--events 500] [--exposures 1000000]

SQLite, one process, no network: Django's own client. The exposures stand in a real ledger, are judged and measured, and brought
into the room as a person would; every book of law is asked. The bar of issue 4 is 150 ms for the page of the incident.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bench.report import machine

if TYPE_CHECKING:
    from spillkit.case import Actor

COUNTRIES = ("IE", "FR", "DE", "IT", "ES", "GB", "CH", "JP", "KR", "SG", "CA", "AU")
ROUNDS = 15
PEOPLE = 20_000  # in the customer list; each is shown many times


def prepare(folder: Path, events: int, exposures: int = 0) -> None:
    """Make a workspace whose ledger holds so many exposures, and in its room the case of them with so many events.

    exposures  0: no ledger; the case's facts are then those of twelve countries, typed in
    """
    from bench import commands

    workspace = commands.make_workspace(folder / "spill")
    if exposures:
        from bench.pipeline import fill_ledger

        listed = commands.customers_csv(folder / "customers.csv", PEOPLE)
        commands.spillkit(workspace, "people", "add", str(listed))
        fill_ledger(workspace / "ledger", PEOPLE, exposures)
        commands.spillkit(workspace, "judge")
    os.environ["SPILLKIT_WORKSPACE"] = str(workspace)
    from spillkit_server import start

    start.set_up(os.environ)
    from spillkit.case import Actor, Role
    from spillkit.case import commands as c
    from spillkit_server.bringing import bring_in
    from spillkit_server.cases import ask, new_id, read_case
    from spillkit_server.models import User

    user = User(username="olga", role="officer", opaque="u_olga")
    user.set_password("not used here")
    user.save()
    actor = Actor("u_olga", Role.OFFICER)
    number = bring_in(None, actor, title="Bench").number if exposures else _typed_in(actor)
    now = datetime.now(UTC)
    for place in range(events - read_case(number).version):
        ask(number, [c.AddNote(id=new_id(), words=f"note {place}")], actor, now + timedelta(seconds=place))


def _typed_in(actor: Actor) -> int:
    from spillkit.case import commands as c
    from spillkit.law.facts import Entity, Facts, Population
    from spillkit_server.cases import new_id, open_case
    from spillkit_server.deciding import decide_again

    now = datetime.now(UTC)
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
    return number


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
    parser.add_argument("--exposures", type=int, default=1_000_000)
    chosen = parser.parse_args()
    print("\n".join(f"{name}: {value}" for name, value in machine().items()), end="\n\n")
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder), chosen.events, chosen.exposures)
        print(f"{chosen.exposures:,} exposures")
        measure()


if __name__ == "__main__":
    main()
