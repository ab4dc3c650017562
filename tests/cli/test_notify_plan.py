"""`spillkit notify plan`: from a plain list to mails that can be looked at, and nothing that leaves."""

from __future__ import annotations

import json
from email import message_from_bytes, policy

import pytest

from spillkit.cli import main

UNREAD = ("--unread", "it", "--unread", "de", "--unread", "en", "--unread", "ar")


@pytest.fixture
def campaign(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["init"]) == 0
    assert main(["notify", "example", "campaign"]) == 0
    return tmp_path / "campaign"


def plan(campaign, *options):
    files = ("--company", campaign / "notices.toml", "--story", campaign / "story.toml")
    return main([str(part) for part in ("notify", "plan", campaign / "people.csv", *files, *options)])


def test_the_example_becomes_mails_to_look_at(campaign, tmp_path, capsys):
    capsys.readouterr()
    assert plan(campaign, *UNREAD, "--samples", tmp_path / "look") == 0
    said = capsys.readouterr().out
    assert "3 people: 3 to be told once two people sign, 0 on hold" in said
    for value in ("Ann", "Poe", "الخطيب", "@mail.example"):
        assert value not in said, "a plan is counts and ids"
    mails = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in (tmp_path / "look").iterdir()]
    assert {mail["To"].addresses[0].addr_spec for mail in mails} == {
        f"{who}@mail.example" for who in ("ann", "ben", "huda")
    }
    bodies = {mail["To"].addresses[0].username: mail.get_body(("plain",)).get_content() for mail in mails}
    assert "- indirizzo e-mail" in bodies["ann"]
    assert "telephone number" not in bodies["ann"]
    assert "- telephone number" in bodies["ben"]
    assert "Guten Tag Ben Poe," in bodies["ben"]
    assert "هدى الخطيب" in bodies["huda"]
    assert "Garante per la protezione dei" in bodies["ann"]


def test_the_same_list_gives_the_same_digest_and_another_story_another(campaign, capsys):
    capsys.readouterr()
    digests = []
    for measured in (3, 3, 4):
        story = (campaign / "story.toml").read_text(encoding="utf-8")
        (campaign / "story.toml").write_text(
            story.replace("people_upper = 3", f"people_upper = {measured}"), encoding="utf-8"
        )
        assert plan(campaign, *UNREAD, "--json") == 0
        digests.append(json.loads(capsys.readouterr().out)["digest"])
    assert digests[0] == digests[1] != digests[2]


def test_a_text_that_nobody_signed_is_held_until_somebody_decides(campaign, capsys):
    capsys.readouterr()
    assert plan(campaign, "--unread", "it") == 0
    said = capsys.readouterr().out
    assert "3 people: 1 to be told once two people sign, 2 on hold" in said
    assert "not-signed-off: 2 people. No text in this language was read by a native reader." in said


def test_more_people_than_were_measured_are_refused(campaign, capsys):
    with (campaign / "people.csv").open("a", encoding="utf-8") as file:
        file.write('c_1004,dan@mail.example,Dan Loe,FR,fr,shop-eu,"name",,\n')
    assert plan(campaign) == 2
    assert "4 people would be told, and at most 3 were measured." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("notices.toml", "version = 1", "version = 2", "version must be 1"),
        ("notices.toml", "[sender.shop-eu]", "[sender.shop-us]", "there is no [sender.shop-eu]"),
        ("notices.toml", 'brand = "Example Shop"', "", "`brand`"),
        ("notices.toml", "version = 1", "version = ", "not TOML"),
        ("story.toml", "shown-to-customers", "an accident", "nature"),
        ("story.toml", "zone =", "zones =", "zones"),
        ("people.csv", "entity,fields", "entity,what", "no column says which fields"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_with_its_place(campaign, capsys, file, old, new, said):
    text = (campaign / file).read_text(encoding="utf-8")
    assert old in text
    (campaign / file).write_text(text.replace(old, new), encoding="utf-8")
    capsys.readouterr()
    assert plan(campaign) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error
    assert "mail.example" not in error


def test_a_row_that_cannot_be_used_is_named_by_line(campaign, capsys):
    with (campaign / "people.csv").open("a", encoding="utf-8") as file:
        file.write('c_1004,dan@mail.example,Dan Loe,FR,fr,shop-eu,"shoe size",,\n')
    capsys.readouterr()
    assert plan(campaign) == 0
    heard = capsys.readouterr()
    assert "1 row of the list could not be read: NOT told" in heard.out
    assert "line 5: fields:" in heard.err


def test_files_that_are_there_are_left_as_they_are(campaign, capsys):
    assert main(["notify", "example", str(campaign)]) == 2
    assert "there already" in capsys.readouterr().err


def test_a_text_that_contradicts_the_facts_is_shown_with_the_plan_and_stops_it(campaign, capsys):
    story = (campaign / "story.toml").read_text(encoding="utf-8")
    # What is not known yet is said to the readers of one language only.
    (campaign / "story.toml").write_text(story + '\n[not_known]\nde = ["Wir wissen nicht, warum."]\n', encoding="utf-8")
    capsys.readouterr()
    assert plan(campaign, *UNREAD) == 1
    said = capsys.readouterr().out
    assert "3 people: 3 to be told" in said
    assert "contradictions: nothing is sent before the words are changed, or two people let it stand." in said
    assert "not-written: notices (it), 1 person" in said
    assert plan(campaign, *UNREAD, "--json") == 1
    found = json.loads(capsys.readouterr().out)
    assert {one["rule"] for one in found["checked"]["found"]} == {"not-written"}
    assert found["checked"]["notices"] == 3
