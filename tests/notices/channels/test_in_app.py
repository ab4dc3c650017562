"""Notices for the company's own application: rows with ids and words, whole files, a webhook that is told each once."""

from __future__ import annotations

import csv
import json
import unicodedata
from base64 import b64encode
from pathlib import Path

import msgspec
import pytest

from spillkit.case.webhooks import is_genuine, new_keys
from spillkit.errors import ChannelStopped, InputError, NoticesError, SettingsError
from spillkit.notices.channels.channel import Addressed, Given, NotGiven, Receipt, Why, give_all, is_for_channels
from spillkit.notices.channels.in_app.file import InAppFile
from spillkit.notices.channels.in_app.hook import InAppHook
from spillkit.notices.channels.in_app.row import row_of
from spillkit.notices.channels.receipts import ChannelCount, Receipts, count_receipts, given_notices
from spillkit.notices.reader import Reader
from spillkit.notices.told import Hold
from tests.notices.channels.application import Application, application
from tests.notices.channels.shop import AT, addressed, numbered, words
from tests.notices.hostile import NAMES
from tests.notices.written import told

PEOPLE = [
    addressed("en", id="n1", subjects=("c_1", "c_2")),
    addressed("ar", id="n2", name="هدى الخطيب", country="EG"),
    addressed("fr", "de", id="n3", is_shared=True, people=3, fields=()),
    addressed("en", id="n4", subjects=("=1+1", "+2")),
]
SECRET = "whsec_" + b64encode(bytes(range(32))).decode()


# ── Rows and files ──


def test_a_row_says_what_the_notice_says_and_names_nobody():
    for one in PEOPLE:
        row = row_of(one, words())
        assert (row.notice, row.subjects, row.code) == (one.told.id, one.told.subjects, words().code(one.told))
        assert row.code in row.text
        text = "".join(c for c in row.text if unicodedata.category(c) != "Cf")
        assert all(" ".join(title.split()) in " ".join(text.split()) for title in row.subject.split(" / "))
        assert "Alice" not in str(row)
        assert "هدى" not in str(row)
    assert row_of(PEOPLE[0], words()).text.startswith(
        "22 November 2026\n\nShop: your personal data reached other people\n"
    )
    assert "notices@shop.example" not in row_of(PEOPLE[0], words()).text, "no mail sent it"


@pytest.mark.parametrize("kind", [".csv", ".jsonl"])
def test_a_file_holds_every_row_once(tmp_path, kind):
    path = tmp_path / f"notices{kind}"
    channel = InAppFile(path, words())
    came = [channel.give(one) for one in PEOPLE]
    assert not path.exists()
    channel.finish()
    assert [one.notice for one in came] == ["n1", "n2", "n3", "n4"]
    if kind == ".csv":
        rows = list(csv.DictReader(path.open(encoding="utf-8", newline="")))
        subjects = [row["subjects"] for row in rows]
        assert subjects == ["c_1 c_2", "c_8f2a91", "c_8f2a91", "'=1+1 +2"]
        assert rows[2]["is_shared"] == "yes"
    else:
        rows = [json.loads(line) for line in path.read_bytes().splitlines()]
        assert rows[3]["subjects"] == ["=1+1", "+2"]
    assert [row["text"] for row in rows] == [row_of(one, words()).text for one in PEOPLE]
    assert path.stat().st_mode & 0o077 == 0
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_a_brand_like_a_formula_runs_nowhere(tmp_path):
    from spillkit.notices.channels.in_app.file import csv_line

    row = msgspec.structs.replace(
        row_of(PEOPLE[0], words()), subject="=cmd|' /C calc'!A0", text="\u200f=1+1\nline\n", entity="@x"
    )
    [cells] = csv.reader([csv_line(row).decode().replace("\n", " ")])
    assert not any(cell.lstrip("\u200f").startswith(("=", "+", "-", "@")) for cell in cells)


def test_an_ending_that_is_none_and_a_place_that_is_none_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"ends in \.csv or \.jsonl"):
        InAppFile(tmp_path / "notices.txt", words())
    with pytest.raises(InputError, match="cannot be written"):
        InAppFile(tmp_path / "missing" / "notices.csv", words())


@pytest.mark.parametrize("name", NAMES)
def test_no_name_reaches_the_application(name):
    one = Addressed(told("en"), Reader(name))
    assert row_of(one, words()) == row_of(Addressed(told("en")), words())


def test_those_without_an_address_are_told_here_and_nobody_on_another_hold():
    cases = {
        (): (False, True),
        (Hold.NO_ADDRESS,): (True, True),
        (Hold.MINOR, Hold.NO_ADDRESS): (False, False),
        (Hold.NAMESAKE,): (False, False),
        (Hold.NOT_SIGNED_OFF,): (False, False),
    }
    for holds, (by_itself, with_all) in cases.items():
        one = told("en", holds=holds, hold=holds[0] if holds else None)
        assert (is_for_channels(one, everybody=False), is_for_channels(one, everybody=True)) == (by_itself, with_all), (
            holds
        )


# ── The webhook ──


def hook(app: Application, keys=(SECRET,)) -> InAppHook:
    return InAppHook(app.url, keys, words(), AT, clock=lambda: AT, sleep=lambda _seconds: None)


def test_each_notice_is_told_once_signed_and_under_its_own_id():
    private, public = new_keys()
    with application() as app:
        channel = hook(app, [private])
        came = [channel.give(one) for one in PEOPLE]
        channel.close()
    assert [one.notice for one in came if isinstance(one, Receipt)] == ["n1", "n2", "n3", "n4"]
    for (headers, body), one in zip(app.told, PEOPLE, strict=True):
        assert headers["webhook-id"] == one.told.id
        assert is_genuine(headers, body, public, AT)
        said = json.loads(body)
        assert (said["type"], said["timestamp"]) == ("notice", "2026-11-22T12:00:00Z")
        assert said["data"] == json.loads(msgspec.json.encode(row_of(one, words())))


def test_what_was_not_answered_is_told_again_with_the_same_body():
    with application() as app:
        app.answers = [503, 0, 429, 204]
        channel = hook(app)
        assert isinstance(channel.give(PEOPLE[0]), Receipt)
    assert len(app.told) == 4
    assert len({body for _headers, body in app.told}) == 1
    assert {headers["webhook-id"] for headers, _body in app.told} == {"n1"}


STOPS = {
    "gone": [410],
    "another key": [401],
    "a wrong path": [404],
    "moved": [307],
    "down": [500] * 4,
    "cut off": [0] * 4,
}


@pytest.mark.parametrize("answers", STOPS.values(), ids=STOPS)
def test_an_application_that_takes_none_stops_it(answers):
    with application() as app:
        app.answers, app.location = [204, *answers], "/elsewhere"
        channel = hook(app)
        channel.give(PEOPLE[0])
        with pytest.raises(ChannelStopped, match="run the same command again") as stopped:
            channel.give(PEOPLE[1])
    assert len(app.told) == 1 + len(answers), "a redirect is not followed"
    assert app.url not in str(stopped.value)


def test_one_notice_that_is_refused_does_not_keep_the_others_back_and_twenty_do():
    with application() as app:
        app.answers = [422, 204, *[400] * 20]
        channel = hook(app)
        assert channel.give(PEOPLE[0]) == NotGiven("n1", Why.REFUSED)
        assert isinstance(channel.give(PEOPLE[1]), Receipt)
        refused = [channel.give(Addressed(one)) for one in numbered(19)]
        assert {one.why for one in refused if isinstance(one, NotGiven)} == {Why.REFUSED}
        with pytest.raises(ChannelStopped):
            channel.give(Addressed(told("en")))


@pytest.mark.parametrize(
    "url", ["http://shop.example/x", "ftp://a", "https://u:p@shop.example/", "https://shop.example/#a", "nothing"]
)
def test_an_address_that_is_not_safe_is_refused_and_not_shown(url):
    with pytest.raises(SettingsError) as refused:
        InAppHook(url, [SECRET], words(), AT)
    assert url not in str(refused.value)


def test_after_an_interruption_nobody_is_told_twice_and_nobody_is_forgotten(tmp_path):
    people = [Addressed(one) for one in numbered(30)]
    with application() as app:
        for answers in ([204] * 7 + [410], [204] * 11 + [0] * 4, []):
            app.answers = list(answers)
            with Receipts(tmp_path, "in-app-webhook", AT) as receipts:
                try:
                    given = give_all(hook(app), people, receipts)
                except ChannelStopped:
                    given = None
    assert given == Given(given=12, before=18, not_given={})
    taken = [headers["webhook-id"] for headers, _body in app.told]
    assert set(taken) == {one.told.id for one in people}
    assert sum(taken.count(one) > 1 for one in set(taken)) == 2, "those that were not answered with 2xx, and no other"
    assert count_receipts(tmp_path) == (ChannelCount("in-app-webhook", 30, {}, AT),)


# ── Receipts ──


def test_receipts_are_ids_and_digests_and_the_last_of_a_notice_counts(tmp_path):
    with Receipts(tmp_path, "letters", AT) as receipts:
        receipts.keep([Receipt("n1", "aa"), NotGiven("n2", Why.NO_POSTAL_ADDRESS), NotGiven("n3", Why.NOT_DRAWN)])
        receipts.keep([Receipt("n1", "aa"), Receipt("n2", "bb")])
        assert (receipts.has("n1"), receipts.has("n2"), receipts.has("n3"), receipts.has("n4")) == (
            True,
            True,
            False,
            False,
        )
    assert (tmp_path / "letters.jsonl").read_text().splitlines() == [
        '{"notice":"n1","at":"2026-11-22T12:00:00Z","digest":"aa"}',
        '{"notice":"n2","at":"2026-11-22T12:00:00Z","why":"no-postal-address"}',
        '{"notice":"n3","at":"2026-11-22T12:00:00Z","why":"not-drawn"}',
        '{"notice":"n2","at":"2026-11-22T12:00:00Z","digest":"bb"}',
    ]
    assert count_receipts(tmp_path) == (ChannelCount("letters", 2, {"not-drawn": 1}, AT),)
    assert given_notices(tmp_path) == {"n1", "n2"}


def test_a_line_that_the_power_cut_is_cut_off_and_a_damaged_one_is_refused(tmp_path):
    path = tmp_path / "letters.jsonl"
    with Receipts(tmp_path, "letters", AT) as receipts:
        receipts.keep([Receipt("n1", "aa")])
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:20])
    with Receipts(tmp_path, "letters", AT) as receipts:
        receipts.keep([Receipt("n2", "bb")])
    assert count_receipts(tmp_path)[0].given == 2
    path.write_bytes(b"{}\n" + whole)
    for read in (lambda: count_receipts(tmp_path), lambda: Receipts(tmp_path, "letters", AT)):
        with pytest.raises(NoticesError, match="line 1 cannot be read"):
            read()


def test_two_processes_do_not_give_out_the_same_mailing_at_once(tmp_path: Path):
    with Receipts(tmp_path, "letters", AT), pytest.raises(NoticesError, match="another process"):
        Receipts(tmp_path, "letters", AT)
