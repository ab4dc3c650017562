"""Whoever adds or corrects a rule is told what is missing or wrong."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spillkit.errors import LawError
from spillkit.law.books import BUILT_IN, read_books
from spillkit.law.cases import decide_case
from spillkit.law.check import COUNTS, ORDERS, PEOPLE_OF, UNITS, check_books
from spillkit.law.decision import Outcome
from spillkit.law.phrases import MILESTONES
from spillkit.law.rule import (
    Addressee,
    Binds,
    Clock,
    Condition,
    Content,
    DutyKind,
    Exemption,
    Jurisdiction,
    People,
    Rule,
    RuleCase,
    Source,
)

RULE = """
[[rule]]
id = "fr-test"
duty = "notify-authority"
instrument = "Loi"
article = "Art. 1"
[rule.binds]
connection = "residents"
sectors = ["telecom"]
[[rule.when]]
words = "names with passwords of at least 100 people"
data = [["name", "password"]]
people = { at_least = 100 }
questions = { high-risk = "yes" }
[[rule.unless]]
words = "encrypted"
questions = { encrypted = "yes" }
[rule.clock]
words = "within 2 business days"
length = 2
unit = "days"
count = "business"
starts = "aware"
holidays = "FR"
[rule.to]
name = "l'autorité"
[rule.content]
items = ["nature"]
[rule.source]
status = "partly confirmed"
where = "the statute"
read_on = 2026-11-21
not_confirmed = ["clock.starts", "to: the name"]
[[rule.case]]
words = "a hundred"
outcome = "triggered"
fields = ["name", "password"]
people = 100
answers = { high-risk = "yes" }
milestones = { aware = "2026-11-20T12:00:00+01:00" }
due = "2026-11-24T23:59:59+01:00"
"""
BOOK = f"""version = 1
code = "FR"
name = "France"
residents = ["FR"]
zone = "Europe/Paris"
{RULE}"""


@pytest.fixture
def check(tmp_path):
    """Check one book beside the words that come with Spillkit, and return what must be mended."""
    law = tmp_path / "law"
    (law / "rules").mkdir(parents=True)
    for path in BUILT_IN.glob("*.toml"):
        shutil.copy(path, law)

    def problems(text, **words):
        (law / "rules" / "fr.toml").write_text(text, encoding="utf-8")
        for name, content in words.items():
            (law / f"{name}.toml").write_text(content, encoding="utf-8")
        found = check_books(read_books(law))
        # The one book of this test does not count the residents that the tables of authorities name.
        return [problem for problem in found if problem.book or words]

    return problems


def test_there_is_nothing_to_mend_in_the_books_that_come_with_spillkit():
    assert check_books(read_books()) == ()


def test_a_sound_book_has_nothing_to_mend(check):
    assert check(BOOK) == []


# What is replaced in the sound book, by what, and what is then said.
WRONG = {
    "no article": ('article = "Art. 1"', 'article = " "', "article: is empty"),
    "no source": ('where = "the statute"', 'where = ""', "source.where: is empty"),
    "an unknown kind of data": ('["name", "password"]]', '["name", "pasword"]]', "'pasword' is not known"),
    "an empty combination": ('[["name", "password"]]', "[[]]", "everybody would match"),
    "an unknown sector": ('"telecom"', '"telco"', "'telco' is not known"),
    "an unknown question": ("{ high-risk =", "{ highrisk =", "'highrisk' is not known"),
    "an answer that is none": ('encrypted = "yes"', 'encrypted = "perhaps"', "'perhaps' is not known"),
    "an unknown item of content": ('"nature"', '"natur"', "'natur' is not known"),
    "an unknown start": ('starts = "aware"', 'starts = "noticed"', "clock.starts: 'noticed' is not known"),
    "an unknown unit": ('unit = "days"', 'unit = "weeks"', "clock.unit: 'weeks' is not known"),
    "business hours": ('unit = "days"', 'unit = "hours"', "business hours are not reckoned"),
    "no length left": ("length = 2", "length = 0", "clock.length: is below 1"),
    "no holidays": ('holidays = "FR"', 'holidays = ""', "clock.holidays: is empty"),
    "holidays of nowhere": ('holidays = "FR"', 'holidays = "QQ"', "no holidays are known for QQ"),
    "holidays of no region": ('holidays = "FR"', 'holidays = "US-QQ"', "no holidays are known for US-QQ"),
    "a clock without words": ('words = "within 2 business days"', 'words = ""', "clock.words: is empty"),
    "a contested end of nothing": ("length = 2\n", 'contested = "argued"\n', "no length that could be extended"),
    "a zone of nowhere": ("Europe/Paris", "Europe/Pari", "zone: is no IANA time zone"),
    "a country that is none": ('["FR"]', '["FX9"]', "residents: FX9"),
    "a region of another form": ('["FR"]', '["FR-Île"]', "residents: FR-Île"),
    "nobody lives there": ('residents = ["FR"]', "residents = []", "residents: is empty"),
    "a parent that is none": ('zone = "', 'parent = "QX"\nzone = "', "parent: there is no book QX"),
    "an unsure part that is none": ('"clock.starts"', '"klock"', "klock names no part"),
    "it ends before it begins": (
        'article = "Art. 1"',
        'article = "Art. 1"\nin_force_from = 2026-01-02\nin_force_to = 2026-01-01',
        "in_force_to: is before in_force_from",
    ),
    "an order that is none": (
        'article = "Art. 1"',
        'article = "Art. 1"\norder = "first"',
        "order: 'first' is not known",
    ),
    "no addressee": ('[rule.to]\nname = "l\'autorité"\n', "", "to: is missing"),
    "an addressee without a name": ('name = "l\'autorité"', 'name = " "', "to.name: is empty"),
    "an addressee in no table": ('name = "l\'autorité"', 'name = ""\nlist = "oecd"', "no table oecd"),
    "nobody can be so many": ("at_least = 100", "at_least = 100, at_most = 99", "no number of people"),
    "people of something else": ("at_least = 100", 'at_least = 100, of = "customers"', "'customers' is not known"),
    "no condition": (RULE[RULE.index("[[rule.when]]") : RULE.index("[[rule.unless]]")], "", "when"),
    "no case": (RULE[RULE.index("[[rule.case]]") :], "", "case"),
    "no case that triggers": ('outcome = "triggered"', 'outcome = "not triggered"', "no case triggers the rule"),
    "an outcome that is none": ('outcome = "triggered"', 'outcome = "maybe"', "'maybe' is not known"),
    "an id in capitals": ('id = "fr-test"', 'id = "FR_test"', "id: use small letters"),
    "a case that comes out otherwise": ("people = 100\n", "people = 99\n", "is not triggered, and should be triggered"),
    "a case that is due otherwise": (
        "2026-11-24T",
        "2026-11-25T",
        "is due 2026-11-24T23:59:59+01:00, and should be due",
    ),
    "a case due on no day": ("2026-11-24T23", "2026-11-34T23", "not ISO 8601"),
    "a case due in no zone": ("23:59:59+01:00", "23:59:59", "due has no offset"),
    "a case of an hour in no zone": ("12:00:00+01:00", "12:00:00", "cannot be tried"),
    "a case with no deadline": ('starts = "aware"', 'starts = "assessed"', "has no deadline, and should have one"),
    "a character that hides": ("a hundred", "a \\u202ehundred", "cannot be seen"),
}


@pytest.mark.parametrize(("old", "new", "said"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said_with_its_place(check, old, new, said):
    assert old in BOOK
    text = BOOK.replace(old, new, 1)
    if not ("rule.when" in text and "rule.case" in text):  # msgspec wants the keys; empty lists say the same
        missing = "when = []" if "rule.when" not in text else "case = []"
        text = text.replace('article = "Art. 1"', f'article = "Art. 1"\n{missing}')
    found = check(text)
    assert any(said in problem.words for problem in found), found
    assert {problem.book for problem in found} == {"FR"}


def _versions(first, second):
    one = RULE.replace('article = "Art. 1"', f'article = "Art. 1"\n{first}')
    two = RULE.replace("fr-test", "fr-test-v2").replace('article = "Art. 1"', f'article = "Art. 2"\n{second}')
    return BOOK.replace(RULE, one + two)


def test_two_versions_are_never_in_force_on_the_same_day(check):
    text = _versions("in_force_to = 2026-01-01", "in_force_from = 2026-01-01")
    assert any("are in force on the same day" in problem.words for problem in check(text))


def test_between_two_versions_there_is_no_day_without_law(check):
    text = _versions("in_force_to = 2025-12-30", "in_force_from = 2026-01-01")
    assert any("no version is in force" in problem.words for problem in check(text))


def test_versions_that_follow_each_other_are_sound(check):
    found = check(_versions("in_force_to = 2025-12-31", "in_force_from = 2026-01-01"))
    assert not any("force on" in problem.words or "no version" in problem.words for problem in found)


def test_a_book_without_a_rule_says_why(check):
    empty = BOOK.replace(RULE, "rule = []\n")
    assert [problem.words for problem in check(empty)] == ["has no rule; if there is no duty, say so in note."]
    assert check(empty.replace("rule = []", 'note = "No duty."\nrule = []')) == []


def test_a_country_with_authorities_and_without_a_book_is_found(check):
    row = '[{ name = "x", status = "confirmed", table = "de" }]'
    tables = f"version = 1\n[eea]\nFR = {row}\nDE = {row}\n"
    text = BOOK.replace('name = "l\'autorité"', 'name = ""\nlist = "eea"')
    said = [problem.words for problem in check(text, authorities=tables)]
    assert any("DE has authorities, but no book counts its residents" in words for words in said)
    assert any("there is no table de" in words for words in said)


def test_an_item_of_content_points_at_one_of_the_fourteen_questions(check):
    items = 'version = 1\n[item]\nnature = { words = "what happened", answer = 15 }\n'
    assert any("there is no question 15" in problem.words for problem in check(BOOK, content=items))


PAGE = Path("docs/reference/law.md").read_text(encoding="utf-8")


def test_the_book_on_the_page_is_sound(check):
    [example] = re.findall(r"^```toml\n(.*?)^```$", PAGE, flags=re.DOTALL | re.MULTILINE)
    assert check(example) == []
    assert any("is due" in problem.words for problem in check(example.replace("-30T", "-29T")))


@pytest.mark.parametrize(
    "kind",
    [Jurisdiction, Rule, Binds, Condition, People, Exemption, Clock, Addressee, Content, Source, RuleCase],
    ids=lambda kind: kind.__name__,
)
def test_every_key_is_explained_on_the_page(kind):
    table = PAGE[PAGE.index("## Every key") : PAGE.index("## How sure")]
    known = set(re.findall(r"`\[*(?:rule\.)?([a-z_]+)\]*`", table))
    assert {field.encode_name for field in msgspec.structs.fields(kind)} - known == set()


def test_every_word_a_key_may_have_is_on_the_page():
    words = [*MILESTONES, *UNITS, *COUNTS, *(order for order in ORDERS if order), *DutyKind, *Outcome, *PEOPLE_OF]
    assert [word for word in words if f"`{word}`" not in PAGE] == []


def test_as_many_statutes_count_passwords_as_the_page_says():
    counting = {
        book.code
        for book in read_books().regions_of("US")
        for rule in book.rule
        for condition in rule.when
        if ("email", "password") in condition.data
    }
    assert f"in {len(counting)} of the 54 also a user name" in " ".join(PAGE.split())


JUNK = [
    "0",
    "-1",
    "1000000000000000000",
    '""',
    '"x"',
    '"\\u0000"',
    "[]",
    "{}",
    "[[]]",
    "true",
    "1.5",
    "0001-01-01",
    "9999-12-31",
]
VALUES = [place.span(1) for place in re.finditer(r"^[a-z_-]+ = (.+)$", BOOK, flags=re.MULTILINE)]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.sampled_from(VALUES), junk=st.sampled_from([*JUNK, '"0001-01-01T00:00:00Z"', '"9999-12-31T23:59:59Z"']))
def test_whatever_a_key_is_set_to_the_book_is_checked_or_refused(check, place, junk):
    text = BOOK[: place[0]] + junk + BOOK[place[1] :]
    try:
        found = check(text)
    except LawError:
        return
    assert all(problem.words for problem in found)


TIMES = [
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-12:00",
    "0001-01-01",
    "9999-12-31",
    "2026",
    "20261120",
    "20261120T12",
    "noon",
]


@pytest.mark.parametrize("said", TIMES)
@pytest.mark.parametrize("name", ["aware", "discovered", "year-end"])
def test_a_case_with_an_odd_time_is_a_case_to_mend(check, name, said):
    text = BOOK.replace('starts = "aware"', f'starts = "{name}"')
    found = check(text.replace('aware = "2026-11-20T12:00:00+01:00"', f'{name} = "{said}"'))
    assert any("cannot be tried" in one.words or "ISO 8601" in one.words or "due" in one.words for one in found)


def test_a_case_is_a_small_incident_where_the_book_counts_people():
    books = read_books()
    book = books.jurisdictions["US-IA"]
    rule = books.rules["us-ia-authority"]
    case = next(case for case in rule.case if case.due)
    duty = decide_case(case, rule, book, books)
    assert duty.deadline.due_local == "2026-11-30T23:59:59-06:00"
