"""A mailbox is read without changing it: a Maildir, an mbox, a folder of a real IMAP server."""

from __future__ import annotations

import mailbox
import socket
import threading
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spillkit.errors import NoticesError, SettingsError
from spillkit.notices.mailbox import MOST_BYTES, ReadBefore, open_mailbox
from tests.notices import dovecot

KEY = bytes(range(32))
MAILS = [
    b"From: a@example.net\nSubject: one\n\nHello\n",
    b"From: b@example.net\nSubject: two\n\nFrom here on\n",
    b"From: c@example.net\nSubject: three\n\n" + b"x" * 60 + b"\n",
]


def all_of(box, known=()):
    return list(box.mails(lambda key: key in known))


def files(folder):
    return {
        path.relative_to(folder): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def maildir(tmp_path):
    box = mailbox.Maildir(tmp_path / "Maildir")
    for mail in MAILS:
        box.add(mail)
    return tmp_path / "Maildir"


@pytest.fixture
def mbox(tmp_path):
    box = mailbox.mbox(tmp_path / "mbox")
    for mail in MAILS:
        box.add(mail)
    box.close()
    return tmp_path / "mbox"


def test_a_maildir_is_read_once_also_when_a_mail_program_files_its_mails(maildir):
    before = files(maildir)
    box = open_mailbox(str(maildir), KEY)
    found = all_of(box)
    assert sorted(one.raw for one in found) == sorted(MAILS)
    assert files(maildir) == before
    keys = {one.key for one in found}
    for path in (maildir / "new").iterdir():
        path.rename(maildir / "cur" / f"{path.name}:2,S")
    (maildir / "new" / ".hidden").write_bytes(b"x")
    (maildir / "new" / "link").symlink_to("/etc/passwd")
    assert all_of(box, keys) == []
    assert {one.key for one in all_of(box)} == keys


def test_a_mail_that_is_moved_while_it_is_read_is_found_where_it_went(maildir):
    box = open_mailbox(str(maildir), KEY)
    mails = box.mails(lambda _key: False)
    first = next(mails)
    for path in (maildir / "new").iterdir():
        path.rename(maildir / "cur" / f"{path.name}:2,")
    assert sorted([first.raw, *(one.raw for one in mails)]) == sorted(MAILS)


def test_an_mbox_is_read_once_also_when_a_mail_program_marks_its_mails(mbox):
    before = mbox.read_bytes()
    found = all_of(open_mailbox(str(mbox), KEY))
    assert [one.raw for one in found] == MAILS
    assert mbox.read_bytes() == before
    mbox.write_bytes(before.replace(b"Subject: one\n", b"Subject: one\nStatus: RO\nX-Status: A\n"))
    assert all_of(open_mailbox(str(mbox), KEY), {one.key for one in found}) == []
    box = mailbox.mbox(mbox)
    box.add(b"Subject: four\n\nnew\n")
    box.close()
    assert [one.raw for one in all_of(open_mailbox(str(mbox), KEY), {one.key for one in found})] == [
        b"Subject: four\n\nnew\n"
    ]


def test_a_long_mail_is_cut_and_an_empty_mailbox_is_empty(maildir, tmp_path):
    (maildir / "new" / "1.long").write_bytes(b"x" * (MOST_BYTES + 100))
    assert max(len(one.raw) for one in all_of(open_mailbox(str(maildir), KEY))) == MOST_BYTES
    (tmp_path / "empty").write_bytes(b"")
    assert all_of(open_mailbox(str(tmp_path / "empty"), KEY)) == []


@given(st.binary(max_size=400))
@settings(max_examples=60, deadline=None)
def test_any_file_is_an_mbox_or_is_refused(tmp_path_factory, raw):
    path = tmp_path_factory.getbasetemp() / "any.mbox"
    path.write_bytes(raw)
    found = all_of(open_mailbox(str(path), KEY))
    assert len(found) == len([line for line in raw.split(b"\n") if line.startswith(b"From ")])


# ---- What was read ----


def test_what_was_read_is_remembered_and_half_a_line_is_not(tmp_path):
    path, one, other = tmp_path / "read", "a" * 32, "b" * 32
    known = ReadBefore(path)
    known.add([one, one])
    known.close()
    with path.open("ab") as file:
        file.write(b"cccc")  # The power failed.
    known = ReadBefore(path)
    assert one in known
    assert len(known) == 1
    known.add([other])
    known.close()
    assert path.stat().st_mode & 0o777 == 0o600
    known = ReadBefore(path)
    assert (one in known, other in known, len(known)) == (True, True, 2)
    with pytest.raises(NoticesError, match="another process"):
        ReadBefore(path)
    known.close()


# ---- IMAP ----


def address(port, *, scheme="imaps", password=dovecot.PASSWORD, host="localhost", folder="INBOX"):
    return f"{scheme}://{dovecot.USER}:{quote(password)}@{host}:{port}/{folder}"


@pytest.mark.server
@pytest.mark.skipif(not dovecot.IS_HERE, reason="Debian's dovecot-imapd is not installed, or this is not root")
def test_a_real_imap_server_is_read_once_and_nothing_is_marked(monkeypatch):
    with dovecot.serve_imap() as imap:
        monkeypatch.setenv("SSL_CERT_FILE", str(imap.certificate))
        for number, mail in enumerate(MAILS):
            (imap.maildir / "new" / f"170000000{number}.M1P1.host").write_bytes(mail)
        box = open_mailbox(address(imap.port), KEY)
        found = all_of(box)
        assert [one.raw.replace(b"\r\n", b"\n") for one in found] == MAILS
        assert len(list((imap.maildir / "new").iterdir())) == len(MAILS), "no mail was marked as seen"
        (imap.maildir / "new" / "1700000009.M1P1.host").write_bytes(b"Subject: four\n\nnew\n")
        new = all_of(open_mailbox(address(imap.plain, scheme="imap"), KEY), {one.key for one in found})
        assert [one.raw for one in new] == [b"Subject: four\r\n\r\nnew\r\n"]
        for wrong, said in (
            (address(imap.port, password="wrong"), "refuses user or password"),
            (address(imap.port, folder="Archive"), "no such folder"),
            (address(imap.port, host="127.0.0.1"), "certificate is not trusted, or is another host's"),
            (address(imap.plain), "no TLS"),
        ):
            with pytest.raises(NoticesError, match=said) as refused:
                all_of(open_mailbox(wrong, KEY))
            assert not [
                secret for secret in (dovecot.USER + ":", dovecot.PASSWORD, "wrong") if secret in str(refused.value)
            ]


@pytest.mark.parametrize("says", [b"", b"\0\xff" * 100, b"* OK hello\r\n" + b"x" * 2_000_000, b"* BYE no\r\n"])
def test_a_server_that_speaks_something_else_is_refused(says):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer():
            connection, _ = server.accept()
            with connection:
                connection.sendall(says)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        with pytest.raises(NoticesError, match="IMAP server"):
            all_of(open_mailbox(address(server.getsockname()[1], scheme="imap", host="127.0.0.1"), KEY))


WRONG = {
    "nothing": "",
    "no file": "/none/such",
    "a folder": ".",
    "no password": "imaps://notices@example.org/INBOX",
    "no host": "imaps://a:b@/INBOX",
    "a port that is none": "imaps://a:secret@example.org:port/",
    "another protocol": "pop3://a:secret@example.org/",
    "a line end": "imaps://a:secret%0d%0a@example.org/INBOX",
    "a query": "imaps://a:secret@example.org/INBOX?x=y",
    "a zero": "\0",
}


@pytest.mark.parametrize("place", WRONG.values(), ids=WRONG)
def test_a_place_that_cannot_be_meant_is_refused_and_not_shown(place):
    with pytest.raises(SettingsError) as refused:
        open_mailbox(place, KEY)
    assert "secret" not in str(refused.value)


def test_no_secret_is_in_what_is_printed_of_a_mailbox():
    box = open_mailbox("imaps://notices:secret@example.org/INBOX", KEY)
    assert not [word for word in ("secret", "notices", "x00") if word in repr(box)]
