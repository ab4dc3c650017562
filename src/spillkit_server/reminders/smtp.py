"""Hand one mail to the mail server.

In:    the server, one receiver, a letter.
Out:   Outcome; never an exception of the network.
Else:  the letter's words are `letter`, trying again is `deliveries`.

One envelope with one receiver, so that nobody reads who else was told. The mail names itself by its message and its receiver:
where the answer of the server is lost after the whole mail was given, nobody can know whether it was taken. It is then tried
again, since a reminder that comes twice is better than none, and under the same Message-ID, so that it can be shown once.

Source: RFC 5321 (SMTP), RFC 3207 (STARTTLS), RFC 3834 section 5 (Auto-Submitted), RFC 5322 section 3.6.4 (Message-ID).
"""

from __future__ import annotations

import hashlib
import re
import smtplib
import ssl
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from spillkit_server.reminders.attempt import ACCEPTED, ANSWER_LOST, NOT_REACHED, Came, Outcome, cut_off
from spillkit_server.reminders.ways import MailServer

_STEP_SECONDS = 20  # of one answer
WHOLE_SECONDS = 60  # of everything together
_READY_FOR_DATA = 354


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail before it has a receiver."""

    message_id: str  # of the message; each receiver's Message-ID is made of it
    subject: str
    text: str
    language: str


def send(server: MailServer, receiver: str, address: str, letter: Letter, now: datetime) -> Outcome:
    """Try once.

    receiver  opaque id of the account
    address   its mail address, with the domain in ASCII
    Returns   TAKEN once the server said so; NEVER where it refuses this receiver or this mail for good (5xx to RCPT or DATA);
              NOT_NOW for everything else: a server that refuses our sign-in today is mended by tomorrow
    """
    conversation = _Conversation(server)
    try:
        with cut_off(lambda: conversation.smtp.sock if conversation.smtp else None, WHOLE_SECONDS):
            return conversation.hand_in(address, _bytes(server, receiver, address, letter, now))
    except smtplib.SMTPAuthenticationError as error:
        return Outcome(Came.NOT_NOW, f"sign-in refused {error.smtp_code}", is_unreachable=True)
    except smtplib.SMTPResponseException as error:
        return Outcome(Came.NOT_NOW, f"answered {error.smtp_code}", is_unreachable=True)
    except ssl.SSLError:
        return Outcome(Came.NOT_NOW, "no trusted TLS", is_unreachable=True)
    except (smtplib.SMTPException, OSError, ValueError):
        return ANSWER_LOST if conversation.is_given else NOT_REACHED
    finally:
        conversation.end()


class _Conversation:
    """One connection, and whether the whole mail was given."""

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self.smtp: smtplib.SMTP | None = None
        self.is_given = False

    def hand_in(self, address: str, mail: bytes) -> Outcome:
        server = self._server
        smtp = self._open()
        if not server.is_tls and not server.is_local:
            smtp.ehlo_or_helo_if_needed()
            if not smtp.has_extn("starttls"):
                return Outcome(Came.NOT_NOW, "no trusted TLS", is_unreachable=True)
            smtp.starttls(context=ssl.create_default_context())
        if server.user:
            smtp.login(server.user, server.password)
        smtp.ehlo_or_helo_if_needed()
        _expect(smtp.mail(server.sender))
        code, _said = smtp.rcpt(address)
        if code // 100 != 2:
            return _refused(code)
        code, _said = smtp.docmd("DATA")
        if code != _READY_FOR_DATA:
            return _refused(code)
        smtp.send(mail)
        self.is_given = True
        code, _said = smtp.getreply()
        return ACCEPTED if code // 100 == 2 else _refused(code)

    def _open(self) -> smtplib.SMTP:
        server, known = self._server, self._knows
        if server.is_tls:

            class OverTls(smtplib.SMTP_SSL):
                def connect(self, *arguments: Any, **named: Any) -> tuple[int, bytes]:
                    known(self)
                    return super().connect(*arguments, **named)

            context = ssl.create_default_context()
            return OverTls(server.host, server.port, server.domain, timeout=_STEP_SECONDS, context=context)

        class Plain(smtplib.SMTP):
            def connect(self, *arguments: Any, **named: Any) -> tuple[int, bytes]:
                known(self)
                return super().connect(*arguments, **named)

        return Plain(server.host, server.port, server.domain, timeout=_STEP_SECONDS)

    def _knows(self, smtp: smtplib.SMTP) -> None:
        """Know the connection before its first byte is read: a greeting that never ends is cut off too."""
        self.smtp = smtp

    def end(self) -> None:
        if self.smtp is not None:
            self.smtp.close()  # Without QUIT: its answer would be one more thing to wait for.


def _expect(answer: tuple[int, bytes]) -> None:
    if answer[0] // 100 != 2:
        raise smtplib.SMTPResponseException(*answer)


def _refused(code: int) -> Outcome:
    return Outcome(Came.NEVER, f"refused {code}") if code // 100 == 5 else Outcome(Came.NOT_NOW, f"answered {code}")


def _bytes(server: MailServer, receiver: str, address: str, letter: Letter, now: datetime) -> bytes:
    """Return the mail as it goes over the wire, ended by its dot."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address("Spillkit", addr_spec=server.sender)
    mail["To"] = Address(addr_spec=address)
    mail["Subject"] = letter.subject
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = message_id(letter.message_id, receiver, server.domain)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(letter.text, charset="utf-8", cte="quoted-printable")
    mail["Content-Language"] = letter.language
    return re.sub(rb"(?m)^\.", b"..", mail.as_bytes()) + b".\r\n"


def message_id(message: str, receiver: str, domain: str) -> str:
    """Return the Message-ID of a message for one receiver: the same each time it is tried, and it tells nothing of either."""
    return f"<{hashlib.sha256(f'{message} {receiver}'.encode()).hexdigest()[:40]}@{domain}>"
