"""A measurement that finds 212 people more: the correction is planned, checked and mailed to them, and to nobody else."""

from __future__ import annotations

from datetime import date
from email import message_from_bytes, policy

import msgspec
import pytest

from spillkit.directory.mapping import guess_mapping
from spillkit.directory.reading import source_of_rows
from spillkit.directory.survey import MappedSource
from spillkit.errors import NoticesError
from spillkit.law.books import read_books
from spillkit.notices.addressees import read_addressees
from spillkit.notices.code import code_keys
from spillkit.notices.company import Company, Sender
from spillkit.notices.delta import Because, delta
from spillkit.notices.demands import demands_by_place
from spillkit.notices.lint.claims import Purpose, Text
from spillkit.notices.lint.mailing import check_mailing
from spillkit.notices.plan import Measured, Pace, make_plan
from spillkit.notices.told import Kind
from spillkit.notices.told_table import rows_of
from spillkit.notices.writing import Writer, authorities_of, texts_digest
from tests.notices.asked import BOTH, EUROPE, HEADER, IDS_KEY, MARKS_KEY, NOON, NOW, asked, shown
from tests.notices.written import story

TOLD_BEFORE, MORE = 60, 212
LANGUAGES = ("de", "fr", "it", "en", "ar")
PEOPLE = [
    (f"c{n:04}", f"Person {n}", f"p{n}@mail.example", "DE", LANGUAGES[n % 5], "shop-eu", "")
    for n in range(TOLD_BEFORE + MORE)
]
COMPANY = Company(1, {"shop-eu": EUROPE}, {"shop-eu": Sender("notices@bounce.shop.example")})


@pytest.fixture(scope="module")
def mailings():
    """What was sent, and the correction."""
    first = asked(PEOPLE, [shown(row[0]) for row in PEOPLE[:TOLD_BEFORE]]).told
    now = asked(PEOPLE, [shown(row[0]) for row in PEOPLE]).told
    return first, delta([first], now, "2026-11-cache-correction-1", IDS_KEY)


def test_a_correction_after_212_more_people_is_planned_checked_and_mailed_to_them_only(mailings):
    first, found = mailings
    measured = Measured(TOLD_BEFORE + MORE, TOLD_BEFORE + MORE)
    of = story(
        campaign="2026-11-cache", people_confirmed=measured.confirmed, people_upper=None, first_at=NOON, last_at=NOON
    )
    plan = make_plan(found.told, measured, BOTH, texts_digest(of), Pace(1000), "2026-11-cache", NOW)
    assert (plan.people, plan.notices, plan.held) == (MORE, MORE, 0)
    assert [line.label for line in plan.by_kind] == ["correction"]
    assert (found.count()[Because.NEW], found.unchanged) == (MORE, TOLD_BEFORE)

    books = read_books()
    rows = list(rows_of(found.told))
    authorities, demands = authorities_of(rows, books), demands_by_place(books, date(2026, 11, 22))
    assert check_mailing(found.told, of, BOTH, demands, authorities).found == ()

    source = source_of_rows([dict(zip(HEADER, row)) for row in PEOPLE])
    lists = [MappedSource(source, guess_mapping(source.header, source.sample()))]
    writer = Writer(of, COMPANY, code_keys(bytes(32)), NOW, demands=demands, authorities=authorities)
    mails = [
        message_from_bytes(writer.post(one, to).data, policy=policy.default)
        for one, to in read_addressees(lists, rows, MARKS_KEY)
    ]
    to = sorted(mail["To"].addresses[0].addr_spec for mail in mails)
    assert to == sorted(row[2] for row in PEOPLE[TOLD_BEFORE:])
    english = next(mail for mail in mails if mail["Content-Language"] == "en")
    assert "We know more than in our first messages." in english.get_body(("plain",)).get_content()
    # Whoever was told before has an id of his own there, and none of these mails carries one.
    assert not {row.id for row in rows_of(first)} & {row.id for row in rows}


def test_a_correction_of_more_people_than_were_measured_is_not_planned(mailings):
    _, found = mailings
    with pytest.raises(NoticesError, match="212 people would be told, and at most 200 were measured"):
        make_plan(found.told, Measured(200, 200), BOTH, "ab" * 32, Pace(1000), "2026-11-cache", NOW)


def test_a_correction_that_says_another_number_than_was_measured_is_stopped(mailings):
    _, found = mailings
    of = story(people_confirmed=TOLD_BEFORE + MORE, people_upper=None, first_at=NOON, last_at=NOON)
    public = Text("agent.en.txt", Purpose.AGENT, f"{TOLD_BEFORE} people are affected.", ("en",), "shop-eu")
    checked = check_mailing(found.told, of, BOTH, {}, {}, (public,))
    beside = [one for one in checked.found if one.rule == "people-number" and one.people]
    assert sum(one.people for one in beside) >= MORE * 4 // 5
    assert all(msgspec.to_builtins(one)["says"] == "272 people" for one in beside)
    assert {row.kind for row in rows_of(found.told)} == {Kind.CORRECTION}
