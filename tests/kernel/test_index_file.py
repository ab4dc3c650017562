"""The index file: damage is noticed, another key opens nothing, and the same values always make the same bytes."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from spillkit.errors import IndexDamaged, KeyMismatch
from spillkit.kernel import native, plain
from spillkit.kernel.api import SLOT_SEGMENT_SHIFT, Taken
from spillkit.model import Field

KEY = bytes(range(16))
ALICE, BOB, CAROL = 0, 1, 2
PAGE = b"Alice Evrard and Bob Miller by bob@example.org"
ENGINES = pytest.mark.parametrize("engine", [native, plain], ids=["native", "plain"])


def people(*numbers: int) -> NDArray[np.uint32]:
    return np.array(numbers, np.uint32)


@pytest.fixture
def segment(tmp_path: Path) -> Path:
    builder = native.Builder(KEY)
    builder.add(Field.NAME, people(ALICE, BOB), ["Alice\x1fÉvrard", "Bob Miller"])
    builder.add(Field.EMAIL, people(BOB), ["bob@example.org"])
    builder.write(tmp_path / "base.idx", nonce=1)
    return tmp_path / "base.idx"


def alter(path: Path, at: int, content: bytes) -> None:
    with path.open("rb+") as file:
        file.seek(at)
        file.write(content)


@ENGINES
def test_another_key_opens_nothing_and_the_message_says_what_to_do(engine, segment):
    with pytest.raises(KeyMismatch, match=r"base\.idx was built under another key.*people add"):
        engine.Scanner([segment], bytes(16))


@ENGINES
@pytest.mark.parametrize("at", [0, 8, 17, 33, 50, 210, 320, 4000, 4090])
def test_a_flipped_byte_in_the_header_is_noticed(engine, segment, at):
    alter(segment, at, bytes([segment.read_bytes()[at] ^ 1]))
    with pytest.raises(IndexDamaged, match=r"base\.idx.*people add"):
        engine.Scanner([segment], KEY)


@ENGINES
@pytest.mark.parametrize("kept", [0, 100, 4096, 9000])
def test_a_file_that_was_cut_is_noticed(engine, segment, kept):
    segment.write_bytes(segment.read_bytes()[:kept])
    with pytest.raises(IndexDamaged, match=r"base\.idx"):
        engine.Scanner([segment], KEY)


def test_a_flipped_byte_behind_the_header_is_found_by_the_check(segment):
    native.Scanner([segment], KEY).check()
    [offset, length] = struct.unpack_from("<QQ", segment.read_bytes(), 208 + 24 * 4)
    alter(segment, offset + length - 1, b"\x55")
    with pytest.raises(IndexDamaged, match=r"base\.idx"):
        native.Scanner([segment], KEY).check()


def test_sections_that_lie_about_themselves_do_not_crash_the_scan(segment):
    whole = bytearray(segment.read_bytes())
    rng = np.random.default_rng(1)
    for _ in range(200):
        torn = whole.copy()
        for at in rng.integers(4096, len(torn), 50).tolist():
            torn[at] = int(rng.integers(256))
        segment.write_bytes(torn)
        native.Scanner([segment], KEY).scan([PAGE])


def test_the_order_in_which_people_are_added_does_not_matter(tmp_path):
    names = [f"Given{number} Family{number % 7}" for number in range(500)]
    for order, file in ((1, "there.idx"), (-1, "back.idx")):
        builder = native.Builder(KEY)
        builder.add(Field.NAME, np.arange(500, dtype=np.uint32)[::order], names[::order])
        builder.write(tmp_path / file, nonce=5)
    assert (tmp_path / "there.idx").read_bytes() == (tmp_path / "back.idx").read_bytes()


def test_two_files_of_the_same_people_share_no_gate(tmp_path):
    gates = []
    for file in ("one.idx", "two.idx"):
        builder = native.Builder(KEY)
        builder.add(Field.NAME, people(ALICE), ["Alice Evrard"])
        builder.write(tmp_path / file)
        content = (tmp_path / file).read_bytes()
        [offset, length] = struct.unpack_from("<QQ", content, 208)
        gates.append(content[offset : offset + length])
    assert gates[0] != gates[1]


@ENGINES
def test_a_delta_adds_people_and_dead_numbers_take_them_away(engine, segment, tmp_path):
    builder = engine.Builder(KEY)
    builder.add(Field.NAME, people(CAROL), ["Carol\x1fDanvers"])
    builder.write(tmp_path / "delta.idx", nonce=2)
    scanner = engine.Scanner([segment, tmp_path / "delta.idx"], KEY, people(ALICE))
    hits = scanner.scan([PAGE, b"Danvers, Carol"])
    found = [(page, scanner.group(slot)[2].tolist()) for page, _, _, slot in hits.tolist()]
    assert found == [(0, [BOB]), (0, [BOB]), (1, [CAROL])]
    assert hits[-1, 3] >> SLOT_SEGMENT_SHIFT == 1
    assert scanner.find(Field.NAME, "Alice Évrard").tolist() == []
    assert scanner.find(Field.NAME, "carol DANVERS").tolist() == [CAROL]


@ENGINES
def test_what_cannot_be_matched_is_refused_with_its_reason(engine):
    rows = {
        (Field.NAME, "…"): Taken.EMPTY,
        (Field.NAME, "X"): Taken.EMPTY,
        (Field.NAME, "x" * 65): Taken.TOO_LONG,
        (Field.NAME, "y " * 33): Taken.TOO_LONG,
        (Field.EMAIL, "nobody"): Taken.BAD_SHAPE,
        (Field.EMAIL, ".a@example.org"): Taken.BAD_SHAPE,
        (Field.EMAIL, " Alice@Example.ORG "): Taken.OK,
        (Field.PHONE, "+49 30 123456"): Taken.BAD_SHAPE,
        (Field.PHONE, "123456"): Taken.TOO_SHORT,
        (Field.PHONE, "+4930123456"): Taken.OK,
        (Field.ORDER, "12345"): Taken.TOO_SHORT,
        (Field.ORDER, "A-12345"): Taken.OK,
    }
    builder = engine.Builder(KEY)
    taken = {row: Taken(int(builder.add(row[0], people(ALICE), [row[1]])[0])) for row in rows}
    assert taken == rows


@ENGINES
def test_a_number_too_large_for_an_entry_is_refused(engine):
    with pytest.raises(ValueError, match=r"below 2\*\*27"):
        engine.Builder(KEY).add(Field.NAME, people(1 << 27), ["Alice Evrard"])


def test_a_folder_that_is_not_there_is_an_os_error_and_leaves_nothing(tmp_path):
    builder = native.Builder(KEY)
    builder.add(Field.NAME, people(ALICE), ["Alice Evrard"])
    with pytest.raises(FileNotFoundError):
        builder.write(tmp_path / "missing" / "base.idx")
    assert list(tmp_path.iterdir()) == []
