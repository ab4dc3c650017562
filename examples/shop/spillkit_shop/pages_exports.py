"""Asking for an export and fetching it.

In:    requests of customers.
Out:   202 with the job's id; later the file, with the job's id and duration in its headers.
Else:  the job is `exports`.
"""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from spillkit_shop.exports import Job, begin_export
from spillkit_shop.rendering import PRIVATE, data
from spillkit_shop.store import Account
from spillkit_shop.visitors import signed_in
from spillkit_shop.worker import Worker, wrong

_LONGEST_WAIT_S = 2.0  # a job that is still running keeps its caller that long


async def _begin(request: Request, worker: Worker, account: Account) -> Response:
    """POST /exports"""
    return data({"id": begin_export(worker, account).id}, 202)


async def _fetch(request: Request, worker: Worker, account: Account) -> Response:
    """GET /exports/{id}: the file, as soon as it is there; only for whom it was made."""
    job = worker.shared.jobs.get(request.path_params["id"])
    if not isinstance(job, Job) or job.account != account.number:
        return data({"error": "there is no such export"}, 404)
    try:
        async with asyncio.timeout(_LONGEST_WAIT_S):
            await job.done.wait()
    except TimeoutError:
        return data({"id": job.id}, 202)
    assert job.file is not None
    assert job.ended_at is not None
    if job.is_mixed_up:
        wrong(request, "job_mixup")
    headers = {
        **PRIVATE,
        "content-disposition": f'attachment; filename="export-{job.id}.csv"',
        "x-job-id": job.id,
        "x-job-ms": f"{job.took_ms:.1f}",
        "x-job-ended": job.ended_at.isoformat(),
    }
    return Response(job.file.read_bytes(), 200, headers, "text/csv; charset=utf-8")


begin = signed_in(_begin)
fetch = signed_in(_fetch)
