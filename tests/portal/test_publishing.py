"""What is published of mailings: every figure that ever was, a record for each code, and nothing new where nothing is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from spillkit.directory.remembering import remembered
from spillkit.errors import NoticesError, PublicationError
from spillkit.law.books import read_books
from spillkit.notices.code import code_keys, code_of, digest_of
from spillkit.notices.company import EXAMPLE, read_company, read_story
from spillkit.notices.demands import demands_by_place
from spillkit.notices.gather import Wishes
from spillkit.notices.holds import Known
from spillkit.notices.marks import derived_key
from spillkit.notices.ours import Ours
from spillkit.notices.plain_list import read_plain_list
from spillkit.notices.prepared import Ready, read_prepared
from spillkit.notices.publication import Flag, Method, Why, read_publication, renew_publication
from spillkit.notices.publishing import (
    Approved,
    Counted,
    coded_of,
    news_of,
    publication_of,
    texts_of,
)
from spillkit.notices.question_key import question_key
from spillkit.notices.spares import Spares, read_spares, spare_ids, write_spares
from spillkit.notices.told import Kind
from spillkit.notices.told_table import rows_of, table_of
from spillkit.notices.withheld import withheld_in
from spillkit.notices.wording import LANGUAGES
from spillkit.settings import create_workspace
from tests.notices.test_prepared import prepare

NOW = datetime(2026, 11, 22, 15, tzinfo=UTC)
KEYS, IDS = code_keys(derived_key(bytes(16), "codes")), derived_key(bytes(16), "ids")
LISTED = Counted(Method.LISTED)


@pytest.fixture(scope="module")
def ready(tmp_path_factory):
    workspace = create_workspace(tmp_path_factory.mktemp("published") / "spill")
    return read_prepared(workspace, prepare(workspace).mailing)


def told_that(ready: Ready, confirmed: int, upper: int | None, **more) -> Ready:
    story = msgspec.structs.replace(ready.story, people_confirmed=confirmed, people_upper=upper)
    return Ready(ready.prepared, story, ready.company, more.get("told", ready.told))


def made_of(*mailings: Ready, earlier=None, at=NOW, fakes=()):
    approved = [Approved(one, at) for one in mailings]
    counted = {one.story.campaign: LISTED for one in mailings}
    return publication_of(approved, counted, earlier, fakes, 24, at)


FIGURES = {
    "more": ((900, 1000), (988, 1000), Why.MORE),
    "narrower": ((900, 1000), (900, 950), Why.MORE),
    "bounded now": ((900, None), (900, 1000), Why.MORE),
    "fewer": ((900, 1000), (880, 1000), Why.CORRECTED),
    "more than at most": ((900, 1000), (1200, 1200), Why.CORRECTED),
    "not bounded any more": ((900, 1000), (900, None), Why.CORRECTED),
}


@pytest.mark.parametrize(("first", "then", "why"), FIGURES.values(), ids=FIGURES)
def test_a_new_figure_stands_behind_the_earlier_one_with_why(ready, first, then, why):
    earlier = made_of(told_that(ready, *first))
    [campaign] = made_of(told_that(ready, *then), earlier=earlier, at=NOW + timedelta(days=1)).campaigns
    assert [(one.confirmed, one.upper, one.why) for one in campaign.figures] == [(*first, Why.FIRST), (*then, why)]
    assert campaign.updated_at == NOW + timedelta(days=1)


def test_the_same_again_is_the_same_and_keeps_the_time_of_its_last_update(ready):
    first = made_of(ready)
    assert made_of(ready, earlier=first, at=NOW + timedelta(days=3)) == first
    assert news_of(first, first, 5, 5) == []
    assert news_of(None, first, 0, 5)[0].startswith("2026-11-cache: first published, ")


def test_what_is_published_is_not_forgotten_with_its_mailing(ready):
    other = Ready(ready.prepared, msgspec.structs.replace(ready.story, campaign="other"), ready.company, ready.told)
    with pytest.raises(PublicationError, match="other is published"):
        made_of(ready, earlier=made_of(other, ready))


def test_every_notice_has_a_record_and_the_newest_mailing_that_tells_counts(ready):
    told = list(rows_of(ready.told))
    first = told[0]
    later = told_that(ready, 988, None, told=table_of([msgspec.structs.replace(first, fields=("phone",), hold=None)]))
    approved = [Approved(ready, NOW, withdrawn=frozenset({told[1].id})), Approved(later, NOW)]
    made = publication_of(approved, {ready.story.campaign: LISTED}, None, (), 24, NOW)
    spares = Spares(ready.story.campaign, first.entity, 3)
    records = {one.digest: one for one in coded_of(approved, [spares], made, KEYS, IDS)}
    assert len(records) == len(told) + 3
    found = {one.id: records[digest_of(code_of(one.id, KEYS), KEYS)] for one in told}
    assert found[first.id].fields == ("phone",)
    assert found[told[1].id].flags == Flag.WITHDRAWN | (Flag.SHARED if told[1].is_shared else Flag(0))
    for notice in spare_ids(spares, 0, 3, IDS):
        assert records[digest_of(code_of(notice, KEYS), KEYS)].kind is Kind.UNAFFECTED


def test_texts_are_said_once_and_hold_nothing_of_anybody(ready):
    texts = texts_of([Approved(ready, NOW)])
    assert {(one.kind, one.language) for one in texts} == {
        (row.kind, language) for row in rows_of(ready.told) if row.hold is None for language in row.languages
    }
    for one in texts:
        assert "Ann" not in one.text
        assert "ABCDE-FGHJK-MNPQR" in one.text
    [campaign] = made_of(ready).campaigns
    assert [text.sha256 for text in campaign.texts] == [one.sha256 for one in texts]


def test_publishing_twice_leaves_one_and_old_ones_are_cleared_away(ready, tmp_path):
    key = question_key(create_workspace(tmp_path / "spill"))
    place = tmp_path / "published"

    def renew(made, count=5):
        spares = [Spares(ready.story.campaign, ready.prepared.plan.by_entity[0].label, count)]
        coded = coded_of([Approved(ready, NOW)], spares, made, KEYS, IDS)
        return renew_publication(place, made, coded, KEYS.looking_up, key.public_key())

    name, is_new = renew(made_of(ready))
    assert is_new
    assert renew(made_of(ready, earlier=read_publication(place).publication, at=NOW + timedelta(days=1))) == (
        name,
        False,
    )
    for count in range(6, 12):
        assert renew(made_of(ready), count)[1]
    assert len([path for path in place.iterdir() if path.is_dir()]) == 3


def test_the_key_of_questions_is_made_once_and_refused_where_others_read_it(tmp_path):
    workspace = create_workspace(tmp_path / "spill")
    made = question_key(workspace)
    assert question_key(workspace).private_bytes_raw() == made.private_bytes_raw()
    path = workspace.root / "notices" / "questions.key"
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    with pytest.raises(Exception, match="chmod 600"):
        question_key(workspace)
    path.write_bytes(b"no key")
    with pytest.raises(Exception, match="no key of questions"):
        question_key(workspace)


def test_the_portal_does_not_say_what_happened_where_the_notice_must_not(tmp_path):
    workspace = create_workspace(tmp_path / "spill")
    people = tmp_path / "people.csv"
    rows = [("c_1", "US", "MA"), ("c_2", "US", "TX"), ("c_3", "US", ""), ("c_4", "LU", "MA")]
    lines = [f"{who},{who}@mail.example,Ann Roe,{country},{state},en,shop-eu,name" for who, country, state in rows]
    people.write_text("\n".join(["id,email,name,country,state,language,entity,fields", *lines]))
    company, story = read_company(EXAMPLE / "notices.toml"), read_story(EXAMPLE / "story.toml")
    wishes = Wishes(story.campaign, company.letterhead, frozenset(LANGUAGES), Known(signed=frozenset(LANGUAGES)))
    found = read_plain_list(str(people), wishes, read_books(), workspace.key(), NOW)
    prepared = msgspec.structs.replace(prepare(workspace), lists=(remembered(found.mapped),))
    ready = Ready(prepared, story, company, found.gathered.told)
    withheld = withheld_in(ready, workspace, demands_by_place(read_books(), NOW.date()))
    told = list(rows_of(ready.told))
    assert {one.subjects[0] for one in told if one.id in withheld} == {"c_1", "c_3"}
    approved = [Approved(ready, NOW, withheld=withheld)]
    made = publication_of(approved, {story.campaign: LISTED}, None, (), 24, NOW)
    flags = {one.digest: one.flags for one in coded_of(approved, [], made, KEYS, IDS)}
    for one in told:
        assert bool(flags[digest_of(code_of(one.id, KEYS), KEYS)] & Flag.WITHHELD) == (one.id in withheld)
    assert withheld_in(ready, workspace, {}) == frozenset()


def test_codes_that_nobody_has_are_known_to_be_ours(tmp_path):
    workspace = create_workspace(tmp_path / "spill")
    mailing = prepare(workspace)
    ours = Ours.open(workspace)
    spares = Spares("2026-11-cache", "shop-eu", 3)
    keys, ids = code_keys(derived_key(workspace.key(), "codes")), derived_key(workspace.key(), "ids")
    codes = [code_of(notice, keys) for notice in spare_ids(spares, 0, 4, ids)]
    assert ours.by_code(codes[0]) is None
    write_spares(workspace, [spares])
    write_spares(workspace, [Spares("2026-11-cache", "shop-eu", 2), Spares("other", "shop-eu", 9)])
    assert read_spares(workspace) == [spares, Spares("other", "shop-eu", 9)]
    ours = Ours.open(workspace)
    for code in codes[:3]:
        found = ours.by_code(code)
        assert (found.mailing, found.told.kind, found.told.entity) == (mailing.mailing, Kind.UNAFFECTED, "shop-eu")
    assert ours.by_code(codes[3]) is None
    (workspace.root / "notices" / "spares.json").write_bytes(b"{")
    assert Ours.open(workspace).by_code(codes[0]) is None
    with pytest.raises(NoticesError, match="publish again"):
        read_spares(workspace)
