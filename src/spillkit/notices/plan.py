"""Plan a campaign: show what would go out, refuse what cannot be right, and fix it by a digest that two people sign.

In:    a TOLD table, what was measured, letterheads, the digest of the texts, a pace; the time.
Out:   Plan: counts, samples, how long it takes and what it costs; as JSON and as text.
Else:  who is told what is `gather`; sending is done elsewhere, and only what was planned and signed.

The digest covers every row, the texts and the letterheads: a plan that was signed is exactly what goes out. It does not cover when
the plan was made, nor pace and cost: planning the same again gives the same digest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from spillkit.errors import NoticesError
from spillkit.notices.holds import REASONS, Substitute, count_substitutes
from spillkit.notices.letterhead import Letterhead
from spillkit.notices.told import Hold
from spillkit.notices.told_table import TOLD, texts_of
from spillkit.printed import printable
from spillkit.scope.words import count_of

VERSION = 1
SAMPLES = 20
# Without an upper bound, so much more than the confirmed people is taken for a mistake in the list rather than for news.
MOST_PERCENT = 105
_AT_ONCE = 100_000
_COUNTED = ["people", "hold", "languages", "is_shared", "country", "entity", "kind"]
_LINES = 40  # of one table, in the text


class Measured(msgspec.Struct, frozen=True):
    """What the measurement says of people: how many a plan may reach."""

    confirmed: int
    upper_bound: int | None  # None: nobody can say

    @property
    def most(self) -> int:
        """The most people that may stand in a plan."""
        return self.upper_bound if self.upper_bound is not None else self.confirmed * MOST_PERCENT // 100


class Pace(msgspec.Struct, frozen=True):
    """How fast notices go out, and what they cost."""

    per_hour: int  # at most, over all senders
    canary: int = 100  # the first so many go alone
    canary_minutes: int = 60  # and their answers are waited for
    cost_per_1000: float = 0.0
    currency: str = ""  # ISO 4217


class LeftOut(msgspec.Struct, frozen=True):
    """Who is in no row: counted, so that nobody is lost in silence."""

    only_himself: int = 0  # shown to nobody but other accounts of the same person
    bad_rows: int = 0  # rows of a plain list that could not be read; they are named by line elsewhere


_NOBODY = LeftOut()


class Line(msgspec.Struct, frozen=True):
    """One line of a table."""

    label: str  # "" where nobody knows
    people: int
    notices: int
    held: int  # of the notices


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What would go out."""

    version: int
    campaign: str
    made_at: datetime  # UTC
    people: int  # told or held; without namesakes
    notices: int  # that go out once the plan is signed
    held: int  # rows that do not go out for now; without namesakes
    namesakes: int  # rows of whom nothing is confirmed: in no other number
    shared: int  # notices to a mailbox that several people read: without fields
    measured: Measured
    left_out: LeftOut
    by_country: tuple[Line, ...]
    by_language: tuple[Line, ...]  # "de + en": one notice in two languages
    by_entity: tuple[Line, ...]
    by_kind: tuple[Line, ...]
    by_hold: tuple[Line, ...]  # the strongest of each row; label "" are those who are told
    substitutes: tuple[Substitute, ...]
    several_entities: int  # rows whose accounts belong to more than one legal entity
    not_listed: int  # rows whose account is not in the customer list any more
    samples: tuple[str, ...]  # ids of notices to be looked at before signing
    hours: float  # until the last notice is out, if nothing is deferred
    cost: float
    currency: str
    texts: str  # digest of the texts
    digest: str  # SHA-256 over all that goes out, 64 hex digits


def make_plan(
    told: pa.Table,
    measured: Measured,
    letterheads: Mapping[str, Letterhead],
    texts: str,
    pace: Pace,
    campaign: str,
    now: datetime,
    left_out: LeftOut = _NOBODY,
    several_entities: int = 0,
    not_listed: int = 0,
) -> Plan:
    """Return the plan of a TOLD table.

    texts   digest of the texts and of what they say to everybody, 64 hex digits
    now     aware; it is written down, and not part of the digest
    Raises  NoticesError if there are more people than were measured, an id stands twice, or there is nobody
    """
    if now.tzinfo is None:
        raise ValueError("the time of a plan needs a zone")
    if pace.per_hour < 1:
        raise NoticesError(
            "The pace is below one notice an hour: nobody would be told. Give how many go out in an hour."
        )
    ordered = _by_id(told)
    ids = ordered.column("id")
    if len(ids) > 1 and pc.any(pc.equal(ids[1:], ids[:-1])).as_py():
        raise NoticesError(
            "A notice stands twice in what is to be planned. Two lists were put together: plan each, or make one list of them."
        )
    hold = pc.fill_null(ordered.column("hold"), "")
    counted = ordered.select(_COUNTED).filter(pc.not_equal(hold, Hold.NAMESAKE.value))
    people = _sum(counted.column("people"))
    if people > measured.most:
        upper = (
            f"at most {measured.most:,} were measured"
            if measured.upper_bound is not None
            else f"{measured.confirmed:,} are confirmed, and {measured.most:,} are the most that are planned without an upper bound"
        )
        raise NoticesError(
            f"{people:,} people would be told, and {upper}. Look for a wrong list, wrong columns or the wrong incident; "
            "if there are more people than was known, measure again first."
        )
    if not people:
        raise NoticesError("There is nobody to be told. Look whether it is the right incident or list.")
    is_held = pc.is_valid(counted.column("hold"))
    held = _sum(is_held)
    notices = counted.num_rows - held
    languages = pc.binary_join(counted.column("languages").combine_chunks(), " + ")
    waits = pc.fill_null(counted.column("hold"), "")
    return Plan(
        version=VERSION,
        campaign=campaign,
        made_at=now,
        people=people,
        notices=notices,
        held=held,
        namesakes=ordered.num_rows - counted.num_rows,
        shared=_sum(pc.and_(counted.column("is_shared"), pc.invert(is_held))),
        measured=measured,
        left_out=left_out,
        by_country=_lines(counted.column("country"), counted),
        by_language=_lines(languages, counted),
        by_entity=_lines(counted.column("entity"), counted),
        by_kind=_lines(counted.column("kind"), counted),
        by_hold=_lines(waits, counted),
        substitutes=count_substitutes(ordered),
        several_entities=several_entities,
        not_listed=not_listed,
        samples=sample_ids(ordered),
        hours=_hours(notices, pace),
        cost=round(notices * pace.cost_per_1000 / 1000, 2),
        currency=pace.currency,
        texts=texts,
        digest=digest_of(ordered, letterheads, texts, campaign),
    )


def sample_ids(told: pa.Table, most: int = SAMPLES) -> tuple[str, ...]:
    """Return the notices that are looked at before signing; the same ones for the same plan.

    Of each combination of legal entity, languages, kind and shared mailbox the notice with the smallest id, the largest
    combinations first, so that no language and no letterhead goes out unseen while there is room; then the smallest ids of all. Ids
    are made with a key: nobody can choose who is looked at, and the choice says nothing of a person.

    told  of TOLD
    """
    columns = _by_id(told.select(["id", "entity", "languages", "kind", "is_shared", "hold"]))
    sent = columns.filter(pc.is_null(columns.column("hold"))).combine_chunks()
    if not sent.num_rows:
        return ()
    keys = pc.binary_join_element_wise(
        sent.column("entity"),
        pc.binary_join(sent.column("languages").combine_chunks(), "\x1e"),
        sent.column("kind"),
        pc.if_else(sent.column("is_shared"), "1", "0"),
        "\x1f",
    )
    codes = _codes(keys)
    _, first, sizes = np.unique(codes, return_index=True, return_counts=True)
    ids = sent.column("id")
    chosen = {ids[int(place)].as_py(): None for place in first[np.lexsort((first, -sizes))][:most].tolist()}
    for place in range(min(most, sent.num_rows)):
        if len(chosen) == most:
            break
        chosen.setdefault(ids[place].as_py())
    return tuple(sorted(chosen))


def digest_of(told: pa.Table, letterheads: Mapping[str, Letterhead], texts: str, campaign: str) -> str:
    """Return the digest of all that goes out and of all who are held: what two people sign.

    Returns  SHA-256, 64 hex digits; the same whatever the order of rows
    """
    used = set(pc.unique(told.column("entity")).to_pylist())
    head = {
        "version": VERSION,
        "campaign": campaign,
        "texts": texts,
        "letterheads": {name: letterhead for name, letterhead in letterheads.items() if name in used},
        "columns": TOLD.names,
    }
    digest = hashlib.sha256(msgspec.json.encode(head, order="deterministic") + b"\n")
    ordered = _by_id(told)
    for start in range(0, ordered.num_rows, _AT_ONCE):
        part = texts_of(ordered.slice(start, _AT_ONCE)).to_pylist()
        digest.update("".join(f"{text}\n" for text in part).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def plan_json(plan: Plan, checked: msgspec.Struct | None = None) -> bytes:
    """Return the plan as JSON, with names in order.

    checked  what came of checking its texts, to stand beside it; None: nothing
    """
    said = msgspec.to_builtins(plan) | ({"checked": msgspec.to_builtins(checked)} if checked is not None else {})
    return msgspec.json.format(msgspec.json.encode(said, order="deterministic"), indent=1) + b"\n"


def plan_text(plan: Plan) -> str:
    """Return the plan as text for a terminal or a page of paper: counts and ids, nobody's name."""
    lines = [
        f"Campaign {printable(plan.campaign)}",
        f"{count_of(plan.people, 'person', 'people')}: {plan.notices:,} to be told once two people sign, {plan.held:,} on hold",
        f"measured: {plan.measured.confirmed:,} confirmed, at most {plan.measured.most:,}"
        + ("" if plan.measured.upper_bound is not None else " (no upper bound: 5 % over the confirmed)"),
        *(
            f"{count_of(count, *noun)} {verb}"
            for count, noun, verb in (
                (plan.shared, ("notice goes", "notices go"), "to a mailbox that several people read, without fields"),
                (plan.namesakes, ("namesake is", "namesakes are"), "told nothing until it is known who it was"),
                (
                    plan.left_out.only_himself,
                    ("person was", "people were"),
                    "shown to nobody but other accounts of the same person",
                ),
                (plan.left_out.bad_rows, ("row", "rows"), "of the list could not be read: NOT told"),
                (plan.not_listed, ("person is", "people are"), "not in the customer list any more"),
                (plan.several_entities, ("person has", "people have"), "accounts with several legal entities"),
            )
            if count
        ),
        f"takes {_duration(plan.hours)}"
        + (f", costs {plan.cost:,.2f} {printable(plan.currency)}" if plan.cost else ""),
    ]
    text = [line for line in lines if line]
    for title, table in (
        ("By country", plan.by_country),
        ("By language", plan.by_language),
        ("By legal entity", plan.by_entity),
        ("By kind", plan.by_kind),
    ):
        text += ["", title, *(_line(line) for line in table[:_LINES])]
        if len(table) > _LINES:
            text.append(f"  and {len(table) - _LINES:,} more")
    if held := [line for line in plan.by_hold if line.label]:
        text += ["", "On hold"]
        text += [
            f"  {line.label}: {count_of(line.people, 'person', 'people')}. {REASONS[Hold(line.label)]}" for line in held
        ]
    if plan.samples:
        text += ["", "Look at these before you sign:", *(f"  {name}" for name in plan.samples)]
    return "\n".join([*text, "", f"Texts   {plan.texts}", f"Digest  {plan.digest}", ""])


def _line(line: Line) -> str:
    held = f", {line.held:,} on hold" if line.held else ""
    counts = f"{count_of(line.people, 'person', 'people')}, {count_of(line.notices, 'notice')}"
    return f"  {printable(line.label) or 'not known'}: {counts}{held}"


def _duration(hours: float) -> str:
    return f"{hours * 60:,.0f} minutes" if hours < 2 else f"{hours:,.1f} hours"


def _hours(notices: int, pace: Pace) -> float:
    waited = pace.canary_minutes / 60 if notices > pace.canary else 0.0
    return round(notices / pace.per_hour + waited, 4)


def _lines(labels: pa.Array | pa.ChunkedArray, counted: pa.Table) -> tuple[Line, ...]:
    """Count rows by a column, most people first."""
    table = pa.table(
        {
            "label": labels,
            "people": counted.column("people"),
            "one": pa.array(np.ones(counted.num_rows, np.int64)),
            "held": pc.is_valid(counted.column("hold")).cast(pa.int64()),
        }
    )
    grouped = table.group_by("label").aggregate([("people", "sum"), ("one", "sum"), ("held", "sum")])
    lines = [
        Line(row["label"], row["people_sum"], row["one_sum"] - row["held_sum"], row["held_sum"])
        for row in grouped.to_pylist()
    ]
    return tuple(sorted(lines, key=lambda line: (-line.people, line.label)))


def _by_id(told: pa.Table) -> pa.Table:
    """Return the rows in the order of their ids; where they are so already, nothing is copied."""
    ids = told.column("id")
    if len(ids) < 2 or pc.all(pc.less_equal(ids[:-1], ids[1:])).as_py():
        return told
    return told.take(pc.sort_indices(ids))


def _codes(column: pa.Array | pa.ChunkedArray) -> NDArray[np.int64]:
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return np.asarray(whole.dictionary_encode().indices.to_numpy(zero_copy_only=False), dtype=np.int64)


def _sum(column: pa.Array | pa.ChunkedArray) -> int:
    return int(pc.sum(column, min_count=0).as_py())
