"""What a notice consists of: only what the facts hold, as a reader needs it, and as the law where he lives wants it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spillkit.errors import WordingError
from spillkit.law.books import read_books
from spillkit.notices.checklist import rules_of
from spillkit.notices.demands import Added, Demands, demands_by_place, demands_of
from spillkit.notices.document import BlockKind, Document
from spillkit.notices.reader import Reader, printed_name
from spillkit.notices.story import Done, Nature
from spillkit.notices.structure import write_notice, write_statement
from spillkit.notices.told import Kind
from spillkit.notices.wording import LANGUAGES, RIGHT_TO_LEFT, Value, ValueKind
from tests.notices.hostile import NAMES
from tests.notices.written import ALL_FIELDS, CODE, LETTERHEAD, story, told

NOW = date(2026, 11, 22)
CALIFORNIA = demands_of([rule for _, rule in rules_of(read_books(), "US", "US-CA", NOW)], NOW)
MASSACHUSETTS = demands_of([rule for _, rule in rules_of(read_books(), "US", "US-MA", NOW)], NOW)


def notice(*languages, reader=None, about=None, demands=None, authority="", on_paper=False, **more) -> Document:
    return write_notice(
        told(*languages, **more), about or story(), LETTERHEAD, CODE, reader or Reader("Alice"),
        demands=demands or Demands(), authority=authority, on_paper=on_paper,
    )  # fmt: skip


def sections(document: Document) -> list[str]:
    return [section.id for section in document.parts[0].sections]


def said(document: Document) -> list[str]:
    """The names of all sentences."""
    return [block.about for part in document.parts for section in part.sections for block in section.blocks]


def values(document: Document, *kinds: ValueKind) -> list[Value]:
    lines = [
        line
        for part in document.parts
        for line in (
            part.title,
            part.salutation,
            *(line for section in part.sections for block in section.blocks for line in (block.line, block.reason)),
        )
    ]
    return [part for line in lines for part in line if isinstance(part, Value) and (not kinds or part.kind in kinds)]


def words(document: Document) -> str:
    return "\n".join(
        "".join(part.text if isinstance(part, Value) else part for part in block.line)
        for part in document.parts
        for section in part.sections
        for block in section.blocks
    )


# The usual notice.


def test_a_notice_tells_the_fact_first_then_the_data_then_what_to_do_and_how_to_check_it():
    assert sections(notice()) == [
        "happened", "data", "seen", "when", "means", "did", "do", "never", "check", "unknown", "contact", "authority", "sender",
    ]  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", Kind)
def test_every_kind_of_letter_can_be_written_in_every_language(language, kind):
    document = notice(language, kind=kind, fields=ALL_FIELDS, viewers=(("subject", 2), ("staff", 1), ("crawler", 1)))
    assert [part.language for part in document.parts] == [language]
    assert {"never", "check", "contact", "sender"} <= set(sections(document))
    assert [value.text for value in values(document, ValueKind.CODE)] == [CODE]


def test_only_the_persons_own_fields_viewers_and_times_are_told():
    document = notice(fields=("phone", "order"), viewers=(("crawler", 1), ("subject", 2), ("staff", 0)))
    assert [name for name in said(document) if name.startswith("field.")] == ["field.phone", "field.order"]
    assert [name for name in said(document) if name.startswith("seen.")] == ["seen.crawler", "seen.subject"]
    assert [value.raw for value in values(document, ValueKind.MOMENT)] == [told().first_at, told().last_at]


def test_each_step_has_its_reason_and_the_most_urgent_is_first():
    document = notice(fields=ALL_FIELDS)
    [do] = [section for section in document.parts[0].sections if section.id == "do"]
    assert [block.about for block in do.blocks] == [
        "do.sign-out", "do.wary", "do.type", "do.account", "do.post", "do.tell", "do.keep",
    ]  # fmt: skip
    assert all(block.kind is BlockKind.STEP and block.reason for block in do.blocks)


def test_nobody_is_told_to_sign_out_of_a_session_that_was_ended():
    ended = story(done=((Done.SESSIONS_ENDED, date(2026, 11, 20)),))
    assert "do.sign-out" in said(notice(fields=("session",)))
    assert "do.sign-out" not in said(notice(fields=("session",), about=ended))
    assert "means.access-ended" in said(notice(fields=("session",), about=ended))
    # Another access key does not end with the sessions.
    assert "do.sign-out" in said(notice(fields=("session", "token"), about=ended))


@pytest.mark.parametrize("done", [(), (Done.STOPPED,), (Done.TESTED, Done.POLICE_TOLD), tuple(Done)])
def test_only_what_was_done_is_said_to_be_done(done):
    document = notice(about=story(done=tuple((act, date(2026, 11, 20)) for act in done)))
    assert [name for name in said(document) if name.startswith("did.")] == (
        [f"did.{act.value}" for act in done] or ["did.none"]
    )


@pytest.mark.parametrize("nature", Nature)
def test_what_happened_is_said_as_the_facts_have_it(nature):
    assert f"happened.{nature.value}" in said(notice(about=story(nature=nature)))


def test_a_number_of_people_is_told_with_its_bound():
    assert [value.raw for value in values(notice(), ValueKind.NUMBER)][:2] == [988, 1014]
    assert "people.open" in said(notice(about=story(people_upper=None)))
    exact = said(notice(about=story(people_upper=988)))
    assert "people.upper" not in exact
    assert "people.open" not in exact


def test_what_is_not_known_is_said_to_be_not_known():
    document = notice(first_at=None, last_at=None, viewers=(), fields=())
    assert {"seen.not-known", "data.ask"} <= set(said(document))
    assert words(document).count("not known yet") == 2
    assert "when.zone" not in said(document)


def test_shown_once_within_a_minute_is_one_moment():
    at = datetime(2026, 11, 3, 8, 1, 5, tzinfo=UTC)
    document = notice(first_at=at, last_at=at.replace(second=50))
    assert len(values(document, ValueKind.MOMENT)) == 1


def test_a_field_that_no_catalogue_knows_is_named_as_it_is_called():
    assert "loyalty\ufffdpoints" in words(notice(fields=("loyalty\u202epoints",)))


def test_the_authority_is_named_where_it_is_known_and_nobody_invents_one():
    assert "Commission nationale (CNPD)" in words(notice(authority="Commission nationale (CNPD)"))
    assert "authority.country" in said(notice(country="DE"))
    assert "authority" not in sections(notice(country="US"))


# Other kinds.


def test_a_shared_mailbox_learns_no_name_no_field_no_viewer_and_no_time():
    document = notice(is_shared=True, fields=("phone",), reader=Reader("Alice"))
    assert "happened.shared" in said(document)
    assert not [name for name in said(document) if name.startswith(("field.", "seen.", "when"))]
    assert not values(document, ValueKind.PERSON, ValueKind.MOMENT)
    assert "happened.yours" not in said(document)


def test_somebody_who_is_not_affected_is_told_so_and_no_field():
    document = notice(kind=Kind.UNAFFECTED)
    assert sections(document) == ["happened", "never", "check", "unknown", "contact", "sender"]
    assert "happened.unaffected" in said(document)
    assert "happened.yours" not in said(document)


def test_who_saw_data_of_others_is_asked_to_delete_it():
    document = notice(kind=Kind.UNINTENDED_VIEWER)
    assert "ask" in sections(document)
    assert [name for name in said(document) if name.startswith("ask.")] == [
        "ask.delete", "ask.use", "ask.passed", "ask.confirm",
    ]  # fmt: skip
    assert "happened.yours" not in said(document)


def test_a_correction_says_that_it_replaces_what_came_before():
    assert said(notice(kind=Kind.CORRECTION))[0] == "happened.correction"


def test_a_letter_has_the_postal_address_at_its_head_and_nothing_that_is_true_of_mail_only():
    document = notice(on_paper=True)
    assert document.postal == LETTERHEAD.postal
    assert not {"check.sender", "never.click"} & set(said(document))


def test_the_public_statement_names_no_person_and_no_code():
    document = write_statement(story(), LETTERHEAD, ("en", "ar"), ("name", "e-mail"), on=date(2026, 11, 23))
    assert [part.language for part in document.parts] == ["en", "ar"]
    assert not values(document, ValueKind.PERSON, ValueKind.CODE)
    assert all(not part.salutation for part in document.parts)
    assert sections(document)[:3] == ["happened", "people", "data"]
    assert "unknown.next-public" in said(document)


# Languages.


def test_two_languages_stand_with_the_likelier_of_the_country_first():
    assert [part.language for part in notice("en", "fr", country="FR").parts] == ["fr", "en"]
    assert [part.language for part in notice("en-GB", "en-US", "fr", country="GB").parts] == ["en", "fr"]
    assert [part.language for part in notice("en", "fr", country="").parts] == ["en", "fr"]


@pytest.mark.parametrize("languages", [("eo",), ("en", "zh-TW"), ()])
def test_a_language_that_has_no_text_is_refused(languages):
    with pytest.raises(WordingError):
        write_notice(msgspec.structs.replace(told(), languages=languages), story(), LETTERHEAD, CODE)


def test_what_is_not_known_yet_is_told_in_every_language_or_nobody_is_told():
    about = story(not_known={"en": ("We do not know why it began.",), "fr-LU": ("Nous ne savons pas pourquoi.",)})
    assert "We do not know why it began." in words(notice("en", about=about))
    assert "Nous ne savons pas pourquoi." in words(notice("fr", about=about))
    with pytest.raises(WordingError, match="not in de"):
        notice("de", about=about)


# What would make a genuine notice look false.

ELSEWHERE = {
    "checked elsewhere": {"check_at": "shop-check.example/code"},
    "checked on a domain that only ends alike": {"check_at": "myshop.example/check"},
    "checked with a scheme": {"check_at": "https://shop.example/check"},
    "checked behind a name": {"check_at": "shop.example@evil.example/check"},
    "sent from elsewhere": {"sender": "notices@mailer.example"},
    "sent from nowhere": {"sender": ""},
    "no domain": {"domain": ""},
    "a domain with a path": {"domain": "shop.example/x", "check_at": "shop.example/x"},
    "nobody answers": {"contact": " "},
    "nobody writes": {"name": "\n"},
}


@pytest.mark.parametrize("changed", ELSEWHERE.values(), ids=ELSEWHERE)
def test_a_letterhead_that_sends_readers_elsewhere_is_refused(changed):
    head = msgspec.structs.replace(LETTERHEAD, **changed)
    with pytest.raises(WordingError, match="letterhead") as refused:
        write_notice(told(), story(), head, CODE)
    assert "evil" not in str(refused.value)
    with pytest.raises(WordingError, match="letterhead"):
        write_statement(story(), head, ("en",), ("name",))


def test_a_statement_elsewhere_and_a_notice_without_a_code_are_refused():
    with pytest.raises(WordingError, match="stated_at"):
        notice(about=story(stated_at="news.example/shop"))
    with pytest.raises(WordingError, match="code"):
        write_notice(told(), story(), LETTERHEAD, " ")
    below = msgspec.structs.replace(LETTERHEAD, sender="n@mail.shop.example", check_at="Check.SHOP.example")
    assert write_notice(told(), story(stated_at=""), below, CODE)


@pytest.mark.parametrize(
    "at",
    [story().first_at.replace(tzinfo=None), datetime.min.replace(tzinfo=UTC)],
    ids=["no zone", "before the calendar"],
)
def test_a_time_that_cannot_be_told_is_refused(at):
    with pytest.raises(WordingError, match="time of the facts"):
        notice(first_at=at, about=story(zone="America/New_York"))


# Laws.


def test_california_reads_the_prescribed_title_and_headings_in_their_order():
    document = notice(demands=CALIFORNIA, country="US", reader=Reader("Alice", "US-CA"))
    [part] = document.parts
    assert part.title == ("Notice of Data Breach",)
    assert [section.heading for section in part.sections] == [
        "What Happened",
        "What Information Was Involved",
        "What We Are Doing",
        "What You Can Do",
        "For More Information",
    ]
    usual = notice(country="US")
    assert sorted(filter(None, said(document))) == sorted(filter(None, said(usual)))


def test_a_notice_in_another_language_keeps_the_prescribed_headings_and_says_them_in_its_own():
    [part] = notice("es", demands=CALIFORNIA, country="US").parts
    assert part.sections[0].heading == "What Happened"
    assert part.sections[0].blocks[0].kind is BlockKind.HEADING
    assert part.sections[0].blocks[0].line == ("Qué ha pasado",)


def test_what_is_prescribed_is_found_for_each_place():
    by_place = demands_by_place(read_books(), NOW)
    assert by_place["US-CA"] == CALIFORNIA
    assert by_place["US-MA"] == MASSACHUSETTS
    assert {place for place, demands in by_place.items() if demands.headings} == {"US-CA"}
    assert not {"FR", "US-TX", "US"} & set(by_place)
    # Of somebody in the United States whose state is not known, nothing is said that any state forbids.
    assert by_place["US-?"] == Demands(withheld=MASSACHUSETTS.withheld)
    assert demands_by_place(read_books(), NOW, applied={"eu-gdpr-34"}) == {}
    assert set(demands_by_place(read_books(), NOW, applied={"us-ma-people"})) == {"US-MA", "US-?"}


def test_headings_that_nobody_has_filled_are_refused():
    with pytest.raises(WordingError, match="by hand"):
        notice(demands=Demands(headings=("A title", "One heading")))


def test_massachusetts_is_told_neither_what_happened_nor_how_many():
    assert {"nature", "number-residents"} <= MASSACHUSETTS.withheld
    document = notice(
        demands=MASSACHUSETTS,
        country="US",
        fields=ALL_FIELDS,
        about=story(
            done=tuple((act, date(2026, 11, 20)) for act in Done), not_known={"en": ("Why the cache failed.",)}
        ),
    )
    forbidden = {
        *(f"happened.{nature.value}" for nature in Nature), "happened.noticed", "happened.yours", "people.confirmed",
        "people.upper", "did.stopped", "did.tested", "did.copies-asked-back", "did.search-copies-removed",
        "did.staff-access-ended", "means.home", "means.access", "means.account", "unknown", "contact.statement",
    }  # fmt: skip
    assert not forbidden & set(said(document))
    assert "seen" not in sections(document)
    assert not values(document, ValueKind.NUMBER)
    assert "happened.withheld" in said(document)
    assert {"data", "do", "check", "contact", "sender"} <= set(sections(document))
    assert "reached" not in "".join(str(part) for part in document.parts[0].title)


def test_what_only_people_can_write_stands_in_its_section_in_every_language_or_nobody_is_told():
    added = Added("monitoring", "do", {"en": "We pay for twelve months of credit monitoring."})
    document = notice(demands=Demands(added=(added,)))
    [do] = [section for section in document.parts[0].sections if section.id == "do"]
    assert do.blocks[-1].about == "added.monitoring"
    assert do.carries == ("advice", "monitoring")
    with pytest.raises(WordingError, match="monitoring"):
        notice("fr", demands=Demands(added=(added,)))


# Names.

PRINTED = {
    "as it is": ("Alice", "Alice"),
    "two spaces": ("  Alice   Smith ", "Alice Smith"),
    "a line that would be a header": ("Alice\r\nBcc: x", "Alice Bcc: x"),
    "markup stays text": ("<b>Alice</b>", "<b>Alice</b>"),
    "turned around": ("\u202eecilA", "ecilA"),
    "a terminal's command": ("\x1b[2JAlice", "[2JAlice"),
    "in the middle": ("Al\u202eice", "Al\ufffdice"),
    "a Persian name": ("علی\u200cرضا", "علی\u200cرضا"),
    "an emoji family": ("👩\u200d👧 Alice", "👩\u200d👧 Alice"),
    "a place on the web": ("www.example.org", ""),
    "a scheme": ("https://example", ""),
    "a mail address": ("alice@example.org", ""),
    "a domain in a sentence": ("Win at evil.example now", ""),
    "a wide stop": ("evil。example", ""),
    "an initial": ("J. R. Smith", "J. R. Smith"),
    "nothing": ("", ""),
    "nothing that is read": (" \u200b.\u2066 ", ""),
    "long": ("A" * 81, "A" * 79 + "…"),
    "longest that stays": ("A" * 80, "A" * 80),
    "drawn over its neighbours": ("A" + "\u0301" * 40 + "lice", "Á\u0301\u0301\u0301\u0301lice"),
}


@pytest.mark.parametrize(("name", "printed"), PRINTED.values(), ids=PRINTED)
def test_a_name_is_printed_so_that_it_can_drive_nothing(name, printed):
    assert printed_name(name) == printed


@given(
    st.one_of(
        st.text(max_size=200), st.sampled_from(NAMES), st.text(alphabet="a.@:/\r\n\u202e\u200d\u0301 w", max_size=90)
    )
)
def test_no_name_is_long_broken_turned_or_a_link(name):
    printed = printed_name(name)
    assert len(printed) <= 80
    assert "\n" not in printed
    assert "://" not in printed
    assert "@" not in printed
    assert all(c.isprintable() or c in "\u200c\u200d" for c in printed)
    assert printed_name(printed) == printed


@pytest.mark.parametrize("language", sorted(RIGHT_TO_LEFT))
def test_values_are_marked_as_what_they_are(language):
    kinds = {value.kind for value in values(notice(language))}
    assert kinds >= {
        ValueKind.PERSON, ValueKind.COMPANY, ValueKind.DAY, ValueKind.MOMENT, ValueKind.ZONE, ValueKind.NUMBER,
        ValueKind.CODE, ValueKind.PLACE, ValueKind.ADDRESS,
    }  # fmt: skip
