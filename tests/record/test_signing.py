"""Signed notes are those of other tools; whatever is bent is refused."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from spillkit.record.signing import new_signer, parse_signer
from spillkit.record.verifier import (
    EMPTY_ROOT,
    Checkpoint,
    ProofError,
    is_key_name,
    read_checkpoint,
    read_public_key,
    split_note,
    verify_checkpoint,
    verify_note,
)

# The example of C2SP signed-note, and the key pair of golang.org/x/mod/sumdb/note (tests/vectors/README.md).
C2SP_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
C2SP_NOTE = (
    "This is an example message.\n\n— example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
).encode()
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_NOTE = (
    GO_TEXT
    + "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
).encode()

ALICE_RECORD = new_signer("shop.example/record")
NOTE = ALICE_RECORD.sign(Checkpoint("shop.example/record", 0, EMPTY_ROOT).text)


def test_the_note_of_the_specification_is_good():
    assert verify_note(C2SP_NOTE, read_public_key(C2SP_KEY)) == "This is an example message.\n"


def test_we_sign_byte_for_byte_as_go_does():
    signer = parse_signer(GO_SECRET)
    assert signer.public_key.text == GO_KEY
    assert signer.text == GO_SECRET
    assert signer.sign(GO_TEXT) == GO_NOTE
    assert verify_note(GO_NOTE, read_public_key(GO_KEY)) == GO_TEXT


def parts_and_neighbours(text):
    for start in range(len(text) + 1):
        for end in range(start + 1, len(text) + 1):
            if (start, end) != (0, len(text)):
                yield text[start:end]
    for place in range(len(text)):
        yield text[:place] + chr(ord(text[place]) + 1) + text[place + 1 :]


def test_no_part_of_a_key_and_no_changed_key_is_a_key():
    wrong = [
        *parts_and_neighbours(GO_KEY),
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",  # too long, with its own id
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",  # another kind of key, with its own id
    ]
    for text in wrong:
        with pytest.raises(ProofError):
            read_public_key(text)


def test_no_part_of_a_signing_key_and_no_changed_one_is_a_signing_key():
    for text in parts_and_neighbours(GO_SECRET):
        with pytest.raises(ValueError, match="not a signing key") as refused:
            parse_signer(text)
        assert GO_SECRET[-20:] not in str(refused.value)


def test_a_signing_key_does_not_show_itself():
    assert "AYEK" not in repr(parse_signer(GO_SECRET))


def test_another_key_under_the_same_name_is_told_from_another_log():
    for signer, failure in (
        (new_signer("shop.example/record"), "wrong-key"),
        (new_signer("other.example"), "other-log"),
    ):
        with pytest.raises(ProofError) as refused:
            verify_checkpoint(NOTE, signer.public_key)
        assert refused.value.failure == failure


def test_a_checkpoint_of_another_log_signed_with_our_key_is_refused():
    note = ALICE_RECORD.sign(Checkpoint("other.example/record", 0, EMPTY_ROOT).text)
    with pytest.raises(ProofError) as refused:
        verify_checkpoint(note, ALICE_RECORD.public_key)
    assert refused.value.failure == "other-log"


def test_signatures_of_others_on_the_same_checkpoint_do_no_harm():
    witness = new_signer("witness.example").sign(Checkpoint("shop.example/record", 0, EMPTY_ROOT).text)
    both = NOTE + witness.split(b"\n\n")[1]
    assert verify_checkpoint(both, ALICE_RECORD.public_key) == verify_checkpoint(NOTE, ALICE_RECORD.public_key)


NOT_NOTES = {
    "empty": b"",
    "no signature": b"text\n\n",
    "no empty line": NOTE.replace(b"\n\n", b"\n"),
    "no newline at the end": NOTE[:-1],
    "a hyphen for the dash": NOTE.replace("—".encode(), b"-"),
    "a carriage return": NOTE.replace(b"\n0\n", b"\r\n0\n"),
    "not UTF-8": NOTE.replace(b"shop", b"sh\xffp"),
    "base64 with a bit too many": NOTE[:-3] + b"B=\n",
    "too large": b"x" * 2_000_000 + NOTE,
    "many signatures": NOTE + NOTE.split(b"\n\n")[1] * 100,
}


@pytest.mark.parametrize("note", NOT_NOTES.values(), ids=NOT_NOTES)
def test_what_is_no_note_is_refused(note):
    with pytest.raises(ProofError) as refused:
        verify_note(note, ALICE_RECORD.public_key)
    assert refused.value.failure in ("malformed", "bad-signature")


NOT_CHECKPOINTS = {
    "no root": "shop.example\n0\n",
    "no origin": "\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
    "a leading zero": "shop.example\n00\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
    "a sign": "shop.example\n+1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
    "Arabic digits": "shop.example\n\u0661\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
    "hexadecimal": "shop.example\n0x1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
    "a size that is no size": "shop.example\n99999999999999999999\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
    "a short root": "shop.example\n1\n47DE\n",
    "an empty log with a root": "shop.example\n0\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
    "an empty line": "shop.example\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n",
}


@pytest.mark.parametrize("text", NOT_CHECKPOINTS.values(), ids=NOT_CHECKPOINTS)
def test_what_is_no_checkpoint_is_refused(text):
    with pytest.raises(ProofError) as refused:
        read_checkpoint(text)
    assert refused.value.failure == "malformed"


def test_extension_lines_are_passed_over():
    text = "shop.example\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\nmore to come\n"
    assert read_checkpoint(text).size == 1


@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
@example(C2SP_NOTE)
def test_any_bytes_are_a_note_or_refused(data):
    try:
        text, signatures = split_note(data)
    except ProofError:
        return
    assert data.decode().startswith(text + "\n— ")
    assert all(is_key_name(name) and len(signature) >= 5 for name, signature in signatures)


@given(st.integers(0, len(NOTE) - 1), st.integers(1, 255))
def test_no_byte_of_a_checkpoint_can_be_changed(place, bits):
    bent = bytearray(NOTE)
    bent[place] ^= bits
    with pytest.raises(ProofError):
        verify_checkpoint(bytes(bent), ALICE_RECORD.public_key)


@given(st.text(max_size=120))
def test_any_text_is_a_checkpoint_or_refused(text):
    try:
        checkpoint = read_checkpoint(text)
    except ProofError:
        return
    assert text.startswith(checkpoint.text)
