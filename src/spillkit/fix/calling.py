"""Send one request as one person, and nothing else.

In:    a base URL that the user named, an identity, a method and a target (path and query).
Out:   Got: status, headers and body as they came; or a word on why there is no answer.
Else:  order and pace are `replay`; what an answer shows is `answers`.

What must never happen here: a request to a host that the user did not name (redirects are not followed), a cookie of one
identity in a request of another (each has its own connections and its own few cookies), and any of it in a log or an error.
"""

from __future__ import annotations

import asyncio
import html
import logging
import re
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode

import httpx

from spillkit import __version__
from spillkit.errors import InputError
from spillkit.fix.identities import Identity, Login
from spillkit.model import Headers

USER_AGENT = f"spillkit/{__version__} (fix verify; a test of the owner of this site)"
MOST_BYTES = 8 << 20  # of one answer as sent; what is longer is looked at up to here
CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 30.0
_CLEARED = re.compile(r"(?i)(?:^|;)\s*max-age\s*=\s*[\"']?(?:0+|-\d+)\s*[\"']?\s*(?:;|$)")
_INPUT = re.compile(rb"(?is)<(?:input|meta)\b[^>]{0,2000}>")
_ATTRIBUTE = re.compile(r"""(?is)\b(name|value|content)\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)""")


@dataclass(frozen=True, slots=True)
class Base:
    """A server that the user named."""

    number: int  # from 0
    origin: str  # scheme, host and port
    prefix: str  # path in front of every target, "" or "/staging"


@dataclass(frozen=True, slots=True)
class Got:
    """What came back."""

    status: int = 0  # 0: no answer
    headers: Headers = field(default=(), repr=False)  # names in lower case
    body: bytes = field(default=b"", repr=False)  # as sent, content-encoding not undone
    is_cut: bool = False
    issued: Headers = field(default=(), repr=False)  # cookies that it set: (name, value)
    problem: str = ""  # why there is no answer, in words without any value; "" if there is one
    seconds: float = 0.0  # from asking to the end of the answer

    def header(self, name: str) -> str:
        """Return the first value of a header, "" if there is none."""
        return next((value for known, value in self.headers if known == name), "")

    @property
    def is_refusal(self) -> bool:
        """Whether the server is in trouble, or asks to be left alone."""
        return self.status == 429 or self.status >= 500 or bool(self.problem)


def parse_base(text: str, number: int = 0) -> Base:
    """Return the server that --base-url names.

    Raises  InputError if it is no http(s) address, or holds more than host, port and path; its text is not repeated
    """
    try:
        url = httpx.URL(text.strip())
        good = url.scheme in ("http", "https") and bool(url.host) and url.port != 0
    except (httpx.InvalidURL, ValueError, TypeError):
        good = False
    if not good or "\\" in text:
        raise InputError("--base-url: name a server like http://127.0.0.1:8000 or https://staging.shop.example.")
    if url.userinfo or url.query or url.fragment:
        raise InputError(
            "--base-url: leave out user, password, query and fragment. Secrets belong in the identities file."
        )
    prefix = url.raw_path.decode("ascii").rstrip("/")
    origin = str(url.copy_with(raw_path=b"/")).rstrip("/")
    return Base(number, origin, prefix)


class Caller:
    """One person at one server. Keeps that person's cookies and connections apart from everybody else's.

    identity  None for somebody who is signed out
    """

    def __init__(self, base: Base, identity: Identity | None = None) -> None:
        self.base = base
        self.identity = identity
        self.cookies: dict[str, str] = dict(identity.cookies) if identity else {}
        self._headers = dict(identity.headers) if identity else {}
        # The transport alone: an httpx.Client would keep a jar of its own, follow .netrc and log addresses.
        self._transport = httpx.AsyncHTTPTransport(
            verify=ssl.create_default_context(), limits=httpx.Limits(max_connections=64, max_keepalive_connections=64)
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._transport.aclose()

    async def sign_in(self, login: Login) -> str:
        """Sign in with a form and keep the cookies that it sets; return "" or what went wrong, in words."""
        fields = dict(login.fields)
        page = await self.ask("GET", login.target)
        self._keep(page)
        if login.csrf:
            token = hidden_value(page.body, login.csrf)
            if token is None:
                return "the login page holds no hidden field of the name that csrf gives"
            fields[login.csrf] = token
        form = urlencode(fields).encode("ascii")
        more = {
            "content-type": "application/x-www-form-urlencoded",
            "origin": self.base.origin,
            "referer": self.base.origin + self.base.prefix + login.target.partition("?")[0],
        }
        done = await self.ask("POST", login.target, content=form, more=more)
        self._keep(done)
        if done.problem:
            return f"the login form could not be sent: {done.problem}"
        if done.status >= 400:
            return f"the login form was answered with status {done.status}"
        if not self.cookies:
            return "the login set no cookie"
        return ""

    async def ask(
        self,
        method: str,
        target: str,
        *,
        break_off_seconds: float | None = None,
        content: bytes = b"",
        more: Mapping[str, str] | None = None,
    ) -> Got:
        """Send one request and return the answer; never raises for what a server does.

        break_off_seconds  close the connection so long after the request was sent, unless the answer has come by then
        """
        sent = asyncio.Event()

        async def watch(event: str, _details: object) -> None:
            if event.endswith("send_request_body.complete"):
                sent.set()

        headers = {
            "user-agent": USER_AGENT,
            "accept": "*/*",
            "accept-encoding": "gzip, deflate",
            **self._headers,
            **(more or {}),
        }
        if self.cookies:
            headers["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            request = httpx.Request(
                method,
                httpx.URL(self.base.origin).copy_with(raw_path=(self.base.prefix + target).encode("ascii")),
                headers=headers,
                content=content,
                extensions={
                    "timeout": {
                        "connect": CONNECT_SECONDS,
                        "read": ANSWER_SECONDS,
                        "write": ANSWER_SECONDS,
                        "pool": ANSWER_SECONDS,
                    },
                    "trace": watch,
                },
            )
            async with asyncio.timeout(ANSWER_SECONDS):
                if break_off_seconds is None:
                    return await self._send(request)
                return await self._break_off(request, sent, break_off_seconds)
        except TimeoutError:
            return Got(problem="no answer in time")
        except httpx.TimeoutException:
            return Got(problem="no answer in time")
        except httpx.ConnectError as error:
            certificate = isinstance(error.__cause__ and error.__cause__.__cause__, ssl.SSLError)
            return Got(problem="the certificate is not trusted" if certificate else "no connection")
        except (httpx.TransportError, httpx.InvalidURL, ValueError):
            return Got(problem="what came back is not HTTP")

    async def _break_off(self, request: httpx.Request, sent: asyncio.Event, seconds: float) -> Got:
        """Send a request, and go away while the server works on it."""
        sending = asyncio.create_task(self._send(request))
        is_sent = asyncio.create_task(sent.wait())
        await asyncio.wait({sending, is_sent}, return_when=asyncio.FIRST_COMPLETED)
        is_sent.cancel()
        await asyncio.wait({sending}, timeout=seconds)
        if not sending.done():
            sending.cancel()
            await asyncio.wait({sending})
        if sending.cancelled():
            return Got(problem="broken off on purpose")
        return await sending

    async def _send(self, request: httpx.Request) -> Got:
        began = time.monotonic()
        response = await self._transport.handle_async_request(request)
        pieces: list[bytes] = []
        size = 0
        try:
            async for piece in response.aiter_raw():
                pieces.append(piece[: MOST_BYTES - size])
                size += len(pieces[-1])
                if size >= MOST_BYTES:
                    break
        finally:
            await response.aclose()
        headers = tuple(
            (name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in response.headers.raw
        )
        issued = tuple(_cookies_set(headers))
        took = time.monotonic() - began
        return Got(response.status_code, headers, b"".join(pieces), size >= MOST_BYTES, issued, seconds=took)

    def _keep(self, got: Got) -> None:
        self.cookies.update(got.issued)

    def renew(self, name: str, value: str) -> None:
        """Take a new value of a cookie that this person holds already: sessions may change their id."""
        if name in self.cookies:
            self.cookies[name] = value


def _cookies_set(headers: Headers) -> Iterator[tuple[str, str]]:
    """Yield name and value of each cookie that is set and not cleared (RFC 6265, 5.2)."""
    for known, line in headers:
        if known != "set-cookie":
            continue
        pair, _, attributes = line.partition(";")
        name, _, value = pair.partition("=")
        name, value = name.strip(), value.strip().strip('"')
        sendable = value.isascii() and value.isprintable() and ";" not in value and len(value) <= 4000
        if name and value and sendable and not _CLEARED.search(attributes):
            yield name, value


def hidden_value(page: bytes, name: str) -> str | None:
    """Return what the hidden field or meta tag of that name holds, None if the page has none."""
    for match in _INPUT.finditer(page, 0, 1 << 20):
        found: dict[str, str] = {}
        for label, value in _ATTRIBUTE.findall(match[0].decode("utf-8", "replace")):
            found.setdefault(label.lower(), html.unescape(value.strip("\"'")))
        if found.get("name") == name:
            return found.get("value", found.get("content"))
    return None


@contextmanager
def quiet_logs() -> Iterator[None]:
    """Keep the HTTP library from writing addresses and cookies into anybody's debug log."""
    loggers = [logging.getLogger(name) for name in ("httpx", "httpcore")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
