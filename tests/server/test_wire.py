"""One mail on the wire: what is surely not taken, what is, and what nobody knows, whatever the server says and when it goes."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spillkit.notices.states import Event
from spillkit_server.reminders.ways import MailServer
from spillkit_server.sending.post import Parcel
from spillkit_server.sending.wire import ANSWER_LOST, CUT_OFF, NO_ADDRESS, NOT_MADE, NOT_REACHED, Wire
from tests.server.rooms import free_port

PARCEL = Parcel("notices@shop.example", "jane@example.org", b"Subject: x\r\n\r\nhello\r\n.\r\nend\r\n")
CUT = "CUT"  # the server ends the connection instead of answering


class Script:
    """A mail server that answers what it is told to, and remembers what it heard."""

    def __init__(self, *, pipelines=True, greeting="220 hi", knows="", **said):
        self.said = {
            "MAIL": "250 ok",
            "RCPT": "250 ok",
            "DATA": "354 go",
            "DOT": "250 2.0.0 Ok: queued as 4Xabc",
            **said,
        }
        self.pipelines, self.greeting = pipelines, greeting
        self.knows = f"250-{knows}\r\n" if knows else ""  # besides
        self.heard = []
        self.mails = []
        self.connections = 0

    def talk(self, peer):
        self.connections += 1
        lines = peer.makefile("rb")
        if not self.answer(peer, self.greeting):
            return
        while line := lines.readline():
            word = line.split()[0].decode().upper()[:4]
            self.heard.append(line.decode().strip())
            if word == "EHLO":
                answer = f"250-x\r\n{self.knows}250-PIPELINING\r\n250 SMTPUTF8" if self.pipelines else "250 x"
            else:
                answer = self.said.get(word, "250 ok")
            if not self.answer(peer, answer):
                return
            if word == "QUIT":
                return
            if answer.startswith("354"):
                mail = []
                while (line := lines.readline()) not in (b".\r\n", b""):
                    mail.append(line)
                if not line:
                    self.mails.append(None)  # cut before its dot
                    return
                self.mails.append(b"".join(mail))
                if not self.answer(peer, self.said["DOT"]):
                    return

    def answer(self, peer, text):
        if text == CUT:
            return False
        peer.sendall(text.encode("latin-1") + b"\r\n")
        return True


@contextmanager
def serving(script):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(10)

        def run():
            while True:
                try:
                    peer, _address = listening.accept()
                except OSError:
                    return
                with peer, suppress(OSError):
                    script.talk(peer)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        yield MailServer("127.0.0.1", listening.getsockname()[1], "", "", "notices@shop.example", False, True)
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(10)


def offer(script, parcel=PARCEL, **options):
    """Offer one mail; return the answer and whether its dot was marked."""
    marked = []
    with serving(script) as server:
        wire = Wire(server, **options)
        answer = wire.offer(parcel, lambda: marked.append(1))
        wire.leave()
    return answer, bool(marked)


@pytest.mark.parametrize("pipelines", [True, False])
def test_a_mail_is_taken_with_its_dots_as_they_were(pipelines):
    script = Script(pipelines=pipelines)
    answer, marked = offer(script)
    assert (answer.event, answer.code, answer.server_id) == (Event.TAKEN, "250-2.0.0", "4Xabc")
    assert marked
    assert script.mails == [b"Subject: x\r\n\r\nhello\r\n..\r\nend\r\n"]
    assert [line.split(":")[0].upper() for line in script.heard if "EHLO" not in line.upper()] == [
        "MAIL FROM", "RCPT TO", "DATA", "QUIT",
    ]  # fmt: skip


def test_a_server_that_reports_is_told_the_notice_and_asked_for_no_text():
    named = Parcel(PARCEL.sender, PARCEL.receiver, PARCEL.mail, "abcdefghijklmnop2345672345")
    script = Script(knows="DSN")
    assert offer(script, named)[0].event is Event.TAKEN
    assert script.heard[1:3] == [
        "MAIL FROM:<notices@shop.example> RET=HDRS ENVID=abcdefghijklmnop2345672345",
        "RCPT TO:<jane@example.org> NOTIFY=FAILURE,DELAY",
    ]
    for knows, parcel in (("", named), ("DSN", PARCEL)):
        script = Script(knows=knows)
        offer(script, parcel)
        assert script.heard[1:3] == ["MAIL FROM:<notices@shop.example>", "RCPT TO:<jane@example.org>"]


# What the server does, what it means, whether the dot was marked, whether nothing else will get through.
ANSWERS = {
    "receiver unknown": (
        {"RCPT": "550 5.1.1 <jane@example.org> unknown", "DATA": "554 no"},
        Event.REFUSED,
        "550-5.1.1",
        False,
    ),
    "greylisted": ({"RCPT": "450 4.2.0 later", "DATA": "503 no"}, Event.PUT_OFF, "450-4.2.0", False),
    "receiver refused, data taken": ({"RCPT": "550 no"}, Event.REFUSED, "550", False),
    "data refused": ({"DATA": "554 5.7.1 spam"}, Event.REFUSED, "554-5.7.1", False),
    "mail refused after its dot": ({"DOT": "554 5.7.1 spam"}, Event.REFUSED, "554-5.7.1", True),
    "put off after its dot": ({"DOT": "451 4.3.0 later"}, Event.PUT_OFF, "451-4.3.0", True),
    "closing after its dot": ({"DOT": "421 4.3.2 bye"}, Event.PUT_OFF, "421-4.3.2", True),
    "we are refused": (
        {"MAIL": "530 sign in", "RCPT": "503 no", "DATA": "503 no"},
        Event.NOT_OFFERED,
        "mail-530",
        False,
    ),
    "closing": ({"RCPT": "421 bye", "DATA": CUT}, Event.NOT_OFFERED, None, False),
    "gone at MAIL": ({"MAIL": CUT}, Event.NOT_OFFERED, "cut-off", False),
    "gone at DATA": ({"DATA": CUT}, Event.NOT_OFFERED, "cut-off", False),
    "gone after the dot": ({"DOT": CUT}, Event.ANSWER_LOST, "no-answer", True),
    "no code after the dot": ({"DOT": "well"}, Event.ANSWER_LOST, "no-answer", True),
    "a strange code after the dot": ({"DOT": "354 more?"}, Event.ANSWER_LOST, "no-answer", True),
    "an endless line after the dot": ({"DOT": "2" * 20_000}, Event.ANSWER_LOST, "no-answer", True),
    "code of no kind to the receiver": ({"RCPT": "150 hm", "DATA": "554 no"}, Event.NOT_OFFERED, "closing-150", False),
}


@pytest.mark.parametrize("pipelines", [True, False])
@pytest.mark.parametrize(("said", "event", "code", "marked"), ANSWERS.values(), ids=ANSWERS)
def test_every_answer_means_something_and_only_a_marked_dot_can_be_unknown(said, event, code, marked, pipelines):
    script = Script(pipelines=pipelines, **said)
    answer, was_marked = offer(script)
    assert answer.event is event
    assert code is None or answer.code == code
    assert was_marked is marked
    assert "jane" not in answer.code + answer.server_id
    if not marked:
        assert script.mails in ([], [None])


def test_a_server_that_never_answers_the_dot_leaves_it_unknown():
    script = Script()
    script.answer = lambda peer, text: text.startswith("250 2.0.0") or Script.answer(script, peer, text)
    answer, marked = offer(script, dot_seconds=0.2)
    assert answer == ANSWER_LOST
    assert marked


def test_nobody_there_is_not_offered_and_said_for_all():
    wire = Wire(MailServer("127.0.0.1", free_port(), "", "", "a@b.example", False, True))
    assert wire.offer(PARCEL, lambda: pytest.fail("no dot")) == NOT_REACHED
    for greeting in (CUT, "554 go away", "nonsense"):
        answer, marked = offer(Script(greeting=greeting))
        assert answer.event is Event.NOT_OFFERED
        assert answer.is_unreachable
        assert not marked


def test_what_cannot_be_marked_does_not_leave():
    script = Script()

    def fail():
        raise RuntimeError("the disk is full")

    with serving(script) as server, pytest.raises(RuntimeError):
        Wire(server).offer(PARCEL, fail)
    assert script.mails == [None]


def test_one_connection_carries_many_mails_and_goes_on_after_a_refusal():
    script = Script()
    events = []
    with serving(script) as server:
        wire = Wire(server)
        for code in ("250 ok", "550 no", "250 ok", "250 ok"):
            script.said |= {"RCPT": code, "DATA": "354 go" if code == "250 ok" else "554 no"}
            events.append(wire.offer(PARCEL, lambda: None).event)
        wire.leave()
    assert events == [Event.TAKEN, Event.REFUSED, Event.TAKEN, Event.TAKEN]
    assert script.connections == 1
    assert len(script.mails) == 3


HOSTILE = {
    "second receiver": "jane@example.org>\r\nRCPT TO:<mallory@example.org",
    "header": "jane@example.org\r\nBcc: mallory@example.org",
    "line feed": "jane@example.org\n",
    "null": "jane\x00@example.org",
    "nothing": "",
    "no domain": "jane",
    "two": "jane@example.org,mallory@example.org extra",
    "too long": "a" * 250 + "@example.org",
    "half a pair": "jane\ud800@example.org",
    "right to left": "jane\u202e@example.org",
    "brackets": "<jane@example.org>",
}


@pytest.mark.parametrize("address", HOSTILE.values(), ids=HOSTILE)
def test_an_address_that_is_none_reaches_no_wire(address):
    script = Script()
    answer, marked = offer(script, Parcel("notices@shop.example", address, PARCEL.mail))
    assert answer == NO_ADDRESS
    assert not marked
    assert script.heard == []


def test_a_comma_is_a_sign_of_one_address_and_never_makes_two():
    script = Script()
    offer(script, Parcel("notices@shop.example", "jane,bob@example.org", PARCEL.mail))
    assert "RCPT TO:<jane,bob@example.org>" in script.heard


def test_an_address_in_another_script_needs_a_server_that_takes_it():
    parcel = Parcel("notices@shop.example", "иван@example.org", PARCEL.mail)
    answer, _marked = offer(Script(pipelines=False), parcel)
    assert (answer.event, answer.code) == (Event.REFUSED, "no-smtputf8")
    script = Script()
    assert offer(script, parcel)[0].event is Event.TAKEN
    assert "MAIL FROM:<notices@shop.example> SMTPUTF8" in script.heard


@pytest.mark.parametrize("mail", [b"", b"x", b"a\n.\nb\r\n", b"a\r.\r\nb\r\n", b"a\r\nb\n\r\n", b"a\r\n\xff\r\n"])
def test_lines_that_one_server_ends_and_another_does_not_are_not_sent(mail):
    answer, marked = offer(Script(pipelines=False), Parcel("notices@shop.example", "jane@example.org", mail))
    assert answer == NOT_MADE
    assert not marked


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(["MAIL", "RCPT", "DATA", "DOT"]),
    st.text(st.characters(max_codepoint=255), max_size=40),
    st.booleans(),
)
def test_no_answer_makes_a_traceback_or_a_false_taken(word, said, pipelines):
    script = Script(pipelines=pipelines, **{word: said})
    answer, marked = offer(script, command_seconds=2, dot_seconds=2)
    if answer.event is Event.TAKEN:
        assert marked
        assert len(script.mails) == 1
    if answer.event is Event.ANSWER_LOST:
        assert marked
    assert answer != CUT_OFF or not marked
    assert len(answer.code) <= 40
