"""Offer one mail to the mail server, over a connection that is used again.

In:    the server; a Parcel; what is to be done just before the last dot leaves.
Out:   Answer: what it means for the notice. Never an exception of the network.
Else:  marking the dot is `spillkit.notices.journal`; which notices, and when again, is `sender`.

The border between "surely not taken" and "nobody knows" is one write of three bytes, the dot that ends the mail. Before it, a
server must drop what it has (RFC 5321 section 4.1.1.4). After it, only its answer tells. MAIL, RCPT and DATA travel together where
the server takes that (PIPELINING, RFC 2920). Who refuses MAIL refuses us, not the receiver: nobody bounces by that.

Where the server knows delivery status notifications (DSN, RFC 3461) it is told the id of the notice, to send back heads alone, and
to report what fails or waits: a report that comes back then names its notice, and no text of a notice travels a second time.
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from spillkit.notices.states import Event, event_of_code
from spillkit_server.reminders.ways import MailServer
from spillkit_server.sending.post import Parcel

# RFC 5321 section 4.5.3.2: 5 minutes for a command, 10 for the answer to the dot.
COMMAND_SECONDS = 300.0
DOT_SECONDS = 600.0
_CONNECT_SECONDS = 30.0
_READY_FOR_DATA = 354
_CLOSING = 421
_MOST_ADDRESS = 254  # RFC 5321 section 4.5.3.1.3, without its angle brackets
_ENVELOPE_ID = re.compile(r"[A-Za-z0-9]{1,100}")  # RFC 3461 section 4.4 takes more; ours need nothing to be escaped
_ADDRESS = re.compile(r'(?:[^\s<>"@\x00-\x1f\x7f]+|"[^"\x00-\x1f\x7f]*")@[^\s<>"@\x00-\x1f\x7f]+')
_BARE = re.compile(rb"(?<!\r)\n|\r(?!\n)")  # would end a line for one server and not for another
_DOTS = re.compile(rb"(?m)^\.")
_ENHANCED = re.compile(rb"[245]\.\d{1,3}\.\d{1,3}(?=\s|$)")
# How Postfix, Exim, Sendmail and Amazon SES name the mail that they took.
_SERVER_ID = re.compile(rb"(?:queued as |\bid=|^2\.0\.0 |^Ok )([A-Za-z0-9][A-Za-z0-9-]{3,59})\b")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of an offer. No word of the server is in it but its code and its id: servers repeat addresses."""

    event: Event
    code: str  # "250-2.0.0", or a word of ours: "not-reached"
    server_id: str = ""
    is_unreachable: bool = False  # nothing else will get through there for now


class Offers(Protocol):
    """A way out: to a mail server, or to an e-mail service. One thread uses it."""

    def offer(self, parcel: Parcel, before_dot: Callable[[], None]) -> Answer:
        """Offer a mail once; `before_dot` is called when it is about to leave, and what it raises is raised."""

    def leave(self) -> None:
        """End it."""


NOT_REACHED = Answer(Event.NOT_OFFERED, "not-reached", is_unreachable=True)
CUT_OFF = Answer(Event.NOT_OFFERED, "cut-off")
NOT_MADE = Answer(Event.NOT_OFFERED, "not-made")
NO_ADDRESS = Answer(Event.REFUSED, "no-address")
ANSWER_LOST = Answer(Event.ANSWER_LOST, "no-answer")


class Wire:
    """One connection to the mail server, opened when it is needed."""

    def __init__(
        self, server: MailServer, *, command_seconds: float = COMMAND_SECONDS, dot_seconds: float = DOT_SECONDS
    ) -> None:
        self._server = server
        self._command_seconds, self._dot_seconds = command_seconds, dot_seconds
        self._smtp: smtplib.SMTP | None = None

    def offer(self, parcel: Parcel, before_dot: Callable[[], None]) -> Answer:
        """Offer a mail once.

        before_dot  called when everything but the dot was given; what it raises is raised, and the dot stays here
        """
        if not _is_address(parcel.receiver) or not _is_address(parcel.sender):
            return NO_ADDRESS
        if _BARE.search(parcel.mail) or not parcel.mail.endswith(b"\r\n"):
            return NOT_MADE
        try:
            smtp = self._open()
        except smtplib.SMTPResponseException as error:
            self.close()
            return Answer(Event.NOT_OFFERED, f"greeted-{error.smtp_code:d}", is_unreachable=True)
        except (smtplib.SMTPException, OSError, ValueError):
            self.close()
            return NOT_REACHED
        try:
            refused = self._address(smtp, parcel)
            if refused is not None:
                return refused
            smtp.send(_DOTS.sub(b"..", parcel.mail))
        except (smtplib.SMTPException, OSError, ValueError):
            self.close()
            return CUT_OFF
        try:
            before_dot()
        except BaseException:
            self.close()
            raise
        try:
            return self._end(smtp)
        except (smtplib.SMTPException, OSError, ValueError):
            self.close()
            return ANSWER_LOST

    def close(self) -> None:
        """End the connection, at once: what was not answered by now is not waited for."""
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None

    def leave(self) -> None:
        """End the connection with a good word."""
        if self._smtp is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError, ValueError):
                self._timeout(self._smtp, 5)
                self._smtp.quit()
        self.close()

    def _open(self) -> smtplib.SMTP:
        if self._smtp is not None:
            return self._smtp
        server = self._server
        if server.is_tls:
            context = ssl.create_default_context()
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, server.domain, timeout=_CONNECT_SECONDS, context=context
            )
        else:
            smtp = smtplib.SMTP(server.host, server.port, server.domain, timeout=_CONNECT_SECONDS)
        self._smtp = smtp
        smtp.ehlo_or_helo_if_needed()
        if not server.is_tls and not server.is_local:
            if not smtp.has_extn("starttls"):
                raise ValueError("no trusted TLS")
            smtp.starttls(context=ssl.create_default_context())
            smtp.ehlo_or_helo_if_needed()
        if server.user:
            smtp.login(server.user, server.password)
        if smtp.sock is not None:
            smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # The dot is a packet of its own.
        self._timeout(smtp, self._command_seconds)
        return smtp

    def _address(self, smtp: smtplib.SMTP, parcel: Parcel) -> Answer | None:
        """Say from whom and to whom; return why not, where the server does not want it."""
        options = ""
        if not (parcel.receiver + parcel.sender).isascii():
            if not smtp.has_extn("smtputf8"):
                return Answer(Event.REFUSED, "no-smtputf8")
            options = " SMTPUTF8"
        if not parcel.mail.isascii():
            if not smtp.has_extn("8bitmime"):
                return NOT_MADE
            options += " BODY=8BITMIME"
        reports = ""
        if smtp.has_extn("dsn") and _ENVELOPE_ID.fullmatch(parcel.envelope_id):
            options += f" RET=HDRS ENVID={parcel.envelope_id}"
            reports = " NOTIFY=FAILURE,DELAY"
        commands = (f"MAIL FROM:<{parcel.sender}>{options}", f"RCPT TO:<{parcel.receiver}>{reports}", "DATA")
        codes = self._ask(smtp, [f"{command}\r\n".encode() for command in commands])
        mail, rcpt, data = codes
        if mail[0] // 100 != 2:
            self.close()
            return Answer(Event.NOT_OFFERED, f"mail-{mail[0]:d}", is_unreachable=True)
        if rcpt[0] // 100 != 2:
            return self._refused(smtp, rcpt, is_open=data[0] == _READY_FOR_DATA)
        if data[0] != _READY_FOR_DATA:
            return self._refused(smtp, data, is_open=False)
        return None

    def _ask(self, smtp: smtplib.SMTP, commands: list[bytes]) -> list[tuple[int, bytes]]:
        """Give commands; return the answers. One that was not given, because an earlier one was refused, is answered 0."""
        if smtp.has_extn("pipelining"):
            smtp.send(b"".join(commands))
            return [smtp.getreply() for _ in commands]
        answers: list[tuple[int, bytes]] = []
        for command in commands:
            if answers and answers[-1][0] // 100 != 2:
                answers.append((0, b""))
                continue
            smtp.send(command)
            answers.append(smtp.getreply())
        return answers

    def _refused(self, smtp: smtplib.SMTP, said: tuple[int, bytes], *, is_open: bool) -> Answer:
        """Return what a refusal before the mail means, and make the connection ready for the next one."""
        event = event_of_code(said[0])
        if said[0] == _CLOSING or event in (Event.TAKEN, Event.ANSWER_LOST) or is_open:
            self.close()  # Where DATA was taken in spite of the refusal, the server drops what it has.
        else:
            code, _said = smtp.docmd("RSET")
            if code // 100 != 2:
                self.close()
        if said[0] == _CLOSING or event in (Event.TAKEN, Event.ANSWER_LOST):
            return Answer(Event.NOT_OFFERED, f"closing-{said[0]:d}", is_unreachable=True)
        return Answer(event, _code(said))

    def _end(self, smtp: smtplib.SMTP) -> Answer:
        self._timeout(smtp, self._dot_seconds)
        smtp.send(b".\r\n")
        said = smtp.getreply()
        self._timeout(smtp, self._command_seconds)
        event = event_of_code(said[0])
        if event is Event.ANSWER_LOST or said[0] == _CLOSING:
            self.close()
        if event is Event.ANSWER_LOST:
            return ANSWER_LOST  # An answer that is none.
        found = _SERVER_ID.search(said[1]) if event is Event.TAKEN else None
        return Answer(event, _code(said), found[1].decode("ascii") if found else "")

    def _timeout(self, smtp: smtplib.SMTP, seconds: float) -> None:
        if smtp.sock is not None:
            smtp.sock.settimeout(seconds)


def _code(said: tuple[int, bytes]) -> str:
    enhanced = _ENHANCED.match(said[1])
    return f"{said[0]:d}-{enhanced[0].decode('ascii')}" if enhanced else f"{said[0]:d}"


def _is_address(text: str) -> bool:
    return len(text) <= _MOST_ADDRESS and text.isprintable() and _ADDRESS.fullmatch(text) is not None
