"""HAR files as browsers, proxies and test tools write them, and as disks and networks damage them."""

from __future__ import annotations

import base64
import gzip
import json
import random
import tempfile
import tracemalloc
import zipfile
from io import BytesIO
from pathlib import Path

import ijson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spillkit.capture import Format, read_exchanges, sniff
from spillkit.model import BodyState, Channel
from tests.capture.recordings import COOKIE, PAGE, har, har_entry, read


def write(tmp_path: Path, data: bytes, name: str = "day.har") -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


def test_an_entry_says_what_was_shown_when_and_to_whom(tmp_path: Path) -> None:
    [exchange], damages = read(write(tmp_path, har(har_entry())))
    assert not damages
    assert exchange.body == PAGE.encode()
    assert exchange.shown_at is not None
    assert exchange.shown_at.isoformat() == "2026-11-21T10:00:00.250000+00:00"
    assert (exchange.method, exchange.status, exchange.media_type) == ("GET", 200, "text/html")
    assert dict(exchange.request.headers)["cookie"] == COOKIE
    assert COOKIE not in repr(exchange)
    assert "alice" not in repr(exchange)


def in_base64(data: bytes, media_type: str, keep: int | None = None) -> dict:
    return har_entry(base64.b64encode(data).decode()[:keep], encoding="base64", mimeType=media_type)


PNG = b"\x89PNG\r\n\x1a\n\0\0"
ZOE = "Zoë Müller"
BODIES = {
    "base64": (in_base64(PAGE.encode(), "text/html"), PAGE.encode(), BodyState.OK),
    "base64 in Latin-1": (
        in_base64(ZOE.encode("latin-1"), "text/plain; charset=iso-8859-1"),
        ZOE.encode(),
        BodyState.OK,
    ),
    "base64 cut in the middle": (in_base64(PAGE.encode(), "text/html", 41), PAGE[:30].encode(), BodyState.DAMAGED),
    "no text though there was a body": (har_entry(None, size=512), None, BodyState.MISSING),
    "empty text though there was a body": (har_entry("", size=512), None, BodyState.MISSING),
    "a size that nobody knows": (har_entry(None, size=-1), None, BodyState.MISSING),
    "no content at all": (har_entry(None, size=0), b"", BodyState.OK),
    "a picture": (in_base64(PNG, "image/png"), b"", BodyState.OK),
    "a PDF": (in_base64(b"%PDF-1.7\n\xe2\xe3", "application/pdf"), None, BodyState.NOT_TEXT),
    "text called a picture": (har_entry(PAGE, mimeType="image/png"), PAGE.encode(), BodyState.OK),
    "a lone surrogate": (har_entry("Alice \ud83d Doe"), "Alice \N{REPLACEMENT CHARACTER} Doe".encode(), BodyState.OK),
}


@pytest.mark.parametrize(("entry", "body", "state"), BODIES.values(), ids=BODIES)
def test_a_body_is_decoded_as_far_as_it_can_be(
    tmp_path: Path, entry: dict, body: bytes | None, state: BodyState
) -> None:
    path = write(tmp_path, json.dumps({"log": {"entries": [entry]}}).encode())
    [exchange], damages = read(path)
    assert not damages
    assert exchange.body == body
    assert exchange.body_state is state


def test_a_session_handed_out_by_an_answer_is_dropped_while_reading(tmp_path: Path) -> None:
    entry = har_entry()
    entry["response"]["headers"] += [
        {"name": "Set-Cookie", "value": COOKIE},
        {"name": "X-Rendered-For", "value": "c_17"},
    ]
    [exchange], _ = read(write(tmp_path, har(entry)))
    assert dict(exchange.response_headers).keys() == {"content-type", "x-rendered-for"}
    assert COOKIE.partition("=")[2] not in repr(exchange)


def test_a_har_tells_how_long_the_answer_took_and_from_where_it_came(tmp_path: Path) -> None:
    entry = har_entry() | {"time": 125.5, "serverIPAddress": "198.51.100.4", "connection": "443"}
    entry["response"]["headers"] += [{"name": "Set-Cookie", "value": "sid=new; Path=/"}]
    [exchange], _ = read(write(tmp_path, har(entry)))
    assert (exchange.took_ms, exchange.worker, exchange.connection) == (125.5, "198.51.100.4", "443")
    assert exchange.issued == (("sid", "new"),)
    # What the server says of itself is nearer than the address of the front.
    entry["response"]["headers"] += [{"name": "X-Served-By", "value": "w1"}]
    [exchange], _ = read(write(tmp_path, har(entry)))
    assert exchange.worker == ""


def test_damage_before_the_place_to_go_on_from_is_not_told_again(tmp_path: Path) -> None:
    data = har(*[har_entry(f"{PAGE} {i}") for i in range(5)]).replace(f"{PAGE} 1".encode(), b'oops"unescaped', 1)
    exchanges, damages = read(write(tmp_path, data), start_entry=3)
    assert [e.entry for e in exchanges] == [3, 4]
    assert not damages


def test_websocket_frames_that_were_received_are_exchanges_of_their_own(tmp_path: Path) -> None:
    entry = har_entry("")
    entry["_webSocketMessages"] = [
        {"type": "send", "time": 1700000000.5, "opcode": 1, "data": "who is there?"},
        {"type": "receive", "time": 1700000001.5, "opcode": 1, "data": PAGE},
        {"type": "receive", "time": 1700000002.5, "opcode": 2, "data": base64.b64encode(b"alice@example.org").decode()},
    ]
    exchanges, _ = read(write(tmp_path, har(entry)))
    frames = [e for e in exchanges if e.channel is Channel.WEBSOCKET]
    assert [f.body for f in frames] == [PAGE.encode(), b"alice@example.org"]
    assert {f.entry for f in exchanges} == {0}
    assert frames[0].shown_at is not None
    assert frames[0].shown_at.timestamp() == 1700000001.5


def test_a_har_cut_anywhere_gives_the_complete_entries_before_the_cut(tmp_path: Path) -> None:
    whole = har(*[har_entry(f"{PAGE} {i}") for i in range(3)])
    ends = [whole.index(f"{PAGE} {i}".replace('"', '\\"').encode()) for i in range(3)]
    for cut in range(whole.index(b'"entries"'), len(whole) - 20, 7):
        exchanges, damages = read(write(tmp_path, whole[:cut]))
        assert len(exchanges) <= sum(cut > end for end in ends)
        assert [e.entry for e in exchanges] == list(range(len(exchanges)))
        assert len(damages) == 1 or cut > ends[-1]


def test_one_broken_entry_costs_one_entry(tmp_path: Path) -> None:
    data = har(*[har_entry(f"{PAGE} {i}") for i in range(5)]).replace(f"{PAGE} 2".encode(), b'oops"unescaped', 1)
    exchanges, damages = read(write(tmp_path, data))
    assert [(e.body or b"")[-1:] for e in exchanges] == [b"0", b"1", b"3", b"4"]
    assert [e.entry for e in exchanges] == [0, 1, 3, 4]
    assert len(damages) == 1
    assert damages[0].entry == 2


def test_bytes_that_are_no_utf8_cost_their_own_characters_only(tmp_path: Path) -> None:
    data = har(har_entry("a"), har_entry("Alice \x7f Doe"), har_entry("c")).replace(b"\x7f", b"\xff\xfe")
    exchanges, damages = read(write(tmp_path, data))
    assert len(exchanges) == 3
    assert (exchanges[1].body or b"").endswith(b" Doe")
    assert not damages


@pytest.mark.parametrize("form", ["gz", "bom", "zip"])
def test_a_har_in_another_wrapping_reads_the_same(tmp_path: Path, form: str) -> None:
    plain = har(har_entry(), har_entry("second"))
    if form == "gz":
        path = write(tmp_path, gzip.compress(plain), "day.har.gz")
    elif form == "bom":
        path = write(tmp_path, b"\xef\xbb\xbf" + plain)
    else:
        archive = BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
            entry = har_entry(None, _file="abc.html")
            zipped.writestr("har.har", har(entry, har_entry("second")))
            zipped.writestr("abc.html", PAGE)
        path = write(tmp_path, archive.getvalue(), "day.har.zip")
        assert sniff(path) is Format.HAR_ZIP
    exchanges, damages = read(path)
    assert [e.body for e in exchanges] == [PAGE.encode(), b"second"]
    assert not damages


def test_reading_can_go_on_at_an_entry(tmp_path: Path) -> None:
    path = write(tmp_path, har(*[har_entry(str(i)) for i in range(5)]))
    exchanges, _ = read(path, start_entry=3)
    assert [(e.entry, e.body) for e in exchanges] == [(3, b"3"), (4, b"4")]


def test_a_large_har_takes_the_memory_of_its_largest_entry(tmp_path: Path) -> None:
    path = tmp_path / "large.har"
    entry = json.dumps(har_entry("x" * 1_000_000)).encode()
    with path.open("wb") as file:
        file.write(b'{"log": {"version": "1.2", "entries": [' + entry)
        for _ in range(99):
            file.write(b",\n" + entry)
        file.write(b"]}}")
    tracemalloc.start()
    count = sum(1 for _ in read_exchanges(path))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 100
    assert peak < 20_000_000


@given(
    st.lists(
        st.text(max_size=60) | st.sampled_from([PAGE, '"}]},{"startedDateTime":"x"', "\\u00e9 \\", "}{][\n\t"]),
        max_size=6,
    ),
    st.integers(0, 3),
    st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_the_fast_walk_finds_the_entries_that_ijson_finds(texts: list[str], indent: int, ascii_only: bool) -> None:
    log = {
        "log": {
            "version": "1.2",
            "pages": [{"entries": [1, "]"]}],
            "entries": [har_entry(t) for t in texts],
            "comment": "",
        }
    }
    random.Random(len(texts)).shuffle(log["log"]["pages"])
    data = json.dumps(log, indent=indent or None, ensure_ascii=ascii_only).encode("utf-8", "replace")
    plain = [e["response"]["content"]["text"] for e in ijson.items(BytesIO(data), "log.entries.item")]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.har"
        path.write_bytes(data)
        exchanges, damages = read(path)
    assert not damages
    assert [(e.body or b"").decode() for e in exchanges] == plain
