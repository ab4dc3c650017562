"""What a company knows of people beside its list is read by id; whatever cannot be meant is refused with its place, unquoted."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spillkit.cli import main
from spillkit.errors import NoticesError
from spillkit.notices.company import EXAMPLE
from spillkit.notices.holds import LegalHold
from spillkit.notices.known_file import read_known
from spillkit.notices.merging import Decided
from spillkit.notices.told import Hold


def read(tmp_path, text):
    path = tmp_path / "known.toml"
    path.write_text(text, encoding="utf-8")
    return read_known(path)


def test_the_example_says_what_it_says():
    known, decided = read_known(EXAMPLE / "known.toml")
    assert known.minors == {"c_1009"}
    assert known.changed_at == {"c_1008": datetime(2026, 11, 10, 8, tzinfo=UTC)}
    assert known.released == {Hold.ADDRESS_CHANGED: {"c_1008"}}
    assert known.legal == (
        LegalHold("Police of Lyon, file 4711", country="FR", until=datetime(2026, 12, 1, tzinfo=UTC)),
    )
    assert decided == (Decided("c_1001", "c_1007", together=True),)


WRONG = {
    "an address in place of an id": ('deceased = ["ann@mail.example"]', "deceased.*by the id"),
    "an address as a name": ('[changed]\n"ann@mail.example" = 2026-11-05T10:00:00Z', "by the id"),
    "a time without a zone": ("[changed]\nc_1 = 2026-11-05T10:00:00", "time with its zone"),
    "a day": ("[changed]\nc_1 = 2026-11-05", "time with its zone"),
    "a hold that ends by itself": ('[released]\nno-address = ["c_1"]', "released: a hold stands there"),
    "no hold": ('[released]\nann-roe = ["c_1"]', "released: a hold stands there"),
    "a country that is none": ('[[legal]]\nbecause = "x"\ncountry = "France"', "country"),
    "a legal hold without a reason": ('[[legal]]\ncountry = "FR"', "because"),
    "half a pair": ('[[decided]]\nfirst = "c_1"\ntogether = true', "second"),
    "another setting": ("dead = []", "dead"),
    "another version": ("", "version"),
    "no TOML": ("deceased = [", "not TOML"),
}


@pytest.mark.parametrize(("text", "why"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_meant_is_refused(tmp_path, text, why):
    version = 2 if "version" in why else 1
    with pytest.raises(NoticesError, match=why) as refused:
        read(tmp_path, f"version = {version}\n{text}\n")
    assert not [typed for typed in ("ann@", "ann-roe", "c_1") if typed in str(refused.value)]


@given(
    st.binary(max_size=200) | st.text(max_size=200).map(lambda text: b"version = 1\n" + text.encode("utf-8", "replace"))
)
@settings(max_examples=150, deadline=None)
def test_whatever_was_typed_is_read_or_refused(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("known") / "known.toml"
    path.write_bytes(content)
    with suppress(NoticesError):
        read_known(path)  # Anything else that is raised fails.


def test_a_minor_by_the_file_is_on_hold_and_two_accounts_are_one_person(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["init"]) == 0
    assert main(["notify", "example", "campaign"]) == 0
    (tmp_path / "known.toml").write_text(
        'version = 1\nminors = ["c_1002"]\n[[decided]]\nfirst = "c_1001"\nsecond = "c_1003"\ntogether = true\n'
    )
    capsys.readouterr()
    files = ["--company", "campaign/notices.toml", "--story", "campaign/story.toml", "--known", "known.toml"]
    unread = [part for tag in ("it", "de", "en", "ar") for part in ("--unread", tag)]
    assert main(["notify", "plan", "campaign/people.csv", *files, *unread]) == 0
    said = capsys.readouterr().out
    assert "2 people: 1 to be told once two people sign, 1 on hold" in said
    assert "minor: 1 person" in said
