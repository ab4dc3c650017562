"""Planted people: the same everywhere, nobody's, and found again by the index in any disguise."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import unicodedata

import phonenumbers
import pytest
from babel import Locale
from babel.localedata import locale_identifiers
from hypothesis import given, settings
from hypothesis import strategies as st

from spillkit.directory import Index
from spillkit.errors import InputError
from spillkit.kernel.words import LARGE_DIRECTORY, common_words
from spillkit.plant import all_locales, plant_people
from spillkit.plant.files import csv_text, json_list, read_people
from spillkit.plant.tables import place_of
from tests.kernel import disguises

EVERYWHERE = plant_people(len(all_locales()), all_locales())
SCRIPTS = (
    "fr_FR de_DE ru_RU el_GR hy_AM ka_GE ar_EG he_IL hi_IN bn_BD ta_IN th_TH lo_LA km_KH am_ET zh_CN zh_Hant_TW ja_JP ko_KR"
).split()
SOME = plant_people(38, SCRIPTS)
MANY = plant_people(1500, SCRIPTS)


@pytest.fixture(scope="module")
def everywhere_index():
    return Index.build([person.row() for person in EVERYWHERE])


@pytest.fixture(scope="module")
def some_index():
    return Index.build([person.row() for person in SOME])


def test_the_same_seed_gives_the_same_people_on_every_machine():
    # The digest was written down once; whoever changes how people are drawn changes the people in everybody's test data.
    rows = json.dumps([person.row() for person in SOME], ensure_ascii=True, sort_keys=True)
    assert hashlib.sha256(rows.encode()).hexdigest()[:32] == "cca46f5fb90fe13124c1808817db0bfa"


def test_people_do_not_depend_on_the_run():
    code = "from spillkit.plant import plant_people; print([person.row() for person in plant_people(5, ['fr_FR', 'zh_CN'], 7)])"
    printed = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1")
    }
    assert len(printed) == 1


def test_a_longer_list_begins_with_the_shorter_one():
    assert plant_people(40, ["fr_FR", "ar_EG"], 3)[:10] == plant_people(10, ["fr_FR", "ar_EG"], 3)


def test_another_seed_gives_other_people():
    ours, theirs = plant_people(50, seed=1), plant_people(50, seed=2)
    assert not {person.email for person in ours} & {person.email for person in theirs}
    assert not {person.name for person in ours} & {person.name for person in theirs}


@pytest.mark.parametrize("what", "customer_id name email username phone".split())
def test_no_two_people_share_a_value(what):
    assert len({str(getattr(person, what)).casefold() for person in MANY}) == len(MANY)


def test_no_two_people_share_a_name_in_either_order_or_an_address():
    assert len({frozenset((person.given_name, person.family_name)) for person in MANY}) == len(MANY)
    assert len({(person.street, person.postcode, person.city) for person in MANY}) == len(MANY)


def test_no_name_is_weak_or_in_a_list_of_words_and_names():
    listed = common_words(LARGE_DIRECTORY)
    for person in MANY:
        for word in (person.given_name, person.family_name, person.city, person.username):
            plain = "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c)).casefold()
            assert plain not in listed
            assert word.casefold() not in listed


def test_no_name_is_one_that_faker_gives_to_people():
    from faker import Faker
    from faker.config import AVAILABLE_LOCALES

    given = {person.given_name for person in EVERYWHERE} | {person.family_name for person in EVERYWHERE}
    for locale in sorted(set(AVAILABLE_LOCALES) - {"fr_QC"}):  # an old name of fr_CA, which Faker warns of
        provider = next((each for each in Faker(locale).providers if each.__provider__ == "person"), None)
        for attribute in ("first_names", "last_names", "first_names_male", "first_names_female"):
            assert not given & set(getattr(provider, attribute, ()))


def test_every_phone_number_is_valid_in_its_country():
    for person in EVERYWHERE:
        number = phonenumbers.parse(person.phone)
        assert phonenumbers.is_valid_number(number), person.locale
        assert phonenumbers.region_code_for_number(number) == person.country, person.locale


@pytest.mark.parametrize(
    ("locale", "begins"),
    {"fr_FR": ("+33199", "+33261", "+33353", "+33465", "+33536"), "en_GB": ("+44",), "de_DE": ("+49",)}.items(),
)
def test_where_numbers_are_kept_for_fiction_they_are_taken(locale, begins):
    assert all(person.phone.startswith(begins) for person in plant_people(100, [locale]))


def test_american_numbers_are_between_555_0100_and_0199():
    assert all(person.phone[5:10] == "55501" for person in plant_people(300, ["en_US", "en_CA"]))


def test_mail_goes_to_domains_kept_for_examples():
    for person in EVERYWHERE:
        host = person.email.partition("@")[2]
        assert host.split(".", 1)[1] in ("example.org", "example.net", "example.com")
        assert person.email.isascii()


def test_every_locale_of_babel_has_people_of_its_script_and_country():
    for name in locale_identifiers():
        locale = Locale.parse(name)
        if locale.script:
            assert place_of(name).script == locale.script, name
        if locale.territory and locale.territory.isalpha() and name not in _ELSEWHERE:
            assert place_of(name).country == locale.territory, name


_ELSEWHERE = {name for name in all_locales() if name.endswith(("_DG", "_EA", "_EH", "_GS", "_IC", "_MF", "_PN", "_UM"))}


def test_names_are_written_in_their_script():
    words = {
        "ar_EG": "ARABIC",
        "he_IL": "HEBREW",
        "ru_RU": "CYRILLIC",
        "el_GR": "GREEK",
        "hi_IN": "DEVANAGARI",
        "th_TH": "THAI",
        "zh_CN": "CJK",
        "ja_JP": "KATAKANA",
        "ko_KR": "HANGUL",
        "ka_GE": "GEORGIAN",
        "am_ET": "ETHIOPIC",
        "fr_FR": "LATIN",
    }
    for locale, word in words.items():
        for person in plant_people(20, [locale]):
            letters = [c for c in person.given_name + person.family_name if c.isalpha()]
            assert all(unicodedata.name(c).startswith(word) for c in letters), locale


@pytest.mark.parametrize(
    "shown",
    {
        "name": lambda person: person.name,
        "name, family first": lambda person: f"{person.family_name} {person.given_name}",
        "e-mail": lambda person: person.email,
        "phone": lambda person: person.phone,
        "id": lambda person: person.customer_id,
        "address": lambda person: f"{person.street}, {person.postcode} {person.city}",
    }.values(),
)
def test_everybody_is_found_again_in_every_locale(shown, everywhere_index):
    for person in EVERYWHERE:
        assert everywhere_index.find_in(f"<p>{shown(person)}</p>") == [person.customer_id], person.locale


@given(
    person=st.sampled_from(SOME),
    what=st.sampled_from(["name", "email", "phone"]),
    disguise=st.sampled_from(sorted(disguises.TEXT)),
)
@settings(deadline=None, max_examples=300)
def test_each_value_is_found_in_any_disguise(some_index, person, what, disguise):
    page = disguises.TEXT[disguise](getattr(person, what))
    assert person.customer_id in some_index.find_in(f"<p>x {page} y</p>")


@given(text=st.text(max_size=400))
@settings(deadline=None)
def test_nothing_else_is_taken_for_them(some_index, text):
    assert some_index.find_in(text) == []


BAD = {
    "nobody": (0, ["fr_FR"], "count"),
    "too many": (100_001, ["fr_FR"], "count"),
    "no locale": (1, [], "locale"),
    "no such locale": (1, ["xx_YY"], "no locale of that name"),
    "hostile locale": (1, ["\x1b[2J" * 1000], "no locale of that name"),
    "more than the country's numbers reach for": (1001, ["en_CA"], "phone numbers"),
}


@pytest.mark.parametrize(("count", "locales", "says"), BAD.values(), ids=BAD)
def test_what_cannot_be_planted_is_refused(count, locales, says):
    with pytest.raises(InputError, match=says):
        plant_people(count, locales)


@pytest.mark.parametrize("write", [csv_text, json_list])
def test_a_file_of_people_reads_back_the_same(write, tmp_path):
    path = tmp_path / "people"
    path.write_text(write(SOME), encoding="utf-8")
    assert read_people(path) == SOME


BROKEN = {
    "empty": "",
    "no people": "[]",
    "other columns": "a,b\n1,2\n",
    "other rows": '[{"a": 1}]',
    "no rows": "[1]",
    "cut": '[{"a":',
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_a_file_that_is_none_is_refused(text, tmp_path):
    path = tmp_path / "people"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="spillkit plant"):
        read_people(path)
