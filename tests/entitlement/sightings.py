"""Rows of the ledger for the cast, one by one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pyarrow as pa

from spillkit.entitlement import Rules, Sighting, Verdict, is_entitled
from spillkit.model import Evidence, Field, SubjectId, ViewerId, ViewerKind
from spillkit.schemas import SIGHTINGS
from tests.world import ALICE, NOON


@dataclass(frozen=True)
class Seen:
    """One sighting, with what a test does not care about filled in."""

    viewer: str
    subject: str = ALICE.id
    field: str = "e-mail"
    kind: str = "subject"
    route: str = "/account/summary"
    method: str = "GET"
    channel: str = "http"
    found_by: str = "cookie:sessionid"
    session: str = ""
    evidence: str = "confirmed"
    bearers: int = 1
    at: datetime | None = NOON
    entry: int = 0
    start: int = 10
    source: str = "ab" * 8

    def row(self) -> dict[str, Any]:
        return {
            "source": self.source,
            "entry": self.entry,
            "shown_at": self.at,
            "channel": self.channel,
            "method": self.method,
            "route": self.route,
            "status": 200,
            "viewer": self.viewer,
            "viewer_kind": self.kind,
            "viewer_from": self.found_by,
            "session": self.session,
            "subject": self.subject,
            "field": self.field,
            "evidence": self.evidence,
            "because": self.field,
            "bearers": self.bearers,
            "start": self.start,
            "end": self.start + 8,
        }

    def sighting(self) -> Sighting:
        return Sighting(
            source=self.source,
            entry=self.entry,
            shown_at_us=None if self.at is None else round(self.at.timestamp() * 1_000_000),
            channel=self.channel,
            method=self.method,
            route=self.route,
            viewer=ViewerId(self.viewer),
            viewer_kind=ViewerKind(self.kind),
            viewer_from=self.found_by,
            subject=SubjectId(self.subject),
            field=Field.of_label(self.field),
            evidence=Evidence(self.evidence),
            bearers=self.bearers,
            start=self.start,
            end=self.start + 8,
        )

    def but(self, **changes: Any) -> Seen:
        return replace(self, **changes)


def table(*seen: Seen) -> pa.Table:
    return pa.Table.from_pylist([one.row() for one in seen], schema=SIGHTINGS)


def verdicts(seen: list[Seen], rules: Rules) -> list[Verdict]:
    """The plain decider's verdict for each, with the other candidates of its place."""
    sightings = [one.sighting() for one in seen]

    def place(one: Sighting) -> tuple[object, ...]:
        return (one.source, one.entry, one.viewer, one.field, one.start, one.end)

    return [
        is_entitled(one, rules, [other for other in sightings if other is not one and place(other) == place(one)])
        for one in sightings
    ]
