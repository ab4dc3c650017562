"""A report says what is known, what is open and why, and what changed; it invents nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from spillkit.authority import Phase, make_report
from spillkit.authority.make import items_of
from spillkit.authority.phrases import LANGUAGES
from spillkit.authority.report import Report, Section, State
from spillkit.authority.statement import Statement
from spillkit.errors import ReportError
from spillkit.law.facts import Entity
from spillkit.law.rule import DutyKind
from tests.authority.papers import AWARE, MADE, books, facts, follow_up, inputs, measured, people, report

REPORTED = [rule for rule in sorted(books().rules) if books().rules[rule].duty is not DutyKind.TELL_PEOPLE]


def section(made: Report, item: str) -> Section:
    return next(each for each in made.sections if each.item == item)


def said(made: Report, item: str) -> dict[str, str]:
    return {line.code: line.words for line in section(made, item).lines}


def test_a_first_report_says_what_the_regulation_asks_for():
    made = report()
    assert [each.item for each in made.sections] == list(books().rules["eu-gdpr-33"].content.items)
    assert made.phase is Phase.FIRST
    assert made.word == "incident"
    assert made.to == ("Garante per la protezione dei dati personali",)
    assert made.company.name == "Example S.p.A."
    assert {each.item for each in made.open} == {"number-records"}
    assert not made.is_complete


def test_the_number_of_people_comes_with_its_method_and_what_was_looked_at():
    lines = said(report(measurement=measured()), "number-people")
    people_ = measured().people
    assert lines["confirmed"] == f"{people_.confirmed:,}"
    assert lines["estimate"] == f"{people_.estimate:,}"
    assert lines["at-most"] == f"{people_.upper_bound:,}"
    assert lines["method"] == people_.method
    coverage = measured().coverage
    assert lines["looked-at"].startswith(f"{coverage.looked_at:,} of {coverage.known + coverage.lost:,} answers sent")


def test_numbers_are_those_of_the_company_that_reports():
    other = Entity(id="example-uk", name="Example Ltd", established=("GB",), zone="Europe/London")
    given = facts(
        people("IT", 10, "email"),
        people("GB", 500, "email", entity="example-uk"),
        entities=(facts().entities[0], other),
    )
    made = report(about=given, entity="example-it")
    counted = section(made, "number-people").lines
    assert [(line.code, line.words) for line in counted[:2]] == [("confirmed", "10"), ("at-most", "10")]
    assert counted[0].label == "This company: confirmed", "its own people are the first that the authority reads"
    assert [(line.label, line.words) for line in counted[2:4]] == [
        ("Whole incident, all companies: confirmed", "510"),
        ("Whole incident, all companies: at most", "510"),
    ]
    [table] = section(made, "cross-border").tables
    assert [(row.code, row.numbers) for row in table.rows] == [("IT", (10, 10))]
    assert said(made, "number-records")["confirmed"] == "10"


def test_where_nobody_can_bound_the_incident_no_company_has_a_bound():
    other = Entity(id="example-uk", name="Example Ltd", established=("GB",), zone="Europe/London")
    given = facts(people("GB", 500, "email", entity="example-uk"), people("IT", 10, "email"),
                  entities=(facts().entities[0], other))  # fmt: skip
    people_ = msgspec.structs.replace(measured().people, upper_bound=None)
    made = report(about=given, entity="example-it", measurement=msgspec.structs.replace(measured(), people=people_))
    lines = said(made, "number-people")
    assert lines["confirmed"] == "10"
    assert lines["whole-confirmed"] == f"{people_.confirmed:,}"
    assert {lines["at-most"], lines["whole-at-most"]} == {"no upper bound can be given"}


def test_a_company_that_is_found_later_does_not_move_the_number_of_the_first():
    other = Entity(id="example-uk", name="Example Ltd", established=("GB",), zone="Europe/London")
    both = facts(*facts().populations, people("GB", 500, "email", entity="example-uk"),
                 entities=(facts().entities[0], other))  # fmt: skip
    second = follow_up(report(), about=both, entity="example-it")
    moved = {change.code: (change.before, change.now) for change in second.changes if change.item == "number-people"}
    assert moved == {"whole-confirmed": ("–", "1,706"), "whole-at-most": ("–", "1,721")}


def test_a_record_is_one_kind_of_data_of_one_person():
    assert said(report(), "number-records")["confirmed"] == f"{800 * 2 + 310 * 3 + 95 * 3 + 1:,}"


def test_nothing_is_filled_in_that_nobody_said():
    made = make_report(
        msgspec.structs.replace(inputs(about=facts(people("IT", 3, "passport"))), statement=Statement())
    ).report
    assert section(made, "contact").state is State.OPEN
    assert section(made, "measures").state is State.OPEN
    consequences = section(made, "consequences")
    assert consequences.state is State.PROPOSED
    assert consequences.prose is not None
    assert consequences.prose.by == "proposal"
    assert {"contact", "measures", "consequences"} <= {each.item for each in made.open}


def test_words_of_a_person_replace_the_proposal():
    consequences = section(report(), "consequences")
    assert consequences.state is State.KNOWN
    assert consequences.prose is not None
    assert consequences.prose.by == "person"


def test_what_is_open_stands_in_front_with_its_reason_and_day():
    [open_] = report().open
    assert open_.words == "Not yet known, because the log of one night has not been read yet."
    assert open_.expected_on is not None
    assert open_.expected_on.isoformat() == "2026-11-25"


def test_an_empty_incident_is_said_to_be_empty():
    made = report(about=facts(people("IT", 0, "email"), began_at=None, ended_at=None))
    assert said(made, "number-people")["confirmed"] == "0"
    assert "nobody was found" in " ".join(each.words for each in made.open)
    assert section(made, "categories-people").state is State.OPEN


def test_ten_million_people_are_counts_like_any():
    made = report(about=facts(people("IT", 10_000_000, "name", "email", upper=10_400_000)))
    assert said(made, "number-people") | {"method": ""} == {
        "confirmed": "10,000,000",
        "at-most": "10,400,000",
        "method": "",
        "looked-at": "66\u00a0%",
    }


def test_in_time_no_reasons_for_delay_are_asked_for():
    made = report()
    assert made.clock.due_at == AWARE + timedelta(hours=72)
    assert made.clock.is_late is False
    assert section(made, "delay-reasons").state is State.NOT_NEEDED


def test_a_late_report_asks_for_the_reasons_and_says_by_how_much():
    late = AWARE + timedelta(hours=75, minutes=30)
    made = report(made_at=late)
    assert made.clock.is_late is True
    assert said(made, "delay-reasons")["late-by"] == "3 hours 30 minutes"
    assert any(each.item == "delay-reasons" for each in made.open)
    excused = make_report(
        msgspec.structs.replace(
            inputs(made_at=late),
            statement=msgspec.structs.replace(inputs().statement, delay="The log was held by a supplier."),
        )
    ).report
    assert section(excused, "delay-reasons").state is State.KNOWN
    assert not any(each.item == "delay-reasons" for each in excused.open)


def test_one_second_decides_whether_it_is_late():
    due = AWARE + timedelta(hours=72)
    assert report(made_at=due).clock.is_late is False
    assert report(made_at=due + timedelta(seconds=1)).clock.is_late is True


def test_a_follow_up_is_not_late_because_the_clock_has_run_out_since():
    made = follow_up(report(), hours=200)
    assert made.clock.is_late is False
    assert made.sequence == 2


def test_without_an_aware_time_the_delay_is_open():
    made = report(about=facts(milestones={}))
    assert made.clock.due_at is None
    assert made.clock.is_late is None
    assert any(each.item == "delay-reasons" for each in made.open)


def test_a_figure_that_moved_stands_in_front_and_the_old_one_stays_visible():
    first = report()
    more = (people("IT", 900, "name", "email", upper=905), *facts().populations[1:])
    second = follow_up(first, about=facts(*more), more='[changed.number-people]\nbecause = "The last log was read."\n')
    changed = {(each.item, each.code): each for each in second.changes}
    assert (changed["number-people", "confirmed"].before, changed["number-people", "confirmed"].now) == (
        "1,206",
        "1,306",
    )
    assert changed["number-people", "confirmed"].because == "The last log was read."
    assert ("cross-border", "countries.IT") in changed
    assert ("cross-border", "countries.FR") not in changed
    line = next(each for each in section(second, "number-people").lines if each.code == "confirmed")
    assert [(was.words, was.reported_at) for was in line.was] == [("1,206", MADE)]
    [table] = section(second, "cross-border").tables
    assert [row.was for row in table.rows if row.code == "IT"] == [((800, 812),)]


def test_every_earlier_figure_stays_visible_over_several_reports():
    first = report()
    second = follow_up(first, about=facts(people("IT", 900, "email")))
    third = follow_up(
        second, about=facts(people("IT", 950, "email")), earlier=(first, second), made_at=MADE + timedelta(hours=90)
    )
    line = next(each for each in section(third, "number-people").lines if each.code == "confirmed")
    assert [was.number for was in line.was] == [1206, 900]
    assert line.number == 950
    assert [each.sequence for each in (first, second, third)] == [1, 2, 3]


def test_a_country_that_is_gone_stays_visible():
    second = follow_up(report(), about=facts(people("IT", 800, "name", "email", upper=812)))
    [table] = section(second, "cross-border").tables
    assert [(row.code, row.numbers, row.was) for row in table.rows if row.code == "FR"] == [
        ("FR", (None, None), ((310, 313),))
    ]
    third = follow_up(
        second,
        about=facts(people("IT", 800, "name", "email", upper=812)),
        earlier=(report(), second),
        made_at=MADE + timedelta(hours=90),
    )
    [table] = section(third, "cross-border").tables
    assert [row.was for row in table.rows if row.code == "FR"] == [((310, 313),)]
    assert not any(each.code == "countries.FR" for each in third.changes)


@pytest.mark.parametrize("language", LANGUAGES)
def test_our_own_words_never_need_to_be_made_harmless(language):
    assert "\ufffd" not in str(report(language=language, measurement=measured()))


def test_reports_in_two_languages_are_compared_by_their_figures():
    second = follow_up(report(), language="ar")
    assert [each.code for each in second.changes] == []


def test_nothing_changed_is_said_and_a_text_that_changed_is_shown():
    first = report()
    assert follow_up(first).changes == ()
    second = follow_up(first, more='[say.nature]\nwords = "Pages of one customer were shown to others."\n')
    [change] = [each for each in second.changes if each.code == "text"]
    assert (change.item, change.before) == ("nature", "–")


def test_a_withdrawal_names_what_it_withdraws_and_why():
    text = 'withdrawn_because = "It was a test system: the people do not exist."\n'
    first = report()
    given = inputs(phase=Phase.WITHDRAWAL, earlier=(first,), made_at=MADE + timedelta(hours=48))
    blank = make_report(given).report
    assert [each.item for each in blank.open] == ["withdrawn"]
    stated = msgspec.structs.replace(given.statement, withdrawn_because=text)
    made = make_report(msgspec.structs.replace(given, statement=stated)).report
    assert made.is_complete
    assert made.withdrawn_because is not None
    assert [each.phase for each in made.earlier] == [Phase.FIRST]
    assert {each.field: each.option for each in made.template}[4] == "c"


REFUSED = {
    "a follow-up to nothing": {"phase": Phase.FOLLOW_UP},
    "a second first report": {"earlier": (report(),)},
    "a report older than the one before": {
        "phase": Phase.FOLLOW_UP,
        "earlier": (report(),),
        "made_at": MADE - timedelta(hours=1),
    },
    "a time without a zone": {"made_at": MADE.replace(tzinfo=None)},
    "a language that is not spoken here": {"language": "xx"},
    "no such zone": {"zone": "Europe/Atlantis"},
    "no such entity": {"entity": "nobody"},
    "another incident before it": {
        "phase": Phase.FOLLOW_UP,
        "earlier": (report(about=facts(incident="8")),),
        "made_at": MADE + timedelta(hours=1),
    },
    "facts without a zone": {"about": facts(began_at=MADE.replace(tzinfo=None))},
}


@pytest.mark.parametrize("values", REFUSED.values(), ids=REFUSED)
def test_refused(values):
    with pytest.raises(ReportError):
        make_report(
            msgspec.structs.replace(
                inputs(), **{("facts" if name == "about" else name): value for name, value in values.items()}
            )
        )


def test_a_rule_about_telling_people_makes_no_report_to_an_authority():
    with pytest.raises(ReportError, match="telling the people"):
        make_report(inputs("eu-gdpr-34"))


def test_several_companies_are_asked_which_one_reports():
    both = facts(
        people("IT", 10, "email"),
        people("FR", 10, "email", entity="example-fr"),
        entities=(facts().entities[0], Entity(id="example-fr", established=("FR",), main_establishment="FR")),
    )
    with pytest.raises(ReportError, match="--entity"):
        inputs("eu-gdpr-33", about=both)


@pytest.mark.parametrize("rule", REPORTED)
def test_every_rule_of_every_law_gets_its_own_list(rule):
    made = make_report(inputs(rule))
    assert [each.item for each in made.report.sections] == list(items_of(books().rules[rule]))
    assert all(each.title for each in made.report.sections)
    for each in made.report.sections:
        assert each.lines or each.tables or each.prose or each.missing, each.item


def test_what_a_law_forbids_is_left_out_and_the_officer_is_told():
    rule = books().rules["eu-gdpr-33"]
    content = msgspec.structs.replace(rule.content, forbidden=("number-people", "the nature of it"))
    made = make_report(msgspec.structs.replace(inputs(), rule=msgspec.structs.replace(rule, content=content)))
    assert "number-people" not in {each.item for each in made.report.sections}
    assert any("number-people" in note for note in made.notes)
    assert any("the nature of it" in note for note in made.notes)
    assert "the nature of it" not in str(made.report)


def test_the_word_is_written_only_once_it_is_signed():
    assert report(is_word_signed=True).word == "breach"
    given = inputs(more='[say.nature]\nwords = "This is a data breach."\n')
    assert any("signed decision" in note and "nature" in note for note in make_report(given).notes)
    signed = msgspec.structs.replace(given, is_word_signed=True)
    assert not any("signed decision" in note for note in make_report(signed).notes)


def test_facts_that_do_not_fit_the_measurement_are_told_to_the_officer():
    assert any("The facts count 1,206 people" in note for note in make_report(inputs(measurement=measured())).notes)


def test_ids_and_routes_stay_inside():
    made = str(report(measurement=measured()))
    assert "/account/summary" not in made
    assert measured().first_people[0].subject not in made


def test_fields_of_the_common_template_are_filled_as_far_as_the_facts_go():
    filled = {each.field: each for each in report(measurement=measured()).template}
    assert (filled[3].option, filled[4].option) == ("a", "b")
    assert filled[48].words == "2026-11-20 17:20 UTC+01:00"
    assert 49 not in filled, "it is not late"
    assert filled[55].option == "a"
    assert filled[113].option == "a"
    assert filled[114].words == "Garante per la protezione dei dati personali"
    assert "Italy: 800 – 812" in filled[117].words
    assert filled[97 if 97 in filled else 92].words
    late = {
        each.field: each for each in report(made_at=AWARE + timedelta(hours=80), more='delay_note = ""'[:0]).template
    }
    assert 49 not in late, "no reason was given, so the field stays empty"


def test_a_company_outside_the_eea_fills_the_other_part_of_the_template():
    abroad = Entity(id="example-it", name="Example Inc.", established=("US-CA",), zone="America/Los_Angeles")
    filled = {each.field: each for each in report(about=facts(entities=(abroad,))).template}
    assert filled[120].option == "a"
    assert "Malta" in filled[121].words
    assert 113 not in filled


def test_a_company_whose_place_nobody_told_is_neither_inside_nor_outside_the_eea():
    somewhere = Entity(id="example-it", name="Example S.p.A.")
    made = report(about=facts(entities=(somewhere,)))
    assert "lead" not in said(made, "cross-border")
    assert any(each.item == "cross-border" for each in made.open)
    assert not {113, 120} & {each.field for each in made.template}


def test_another_company_in_the_statement_is_told_to_the_officer():
    other = facts(entities=(msgspec.structs.replace(facts().entities[0], name="Example GmbH"),))
    assert any("names the company otherwise" in note for note in make_report(inputs(about=other)).notes)
    assert not any("names the company otherwise" in note for note in make_report(inputs()).notes)


def test_other_laws_have_no_european_annex():
    assert report("gb-ukgdpr-33").template == ()


def test_the_same_inputs_give_the_same_report():
    assert make_report(inputs(measurement=measured())) == make_report(inputs(measurement=measured()))
    assert report().made_at == datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
