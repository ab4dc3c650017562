"""Exports of one's own data: background jobs that write real files (fault 11, job_mixup).

In:    a customer who asked for his data.
Out:   a file with his profile and orders as CSV, some milliseconds later.
Else:  handing it out is `pages_exports`.

A job writes a temporary file, packs it for a while, and copies it to its place. With the fault on the temporary file
has one name for all jobs, so that of two jobs at the same time both deliver what was written last: one customer gets
the other's data, and nothing of his own. Google told of such archives in November 2019.
"""

from __future__ import annotations

import asyncio
import csv
import io
import secrets
import shutil
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import mkdtemp

from spillkit_shop import shopping
from spillkit_shop.shared import Shared
from spillkit_shop.store import Account, Store
from spillkit_shop.worker import Worker

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(slots=True)
class Job:
    """One export."""

    id: str
    account: int
    done: asyncio.Event = field(default_factory=asyncio.Event)
    file: Path | None = None
    took_ms: float = 0.0
    ended_at: datetime | None = None
    is_mixed_up: bool = False


def begin_export(worker: Worker, account: Account) -> Job:
    """Start a job."""
    job = Job(secrets.token_hex(8), account.number)
    worker.shared.jobs[job.id] = job
    worker.shared.start(_run(worker, job, account))
    return job


async def _run(worker: Worker, job: Job, account: Account) -> None:
    folder = _folder(worker.shared)
    began = time.perf_counter()
    takes_s = worker.random.uniform(*worker.tuning.job_ms) / 1000
    written = own_data(worker.store, account.customer)
    await asyncio.sleep(takes_s * 0.3)
    temporary = folder / ("export.tmp" if worker.is_on("job_mixup") else f"export-{job.id}.tmp")
    temporary.write_bytes(written)
    await asyncio.sleep(takes_s * 0.7)
    file = folder / f"{job.id}.csv"
    shutil.copyfile(temporary, file)
    job.is_mixed_up = file.read_bytes() != written
    job.file, job.took_ms, job.ended_at = file, (time.perf_counter() - began) * 1000, worker.now()
    job.done.set()


def own_data(store: Store, customer: int) -> bytes:
    """Return a customer's profile and orders as CSV; cells that a spreadsheet would run begin with an apostrophe."""
    person = store.person(customer)
    if person is None:
        return b""
    text = io.StringIO()
    out = csv.writer(text)
    out.writerow(("what", "value"))
    for what, value in (
        ("customer", person.id),
        ("name", person.name),
        ("email", person.email),
        ("phone", person.phone),
        ("address", person.address),
        ("country", person.country),
    ):
        out.writerow((what, harmless(value)))
    out.writerow(("order", "placed", "cents"))
    for order in shopping.orders_of(store, customer, 200):
        out.writerow((order.shown_number, order.placed_at, order.cents))
    return text.getvalue().encode()


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula. Marks before the value do not hide what it begins with.

    Source: OWASP, CSV Injection
    """
    value = cell.lstrip("".join(map(chr, range(0xE000, 0xE080))))
    return f"'{cell}" if value.startswith(_FORMULA) else cell


def _folder(shared: Shared) -> Path:
    if shared.exports is None:
        folder = Path(mkdtemp(prefix="shop-exports-"))
        shared.exports = folder

        async def remove() -> None:
            shutil.rmtree(folder, ignore_errors=True)
            shared.exports = None

        shared.closers.append(remove)
    return shared.exports
