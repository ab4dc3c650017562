"""Offer one mail to an e-mail service, by its own API.

In:    the service; a Parcel; what is to be done just before the request leaves.
Out:   Answer: what it means for the notice. Never an exception of the network, and no word of the service.
Else:  the requests are made by django-anymail; a mail server is spoken to by `wire`; what comes back later is `service_reports`.

The border between "surely not taken" and "nobody knows" is the first byte of the request: the connection is made before, and is
closed after each mail, so that a dead one is not found out too late. Then only an answer tells: 2xx is taken; 3xx, 4xx and 503 are
not (RFC 9110, 15.6.4); every other 5xx may have been thrown behind the point where the mail was taken, and so is no answer. Who
refuses us (a wrong key, a domain that is not set up) does not refuse the receiver: nobody bounces by that, the notice waits.

Where a service takes the same request under the same key once, a request without an answer is made again under the notice's id,
within a minute of a day that the key is kept for.

The service writes the mail anew from its parts, and signs it itself. It is not asked to follow who opens or clicks.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from email import message_from_string, policy
from email.message import EmailMessage, MIMEPart
from typing import Any

import requests
import urllib3
from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRecipientsRefused
from django.core.mail import EmailMultiAlternatives
from django.utils.module_loading import import_string
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection

from spillkit.errors import SettingsError
from spillkit.notices.journal import is_word
from spillkit.notices.states import Event
from spillkit_server.mail_service import MailService
from spillkit_server.sending.post import Parcel
from spillkit_server.sending.wire import ANSWER_LOST, NOT_MADE, NOT_REACHED, Answer

CONNECT_SECONDS, ANSWER_SECONDS = 20.0, 60.0
AGAIN_AFTER = (2.0, 8.0, 20.0)  # seconds, where a request may be made again
NOTICE = "notice"  # under which a service keeps the notice's id, and names it in its reports
# Of our head, what a service is handed. It writes Date, the boundary and its signature itself; Content-Language is refused or
# dropped by most, and the text's own parts carry their language.
HANDED = ("List-Id", "Feedback-ID", "Auto-Submitted", "X-Auto-Response-Suppress")
_TAKEN = frozenset({"sent", "queued"})
_TOO_MANY, _NOT_NOW, _CONFLICT = 429, 503, 409


class ServiceWire:
    """The way to one e-mail service. One thread uses it."""

    def __init__(
        self,
        service: MailService,
        *,
        answer_seconds: float = ANSWER_SECONDS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._service, self._sleep = service, sleep
        self._session = _Session((CONNECT_SECONDS, answer_seconds))
        self._backend = _backend_of(service, self._session)

    def offer(self, parcel: Parcel, before_dot: Callable[[], None]) -> Answer:
        """Offer a mail once.

        before_dot  called when the connection is there and nothing was sent yet; what it raises is raised, and nothing is sent
        """
        try:
            message = message_of(parcel, self._service)
        except (ValueError, LookupError, IndexError):
            return NOT_MADE
        answer = self._attempt(message, parcel, before_dot)
        if answer.event is not Event.ANSWER_LOST or not self._service.traits.idempotency_header:
            return answer
        for wait in AGAIN_AFTER:
            self._sleep(wait)
            again = self._attempt(message, parcel, _nothing)
            if again.event in (Event.TAKEN, Event.REFUSED):
                return again
        return ANSWER_LOST

    def leave(self) -> None:
        self._session.close()

    def _attempt(self, message: EmailMultiAlternatives, parcel: Parcel, before_dot: Callable[[], None]) -> Answer:
        header = self._service.traits.idempotency_header
        self._session.begin(before_dot, {header: parcel.envelope_id} if header else {})
        try:
            self._backend.send_messages([message])
        except AnymailRecipientsRefused:
            return Answer(Event.REFUSED, "recipient-refused")
        except AnymailAPIError as error:
            if not self._session.has_left:
                return NOT_REACHED
            response = getattr(error, "response", None)
            return _meaning(int(response.status_code)) if response is not None else ANSWER_LOST
        except AnymailError:  # The mail, or its address, has something that the service cannot be told.
            if self._session.has_left:
                return ANSWER_LOST
            return NOT_MADE if parcel.receiver.isascii() else Answer(Event.REFUSED, "no-smtputf8")
        finally:
            self._session.begin(_nothing, {})
        status = message.anymail_status
        found = set(status.status or ())
        if found and found <= _TAKEN:
            own = str(status.message_id or "").strip("<>")
            return Answer(Event.TAKEN, f"http-{status.esp_response.status_code:d}", own if is_word(own) else "")
        return _meaning(int(status.esp_response.status_code))


def check_service(service: MailService) -> None:
    """Check that the service can be spoken to with these settings, as far as that is known without it.

    Raises  SettingsError
    """
    ServiceWire(service).leave()


def message_of(parcel: Parcel, service: MailService) -> EmailMultiAlternatives:
    """Return a mail as Django has it: from the bytes that were made for it.

    Raises  ValueError, LookupError or IndexError if they are no mail with text and HTML
    """
    # Not from bytes: an address beyond ASCII stands in the head as it is (RFC 6532), and would be lost.
    mail = message_from_string(parcel.mail.decode(), _class=EmailMessage, policy=policy.default)
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    receivers = [address.addr_spec for address in mail["To"].addresses]
    if text is None or html is None or receivers != [parcel.receiver] or not parcel.envelope_id:
        raise ValueError("a notice has an id, a text, an HTML part and one receiver")
    headers = {name: str(mail[name]) for name in HANDED if mail[name]}
    if service.traits.keeps_message_id:
        headers["Message-ID"] = str(mail["Message-ID"])
    message = EmailMultiAlternatives(
        subject=str(mail["Subject"]),
        body=_lines(text),
        from_email=str(mail["From"].addresses[0]),
        to=[str(mail["To"].addresses[0])],
        reply_to=[str(address) for address in mail["Reply-To"].addresses] if mail["Reply-To"] else None,
        headers=headers | dict(service.traits.own_headers),
    )
    message.attach_alternative(_lines(html), "text/html")
    message.metadata = {NOTICE: parcel.envelope_id}
    if service.traits.can_untrack:
        message.track_opens = message.track_clicks = False
    return message


def _lines(part: MIMEPart) -> str:
    return str(part.get_content()).replace("\r\n", "\n")


def _meaning(status: int) -> Answer:
    """Return what a request means that left, and was answered with this status instead of what the service documents."""
    # A conflict: the same key is in work, or was used for another mail. That one may have been taken.
    if status == _CONFLICT or (status // 100 in (1, 2, 5) and status != _NOT_NOW):
        return ANSWER_LOST
    is_of_all = status in (_TOO_MANY, _NOT_NOW, 401, 402, 403, 404) or status // 100 == 3
    return Answer(Event.PUT_OFF, f"http-{status:d}", is_unreachable=is_of_all)


def _backend_of(service: MailService, session: _Session) -> Any:
    kind = import_string(f"anymail.backends.{service.name}.EmailBackend")
    options: dict[str, Any] = {**service.keys, **({"api_url": service.url} if service.url else {})}
    try:
        backend = kind(**options)
    except Exception as error:
        raise SettingsError(
            "The e-mail service cannot be set up with these settings. Look at SPILLKIT_MAIL_SERVICE and those beside it."
        ) from error
    backend.session = session
    return backend


def _nothing() -> None:
    """Do nothing before a request is made again: the first one was marked."""


# ── Requests that say when they leave ────────────────────────────────────────────────────────────────────────────────────────────


class _Session(requests.Session):
    """Makes one request at a time, on a connection of its own, and says just before its first byte leaves."""

    def __init__(self, seconds: tuple[float, float]) -> None:
        super().__init__()
        self.trust_env = False  # neither a proxy nor a password file of whoever runs it
        self.headers["Connection"] = "close"
        self.headers["User-Agent"] = "Spillkit"
        self.has_left = False
        self._seconds = seconds
        self._before: Callable[[], None] = _nothing
        self._more: dict[str, str] = {}
        adapter = _Adapter(self)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def begin(self, before: Callable[[], None], headers: dict[str, str]) -> None:
        """Say what is done before the next request leaves, and which headers it has besides."""
        self._before, self._more, self.has_left = before, headers, False

    def leaving(self) -> None:
        """Note that a request leaves now."""
        self._before()
        self.has_left = True

    def request(self, method: str, url: str, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        headers = {**(kwargs.pop("headers", None) or {}), **self._more}
        kwargs |= {"timeout": self._seconds, "allow_redirects": False}
        return super().request(method, url, headers=headers, **kwargs)


class _Adapter(HTTPAdapter):
    """Opens connections that tell their session before they send."""

    def __init__(self, session: _Session) -> None:
        self._session = session
        super().__init__(max_retries=0)

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        session = self._session

        class Plain(HTTPConnection):
            def request(self, *given: Any, **more: Any) -> None:
                self.connect()
                session.leaving()
                super().request(*given, **more)

        class Encrypted(HTTPSConnection):
            def request(self, *given: Any, **more: Any) -> None:
                if self.sock is None:  # Its pool connects it to look at its certificate.
                    self.connect()
                session.leaving()
                super().request(*given, **more)

        class PlainPool(urllib3.HTTPConnectionPool):
            ConnectionCls = Plain

        class EncryptedPool(urllib3.HTTPSConnectionPool):
            ConnectionCls = Encrypted

        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": EncryptedPool}
