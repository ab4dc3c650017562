"""Synthetic incidents for the tests and screenshots of scope: ids only, nobody real.

In:    a seed and a few sizes.
Out:   Arrow tables as the ledger would give them.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from spillkit.schemas import COVERAGE, DAMAGES, EXPOSURES

NOW = datetime(2026, 11, 21, 16, 30, tzinfo=UTC)
START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)

SUBJECTS = pa.schema(
    [
        pa.field("subject", pa.string()),
        pa.field("country", pa.string()),
        pa.field("language", pa.string()),
        pa.field("account_type", pa.string()),
        pa.field("legal_entity", pa.string()),
    ]
)


@dataclass
class Incident:
    """Rows under construction."""

    exposures: list[dict[str, Any]] = field(default_factory=list)
    coverage: list[dict[str, Any]] = field(default_factory=list)
    damages: list[dict[str, Any]] = field(default_factory=list)
    subjects: list[dict[str, Any]] = field(default_factory=list)

    def tables(self) -> dict[str, pa.Table]:
        """Return the four arguments of `measure`."""
        return {
            "exposures": pa.Table.from_pylist(self.exposures, schema=EXPOSURES),
            "coverage": pa.Table.from_pylist(self.coverage, schema=COVERAGE),
            "damages": pa.Table.from_pylist(self.damages, schema=DAMAGES),
            "subjects": pa.Table.from_pylist(self.subjects, schema=SUBJECTS),
        }


def exposure(**values: Any) -> dict[str, Any]:
    """Return one row; what is not told is Alice's e-mail, shown to Bob."""
    row: dict[str, Any] = {
        "source": "aaaaaaaaaaaaaaaa",
        "entry": 0,
        "shown_at": START,
        "channel": "http",
        "method": "GET",
        "route": "/account/summary",
        "status": 200,
        "viewer": "c_bob",
        "viewer_kind": "subject",
        "viewer_from": "cookie:sessionid",
        "session": "",
        "subject": "c_alice",
        "field": "e-mail",
        "evidence": "confirmed",
        "because": "e-mail",
        "bearers": 1,
        "start": 0,
        "end": 10,
        "rule": "none",
    }
    return row | values


def coverage_row(**values: Any) -> dict[str, Any]:
    """Return one row; what is not told is ten answers, all looked at."""
    row: dict[str, Any] = {
        "source": "aaaaaaaaaaaaaaaa",
        "slice_at": START,
        "channel": "http",
        "method": "GET",
        "route": "/account/summary",
        "status": 200,
        "viewer_kind": "subject",
        "exchanges": 10,
        "with_body": 10,
        "damaged": 0,
        "with_viewer": 10,
        "sampled_share": 1.0,
        "body_bytes": 1000,
    }
    return row | values


def cover(exchanges: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Add single exchanges up to coverage rows of a minute."""
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    keys = ("source", "slice_at", "channel", "method", "route", "status", "viewer_kind", "sampled_share")
    sums = ("exchanges", "with_body", "damaged", "with_viewer", "body_bytes")
    for exchange in exchanges:
        key = tuple(exchange[name] for name in keys)
        row = rows.setdefault(key, {**coverage_row(), **dict(zip(keys, key)), **dict.fromkeys(sums, 0)})
        for name in sums:
            row[name] += exchange[name]
    return list(rows.values())


COUNTRIES = ["IT", "FR", "DE", "MT", "SG", "PL", "TR", "JP", "EG", "US", "BR", "NL", "", "CH", "AU"]
WEIGHTS = [90, 60, 40, 8, 6, 20, 14, 5, 9, 25, 11, 7, 4, 3, 2]


def shop(seed: int = 7, people: int = 3000, hours: int = 30) -> Incident:
    """A shop whose cache gives one customer's page to another for some hours; one log, one lost hour, one sampled source."""
    dice = random.Random(seed)
    incident = Incident()
    ids = [f"c_{dice.randrange(16**8):08x}" for _ in range(people)]
    for subject in ids:
        incident.subjects.append(
            {
                "subject": subject,
                "country": dice.choices(COUNTRIES, WEIGHTS)[0],
                "language": "en",
                "account_type": dice.choices(["consumer", "business", ""], [80, 18, 2])[0],
                "legal_entity": dice.choices(
                    ["Example S.p.A.", "Example Trading Ltd", "Example GmbH & Co. KG"], [60, 30, 10]
                )[0],
            }
        )
    routes = [("/account/summary", 40, 0.07), ("/orders/{id}", 30, 0.02), ("/search", 60, 0.0), ("/help", 30, 0.0)]
    exchanges: list[dict[str, Any]] = []
    entry = 0
    for minute in range(hours * 60):
        when = START + timedelta(minutes=minute)
        busy = 0.3 + 0.7 * max(0.0, 1 - abs((when.hour + when.minute / 60) - 14) / 9)
        faulty = 4 * 60 <= minute < 17 * 60
        for route, share, chance in routes:
            for _ in range(int(dice.expovariate(1 / (busy * share / 3)))):
                entry += 1
                kind = dice.choices(["subject", "staff", "crawler", "unknown", "anonymous"], [90, 2, 3, 2, 3])[0]
                lost = 11 * 60 <= minute < 12 * 60
                sampled = minute >= 22 * 60
                source = "bbbbbbbbbbbbbbbb" if sampled else "aaaaaaaaaaaaaaaa"
                log = coverage_row(
                    source="cccccccccccccccc",
                    slice_at=when,
                    route=route,
                    viewer_kind="unknown",
                    exchanges=1,
                    with_body=0,
                    with_viewer=0,
                    body_bytes=0,
                )
                exchanges.append(log)
                if lost or (sampled and dice.random() > 0.25):
                    continue
                has_body = dice.random() > 0.006
                exchanges.append(
                    coverage_row(
                        source=source,
                        slice_at=when,
                        route=route,
                        viewer_kind=kind,
                        exchanges=1,
                        with_body=int(has_body),
                        with_viewer=int(kind != "unknown"),
                        body_bytes=5000,
                        sampled_share=0.25 if sampled else 1.0,
                    )
                )
                if not faulty or not has_body or kind == "unknown" or dice.random() > chance * 1.6:
                    continue
                subject = ids[int(dice.triangular(0, people, 0) * 0.7)]
                viewer = (
                    dice.choice(ids)
                    if kind == "subject"
                    else {"staff": "staff:carol", "crawler": "crawler:example"}.get(kind, "anonymous")
                )
                possible = dice.random() < 0.06
                fields = (
                    ["name"]
                    if possible
                    else dice.choices(
                        [["name", "e-mail"], ["name", "e-mail", "phone"], ["e-mail"], ["name", "address", "order"]],
                        [6, 3, 1, 2],
                    )[0]
                )
                for name in fields:
                    incident.exposures.append(
                        exposure(
                            source=source,
                            entry=entry,
                            shown_at=when + timedelta(seconds=dice.random() * 60),
                            route=route,
                            viewer=viewer,
                            viewer_kind=kind,
                            subject=subject,
                            field=name,
                            evidence="possible" if possible else "confirmed",
                            because=name,
                        )
                    )
    incident.coverage = cover(exchanges)
    incident.damages = [
        {
            "source": "aaaaaaaaaaaaaaaa",
            "entry": 1207,
            "offset": 5_001_220,
            "reason": "gzip member ends early",
            "lost_exchanges": 3,
        },
        {
            "source": "bbbbbbbbbbbbbbbb",
            "entry": None,
            "offset": 91_004,
            "reason": "line is not JSON",
            "lost_exchanges": 1,
        },
    ]
    return incident
