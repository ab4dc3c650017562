"""What a browser received, read from Playwright's own files (recorded/record_trace.py made them)."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spillkit.errors import InputError
from spillkit.guard.guard import Guard, prepare
from spillkit.guard.traces import read_answers
from spillkit.plant import plant_people

RECORDED = Path(__file__).parent / "recorded"
ALICE, BOB = plant_people(2, ["fr_FR"])


@pytest.fixture(scope="module")
def ground():
    return prepare((ALICE, BOB))


@pytest.mark.parametrize("name", ["trace.zip", "page.har"])
def test_a_page_that_shows_alice_to_bob_is_seen(name, ground):
    guard = Guard(ground)
    assert guard.read_trace(RECORDED / name, BOB) >= 2
    [leak] = guard.finish()
    assert (leak.viewer, leak.subject, leak.route, leak.fields) == (BOB.tag, ALICE.tag, "/api/me", ("e-mail",))
    assert leak.places[0].startswith("$.me.mail ")


@pytest.mark.parametrize("name", ["trace.zip", "page.har"])
def test_alice_may_see_herself(name, ground):
    guard = Guard(ground)
    guard.read_trace(RECORDED / name, ALICE)
    assert guard.finish() == ()
    assert guard.tally.sightings == 1


def test_an_older_trace_names_bodies_by_their_digest(ground, tmp_path):
    with zipfile.ZipFile(RECORDED / "trace.zip") as whole, zipfile.ZipFile(tmp_path / "trace.zip", "w") as older:
        for name in whole.namelist():
            older.writestr(name, whole.read(name).replace(b'"_file":"resources/', b'"_sha1":"'))
    guard = Guard(ground)
    guard.read_trace(tmp_path / "trace.zip", BOB)
    assert len(guard.finish()) == 1


def test_a_body_that_the_trace_lacks_is_counted_as_not_looked_at(ground, tmp_path):
    with zipfile.ZipFile(RECORDED / "trace.zip") as whole, zipfile.ZipFile(tmp_path / "trace.zip", "w") as cut:
        cut.writestr("trace.network", whole.read("trace.network"))
    guard = Guard(ground)
    guard.read_trace(tmp_path / "trace.zip", BOB)
    assert guard.finish() == ()
    assert guard.tally.damaged >= 2


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(InputError, match=r"trace\.zip: is not there"):
        list(read_answers(tmp_path / "trace.zip"))


def test_a_damaged_trace_is_refused(tmp_path):
    whole = (RECORDED / "trace.zip").read_bytes()
    at = whole.index(b"resource-snapshot")
    (tmp_path / "trace.zip").write_bytes(whole[:at] + b"\0" + whole[at + 1 :])
    with pytest.raises(InputError, match="damaged"):
        list(read_answers(tmp_path / "trace.zip"))


ANYTHING = st.recursive(
    st.none() | st.integers() | st.text(max_size=10) | st.just("../../../etc/passwd"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                "request response headers content _file _sha1 url method status name value size postData text".split()
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(snapshot=ANYTHING, junk=st.binary(max_size=40))
@settings(deadline=None)
def test_no_network_log_makes_the_reader_stumble(snapshot, junk, tmp_path_factory):
    path = tmp_path_factory.mktemp("trace") / "trace.zip"
    with zipfile.ZipFile(path, "w") as archive:
        line = json.dumps({"type": "resource-snapshot", "snapshot": snapshot}).encode()
        archive.writestr("trace.network", junk + b"\n" + line + b"\n")
    for answer in read_answers(path):
        assert isinstance(answer.url, str)
        assert isinstance(answer.status, int)
