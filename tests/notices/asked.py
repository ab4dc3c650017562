"""What the tests of this folder share: a customer list, exposures, letterheads, and what is told of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import pyarrow as pa

from spillkit.directory.mapping import guess_mapping
from spillkit.directory.reading import source_of_rows
from spillkit.directory.survey import MappedSource
from spillkit.law.books import read_books
from spillkit.notices.gather import ATTRIBUTES, Gathered, Wishes, gather, with_accounts
from spillkit.notices.holds import Known
from spillkit.notices.letterhead import Letterhead
from spillkit.notices.marks import derived_key, marks_of
from spillkit.notices.merging import Decided, merge
from spillkit.schemas import EXPOSURES
from spillkit.scope.measure import connected

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
NOW = NOON + timedelta(days=20)
WORKSPACE_KEY = bytes(range(16))
MARKS_KEY, IDS_KEY = derived_key(WORKSPACE_KEY, "marks"), derived_key(WORKSPACE_KEY, "ids")
TEXTS = frozenset("en fr it ar es de pt nl pl tr ja zh ko sv he".split())
EUROPE = Letterhead(
    entity="shop-eu",
    name="Shop Europe S.à r.l.",
    brand="Shop",
    sender="notice@shop.example",
    domain="shop.example",
    check_at="shop.example/check",
    contact="privacy@shop.example",
)
CANADA = msgspec.structs.replace(EUROPE, entity="shop-ca", name="Shop Canada Inc.", languages=("en", "fr"))
BOTH = {"shop-eu": EUROPE, "shop-ca": CANADA}
HEADER = ("id", "name", "email", "country", "language", "legal_entity", "birth_date")
# id, name, mail, country, language, legal entity, day of birth
ALICE = ("a1", "Alizée Marchetti-Okonkwo", "alizee@example.org", "FR", "fr", "shop-eu", "1984-03-02")
ALICE_TOO = ("a2", "Marchetti-Okonkwo, Alizée", "ALIZEE@example.org", "FR", "", "shop-eu", "")
FATHER = ("f1", "Tobe Okonkwo", "alizee@example.org", "FR", "", "shop-eu", "")
BOB = ("b1", "Bartholomäus Quistorp", "b.quistorp@example.net", "DE", "", "shop-eu", "")
CORA = ("c1", "Cora Lindqvist", "cora@example.com", "CA", "", "shop-ca", "")
SIGNED = Known(signed=TEXTS)


def shown(
    subject: str,
    field: str = "e-mail",
    to: str = "x9",
    minutes: float | None = 0,
    evidence: str = "confirmed",
    kind: str = "subject",
) -> dict[str, object]:
    """One exposure, so many minutes after noon."""
    at = None if minutes is None else NOON + timedelta(minutes=minutes)
    texts = dict.fromkeys((one.name for one in EXPOSURES if one.type == pa.string()), "")
    numbers = dict.fromkeys((one.name for one in EXPOSURES if pa.types.is_integer(one.type)), 1)
    return texts | numbers | {"subject": subject, "field": field, "viewer": to, "viewer_kind": kind,
                              "evidence": evidence, "shown_at": at}  # fmt: skip


def wishes(**changes: object) -> Wishes:
    given = {"campaign": "2026-11-cache", "letterheads": BOTH, "texts": TEXTS, "known": SIGNED} | changes
    return Wishes(**given)


def asked(
    people: Sequence[tuple[str, ...]],
    rows: Iterable[Mapping[str, object]],
    decided: Iterable[Decided] = (),
    minors: Iterable[str] = (),
    now: datetime = NOW,
    **changes: object,
) -> Gathered:
    """Who is told what of these people and exposures."""
    source = source_of_rows([dict(zip(HEADER, row)) for row in people])
    marks = marks_of([MappedSource(source, guess_mapping(source.header, source.sample()))], MARKS_KEY, None)
    exposures = pa.Table.from_pylist([dict(row) for row in rows], schema=EXPOSURES)
    attributes = pa.table(
        [[row[0] for row in people], [row[3] for row in people], [row[4] for row in people], [row[5] for row in people],
         [row[0] in minors for row in people]],
        schema=ATTRIBUTES,
    )  # fmt: skip
    everybody = pa.concat_arrays([exposures.column(name).combine_chunks() for name in ("subject", "viewer")])
    is_listed = pa.array(
        [name != "anonymous" and not name.startswith("staff:") for name in everybody.to_pylist()], pa.bool_()
    )
    seen = everybody.filter(is_listed) if changes.get("kind") == "unintended-viewer" else exposures.column("subject")
    persons = merge(with_accounts(marks, seen), decided)
    with connected({"exposures": exposures}) as connection:
        return gather(connection, persons, attributes, wishes(**changes), read_books(), IDS_KEY, now)
