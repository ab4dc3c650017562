"""The native kernel and its plain twin give the same on everything we can think of.

In:    generated bodies; bodies that once went wrong.
Out:   nothing; a failure prints the body and both answers.
Else:  the long run is `python -m tests.kernel.differential --bodies 100000`.
"""

from __future__ import annotations

import random
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spillkit.kernel import native, plain
from spillkit.model import Field
from tests.kernel.bodies import KEY, body, directory, write_segments
from tests.kernel.differential import differences, explain
from tests.kernel.known_bodies import KNOWN

VALUES = [value for some in directory() for value in some]


@pytest.fixture(scope="module")
def segments(tmp_path_factory):
    return write_segments(plain.Builder, tmp_path_factory.mktemp("index"))


@pytest.fixture(scope="module")
def plain_scanner(segments):
    return plain.Scanner(segments, KEY)


@pytest.fixture(scope="module")
def native_scanner(segments):
    return native.Scanner(segments, KEY)


def test_the_fast_scan_finds_what_the_plain_scan_finds(tmp_path):
    tried, hits, differing = differences(1000, seed=7, folder=tmp_path)
    assert (tried, hits > 300) == (1000, True)
    segments = sorted(tmp_path.glob("*.idx"))
    assert not differing, "\n".join(explain(page, segments) for page, _ in differing[:3])


@pytest.mark.parametrize("page", KNOWN.values(), ids=KNOWN)
def test_what_once_differed_no_longer_does(page, plain_scanner, native_scanner):
    assert native_scanner.scan([page]).tolist() == plain_scanner.scan([page]).tolist()


@settings(deadline=None)
@given(st.integers(0, 2**32), st.lists(st.integers(0, 2000), max_size=8))
def test_a_body_in_chunks_is_the_body_as_a_whole(plain_scanner, native_scanner, seed, cuts):
    page = body(random.Random(seed), VALUES)
    borders = sorted({0, len(page), *(cut for cut in cuts if cut < len(page))})
    for scanner in (plain_scanner, native_scanner):
        stream = scanner.stream()
        for first, last in pairwise(borders):
            stream.feed(page[first:last])
        assert stream.finish().tolist() == scanner.scan([page]).tolist()


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_break_either(plain_scanner, native_scanner, page):
    assert native_scanner.scan([page]).tolist() == plain_scanner.scan([page]).tolist()


def test_the_filter_loses_nothing(segments, plain_scanner):
    doubting = plain.Scanner(segments, KEY, trusts_filter=False)
    bodies = [body(random.Random(seed), VALUES) for seed in range(150)]
    assert doubting.scan(bodies).tolist() == plain_scanner.scan(bodies).tolist()


def test_both_builders_write_the_same_bytes(tmp_path):
    written = []
    for name, matcher in (("plain", plain), ("native", native)):
        (tmp_path / name).mkdir()
        written.append([path.read_bytes() for path in write_segments(matcher.Builder, tmp_path / name)])
    assert written[0] == written[1]


_TEXT = st.one_of(
    st.text(max_size=40),
    st.sampled_from([value for _, _, value in VALUES]),
    st.lists(st.sampled_from("Jane de O'Q É 1 @ . + - \x1f é ½ 中 文 سارة ١٢٣٤٥٦٧".split()), max_size=6).map(" ".join),
)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.sampled_from(range(10)), st.integers(0, 30), _TEXT, st.booleans()), max_size=40))
def test_both_builders_take_the_same_values(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("pair")
    answers, files = [], []
    for name, matcher in (("plain", plain), ("native", native)):
        builder = matcher.Builder(KEY, ("de", "jane", "中", "文"))
        answers.append([_add(builder, *row) for row in rows])
        builder.write(folder / name, nonce=5)
        files.append((folder / name).read_bytes())
    assert answers[0] == answers[1]
    assert files[0] == files[1]


def _add(builder, code, number, value, is_weak):
    return builder.add(Field(code), np.array([number], np.uint32), [value], weak=is_weak).tolist()
