"""The sheet: the most urgent first, and what is not sure looks unsure."""

from __future__ import annotations

from datetime import date, timedelta

from spillkit.law.decide import decide
from spillkit.law.facts import Entity
from spillkit.law.rule import Addressee, Condition, Connection, People, Source, Status
from spillkit.law.sheet import lay_out, lay_out_why

from .small import AWARE, NOW, book, books, facts, people, rule

ANY = Condition(words="any personal data")
ASKED = "spillkit decide facts.toml"


def sheet(law, given_facts, now=NOW):
    shelf = books(book(*law))
    return list(lay_out(decide(given_facts, shelf, now=now), given_facts, shelf, asked_with=ASKED))


def texts(lines, kind=None):
    return "\n".join(line.text for line in lines if kind in (None, line.kind))


def test_a_row_that_nobody_confirmed_looks_so():
    unsure = Source(status=Status.NOT_CONFIRMED, where="", read_on=date(2026, 11, 21), not_confirmed=("clock",))
    shown = texts(sheet([rule(ANY, source=unsure)], facts(people())), "unsure")
    assert "NOT CONFIRMED: have counsel check this row" in shown
    assert "NOT CONFIRMED in this row: clock" in shown
    assert not texts(sheet([rule(ANY)], facts(people())), "unsure")


def test_a_clock_that_has_run_out_says_so_and_by_how_much():
    shown = texts(sheet([rule(ANY)], facts(people()), now=AWARE + timedelta(hours=75, minutes=5)))
    assert "PASSED 3 h 5 min ago" in shown
    assert "left" not in shown


def test_a_clock_shows_utc_the_companys_time_and_the_laws():
    entity = Entity(id="shop", established=("LU",), zone="Europe/Luxembourg")
    shown = texts(sheet([rule(ANY)], facts(people(), entities=(entity,))))
    assert (
        "until Mon 23 Nov 2026 17:20 UTC (Mon 23 Nov 2026 18:20 in Europe/Luxembourg; Tue 24 Nov 2026 02:20 in Asia/Tokyo)"
        in shown
    )
    assert "1 d 13 h left" in shown


def test_without_awareness_no_clock_runs_and_that_is_the_first_question():
    lines = sheet([rule(ANY)], facts(people(), milestones={}))
    assert "the clock has not started" in texts(lines)
    questions = [line.text for line in lines if line.text.endswith("]") and "?" in line.text]
    assert questions[0] == "When was it that the company became aware?  [when@aware]"


def test_what_does_not_apply_is_put_together_by_reason():
    never = [rule(Condition(words="x", data=(("ssn",),)), id=f"r-{n}") for n in range(3)]
    many = rule(Condition(words="y", people=People(at_least=500)), id="many")
    later = rule(ANY, id="later", in_force_from=date(2030, 1, 1))
    bank = rule(ANY, id="bank", sectors=("glba-financial",))
    lines = sheet([*never, many, later, bank], facts(people()))
    shown = texts(lines)
    assert "6 rules do not apply" in shown
    assert "The data shown is not of the kinds they name: 3\nr-0, r-1, r-2" in shown
    assert "nobody whom they count: 1\nmany" in shown
    assert "not in force on that day: 1\nlater" in shown
    assert "other kinds of company: 1\nbank" in shown


def test_a_company_of_whom_nobody_is_affected_is_a_group_of_its_own():
    ssn = Condition(words="x", data=(("ssn",),))
    entities = (Entity(id="shop", established=("JP",)), Entity(id="empty", established=("JP",)))
    lines = sheet([rule(ssn, connection=Connection.EITHER)], facts(people(), entities=entities))
    shown = texts(lines)
    assert "2 rules do not apply" in shown
    assert "The data shown is not of the kinds they name: 1\nx-1" in shown
    assert "Nobody of this company is among those affected: 1\nx-1" in shown


def test_a_name_that_is_not_sure_says_so_where_it_stands():
    unsure = rule(ANY, to=Addressee(name="The Watch", status=Status.NOT_CONFIRMED))
    assert "to The Watch (name not confirmed)" in texts(sheet([unsure], facts(people())))
    sure = rule(ANY, to=Addressee(name="The Watch", status=Status.CONFIRMED))
    assert "to The Watch\n" in texts(sheet([sure], facts(people())))


def test_nothing_is_decided_until_it_is_signed():
    for lines in (sheet([rule(ANY)], facts(people())), sheet([], facts())):
        assert lines[-1].text == "This is a proposal. Nothing is decided until it is signed."
    assert "Nothing is triggered" in texts(sheet([], facts()))


def test_the_chain_names_each_link_its_source_and_every_flip():
    shelf, given_facts = books(book(rule(Condition(words="many", people=People(at_least=500))))), facts(people())
    shown = texts(lay_out_why(decide(given_facts, shelf, now=NOW), "x-1", given_facts, shelf))
    assert "✗ many\n  10 people; at least 500 are needed. (s. 1)" in shown
    assert "490 more people in Japan: then triggered" in shown
