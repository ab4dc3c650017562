"""What a notice lacks is named law by law, and what it should not hold is found."""

from __future__ import annotations

import tomllib
from datetime import date

import pytest

from spillkit.law.books import BUILT_IN, read_books
from spillkit.law.rule import DutyKind
from spillkit.notices.checklist import GOOD, check, rules_of
from spillkit.notices.demands import Added, Demands, demands_of
from spillkit.notices.reader import Reader
from spillkit.notices.story import Done
from spillkit.notices.structure import write_notice, write_statement
from spillkit.notices.told import Kind
from spillkit.notices.wording import LANGUAGES
from tests.notices.written import CODE, LETTERHEAD, story, told

BOOKS = read_books()
ON = date(2026, 11, 22)


def notice(*languages, about=None, demands=None, letterhead=LETTERHEAD, reader=None, **more):
    return write_notice(
        told(*languages, **more),
        about or story(),
        letterhead,
        CODE,
        reader or Reader("Alice"),
        demands=demands or Demands(),
    )


def laws(document, country, region=""):
    return {law.rule: law for law in check(document, rules_of(BOOKS, country, region, ON)).laws}


def demanded(region):
    return demands_of([rule for _, rule in rules_of(BOOKS, "US", region, ON)], ON)


# Laws.


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_usual_notice_says_everything_that_the_gdpr_wants(language):
    law = laws(notice(language), "FR")["eu-gdpr-34"]
    assert law.is_met
    assert law.where == {
        "nature": ("happened",),
        "contact": ("contact",),
        "consequences": ("means",),
        "measures": ("did",),
    }
    assert law.jurisdiction == "EU"
    assert "clear and plain language" in " ".join(law.by_hand)


def test_measures_that_nobody_took_are_missing():
    law = laws(notice(about=story(done=())), "FR")["eu-gdpr-34"]
    assert law.missing == ("measures",)
    assert not law.is_met


def test_what_one_of_two_languages_lacks_is_missing():
    from msgspec.structs import replace

    document = notice("en", "fr")
    first, second = document.parts
    shorter = replace(second, sections=tuple(section for section in second.sections if section.id != "contact"))
    assert laws(replace(document, parts=(first, shorter)), "FR")["eu-gdpr-34"].missing == ("contact",)


def test_california_is_told_what_only_people_can_write_until_they_wrote_it():
    document = notice(demands=demanded("US-CA"), country="US")
    law = laws(document, "US", "US-CA")["us-ca-people-v2"]
    assert law.headings_missing == ()
    assert law.missing == ("law-enforcement-delay", "credit-bureaus", "monitoring")
    added = (
        Added("law-enforcement-delay", "happened", {"en": "The police did not ask us to wait."}),
        Added("credit-bureaus", "contact", {"en": "Credit bureaus: see the list below."}),
        Added("monitoring", "do", {"en": "We pay for twelve months of credit monitoring."}),
    )
    prescribed = Demands(demanded("US-CA").headings, added=added)
    assert laws(notice(demands=prescribed, country="US"), "US", "US-CA")["us-ca-people-v2"].is_met


def test_a_usual_notice_in_california_lacks_every_heading_and_another_order_is_no_order():
    from msgspec.structs import replace

    law = laws(notice(country="US"), "US", "US-CA")["us-ca-people-v2"]
    assert law.headings_missing == demanded("US-CA").headings
    document = notice(demands=demanded("US-CA"), country="US")
    [part] = document.parts
    turned = replace(document, parts=(replace(part, sections=tuple(reversed(part.sections))),))
    assert laws(turned, "US", "US-CA")["us-ca-people-v2"].headings_missing == demanded("US-CA").headings


def test_in_massachusetts_the_usual_notice_says_too_much_and_the_demanded_one_does_not():
    assert laws(notice(country="US"), "US", "US-MA")["us-ma-people"].forbidden == ("nature",)
    law = laws(notice(demands=demanded("US-MA"), country="US"), "US", "US-MA")["us-ma-people"]
    assert law.forbidden == ()
    assert law.missing == ("monitoring",)


def test_singapore_says_in_words_that_the_police_may_forbid_any_message():
    law = laws(notice(country="SG"), "SG")["sg-pdpa-26d-people"]
    assert any("police" in words for words in law.by_hand)


def test_every_law_that_tells_people_can_be_held_against_a_notice():
    rules = [(BOOKS.code_of[rule.id], rule) for rule in BOOKS.rules.values()]
    checked = check(notice(about=story(done=tuple((act, ON) for act in Done))), rules)
    telling = {rule.id for _, rule in rules if rule.duty is DutyKind.TELL_PEOPLE}
    assert {law.rule for law in checked.laws} == telling
    # What none of our sections can hold: people have to write it, or decide that its condition does not hold.
    assert {item for law in checked.laws for item in law.missing} <= {
        "cause", "monitoring", "credit-bureaus", "law-enforcement-delay", "delay-reasons", "publication", "told-people",
        "number-records", "number-residents",
    }  # fmt: skip


# What makes it good.


def test_every_point_of_the_list_is_looked_at():
    listed = tomllib.loads((BUILT_IN / "notice.toml").read_text(encoding="utf-8"))["good"]
    assert set(GOOD) == {point["words"] for point in listed}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_usual_notice_lacks_nothing_that_makes_it_good(language):
    checked = check(notice(language))
    assert checked.not_good == ()
    assert checked.found == ()


LACKING = {
    "nobody knows who saw it": (notice(viewers=()), "exactly which of my fields"),
    "no day of the next word": (notice(about=story(next_word_on=None)), "what is not known yet"),
    "no authority was told": (notice(about=story(done=())), "the name of the legal entity"),
    "no nature": (notice(demands=demanded("US-MA"), country="US"), "the fact first"),
}


@pytest.mark.parametrize(("document", "point"), LACKING.values(), ids=LACKING)
def test_what_makes_a_notice_good_and_is_missing_is_named(document, point):
    assert any(words.startswith(point) for words in check(document).not_good)


def test_who_is_not_affected_is_not_held_to_the_list():
    assert check(notice(kind=Kind.UNAFFECTED)).not_good == ()


# What should not be there.


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_letter_and_no_statement_holds_a_word_to_avoid(language, kind):
    assert check(notice(language, kind=kind)).found == ()
    assert check(write_statement(story(), LETTERHEAD, (language,), ("name",))).found == ()


FREE = {
    "a hedge": ("Your data may have been seen.", ("hedge", "may have")),
    "a hedge in two lines": ("It was POTENTIALLY\n seen.", ("hedge", "potential*")),
    "comfort": ("We have found no evidence of misuse.", ("reassurance", "no evidence")),
    "what all say": ("We take your privacy seriously.", ("slogan", "take your privacy")),
    "the word": ("This breach is over.", ("word", "breach*")),
    "a link": ("Look at https://evil.example/login now.", ("link", "")),
    "markup": ('<a href="x">here</a>', ("link", "")),
    "with a mark that is not seen": ("It m\u200bay ha\u00adve happened.", ("hedge", "may have")),
}


@pytest.mark.parametrize(("sentence", "expected"), FREE.values(), ids=FREE)
def test_what_the_company_writes_itself_is_looked_at_too(sentence, expected):
    found = check(notice(about=story(not_known={"en": (sentence,)}))).found
    assert expected in {(one.kind, one.pattern) for one in found}
    assert {(one.language, one.section) for one in found} == {("en", "unknown")}
    assert sentence not in repr(found)


def test_the_laws_own_title_may_stand_and_only_that():
    document = notice(demands=demanded("US-CA"), country="US")
    assert "Breach" in "".join(str(part) for part in document.parts[0].title)
    assert check(document).found == ()


def test_a_name_or_a_brand_is_nobodys_word():
    from msgspec.structs import replace

    head = replace(LETTERHEAD, brand="Hackett & Might", name="Might Ltd")
    assert check(notice(letterhead=head, reader=Reader("May Haverford"))).found == ()
