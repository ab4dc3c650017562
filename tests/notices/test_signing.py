"""Signatures that others check: dkimpy, OpenDKIM and a library in Go, none of which made them."""

from __future__ import annotations

import base64
import os
import re
import shutil
import stat
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import dkim
import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from spillkit.errors import SettingsError
from spillkit.notices.message import Mail, Press, Sending
from spillkit.notices.signing import SIGNED, Signer, new_keys, read_keys, relaxed_body, zone_lines
from tests.notices.hostile import NAMES

THEN = datetime(2025, 3, 1, 12, tzinfo=UTC)  # OpenDKIM refuses signatures from the future
SENDING = Sending("2025-02-cache", "Example Shop", "privacy@example.org", "example.org", "notices@bounce.example.org")
PRESS = Press(SENDING)
MAIL = Mail("a" * 26, "alice@example.net", "Alice", "Your data", "Hello\n", "<p>Hello</p>\n", ("en",), THEN)
GO_SOURCES = Path("/usr/share/gocode")  # where Debian's golang-github-emersion-go-msgauth-dev puts its packages


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("keys") / "dkim"


@pytest.fixture(scope="module")
def keys(folder):
    return new_keys(folder, "example.org", "notices2025")


@pytest.fixture(scope="module")
def signer(keys):
    return Signer(keys)


def signed(signer, mail=MAIL):
    post = PRESS.post(mail)
    return signer.sign(post.head, post.body, THEN) + post.data


def answers(keys, mail):
    """dkimpy's verdict on each signature, from the first."""
    records = {key.name.encode() + b".": key.record.encode() for key in keys}
    message = dkim.DKIM(mail, timeout=1)
    count = sum(name.lower() == b"dkim-signature" for name, _ in message.headers)

    def verdict(index):
        try:
            return message.verify(idx=index, dnsfunc=lambda name, timeout=5: records.get(name))
        except dkim.ValidationError:  # Raised where the body is another, or a signature is not made like one.
            return False

    return [verdict(index) for index in range(count)]


texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=200)


@given(st.one_of(texts, st.sampled_from(NAMES)), texts, texts, texts)
@settings(max_examples=40, deadline=None)
@example("", "", "", "")
@example("a  b", "c \t d", " \n\n \n", "\n\n\n")
@example("=?utf-8?q?a?=", "=?", "From Alice\n.\n", "\t \n \t\n")
def test_dkimpy_verifies_what_is_signed_here(keys, signer, name, subject, text, html):
    mail = msgspec.structs.replace(MAIL, to_name=name, subject=subject, text=text, html=html)
    assert answers(keys, signed(signer, mail)) == [True, True]


body_lines = st.lists(st.sampled_from([b"", b" ", b"\t", b"a", b"a  b", b"a ", b" a", b"\t\ta \t", b"=20"]), max_size=8)


@given(body_lines)
@settings(max_examples=60, deadline=None)
def test_a_body_is_made_canonical_as_dkimpy_makes_it(lines):
    body = b"".join(line + b"\r\n" for line in lines)
    assert relaxed_body(body) == dkim.canonicalization.Relaxed.canonicalize_body(body)


@given(body_lines, st.sampled_from(["Subject: a  b\r\n", "subject:\tx\r\n y \r\n", "SUBJECT:\r\n"]))
@settings(max_examples=60, deadline=None)
def test_heads_and_bodies_that_others_wrote_are_signed_as_well(keys, signer, lines, subject):
    head, body = (
        f"From: <a@example.org>\r\nX-A: 1\r\n{subject}To: b@example.net\r\n".encode(),
        b"".join(line + b"\r\n" for line in lines),
    )
    mail = signer.sign(head, body, THEN) + head + b"\r\n" + body
    assert answers(keys, mail) == [True, True]


def test_both_signatures_name_what_dkimpy_would_name(keys, signer, folder):
    post = PRESS.post(MAIL)
    [rsa, _] = keys
    pem = (folder / f"{rsa.selector}.example.org.pem").read_bytes()
    theirs = dkim.sign(
        post.data, rsa.selector.encode(), b"example.org", pem, canonicalize=(b"relaxed", b"relaxed"),
        include_headers=[name.lower().encode() for name in SIGNED],
    )  # fmt: skip
    ours = signer.sign(post.head, post.body, THEN)
    wanted = re.search(rb"bh=([^;]*);", re.sub(rb"\s", b"", theirs))[1]
    assert ours.count(wanted) == 2
    assert ours.count(b"d=example.org") == 2


CHANGES = {
    "a word of the text": (b"Hello", b"Hallo"),
    "the sender": (b"privacy@example.org", b"privacy@example.com"),
    "a second sender": (b"Subject: ", b"From: <mallory@example.com>\r\nSubject: "),
    "a second subject": (b"Date: ", b"Subject: Pay now\r\nDate: "),
    "a reply address": (b"Date: ", b"Reply-To: mallory@example.com\r\nDate: "),
    "a way out": (b"Date: ", b"List-Unsubscribe: <https://example.com>\r\nDate: "),
    "another kind of content": (b"Content-Type: multipart/alternative", b"Content-Type: multipart/mixed"),
    "something behind": (b"_=--\r\n", b"_=--\r\nClick here\r\n"),
}


@pytest.mark.parametrize(("old", "new"), CHANGES.values(), ids=CHANGES)
def test_a_changed_mail_is_signed_no_longer(keys, signer, old, new):
    mail = signed(signer)
    start = mail.index(b"\r\nDate: ")
    changed = mail[:start] + mail[start:].replace(old, new, 1)
    assert changed != mail
    assert answers(keys, changed) == [False, False]


def test_a_mail_to_an_address_beyond_ascii_is_signed_as_it_is(keys, signer):
    mail = signed(signer, msgspec.structs.replace(MAIL, to_address="用户@例子.example", to_name="用户", subject="你好"))
    assert "用户@".encode() in mail
    assert answers(keys, mail) == [True, True]


def test_a_mail_on_its_way_may_be_folded_and_spaced_anew(keys, signer):
    mail = signed(signer).replace(b"Subject: Your data", b"SUBJECT:  Your\r\n\tdata ")
    assert answers(keys, b"Received: from x by y\r\n" + mail + b"\r\n\r\n") == [True, True]


@pytest.mark.skipif(shutil.which("opendkim") is None, reason="Debian's opendkim is not installed")
def test_opendkim_verifies_the_rsa_signature(keys, signer, tmp_path):
    (tmp_path / "keys").write_text("".join(f"{key.name} {key.record}\n" for key in keys))
    (tmp_path / "conf").write_text(f"TestPublicKeys {tmp_path / 'keys'}\nMode v\n")
    verdicts = []
    for number, name in enumerate((*NAMES[:8], "Mallory")):
        mail = signed(signer, msgspec.structs.replace(MAIL, to_name=name, text=f"{name}\n"))
        mail = mail.replace(b"Date: Sat", b"Date: Sun") if name == "Mallory" else mail
        place = tmp_path / f"{number}.eml"
        place.write_bytes(mail)
        command = ["opendkim", "-t", str(place), "-v", "-x", str(tmp_path / "conf")]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
        verdicts.append(
            re.findall(
                r"s=notices2025-rsa,? d=example.org, (\d+)-bit key.*(succeeded|failed)", done.stdout + done.stderr
            )
        )
    assert verdicts == [[("2048", "succeeded")]] * 8 + [[("2048", "failed")]]


@pytest.mark.server
@pytest.mark.skipif(
    shutil.which("go") is None or not (GO_SOURCES / "src/github.com/emersion/go-msgauth/dkim").is_dir(),
    reason="Debian's golang-go and golang-github-emersion-go-msgauth-dev are not installed",
)
def test_a_library_in_go_verifies_both_signatures(keys, signer, tmp_path):
    (tmp_path / "keys").write_text("".join(f"{key.name} {key.record}\n" for key in keys))
    for number, name in enumerate((*NAMES, "Mallory")):
        address = "用户@例子.example" if number == 0 else MAIL.to_address
        changed = msgspec.structs.replace(MAIL, to_address=address, to_name=name, subject=name, text=f"{name}\n")
        mail = signed(signer, changed)
        mail = mail.replace(b"Date: Sat", b"Date: Sun") if name == "Mallory" else mail
        (tmp_path / f"{number:03d}.eml").write_bytes(mail)
    program, source = tmp_path / "verify", Path(__file__).with_name("go") / "verify_dkim.go"
    surroundings = {"GO111MODULE": "off", "GOPATH": str(GO_SOURCES), "GOCACHE": str(tmp_path / "cache"), "GOFLAGS": ""}
    subprocess.run(["go", "build", "-o", str(program), str(source)], env=os.environ | surroundings, check=True)
    done = subprocess.run([program, tmp_path, tmp_path / "keys"], capture_output=True, text=True, check=True)
    verdicts = [line.split(": ", 1)[1] for line in done.stdout.splitlines()]
    assert verdicts[:-1] == ["pass example.org; pass example.org"] * len(NAMES)
    assert verdicts[-1].count("fail") == 2


def test_keys_are_files_for_their_owner_alone_and_are_read_back(keys, folder):
    files = sorted(folder.iterdir())
    assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600, 0o600]
    assert [key.record for key in read_keys(folder, "example.org", "notices2025")] == [key.record for key in keys]
    assert "PRIVATE" not in repr(keys)
    with pytest.raises(SettingsError, match="already"):
        new_keys(folder, "example.org", "notices2025")


def test_keys_that_cannot_be_used_are_refused(tmp_path):
    with pytest.raises(SettingsError, match="missing"):
        read_keys(tmp_path, "example.org", "a")
    new_keys(tmp_path / "k", "example.org", "a")
    file = tmp_path / "k" / "a-rsa.example.org.pem"
    file.chmod(0o640)
    with pytest.raises(SettingsError, match="others may read"):
        read_keys(tmp_path / "k", "example.org", "a")
    file.chmod(0o600)
    file.write_text("no key")
    with pytest.raises(SettingsError, match="no RSA key"):
        read_keys(tmp_path / "k", "example.org", "a")
    for domain, selector in (("example", "a"), ("../x.org", "a"), ("example.org", "../a"), ("example.org", "")):
        with pytest.raises(SettingsError, match="needs a domain"):
            new_keys(tmp_path / "k", domain, selector)


def test_the_records_are_printed_as_a_zone_takes_them(keys):
    lines = zone_lines(keys).splitlines()
    assert [line.split(" ")[0] for line in lines] == [
        "notices2025-rsa._domainkey.example.org.", "notices2025-ed._domainkey.example.org.",
    ]  # fmt: skip
    for line, key in zip(lines, keys, strict=True):
        parts = re.findall(r'"([^"]*)"', line)
        assert max(map(len, parts)) <= 255
        assert "".join(parts) == key.record
    assert len(base64.b64decode(keys[1].record.partition("p=")[2])) == 32
