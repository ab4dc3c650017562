"""Another program, written by the authors of the formats, reads our log and checks our proofs (Debian's golang-go)."""

from __future__ import annotations

import base64
import json
import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from spillkit.record.signing import new_signer
from tests.record.conftest import entries

SOURCES = Path("/usr/share/gocode")  # where Debian's golang-golang-x-mod-dev puts its packages

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(
        shutil.which("go") is None or not (SOURCES / "src/golang.org/x/mod/sumdb/tlog").is_dir(),
        reason="Debian's golang-go and golang-golang-x-mod-dev are not installed",
    ),
]


@pytest.fixture(scope="module")
def go_verifier(tmp_path_factory):
    folder = tmp_path_factory.mktemp("go")
    source = Path(__file__).with_name("go") / "verify.go"
    settings = {"GO111MODULE": "off", "GOPATH": str(SOURCES), "GOCACHE": str(folder / "cache"), "GOFLAGS": ""}
    subprocess.run(["go", "build", "-o", str(folder / "verify"), str(source)], env=os.environ | settings, check=True)
    return folder / "verify"


def run(program, record, key, proofs=()):
    lines = "".join(json.dumps(proof) + "\n" for proof in proofs)
    arguments = [str(program), str(record.folder / "log"), key.text]
    return subprocess.run(arguments, input=lines, capture_output=True, text=True, check=False)


def text(hash_):
    return base64.b64encode(hash_).decode()


def proofs_of(record, size):
    """Inclusion of many entries, and consistency of many sizes, in the log as it was at `size`."""
    chance = random.Random(size)
    root = text(record.root(size))
    for index in {0, size - 1, *(chance.randrange(size) for _ in range(20))}:
        hashes = [text(one) for one in record.inclusion_proof(index, size)]
        yield {"index": index, "size": size, "root": root, "hashes": hashes}
    for old in {1, size, *(chance.randrange(1, size + 1) for _ in range(20))}:
        hashes = [text(one) for one in record.consistency_proof(old, size)]
        yield {"old": old, "old_root": text(record.root(old)), "size": size, "root": root, "hashes": hashes}


@pytest.mark.slow
def test_go_reads_the_log_and_accepts_every_proof(record, go_verifier):
    size = 0
    for batch in (1, 254, 1, 1, 300, 3000, 62_000):
        record.append(entries(size, size + batch))
        size += batch
        proofs = list(proofs_of(record, size))
        done = run(go_verifier, record, record.key, proofs)
        assert (done.stdout, done.stderr) == (f"{size} entries, {len(proofs)} proofs\n", "")


def test_go_refuses_what_we_refuse(record, go_verifier):
    record.append(entries(0, 300))
    assert run(go_verifier, record, new_signer("shop.example/record").public_key).returncode == 1
    [proof, *_] = proofs_of(record, 300)
    assert run(go_verifier, record, record.key, [proof | {"hashes": proof["hashes"][::-1]}]).returncode == 1
    for path in ("tile/entries/000", "tile/0/001.p/44", "tile/1/000.p/1", "checkpoint"):
        file = record.folder / "log" / path
        good = file.read_bytes()
        file.write_bytes(good[:20] + bytes([good[20] ^ 1]) + good[21:])
        assert run(go_verifier, record, record.key).returncode == 1, path
        file.write_bytes(good)
    assert run(go_verifier, record, record.key).returncode == 0
