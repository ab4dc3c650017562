"""Texts are held against the facts and against each other; nothing of them is said back."""

from __future__ import annotations

from datetime import UTC, date, datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spillkit.model import SubjectId
from spillkit.notices.letterhead import Letterhead
from spillkit.notices.lint.claims import Purpose, Text
from spillkit.notices.lint.compare import check
from spillkit.notices.lint.decisions import Decision, may_send, open_contradictions
from spillkit.notices.lint.facts_of import Known
from spillkit.notices.lint.given import texts_of
from spillkit.notices.lint.read_claims import read_claims
from spillkit.notices.lint.rules import RULES
from spillkit.notices.lint.vocabulary import LANGUAGES
from spillkit.notices.render import Renderer, render
from spillkit.notices.story import Done, Nature, Story
from spillkit.notices.structure import write_statement
from spillkit.notices.told import Kind, Told

CODE = "7K3Q-9M2X-4TDW"
SHOP = Letterhead(
    "shop-eu", "Shop Europe", "Shop", "notices@example.org", "example.org", "example.org/check", "help@example.org"
)
SISTER = msgspec.structs.replace(SHOP, entity="shop-ca", name="Shop Canada", brand="Shop.ca", domain="shop.example")
STORY = Story(
    campaign="2026-11-cache",
    nature=Nature.PASSED_ON_BY_ONE,
    known_on=date(2026, 11, 21),
    first_at=datetime(2026, 11, 18, 21, 10, tzinfo=UTC),
    last_at=datetime(2026, 11, 20, 8, 30, tzinfo=UTC),
    people_confirmed=1204,
    people_upper=1310,
    done=(
        (Done.STOPPED, date(2026, 11, 21)),
        (Done.TESTED, date(2026, 11, 22)),
        (Done.AUTHORITY_TOLD, date(2026, 11, 22)),
        (Done.POLICE_TOLD, date(2026, 11, 23)),
    ),
    next_word_on=date(2026, 12, 4),
    zone="Europe/Luxembourg",
)
TOLD = Told(
    id="x",
    subjects=(SubjectId("c_1"),),
    kind=Kind.AFFECTED,
    entity="shop-eu",
    country="DE",
    languages=("en",),
    fields=("name", "e-mail", "phone"),
    first_at=datetime(2026, 11, 18, 22, 0, tzinfo=UTC),
    last_at=datetime(2026, 11, 19, 9, 0, tzinfo=UTC),
    viewers=(("subject", 3),),
    authority="cnpd",
)
KNOWN = Known(
    story=STORY,
    letterheads=(SHOP, SISTER),
    fields=("name", "e-mail", "phone"),
    not_shown=("password",),
    viewers={"subject": 30},
    authorities={"cnpd": ("CNPD",)},
)

# The mails and statements that a company really sent in 2018 and 2020, as the press printed them. In 2020 the mail tells of one
# employee and the statement of several.
MAIL_2018 = (
    "We're contacting you to let you know that our website inadvertently disclosed your name and email address due to a technical "
    "error. The issue has been fixed. This is not a result of anything you have done, and there is no need for you to change your "
    "password or take any other action."
)
STATEMENT_2018 = "We have fixed the issue and informed customers who may have been impacted."
MAIL_2020 = (
    "We are writing to let you know that your e-mail address was disclosed by an Amazon employee to a third-party in violation of "
    "our policies. As a result, we have fired the employee, referred them to law enforcement, and are supporting law "
    "enforcement's criminal prosecution. No other information related to your account was shared. This is not a result of "
    "anything you have done and there is no need for you to take any action. We apologize for this incident."
)
STATEMENT_2020 = (
    "The individuals responsible for this incident have been fired. We have referred the bad actors to law enforcement and are "
    "supporting their criminal prosecution."
)


def notice(language: str = "en", story: Story = STORY, told: Told = TOLD) -> Text:
    told = msgspec.structs.replace(told, languages=(language,))
    rendered = Renderer(story, SHOP, authorities={"cnpd": "CNPD"}).render(told, CODE)
    text = f"{rendered.subject}\n\n{rendered.text}"
    return Text(f"notice.{language}", Purpose.NOTICE, text, (language,), told=told, code=CODE)


def statement(
    words: str, *, purpose: Purpose = Purpose.STATEMENT, name: str = "statement", language: str = "en"
) -> Text:
    return Text(name, purpose, words, (language,), "shop-eu")


def rules(*texts: Text, known: Known = KNOWN) -> set[str]:
    return {one.rule for one in check(texts, known).contradictions}


def of_words(words: str, known: Known = KNOWN) -> set[str]:
    """Return the rules that words break; in what support says nothing has to stand."""
    return rules(statement(words, purpose=Purpose.AGENT), known=known)


@pytest.mark.parametrize("language", LANGUAGES)
def test_our_own_notice_and_statement_contradict_nothing_in_any_language(language):
    public = render(write_statement(STORY, SHOP, (language,), KNOWN.fields))
    texts = [notice(language), statement(f"{public.subject}\n\n{public.text}", language=language)]
    assert check(texts, KNOWN).contradictions == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_wrong_fact_is_found_in_every_language(language):
    truth = msgspec.structs.replace(
        STORY,
        nature=Nature.PASSED_ON_BY_SEVERAL,
        people_confirmed=1416,
        people_upper=1500,
        known_on=date(2026, 11, 19),
        next_word_on=date(2026, 12, 14),
        done=STORY.done[:2],
    )
    text = notice(language)
    told = msgspec.structs.replace(
        text.told,
        fields=("name", "e-mail", "address"),
        viewers=(("partner", 5),),
        first_at=datetime(2026, 11, 18, 19, 0, tzinfo=UTC),
    )
    text = msgspec.structs.replace(text, told=told)
    found = rules(text, known=msgspec.structs.replace(KNOWN, story=truth, fields=told.fields))
    assert found >= {
        "one-or-several-staff",
        "people-number",
        "known-day",
        "again-day",
        "missing-again",
        "done",
        "viewers-number",
        "field-not-shown",
        "field-missing",
        "moment",
        "audience",
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_fault_told_as_a_person_is_found_in_every_language(language):
    truth = msgspec.structs.replace(STORY, nature=Nature.SHOWN_TO_CUSTOMERS)
    assert "staff-or-technical" in rules(notice(language), known=msgspec.structs.replace(KNOWN, story=truth))


def test_one_employee_in_the_mail_and_several_in_the_statement_stop_each_other_without_any_facts():
    texts = [statement(MAIL_2020, purpose=Purpose.NOTICE, name="mail"), statement(STATEMENT_2020)]
    found = [one for one in check(texts, Known()).contradictions if one.rule == "one-or-several-staff"]
    assert [(one.document, one.other_document) for one in found] == [("mail", "statement")]
    assert MAIL_2020[found[0].start : found[0].end] == "an Amazon employee"
    assert STATEMENT_2020[found[0].other_start : found[0].other_end] == "The individuals"


def test_the_mail_of_2020_lacks_what_it_lacked_and_promises_too_much():
    known = Known(story=msgspec.structs.replace(STORY, nature=Nature.PASSED_ON_BY_SEVERAL), fields=("e-mail", "phone"))
    found = rules(statement(MAIL_2020, purpose=Purpose.NOTICE), known=known)
    assert found >= {
        "one-or-several-staff",
        "promise",
        "field-missing",
        "missing-contact",
        "missing-authority",
        "missing-code",
    }


def test_the_mail_of_2018_says_nothing_is_to_be_done_and_the_statement_hedges():
    known = Known(story=msgspec.structs.replace(STORY, nature=Nature.SHOWN_TO_CUSTOMERS), fields=("name", "e-mail"))
    found = check([statement(MAIL_2018, purpose=Purpose.NOTICE)], known).contradictions
    assert "promise: no-action" in {one.says for one in found}
    assert {"missing-contact", "missing-code", "missing-again"} <= {one.rule for one in found}
    assert "hedge" in of_words(STATEMENT_2018, known)


WRONG = {
    "a number": ("1,205 people are affected.", {"people-number"}),
    "a number in words": ("Twelve customers are affected.", {"people-number"}),
    "a bound said as the number": ("1,310 people are affected.", {"people-number"}),
    "a bound that does not hold": ("At most 1,250 people are affected.", {"people-number"}),
    "a number that plays down": ("More than 100 people are affected.", {"people-number"}),
    "the first day": ("It was visible from 19 November 2026.", {"first-day"}),
    "the last day": ("It was visible until 21 November 2026.", {"last-day"}),
    "another day": ("It was visible on 3 March 2026.", {"day"}),
    "the day it was noticed": ("We noticed this on 25 November 2026.", {"known-day"}),
    "a time": ("It was visible on 18 November 2026 at 23:55 UTC.", {"moment"}),
    "a length": ("It was visible for three hours.", {"duration"}),
    "a field": ("Your postal address was shown.", {"field-not-shown"}),
    "a field denied": ("Your phone number was not shown.", {"field-denied"}),
    "a field nobody looked for": ("No card numbers were shown.", {"field-not-looked-for"}),
    "several": ("Several employees passed on your name and have been fired.", {"one-or-several-staff"}),
    "a fault": ("A technical error was the reason.", {"staff-or-technical"}),
    "one customer": ("Your name was shown to another customer.", {"one-or-several-viewers"}),
    "search engines": ("Search engines have seen your name.", {"audience"}),
    "nothing else": ("No other data was shown.", {"promise"}),
    "never again": ("This cannot happen again.", {"promise"}),
    "a hedge": ("Your name may have been shown.", {"hedge"}),
    "soothing": ("We take your privacy seriously.", {"empty-words"}),
    "a word": ("There was a breach.", {"unsigned-word"}),
    "a sister company": ("This is a message from Shop Canada.", {"other-entity"}),
    "a link": ("Look at https://example.net/login for more.", {"foreign-domain"}),
    "a domain that looks alike": ("Type exаmple.org into your browser.", {"foreign-domain"}),
    "a domain before ours": ("Type example.org.evil.com into your browser.", {"foreign-domain"}),
    "a mail address": ("Write to help@example.net about it.", {"foreign-domain"}),
    "hidden marks": ("Your na\u200bme m\u200bay ha\u2060ve been shown.", {"hedge"}),
    "another language": ("这是一条消息。", {"not-read"}),
}


@pytest.mark.parametrize(("words", "broken"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_found_and_nothing_else(words, broken):
    text = statement(words, purpose=Purpose.AGENT)
    text = msgspec.structs.replace(text, languages=("en", "de") if broken == {"not-read"} else ("en",))
    assert rules(text) == broken


RIGHT = (
    "1,204 people are affected.",
    "About 1,200 customers are affected.",
    "At most 1,310 people are affected.",
    "More than 1,200 people are affected.",
    "It was visible from 18 to 20 November 2026.",
    "It was visible from 18 November 2026 at 22:10 until 20 November 2026 at 9:30.",
    "It was visible for 35 hours.",
    "It was visible for three days.",
    "Your name, e-mail address and phone number were shown to other customers. No passwords were shown.",
    "An employee passed on your name.",
    "The error has been fixed.",
    "We will never ask you for your password.",
    "You might get messages that pretend to come from us.",
    "Type example.org/check into your browser, or shop.example.org.",
    "We have informed the data protection authority.",
    "Call us within 30 days, Monday to Friday, 9:00 to 17:00.",
    "Notice of Data Breach",
)


@pytest.mark.parametrize("words", RIGHT)
def test_what_is_right_is_let_through(words):
    assert of_words(words) == set()


def test_signed_facts_bear_promises_words_and_further_numbers():
    words = "No other data was shown. There was a breach. 640 people in Germany are affected."
    assert of_words(words) == {"promise", "unsigned-word", "people-number"}
    signed = msgspec.structs.replace(KNOWN, assured=("only-these",), is_word_signed=True, counts=(640,))
    assert of_words(words, signed) == set()


def test_a_link_stops_a_letter_but_not_a_page_of_the_company():
    words = "Look at https://example.org/incident for more."
    assert "link" in rules(msgspec.structs.replace(notice(), text=notice().text + words))
    assert of_words(words) == set()
    page = msgspec.structs.replace(
        statement("Hello.", purpose=Purpose.PORTAL), links=("https://example.net/pixel.gif",)
    )
    assert rules(page) == {"foreign-domain"}


def test_a_shared_mailbox_needs_no_fields():
    told = msgspec.structs.replace(TOLD, is_shared=True)
    text = msgspec.structs.replace(notice(), told=told, text=notice().text)
    without = msgspec.structs.replace(text, text="Your data was shown.")
    assert "field-missing" not in rules(without)
    assert "field-missing" in rules(msgspec.structs.replace(without, told=TOLD))


def test_numbers_fields_and_days_of_two_texts_are_held_against_each_other():
    here = statement(
        "1,204 people are affected. No phone numbers were shown. It was visible from 18 November 2026.", name="a"
    )
    there = statement(
        "1,416 people are affected. Phone numbers were shown. It was visible from 17 November 2026.", name="b"
    )
    found = {one.rule for one in check([here, there], Known()).contradictions if one.other_document}
    assert found == {"people-number", "field-denied", "first-day"}


def test_nothing_else_contradicts_the_text_that_names_something_else():
    here = statement("Names were shown. No other data was shown.", name="a")
    there = statement("Names and phone numbers were shown.", name="b")
    [found] = [one for one in check([here, there], Known()).contradictions if one.other_document]
    assert (found.rule, found.document, found.other) == ("promise", "a", "phone was shown")


def test_a_contradiction_stops_the_sending_until_two_different_people_let_it_stand():
    contradictions = check([statement("There was a breach.", purpose=Purpose.AGENT)], KNOWN).contradictions
    [stop] = contradictions
    yes = Decision(stop.id, "carol", may_stand=True, because="the official name of the law")
    second = msgspec.structs.replace(yes, by="dora")
    assert not may_send(contradictions, [])
    assert not may_send(contradictions, [yes, yes])
    assert not may_send(contradictions, [yes, msgspec.structs.replace(second, because=" ")])
    assert may_send(contradictions, [yes, second])
    assert open_contradictions(contradictions, [yes, second, Decision(stop.id, "erik", False, "no")]) == contradictions
    # What was decided of one wording says nothing of the next.
    changed = check([statement("There was a breach!", purpose=Purpose.AGENT)], KNOWN).contradictions
    assert not may_send(changed, [yes, second])


def test_a_contradiction_never_says_back_what_the_text_says():
    secret = "Alizée Marchetti-Okonkwo alizee@example.net +352 621 123 456"
    checked = check([statement(f"{secret} may have been shown to 77 people. https://{'x' * 40}.net/{secret}")], KNOWN)
    assert checked.contradictions
    said = repr(checked).replace("statement", "")
    for part in ("Aliz", "Marchetti", "alizee", "example.net", "621", "xxxx"):
        assert part not in said


def test_every_rule_is_a_rule_that_says_what_it_demands():
    assert all(demand.endswith(".") for demand, _ in RULES.values())


HOSTILE = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("\u202e\u2066\u2069\u200b\x1b\r\n\t 0123456789.,:-/@|{}<>=٣年月日時人"),
    ),
    max_size=120,
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.one_of(HOSTILE, st.sampled_from(RIGHT), st.just("1" * 400)), max_size=4),
    st.sampled_from(["", *LANGUAGES]),
)
def test_whatever_a_text_holds_it_is_read_and_every_place_lies_in_it(parts, language):
    words = "\n".join(parts)
    text = Text("x", Purpose.NOTICE, words, (language,) if language else ())
    for claim in read_claims(text).claims:
        assert 0 <= claim.start <= claim.end <= len(words)
    for one in check([text], KNOWN).contradictions:
        assert one.rule in RULES
        assert 0 <= one.start <= one.end <= len(words)


@pytest.mark.parametrize("language", LANGUAGES)
def test_letters_of_every_kind_in_every_language_contradict_nothing_in_text_and_html(language):
    viewers = (("anonymous", 1), ("crawler", 1), ("partner", 2), ("staff", 1), ("subject", 1), ("unknown", 1))
    fields = ("name", "e-mail", "phone", "address", "customer-id", "order", "document", "device", "session", "token")
    told = msgspec.structs.replace(TOLD, languages=(language,), fields=fields, viewers=viewers)
    known = msgspec.structs.replace(KNOWN, fields=fields)
    renderer = Renderer(STORY, SHOP, authorities={"cnpd": "CNPD"})
    for kind in Kind:
        for shared in (False, True) if kind is Kind.AFFECTED else (False,):
            letter = msgspec.structs.replace(told, kind=kind, is_shared=shared)
            text, page = texts_of(renderer.render(letter, CODE), letter, CODE)
            assert check([page if shared else text], known).contradictions == ()


def test_a_bilingual_letter_is_read_in_both_its_languages():
    told = msgspec.structs.replace(TOLD, languages=("de", "ar"))
    rendered = Renderer(STORY, SHOP, authorities={"cnpd": "CNPD"}).render(told, CODE)
    text, page = texts_of(rendered, told, CODE)
    assert check([text, page], KNOWN).contradictions == ()
    assert set(read_claims(text).languages) == {"de", "ar"}
    several = msgspec.structs.replace(STORY, nature=Nature.PASSED_ON_BY_SEVERAL)
    found = check([text], msgspec.structs.replace(KNOWN, story=several)).contradictions
    assert [one.rule for one in found] == ["one-or-several-staff"] * 2
