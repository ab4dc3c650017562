"""The end of the demo: the people are told, by two who decide, over a real mail server that delivers nothing.

In:    the demo's folder, with a measured incident; how a command is shown and run.
Out:   mails in a Maildir, and a code of one of them, which is checked.
Else:  the story before that is `demo`; what the two people do in the room is `spillkit_shop.deciders`.

It all goes the way of a company: commands as one types them, two accounts in a served room, SMTP. It works in a copy of the
workspace, so that whoever opens the room of the demo afterwards finds it as empty as a new one.
"""

from __future__ import annotations

import email
import email.policy
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import Message
from pathlib import Path

MAILING = "demo"
_COPY = "spill-told"
_CODE = re.compile(r"\b(?:[0-9A-Z]{5}-){2}[0-9A-Z]{5}\b")
_SHOWN_LINES = 16  # of a mail
_SECONDS = 30
_Run = Callable[..., int]
_Say = Callable[[str], None]


def tell_people(folder: Path, run: _Run, say: _Say) -> int:
    """Tell the people of incident 1; return the exit code of the first command that failed.

    run  takes a workspace and the words of a command, prints it as one would type it, and returns its exit code
    """
    from spillkit.notices.wording import LANGUAGES
    from spillkit_shop.deciders import open_room

    workspace, story, company = folder / _COPY, folder / "story.toml", folder / "notices.toml"
    shutil.copytree(folder / "spill", workspace)
    say("Now the people are told, in a copy of the workspace. First what is said to everybody, from what was measured.")
    if code := run(workspace, "notify", "story", "1", "--campaign", MAILING, "--out", str(story)):
        return code
    if code := run(workspace, "notify", "keys", "--company", str(company), quiet=True):
        return code
    unread = [word for tag in LANGUAGES for word in ("--unread", tag)]
    planning = ("--incident", "1", "--company", str(company), "--story", str(story))
    with open_room(workspace, _free_port(), incident=1) as room:
        officer = room.officer()
        counsel = room.somebody("counsel")
        officer.send("/incidents/1/team/", "/do/grant/", user=counsel.name, reason="demo")
        say("Nothing leaves before two people have signed. Here the demo plays both, with accounts of their own.")
        if code := run(workspace, "notify", "prepare", *planning, *unread):
            return code
        page = f"/incidents/1/notices/{MAILING}/"
        officer.send(page, "/do/propose-mailing/", agreed="yes", reason="Figures as measured.")
        counsel.send(page, "/do/sign/")
        say("Proposed by one, signed by the other: one digest over every row, every text and every letterhead.")
        for person in (officer, counsel):
            person.leave()
    with _caught(folder / "caught") as server:
        if code := run(
            workspace, "notify", "send", MAILING, "--no-warm-up", "--canary-wait", "2", SPILLKIT_SMTP=server
        ):
            return code
    text, head = _fullest_text(folder / "caught")
    say(f"Each is a mail of its own in {folder / 'caught'}. One of them begins:\n\n{_beginning(text, head)}")
    if code := run(workspace, "notify", "publish", str(folder / "published")):
        return code
    found = _CODE.search(text)
    say("Its reader doubts that it is real, and types its code on the company's own site:")
    return run(workspace, "notify", "genuine", "--code", found[0] if found else "")


@contextmanager
def _caught(maildir: Path) -> Iterator[str]:
    """Run a mail server that keeps every mail; give its address as SPILLKIT_SMTP takes it."""
    port = _free_port()
    command = [sys.executable, "-m", "spillkit", "notify", "catch", str(maildir), "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as catching:
        try:
            _wait_for(port)
            yield f"smtp://localhost:{port}/?from=room@exempla.example"
        finally:
            catching.terminate()


def _wait_for(port: int) -> None:
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)


def _fullest_text(maildir: Path) -> tuple[str, list[str]]:
    """Return the longest English text of all mails, else the longest, and the lines of its head that name nobody."""
    mails = [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in (maildir / "new").iterdir()
    ]
    mail = max(mails, key=lambda one: (one["Content-Language"] == "en", len(_text(one))))
    return _text(mail), [f"{name}: {mail[name]}" for name in ("From", "Subject", "Date", "Message-ID")]


def _text(mail: Message) -> str:
    part = next((part for part in mail.walk() if part.get_content_type() == "text/plain"), None)
    payload = part.get_payload(decode=True) if part is not None else b""
    return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""


def _beginning(text: str, head: list[str]) -> str:
    """Return what a mail begins with, from its first heading on: what stands before it greets the reader by name."""
    lines = text.splitlines()
    first = next((place for place, line in enumerate(lines) if line.startswith("---")), 1) - 1
    return "\n".join(f"    {line}" for line in (*head, "", *lines[first:][:_SHOWN_LINES], "…"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
