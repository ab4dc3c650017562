"""How long it takes to plan a million notices, and how much memory: from customer list and exposures to what two people sign.

In:    nothing (`python -m bench.notices_plan`; --people for another size than a million).
Out:   a table beside the bars of issue 5; with --record also bench/record/<date>-<machine kind>-notices-plan.md.
Else:  that the right people are told is tests/notices.

People are those of `bench.people`; in addition every 50th has a second account, and every 80th shares a mailbox with somebody. Each
is shown in three answers to a viewer of his own. The list is read again from a CSV file, as in a workspace.
"""

from __future__ import annotations

import argparse
import csv
import resource
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bench import people
from bench.page import table, tell
from spillkit.directory.mapping import guess_mapping
from spillkit.directory.reading import open_source
from spillkit.directory.survey import MappedSource
from spillkit.law.books import read_books
from spillkit.ledger.database import connect, create_view
from spillkit.notices.gather import ATTRIBUTES, Wishes, gather, with_accounts
from spillkit.notices.holds import Known
from spillkit.notices.letterhead import Letterhead
from spillkit.notices.marks import derived_key, marks_of
from spillkit.notices.merging import merge
from spillkit.notices.plan import Measured, Pace, make_plan, plan_text
from spillkit.schemas import EXPOSURES

START = datetime(2026, 11, 2, 12, tzinfo=UTC)
KEY = bytes(range(16))
TEXTS = frozenset("en fr it ar es de pt nl pl tr ja zh ko sv he".split())
COUNTRIES = ("DE", "IT", "FR", "ES", "GB", "JP", "SA", "PL", "US", "BE")
LETTERHEADS = {
    name: Letterhead(
        name, f"{name} Ltd", "Shop", "notice@shop.example", "shop.example", "shop.example/check", "p@shop.example"
    )
    for name in ("shop-eu", "shop-uk")
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.notices_plan", description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument(
        "--record", action="store_true", help="write bench/record/<date>-<machine kind>-notices-plan.md"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=".") as folder:
        _in_child(make_inputs, Path(folder), options.people)
        rows = measure(Path(folder), options.people)
    lines = table(("what", "measured", "bar"), rows)
    title = f"A plan of {options.people:,} notices"
    tell("notices-plan", title, "python -m bench.notices_plan", lines, is_kept=options.record)


def measure(folder: Path, count: int) -> list[tuple[str, str, str]]:
    """Go the whole way from the files; return what each step took."""
    before = _peak_mib()
    watch = _Watch()
    opened = open_source(str(folder / "people.csv"))
    mapped = MappedSource(opened, guess_mapping(opened.header, opened.sample()))
    connection = connect(folder, folder)
    create_view(connection, "exposures", EXPOSURES, [folder / "exposures.parquet"])
    shown = connection.sql("SELECT DISTINCT subject FROM exposures").to_arrow_table().column("subject")
    marks = marks_of([mapped], derived_key(KEY, "marks"), None)
    watch.note("the customer list read again, marks made")
    persons = merge(with_accounts(marks, shown))
    del marks, shown
    watch.note("accounts become persons")
    attributes = pq.read_table(folder / "attributes.parquet", schema=ATTRIBUTES)
    wishes = Wishes("2026-11-bench", LETTERHEADS, TEXTS, Known(signed=TEXTS))
    now = START + timedelta(days=3)
    gathered = gather(connection, persons, attributes, wishes, read_books(), derived_key(KEY, "ids"), now)
    watch.note("fields, times, viewers, language, entity, holds of everybody")
    pace = Pace(per_hour=100_000, cost_per_1000=0.1, currency="EUR")
    plan = make_plan(gathered.told, Measured(count, None), LETTERHEADS, "0" * 64, pace, wishes.campaign, now)
    text = plan_text(plan)
    watch.note("counted, sampled, and a digest over all of it")
    connection.close()
    assert str(plan.people)
    return [
        *watch.rows,
        ("everything", f"{watch.total:.1f} s ({watch.busy:.1f} s of processor)", "≤ 60 s"),
        ("peak memory of the process", f"{_peak_mib():,.0f} MiB ({before:,.0f} MiB before)", "≤ 1,536 MiB"),
        ("people, notices, held", f"{plan.people:,}, {plan.notices:,}, {plan.held:,}", "-"),
        ("accounts, persons on the list", f"{len(persons.subjects):,}, {persons.count:,}", "-"),
        ("exposures", f"{3 * count:,} rows", "-"),
        ("lines of the plan as text", f"{len(text.splitlines())}", "-"),
    ]


class _Watch:
    def __init__(self) -> None:
        self.rows: list[tuple[str, str, str]] = []
        self.total = self.busy = 0.0
        self._wall, self._busy = time.perf_counter(), time.process_time()

    def note(self, what: str) -> None:
        wall, busy = time.perf_counter() - self._wall, time.process_time() - self._busy
        self.total, self.busy = self.total + wall, self.busy + busy
        self.rows.append((what, f"{wall:.1f} s", "-"))
        self._wall, self._busy = time.perf_counter(), time.process_time()


def make_inputs(folder: Path, count: int) -> None:
    """Write a customer list, its attributes and exposures, as scan and directory leave them."""
    number = 0
    ids, countries, languages, entities = [], [], [], []
    with (folder / "people.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "name", "email", "phone", "country"])
        last = ("", "", "")
        for batch in people.batches(count):
            for name, email, phone in zip(batch.written, batch.emails, batch.phones):
                if number % 50 == 49:
                    name, email = last[0], last[1].upper()
                elif number % 80 == 79:
                    email = last[1]
                country = COUNTRIES[number % len(COUNTRIES)]
                ids.append(f"c_{number:09x}")
                countries.append(country)
                languages.append("" if number % 3 else "en")
                entities.append("shop-uk" if country == "GB" else "shop-eu")
                writer.writerow([ids[-1], name, email, phone, country])
                last = (name, email, phone)
                number += 1
    columns = [pa.array(ids), pa.array(countries), pa.array(languages), pa.array(entities), pa.nulls(count, pa.bool_())]
    pq.write_table(
        pa.table([c.cast(f.type) for c, f in zip(columns, ATTRIBUTES)], schema=ATTRIBUTES),
        folder / "attributes.parquet",
    )
    with pq.ParquetWriter(folder / "exposures.parquet", EXPOSURES, compression="zstd") as writer:
        rng = np.random.default_rng(5)
        for first in range(0, count, 100_000):
            part = ids[first : first + 100_000]
            for field in ("name", "e-mail", "phone"):
                writer.write_table(_exposures(part, field, first, rng))


def _exposures(ids: list[str], field: str, first: int, rng: np.random.Generator) -> pa.Table:
    size = len(ids)
    moments = (np.datetime64("2026-11-02T12:00:00", "us") + rng.integers(0, 36 * 3_600_000_000, size)).astype(
        "datetime64[us]"
    )
    texts = {"channel": "http", "method": "GET", "route": "/account", "viewer_kind": "subject", "viewer_from": "cookie:sid",
             "session": "", "field": field,
             "evidence": "confirmed", "because": field, "rule": "none", "source": "00" * 8}  # fmt: skip
    columns = {}
    for one in EXPOSURES:
        if one.name == "subject":
            columns[one.name] = pa.array(ids)
        elif one.name == "viewer":
            columns[one.name] = pa.array([f"c_{(first + place) * 7 % 1_000_003:09x}" for place in range(size)])
        elif one.name == "shown_at":
            columns[one.name] = pa.array(moments, one.type)
        elif one.name == "entry":
            columns[one.name] = pa.array(np.arange(first, first + size))
        elif one.type == pa.string():
            columns[one.name] = pa.repeat(texts[one.name], size)
        else:
            columns[one.name] = pa.array(np.ones(size, np.int64)).cast(one.type)
    return pa.table(columns, schema=EXPOSURES)


def _in_child(work, *arguments) -> None:
    """Make the inputs in a process of its own, so that the memory measured is that of planning."""
    import multiprocessing

    child = multiprocessing.get_context("spawn").Process(target=work, args=arguments)
    child.start()
    child.join()
    assert child.exitcode == 0


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
