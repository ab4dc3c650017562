"""Incidents made by hand, for tests of what shows them: no statistics behind them, ids only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from spillkit.cause.incident import Cause, CauseClass, Change, Example, Incident, Onset, Statistic

FIRST = datetime(2026, 11, 20, 13, 5, tzinfo=UTC)


def sign(name: str = "first owner", value: float = 0.973, chance: float | None = 0.012, n: int = 412) -> Statistic:
    said = f"{value:.0%} of {n} exposed answers were sent to their own subject before."
    return Statistic(name=name, value=value, chance=chance, n=n, words=said)


def example(entry: int = 17, source: str = "aaaaaaaaaaaaaaaa", **more: Any) -> Example:
    values: dict[str, Any] = {
        "source": source,
        "entry": entry,
        "shown_at": FIRST,
        "method": "GET",
        "route": "/account/summary",
        "subjects": 1,
        "words": "The cache says hit, and the same body went to its own subject 12 s before.",
    }
    return Example(**(values | more))


def cause(kind: CauseClass = CauseClass.SHARED_CACHE, **more: Any) -> Cause:
    values: dict[str, Any] = {
        "cause": kind,
        "score": 0.93,
        "runner_up": CauseClass.APP_CACHE,
        "evidence_for": (
            sign("hit excess", 0.71, 0.02, 530),
            sign(),
        ),
        "evidence_against": (sign("lag 1", 0.04, 0.03, 530),),
        "missing": "",
        "facts": ("Answers were kept for 60 seconds, apart for each of 3 edges.",),
        "remedy": "Let the cache key hold the session, or answer GET /account/summary with Cache-Control: private, no-store. "
        "Purge what is cached under GET /account/summary.",
    }
    return Cause(**(values | more))


def unknown(**more: Any) -> Cause:
    return cause(
        CauseClass.UNKNOWN,
        score=0.21,
        runner_up=CauseClass.REQUEST_RACE,
        evidence_for=(sign("near", 0.3, 0.2, 9),),
        facts=(),
        remedy="",
        missing="Log the upstream connection id with each answer.",
        **more,
    )


def staff(**more: Any) -> Cause:
    return cause(
        CauseClass.STAFF,
        runner_up=None,
        facts=("1 viewer with a role, 212 people, no ticket for any of them.",),
        remedy="Hand this on to trace.",
        **more,
    )


def onset(first_at: datetime | None = FIRST, minutes: float = 52, **more: Any) -> Onset:
    last_at = None if first_at is None else first_at + timedelta(minutes=minutes)
    values: dict[str, Any] = {
        "first_at": first_at,
        "last_at": last_at,
        "clean_before": None if first_at is None else first_at - timedelta(seconds=14),
        "clean_after": None if last_at is None else last_at + timedelta(seconds=9),
        "began_with": None if first_at is None else Change(at=first_at - timedelta(minutes=2), what="cdn rules 4711"),
        "ended_with": None if last_at is None else Change(at=last_at, what="cdn rules 4711 taken back"),
    }
    return Onset(**(values | more))


def incident(number: int = 1, why: Cause | None = None, **more: Any) -> Incident:
    values: dict[str, Any] = {
        "number": number,
        "cause": why or cause(),
        "onset": onset(),
        "channel": "http",
        "routes": ("GET /account/summary", "GET /orders/{id}"),
        "exposures": 900,
        "answers": 530,
        "subjects": 412,
        "subjects_confirmed": 400,
        "viewers": 77,
        "viewers_known": True,
        "corrected": 0,
        "fields": ("name", "e-mail"),
        "examples": (example(17), example(29)),
    }
    return Incident(**(values | more))


def but(value: Incident, **changes: Any) -> Incident:
    return msgspec.structs.replace(value, **changes)
