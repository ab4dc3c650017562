"""Judge what a test's clients received: who was shown whose data without a right to see it.

In:    seen answers, the index of planted people, rules, what a marker allows.
Out:   leaks and a tally.
Else:  finding people is `scan`, deciding is `entitlement`; here their answers become words for a developer.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from spillkit.capture.body import body_of_bytes
from spillkit.capture.limits import Limits
from spillkit.directory import Index
from spillkit.entitlement import Rules, find_exposures
from spillkit.entitlement.routes import RouteGlob
from spillkit.guard.answers import Answer
from spillkit.guard.hints import Memory, Signs, hint_of, is_from_cache
from spillkit.guard.leaks import Leak, Tally
from spillkit.guard.places import place_of
from spillkit.guard.watched import ANONYMOUS, Seen
from spillkit.model import BodyState, Channel, Exchange, Field, Request, SourceId, Viewer, ViewerKind
from spillkit.plant import PlantedPerson
from spillkit.scan.finding import find_sightings

_SOURCE = SourceId("0" * 16)
_OBJECT_ID = re.compile(r"\{(n|id|slug)\}|\{n\}")
_NUMBER_IN_QUERY = re.compile(r"=\d+(&|#|\Z)")
_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a marker allows within one test."""

    fields: frozenset[str]  # labels; empty: all
    route: RouteGlob | None
    viewer: int | None  # number of a planted person
    subject: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Bench:
    """What judging needs, made once for a run."""

    index: Index
    people: Mapping[str, PlantedPerson]  # by customer id
    rules: Rules


@dataclass(slots=True)
class Trial:
    """The judging of one test, batch after batch."""

    bench: Bench
    allowances: Sequence[Allowance] = ()
    tally: Tally = field(default_factory=Tally)
    leaks: list[Leak] = field(default_factory=list)
    _memory: Memory = field(default_factory=Memory)
    _count: int = 0

    def judge(self, batch: Sequence[Seen]) -> None:
        """Look at some answers, in the order in which they were received."""
        if not batch:
            return
        exchanges = [_exchange(seen.answer, self._count + place) for place, seen in enumerate(batch)]
        viewers = {exchange.entry: seen.viewer for exchange, seen in zip(exchanges, batch, strict=True)}
        self._count_answers(exchanges, batch)
        found = find_sightings(exchanges, self.bench.index, lambda exchange: viewers[exchange.entry])
        sightings = found.sightings
        self.tally.sightings += sightings.num_rows
        firsts = self._note_bodies(exchanges, batch)
        viewer_ids, subjects = sightings["viewer"].to_pylist(), sightings["subject"].to_pylist()
        if any(viewer != subject for viewer, subject in zip(viewer_ids, subjects, strict=True)):
            foreign = sum(viewer != subject for viewer, subject in zip(viewer_ids, subjects, strict=True))
            rows = find_exposures(sightings, self.bench.rules).to_pylist()
            self.tally.allowed += foreign - len(rows)
            seen_in: dict[int, set[str]] = {}
            for entry, subject in zip(sightings["entry"].to_pylist(), subjects, strict=True):
                seen_in.setdefault(entry, set()).add(subject)
            self._report(rows, exchanges, batch, firsts, seen_in)
        self._count += len(batch)

    def _count_answers(self, exchanges: Sequence[Exchange], batch: Sequence[Seen]) -> None:
        self.tally.answers += len(batch)
        for exchange, seen in zip(exchanges, batch, strict=True):
            self.tally.not_text += exchange.body_state is BodyState.NOT_TEXT
            self.tally.damaged += exchange.body_state in (BodyState.DAMAGED, BodyState.TOO_LARGE)
            self.tally.by_viewer[self._name(str(seen.viewer.id), seen.viewer)] += 1

    def _note_bodies(self, exchanges: Sequence[Exchange], batch: Sequence[Seen]) -> dict[int, int]:
        """For each answer whose address and body somebody else was answered before: the place of that answer, from 1."""
        found: dict[int, int] = {}
        for exchange, seen in zip(exchanges, batch, strict=True):
            if not exchange.body:
                continue
            key = (exchange.url, hashlib.sha256(exchange.body).digest())
            place, viewer = self._memory.firsts.setdefault(key, (exchange.entry + 1, str(seen.viewer.id)))
            if viewer != str(seen.viewer.id):
                found[exchange.entry] = place
        return found

    def _report(
        self,
        rows: Sequence[Mapping[str, Any]],
        exchanges: Sequence[Exchange],
        batch: Sequence[Seen],
        firsts: Mapping[int, int],
        seen_in: Mapping[int, set[str]],
    ) -> None:
        by_pair: dict[tuple[int, str], list[Mapping[str, Any]]] = {}
        for row in rows:
            by_pair.setdefault((row["entry"], row["subject"]), []).append(row)
        typed: dict[int, set[tuple[str, str]]] = {}
        for (entry, subject), group in by_pair.items():
            exchange, seen = exchanges[entry - self._count], batch[entry - self._count]
            if entry not in typed:
                typed[entry] = self._typed_by_asker(seen)
            kept = []
            for row in group:
                if (subject, row["field"]) in typed[entry]:
                    self.tally.typed += 1
                elif any(self._allows(allowance, row) for allowance in self.allowances):
                    self.tally.allowed += 1
                else:
                    kept.append(row)
            if kept:
                others = seen_in[entry] - {str(seen.viewer.id)}
                signs = Signs(
                    subjects=len(others),
                    shows_viewer=str(seen.viewer.id) in seen_in[entry],
                    has_object_id=_OBJECT_ID.search(kept[0]["route"]) is not None
                    or _NUMBER_IN_QUERY.search(exchange.url) is not None,
                    same_before=firsts.get(entry),
                    has_cache_header=is_from_cache(seen.answer),
                    issued_others_session=subject in seen.issued_to_others,
                    viewer_is_guess=seen.is_guess,
                )
                self._keep(
                    _leak(kept, exchange, self._name(str(seen.viewer.id), seen.viewer), self._name(subject), signs)
                )

    def _keep(self, leak: Leak) -> None:
        """Keep a leak; the same again from another answer only adds to its count."""
        for place, known in enumerate(self.leaks):
            if (known.sentence, known.status) == (leak.sentence, leak.status):
                self.leaks[place] = replace(known, answers=known.answers + 1)
                return
        self.leaks.append(leak)
        self.tally.leaks += 1

    def _typed_by_asker(self, seen: Seen) -> set[tuple[str, str]]:
        """Who and what of him the asker had sent himself: being answered that shows him nothing new."""
        text = seen.typed + b"\n" + seen.typed.replace(b"+", b" ")
        asked = Exchange(_SOURCE, 0, None, "GET", "/", 200, body=text, body_bytes=len(text))
        found = find_sightings([asked], self.bench.index, lambda exchange: ANONYMOUS).sightings
        return set(zip(found["subject"].to_pylist(), found["field"].to_pylist(), strict=True))

    def _allows(self, allowance: Allowance, row: Mapping[str, Any]) -> bool:
        if allowance.fields and row["field"] not in allowance.fields:
            return False
        if allowance.route is not None and not allowance.route.matches(row["channel"], row["method"], row["route"]):
            return False
        return all(
            wanted is None or (who in self.bench.people and self.bench.people[who].number == wanted)
            for wanted, who in ((allowance.viewer, row["viewer"]), (allowance.subject, row["subject"]))
        )

    def _name(self, who: str, viewer: Viewer | None = None) -> str:
        person = self.bench.people.get(who)
        if person is not None:
            return person.tag
        if viewer is not None and viewer.kind is ViewerKind.ANONYMOUS:
            return "somebody signed out"
        return who


def _leak(rows: Sequence[Mapping[str, Any]], exchange: Exchange, viewer: str, subject: str, signs: Signs) -> Leak:
    rows = sorted(rows, key=lambda row: Field.of_label(row["field"]))
    first = rows[0]
    body = exchange.body or b""
    is_json = "json" in exchange.media_type
    return Leak(
        channel=first["channel"],
        method=first["method"],
        route=first["route"],
        status=exchange.status,
        answer=exchange.entry + 1,
        answers=1,
        viewer=viewer,
        subject=subject,
        fields=tuple(row["field"] for row in rows),
        places=tuple(place_of(body, row["start"], row["end"], is_json=is_json) for row in rows),
        hint=hint_of(signs),
    )


def _exchange(answer: Answer, entry: int) -> Exchange:
    content_type = answer.header("content-type")
    decoded = body_of_bytes(answer.body, content_type, answer.header("content-encoding"), _LIMITS, is_cut=answer.is_cut)
    return Exchange(
        source=_SOURCE,
        entry=entry,
        shown_at=None,
        method=answer.method.upper(),
        url=answer.url,
        status=answer.status,
        channel=Channel.WEBSOCKET if answer.is_websocket else Channel.HTTP,
        media_type=content_type.partition(";")[0].strip().lower(),
        body=decoded.data,
        body_state=decoded.state,
        body_bytes=decoded.size,
        request=Request(),
    )
