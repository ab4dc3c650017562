"""Every shape of a mailing is held against the facts and the further texts before anybody is told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spillkit.errors import NoticesError
from spillkit.law.books import read_books
from spillkit.model import ViewerKind
from spillkit.notices.complaint import authority_id
from spillkit.notices.demands import demands_by_place
from spillkit.notices.lint.claims import Purpose, Text
from spillkit.notices.lint.mailing import CheckedMailing, check_mailing
from spillkit.notices.render import Renderer
from spillkit.notices.shapes import shapes_of
from spillkit.notices.story import Done, Nature, Story
from spillkit.notices.told import Hold, Kind, Told
from spillkit.notices.told_table import table_of
from spillkit.notices.wording import LANGUAGES
from spillkit.notices.writing import authorities_of
from tests.notices.written import LETTERHEAD, story, told

TODAY = date(2026, 11, 22)
BOOKS = read_books()
DEMANDS = demands_by_place(BOOKS, TODAY)
START = datetime(2026, 10, 20, 12, 0, tzinfo=UTC)
END = START + timedelta(days=12)  # over the night in which clocks go back
FIELDS = ("name", "e-mail", "phone", "address", "customer-id", "order", "document", "device", "session", "token")
COUNTRIES = ("", "AT", "BE", "BR", "CA", "DE", "FR", "GB", "IT", "JP", "KR", "LU", "SA", "US")


def checked(
    rows: list[Told], of: Story | None = None, further: tuple[Text, ...] = (), **more: object
) -> CheckedMailing:
    of = of or story(first_at=START, last_at=END)
    authorities = authorities_of(rows, BOOKS)
    return check_mailing(table_of(rows), of, {"lu": LETTERHEAD}, DEMANDS, authorities, further, **more)


moments = st.integers(0, 12 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes))
periods = st.one_of(
    st.tuples(moments, moments).map(sorted),
    moments.map(lambda at: (at, at)),
    moments.map(lambda at: (at, None)),
    moments.map(lambda at: (None, at)),
    st.just((None, None)),
)


@st.composite
def rows_told(draw: st.DrawFn) -> Told:
    country = draw(st.sampled_from(COUNTRIES))
    first_at, last_at = draw(periods)
    kinds = draw(st.sets(st.sampled_from(ViewerKind), min_size=1, max_size=3))
    is_shared = draw(st.booleans()) and draw(st.booleans())
    return told(
        *draw(st.lists(st.sampled_from(LANGUAGES), min_size=1, max_size=2, unique=True)),
        kind=draw(st.sampled_from(Kind)),
        country=country,
        authority=authority_id(country, BOOKS, TODAY),
        fields=() if is_shared else tuple(field for field in FIELDS if draw(st.booleans())),
        is_shared=is_shared,
        first_at=first_at,
        last_at=last_at,
        viewers=tuple(sorted((kind.value, draw(st.integers(1, 3000))) for kind in kinds)),
    )


stories = st.builds(
    lambda nature, done, upper, zone: story(
        nature=nature,
        done=tuple((one, TODAY) for one in done),
        people_upper=upper,
        zone=zone,
        first_at=START,
        last_at=END,
    ),
    st.sampled_from(Nature),
    st.sets(st.sampled_from(Done)).map(sorted),
    st.sampled_from([None, 988, 1014]),
    st.sampled_from(["UTC", "Europe/Paris", "America/New_York", "Asia/Kolkata"]),
)


@settings(max_examples=10, deadline=None)
@given(st.lists(rows_told(), min_size=1, max_size=4), stories)
def test_nothing_that_we_write_contradicts_the_facts(rows, of):
    rows = [msgspec.structs.replace(one, id=f"n{number}") for number, one in enumerate(rows)]
    assert [(one.rule, one.document, one.says, one.other) for one in checked(rows, of).found] == []


def test_every_number_of_viewers_is_read_as_it_was_written():
    rows = [
        told(language, id=f"n-{language}-{count}", viewers=(("subject", count),))
        for language in LANGUAGES
        for count in (1, 2, 11, 100, 1500)
    ]
    assert checked(rows).found == ()
    assert checked(rows[::5], story(nature=Nature.PASSED_ON_BY_SEVERAL, first_at=START, last_at=END)).found == ()


def text(words: str, purpose: Purpose = Purpose.AGENT, name: str = "agent.en.txt") -> Text:
    return Text(name, purpose, words, ("en",), "lu")


BY_ONE = story(nature=Nature.PASSED_ON_BY_ONE, first_at=START, last_at=END)
SAID = {
    "an employee, and the individuals": ("The individuals responsible have been fired.", {"one-or-several-staff"}),
    "a wrong number": ("1,204 people are affected.", {"people-number"}),
    "a field that nobody was told": ("Your postal address was shown.", {"field-not-shown"}),
    "nothing else": ("No other data was shown.", {"promise"}),
    "a hedge": ("Your name may have been shown.", {"hedge"}),
    "another day of the next word": ("We will write to you again by 24 December 2026.", {"again-day"}),
    "what is right": ("988 people are affected. An employee passed on your name and e-mail address.", set()),
}


@pytest.mark.parametrize(("words", "broken"), SAID.values(), ids=SAID)
def test_what_support_is_to_say_is_held_against_the_facts_and_all_notices(words, broken):
    rows = [told(language, id=f"n-{language}") for language in LANGUAGES]
    found = checked(rows, BY_ONE, (text(words),)).found
    assert {one.rule for one in found} == broken
    # Where the notices say something else, it is told how many people would read two things.
    beside = [one for one in found if "notices" in (one.document, one.other_document)]
    assert all(len(LANGUAGES) - 1 <= one.people <= len(LANGUAGES) for one in beside)
    assert bool(beside) == (not broken.isdisjoint({"one-or-several-staff", "people-number", "again-day"}))


def test_a_statement_that_lacks_a_field_is_found():
    rows = [told("en", id="a"), told("de", id="b", fields=("name", "phone"))]
    public = "On 20 November 2026 we noticed it. Names and e-mail addresses were shown. Next word on 4 December 2026."
    found = checked(rows, further=(text(public, Purpose.STATEMENT, "statement.en.txt"),)).found
    assert ("field-missing", "phone is not named", 0) in {(one.rule, one.says, one.people) for one in found}


def test_a_contradiction_says_how_many_people_would_read_it():
    rows = [told("en", id=f"e{number}", viewers=(("subject", 3),)) for number in range(40)]
    rows += [told("de", id=f"d{number}") for number in range(7)]
    rows += [told("fr", id="s", is_shared=True, fields=(), people=3)]
    # No language but English says what is not known yet: nobody is told less than others.
    of = story(not_known={"en": ("We do not know why.",), "fr": ("Nous ne savons pas pourquoi.",)})
    result = checked(rows, of)
    [found] = result.found
    assert (found.rule, found.document, found.people, found.notices) == ("not-written", "notices (de)", 7, 7)
    assert found.examples == ("d0",)
    assert (result.people, result.notices, result.shapes) == (50, 48, 3)


def test_a_decision_on_a_contradiction_outlives_neither_the_wording_nor_the_rows():
    rows = [told("en", id="a"), told("de", id="b")]
    ids = [
        checked(rows, BY_ONE, (text(words),)).found[0].id
        for words in ("Several employees passed on your name.", "Several employees passed on your name!")
    ]
    again = checked(rows[::-1], BY_ONE, (text("Several employees passed on your name."),)).found[0].id
    assert ids[0] == again != ids[1]


def test_whoever_is_on_hold_is_checked_and_a_namesake_is_not():
    rows = [told("en", id="a", hold=Hold.MINOR, holds=(Hold.MINOR,)), told("de", id="b", hold=Hold.NAMESAKE)]
    assert (checked(rows).notices, checked(rows).shapes) == (1, 1)


def test_each_kind_of_region_is_checked_since_the_list_is_read_later():
    [shape] = shapes_of(table_of([told("en", country="US")]), RENDERERS, "UTC")
    assert [reader.region for reader in shape.readers] == ["", "US-", "US-CA", "US-MA"]
    [shape] = shapes_of(table_of([told("en", country="LU")]), RENDERERS, "UTC")
    assert [reader.region for reader in shape.readers] == [""]


RENDERERS = {"lu": Renderer(story(first_at=START, last_at=END), LETTERHEAD, demands=DEMANDS)}


@settings(max_examples=30, deadline=None)
@given(st.lists(rows_told(), min_size=1, max_size=12))
def test_every_row_is_written_like_its_shape_and_counted_once(rows):
    rows = [msgspec.structs.replace(one, id=f"n{number}", people=1 + number % 3) for number, one in enumerate(rows)]
    shapes = shapes_of(table_of(rows), RENDERERS, "Europe/Paris")
    assert sum(shape.notices for shape in shapes) == len(rows)
    assert sum(shape.people for shape in shapes) == sum(one.people for one in rows)
    written = {RENDERERS["lu"].shape(shape.told) for shape in shapes}
    assert written == {RENDERERS["lu"].shape(one) for one in rows}
    for shape in shapes:
        assert shape.told in rows


def test_people_who_differ_in_name_minute_and_number_of_viewers_are_few_shapes():
    rows = [
        told(
            "en",
            id=f"n{number}",
            first_at=START + timedelta(minutes=number),
            last_at=END,
            viewers=(("subject", 10 + number % 80),),
        )
        for number in range(2000)
    ]
    assert len(shapes_of(table_of(rows), RENDERERS, "Europe/Paris")) == 1


def test_a_legal_entity_without_letterhead_is_refused_by_name():
    with pytest.raises(NoticesError, match="shop-us: there is no letterhead"):
        checked([told("en", entity="shop-us")])


def test_a_contradiction_of_a_mailing_quotes_nobody():
    secret = "Alizée Marchetti-Okonkwo alizee@example.net"
    result = checked([told("en")], further=(text(f"{secret} may have been shown to 77 people."),))
    assert result.found
    assert not any(part in repr(result) for part in ("Aliz", "Okonkwo", "example.net"))
