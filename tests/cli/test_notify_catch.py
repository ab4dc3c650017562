"""`spillkit notify catch`: every mail is kept byte for byte, and none leaves."""

from __future__ import annotations

import mailbox
import signal
import smtplib
import subprocess
import sys
from pathlib import Path

from tests.server.rooms import free_port

_MAIL = b"From: a@shop.example\r\nSubject: x\r\n\r\n.a line with a dot\r\nz\xc3\xbcrich \xff\r\n"


def test_a_mail_is_caught_as_it_was_sent(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "spillkit", "notify", "catch", str(tmp_path / "caught"), "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as catching:
        assert catching.stdout is not None
        try:
            assert f"localhost:{port}" in catching.stdout.readline()
            with smtplib.SMTP("localhost", port) as smtp:
                smtp.sendmail("b+id@shop.example", ["c@mail.example"], _MAIL, ["BODY=8BITMIME"])
                smtp.sendmail("b+two@shop.example", ["zoë@mail.example"], _MAIL, ["SMTPUTF8"])
            taken = subprocess.run(command, capture_output=True, text=True, check=False)
            assert taken.returncode == 2
            assert f"Port {port} is taken" in taken.stderr
        finally:
            catching.send_signal(signal.SIGINT)
        said = catching.stdout.read()
    assert catching.returncode == 0
    assert "2 caught" in said
    kept = sorted(
        bytes(mail)
        for mail in map(mailbox.Maildir(tmp_path / "caught").get_bytes, mailbox.Maildir(tmp_path / "caught").keys())
    )
    assert kept == [
        b"Return-Path: <b+id@shop.example>\r\nDelivered-To: c@mail.example\r\n" + _MAIL,
        b"Return-Path: <b+two@shop.example>\r\nDelivered-To: zo\xc3\xab@mail.example\r\n" + _MAIL,
    ]


def test_a_folder_that_cannot_be_a_maildir_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    command = [sys.executable, "-m", "spillkit", "notify", "catch", str(tmp_path / "file" / "x")]
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "Name another folder" in refused.stderr
