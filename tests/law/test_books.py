"""The books of law: read as they stand, refused with the place where they say what no rule can say."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spillkit.errors import LawError
from spillkit.law.books import BUILT_IN, WORDS_FILES, read_books, stem

BOOKS = read_books()
FILES = sorted(path.relative_to(BUILT_IN).as_posix() for path in BUILT_IN.rglob("*.toml"))
JAPAN = (BUILT_IN / "rules" / "jp.toml").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path):
    """The words that come with Spillkit, and the book of Japan alone."""
    law = tmp_path / "law"
    (law / "rules").mkdir(parents=True)
    for path in BUILT_IN.glob("*.toml"):
        shutil.copy(path, law)
    (law / "rules" / "jp.toml").write_text(JAPAN, encoding="utf-8")
    return law


def test_every_file_of_rules_is_a_book():
    assert len(BOOKS.jurisdictions) == len([name for name in FILES if name.startswith("rules/")])
    assert sum(len(book.rule) for book in BOOKS.jurisdictions.values()) == len(BOOKS.rules) == len(BOOKS.code_of)


def test_books_stand_in_the_order_of_their_codes():
    assert list(BOOKS.jurisdictions) == sorted(BOOKS.jurisdictions)


@pytest.mark.parametrize(
    ("country", "region", "codes"),
    [
        ("JP", "", ["JP"]),
        ("DE", "", ["EU", "EU-NIS2"]),
        ("NO", "", ["EU"]),
        ("CA", "CA-QC", ["CA-FED", "CA-QC"]),
        ("US", "US-CA", ["US-CA", "US-FTC-GLBA", "US-FTC-HBNR", "US-HIPAA", "US-SEC"]),
        ("US", "", ["US-FTC-GLBA", "US-FTC-HBNR", "US-HIPAA", "US-SEC"]),
        ("AQ", "", []),
    ],
)
def test_whose_books_count_a_resident(country, region, codes):
    found = [book.code for book in BOOKS.jurisdictions_of(country, region)]
    assert [code for code in codes if code not in found] == []
    assert [code for code in found if code.startswith(("US-", "JP")) and code not in codes] == []


def test_the_states_of_the_us_are_its_regions():
    assert len(BOOKS.regions_of("US")) == 54
    assert BOOKS.regions_of("JP") == ()


def test_the_same_files_have_the_same_digest_wherever_they_lie(tmp_path):
    shutil.copytree(BUILT_IN, tmp_path / "elsewhere")
    assert read_books(tmp_path / "elsewhere").digest == BOOKS.digest


@pytest.mark.parametrize("name", [*WORDS_FILES, "rules/jp.toml"])
def test_one_comment_more_in_any_file_is_another_digest(folder, name):
    before = read_books(folder).digest
    with (folder / name).open("a", encoding="utf-8") as file:
        file.write("# seen by counsel\n")
    assert read_books(folder).digest != before


def test_a_book_under_another_name_is_another_digest(folder):
    before = read_books(folder).digest
    (folder / "rules" / "jp.toml").rename(folder / "rules" / "japan.toml")
    assert read_books(folder).digest != before


# What is wrong in the file of Japan: what is replaced, by what, what the refusal names.
WRONG = {
    "an unknown key": ('duty = "notify-authority"', 'duty = "notify-authority"\nseverity = 3', ["jp.toml", "severity"]),
    "an unknown duty": ('duty = "notify-authority"', 'duty = "tell-everybody"', ["jp.toml, rule jp-", "duty"]),
    "a length in words": ("length = 5", 'length = "five"', ["jp.toml, rule jp-", "$.rule[", "clock.length", "int"]),
    "a line that is no TOML": ('duty = "notify-authority"', "duty = notify", ["jp.toml", "line "]),
    "a day that is no day": ("read_on = 2026-11-21", "read_on = 2026-11-31", ["jp.toml"]),
    "no code": ('code = "JP"', "", ["jp.toml", "code"]),
    "a version to come": ("version = 1", "version = 2", ["jp.toml", "version 2", "Update"]),
    "brackets without end": ('zone = "Asia/Tokyo"', "zone = " + "[" * 5000, ["jp.toml", "nested"]),
}


@pytest.mark.parametrize(("old", "new", "named"), WRONG.values(), ids=WRONG)
def test_a_wrong_book_is_refused_with_file_rule_and_place(folder, old, new, named):
    assert old in JAPAN
    (folder / "rules" / "jp.toml").write_text(JAPAN.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(LawError) as refused:
        read_books(folder)
    assert [words for words in named if words not in str(refused.value)] == []


def test_an_id_is_never_used_twice(folder):
    again = JAPAN.replace('code = "JP"', 'code = "JP-2"')
    (folder / "rules" / "jp2.toml").write_text(again, encoding="utf-8")
    with pytest.raises(LawError, match="stands twice: in the book of JP and in the book of JP-2"):
        read_books(folder)


def test_a_code_is_never_used_twice(folder):
    (folder / "rules" / "jp2.toml").write_text(JAPAN, encoding="utf-8")
    with pytest.raises(LawError, match="Two books have the code JP"):
        read_books(folder)


def test_a_missing_file_of_words_is_named(folder):
    (folder / "questions.toml").unlink()
    with pytest.raises(LawError, match=r"questions\.toml: is missing"):
        read_books(folder)


def test_a_folder_that_holds_no_books_is_refused(tmp_path):
    with pytest.raises(LawError, match="no folder rules/"):
        read_books(tmp_path)


def test_a_folder_in_place_of_a_book_is_refused(folder):
    (folder / "rules" / "fr.toml").mkdir()
    with pytest.raises(LawError, match=r"fr\.toml: cannot be read"):
        read_books(folder)


def test_a_file_in_another_charset_is_refused(folder):
    (folder / "rules" / "jp.toml").write_bytes(JAPAN.encode("utf-16"))
    with pytest.raises(LawError, match=r"jp\.toml: byte 0 is not UTF-8"):
        read_books(folder)


def test_a_file_without_end_is_refused(folder):
    with (folder / "rules" / "jp.toml").open("ab") as file:
        file.truncate(5 << 20)
    with pytest.raises(LawError, match="is longer than"):
        read_books(folder)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    name=st.sampled_from(["rules/jp.toml", "authorities.toml", "fields.toml", "questions.toml"]),
    at=st.integers(0, 2000),
    cut=st.integers(0, 40),
    junk=st.one_of(
        st.binary(max_size=12), st.sampled_from([b"[[rule]]\n", b'"', b"[rule.clock]\n", b"= 1\n", b"\n[x]\ny=1\n"])
    ),
)
def test_whatever_stands_in_a_file_it_is_read_or_refused(folder, name, at, cut, junk):
    path = folder / name
    whole = (BUILT_IN / name).read_bytes()
    path.write_bytes(whole[:at] + junk + whole[at + cut :])
    refusal = ""
    try:
        read_books(folder)
    except LawError as refused:
        refusal = str(refused)
    path.write_bytes(whole)
    assert not refusal or Path(name).name in refusal or "stands twice" in refusal


@pytest.mark.parametrize(
    ("rule_id", "common"),
    [("us-ca-people-v12", "us-ca-people"), ("us-vt-people", "us-vt-people"), ("x-v", "x-v"), ("-v2", "-v2")],
)
def test_versions_of_a_duty_share_a_stem(rule_id, common):
    assert stem(rule_id) == common
