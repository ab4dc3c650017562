"""Proofs are those of RFC 6962, however the log grew; any other proof is refused."""

from __future__ import annotations

from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spillkit.record.tiles import Growth, Tiles, join_bundle, split_bundle, tile_path
from spillkit.record.verifier import (
    EMPTY_ROOT,
    GrowingTree,
    ProofError,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)
from tests.record import plain

# The eight leaves, and roots over the first n of them, of Certificate Transparency's reference tests (tests/vectors/README.md).
LEAVES = [bytes.fromhex(leaf) for leaf in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}  # fmt: skip


def written(folder: Path, batches: list[list[bytes]]) -> Tiles:
    """The tiles of a log that grew in batches."""
    tiles, size = Tiles(folder), 0
    for batch in batches:
        growth = Growth(tiles, size)
        for leaf in batch:
            growth.add(leaf, leaf_hash(leaf))
        growth.finish()
        for path, data in growth.files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)
        size = growth.size
        assert growth.root() == tiles.root(size, size)
    return tiles


@pytest.mark.parametrize("size", ROOTS)
def test_roots_are_those_of_certificate_transparency(size, tmp_path):
    tree = GrowingTree()
    for leaf in LEAVES[:size]:
        tree.add(leaf_hash(leaf))
    tiles = written(tmp_path, [LEAVES[:size]])
    assert {tree.root().hex(), tiles.root(size, size).hex(), plain.root(LEAVES[:size]).hex()} == {ROOTS[size]}


@pytest.mark.parametrize(
    ("level", "number", "width", "path"),
    [
        (0, 0, 256, "tile/0/000"),
        (1, 1234067, 256, "tile/1/x001/x234/067"),
        (2, 273, 112, "tile/2/273.p/112"),
        ("entries", 1000, 1, "tile/entries/x001/000.p/1"),
    ],
)
def test_tiles_lie_where_the_specification_says(level, number, width, path):
    assert tile_path(level, number, width) == path


def test_a_log_of_70000_entries_has_the_tiles_that_the_specification_counts(tmp_path):
    growth = Growth(Tiles(tmp_path), 0)
    for number in range(70_000):
        growth.add(b"", number.to_bytes(32, "big"))
    growth.finish()
    full = [path for path in growth.files if ".p/" not in path and "entries" not in path]
    partial = {path for path in growth.files if ".p/" in path and "entries" not in path}
    assert len([path for path in full if path.startswith("tile/0/")]) == 273
    assert [path for path in full if not path.startswith("tile/0/")] == ["tile/1/000"]
    assert partial == {"tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"}


@given(st.lists(st.integers(0, 300), min_size=1, max_size=4), st.data())
@settings(max_examples=25, deadline=None)
def test_every_proof_is_the_one_of_the_rfc_however_the_log_grew(tmp_path_factory, counts, data):
    leaves = [b"%d" % number for number in range(sum(counts))]
    starts = [sum(counts[:place]) for place in range(len(counts) + 1)]
    tiles = written(tmp_path_factory.mktemp("log"), [leaves[a:b] for a, b in pairwise(starts)])
    now = len(leaves)
    size = data.draw(st.integers(0, now))
    old = data.draw(st.integers(0, size))
    root, old_root = plain.root(leaves[:size]), plain.root(leaves[:old])
    assert tiles.root(size, now) == root
    proof = tiles.consistency_proof(old, size, now)
    assert list(proof) == ([] if old in (0, size) else plain.subproof(old, leaves[:size]))
    verify_consistency(old, old_root, size, root, proof)
    if size:
        index = data.draw(st.integers(0, size - 1))
        proof = tiles.inclusion_proof(index, size, now)
        assert list(proof) == plain.path(index, leaves[:size])
        verify_inclusion(index, size, leaf_hash(leaves[index]), proof, root)
        assert list(tiles.leaves(old, size, now)) == leaves[old:size]


@given(st.integers(1, 40), st.data())
@settings(max_examples=200, deadline=None)
def test_a_changed_proof_of_inclusion_is_refused(size, data):
    leaves = [b"%d" % number for number in range(size)]
    index = data.draw(st.integers(0, size - 1))
    proof, hash_, root = plain.path(index, leaves), leaf_hash(leaves[index]), plain.root(leaves)
    change = data.draw(st.sampled_from(["index", "size", "leaf", "root", "short", "long", "bit"]))
    args = {"index": index, "size": size, "leaf": hash_, "proof": proof, "root": root}
    if change == "index":
        args["index"] = data.draw(st.integers(-1, size + 1).filter(lambda other: other != index))
    elif change == "size":
        # A path proves the same for sizes of one shape: only a size that makes another path must be refused.
        other = data.draw(st.integers(0, 80))
        if other > index and len(plain.path(index, [b""] * other)) == len(proof):
            return
        args["size"] = other
    elif change in ("leaf", "root"):
        args[change] = sha256(args[change]).digest()
    elif change == "short":
        if not proof:
            return
        args["proof"] = proof[:-1]
    elif change == "long":
        args["proof"] = [*proof, EMPTY_ROOT]
    else:
        if not proof:
            return
        place = data.draw(st.integers(0, len(proof) - 1))
        args["proof"] = [*proof[:place], sha256(proof[place]).digest(), *proof[place + 1 :]]
    with pytest.raises(ProofError) as refused:
        verify_inclusion(**args)
    assert refused.value.failure == "not-included"


@given(st.integers(0, 40), st.integers(0, 40), st.data())
@settings(max_examples=200, deadline=None)
def test_a_log_that_was_rewritten_has_no_proof_that_it_continues(old, more, data):
    size = old + more
    leaves = [b"%d" % number for number in range(size)]
    proof = [] if old in (0, size) else plain.subproof(old, leaves)
    right = (old, plain.root(leaves[:old]), size, plain.root(leaves))
    verify_consistency(*right, proof)
    wrong = data.draw(st.sampled_from(["old root", "root", "short", "long", "bit"]))
    if wrong == "old root":
        right = (old, sha256(right[1]).digest(), *right[2:])
    elif wrong == "root" and old:
        right = (*right[:3], sha256(right[3]).digest())
    elif wrong == "long":
        proof = [*proof, EMPTY_ROOT]
    elif proof and wrong == "short":
        proof = proof[:-1]
    elif proof and wrong == "bit":
        place = data.draw(st.integers(0, len(proof) - 1))
        proof = [*proof[:place], sha256(proof[place]).digest(), *proof[place + 1 :]]
    else:
        return
    with pytest.raises(ProofError) as refused:
        verify_consistency(*right, proof)
    assert refused.value.failure == "rewritten"


def test_an_empty_log_has_one_root_and_a_hash_has_32_bytes():
    verify_consistency(0, EMPTY_ROOT, 0, EMPTY_ROOT, [])
    with pytest.raises(ProofError):
        verify_consistency(0, EMPTY_ROOT, 0, sha256(b"x").digest(), [])
    with pytest.raises(ProofError):
        verify_inclusion(0, 1, b"", [], b"")


def test_a_shorter_log_was_rolled_back():
    with pytest.raises(ProofError) as refused:
        verify_consistency(5, EMPTY_ROOT, 4, EMPTY_ROOT, [])
    assert refused.value.failure == "rolled-back"


@given(st.lists(st.binary(max_size=40)))
def test_a_bundle_of_entries_reads_back(leaves):
    assert split_bundle(join_bundle(leaves)) == leaves


@given(st.binary(max_size=200))
def test_any_bytes_are_a_bundle_or_refused(data):
    try:
        leaves = split_bundle(data)
    except ValueError:
        return
    assert join_bundle(leaves) == data
