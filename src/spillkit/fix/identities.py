"""Read who asks in a replay: at least two test customers, and how each is signed in.

In:    identities.toml; the environment and files in which its secrets stand.
Out:   Identity values, frozen; their secrets are never part of what is printed of them.
Else:  signing in by form is `calling`.

    version = 1

    [[identity]]
    name = "anna"                      # for messages
    subject = "c_8f2a91"               # the customer that she is in the customer list
    cookies.shop_session = { env = "ANNA_SESSION" }
    own = ["/account", "/orders/1017"] # addresses that show her own data once she is signed in

    [[identity]]
    name = "ben"
    subject = "c_17b3e0"
    headers.authorization = { file = "ben.token" }

    [[identity]]
    name = "cora"
    subject = "c_55aa10"
    login = { path = "/login", fields = { email = { env = "CORA_MAIL" }, password = { env = "CORA_PASSWORD" } }, csrf = "token" }

Secrets stand in the environment or in files that only their owner may read; the file itself and the command line hold none.
"""

from __future__ import annotations

import re
import stat
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spillkit.errors import InputError
from spillkit.fix.plan import target_of
from spillkit.model import SubjectId

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,40}\Z")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}\Z")  # RFC 9110, 5.6.2: names of headers and cookies
_COOKIE_VALUE = re.compile(r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]{1,4000}\Z")  # RFC 6265, 4.1.1
_HEADER_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,7998}[\x21-\x7e])?\Z")
_REFUSED_HEADERS = frozenset({"host", "content-length", "transfer-encoding", "connection", "cookie", "upgrade", "te"})
_KEYS = frozenset({"name", "subject", "cookies", "headers", "login", "own"})
_MOST = 10


@dataclass(frozen=True, slots=True)
class Login:
    """How somebody signs in with a form."""

    target: str  # path and query
    fields: Mapping[str, str] = field(repr=False)
    csrf: str = ""  # name of the hidden field that the form must send back; "" if none


@dataclass(frozen=True, slots=True)
class Identity:
    """One test customer."""

    name: str
    subject: SubjectId
    cookies: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)  # names in lower case
    login: Login | None = None
    own: tuple[str, ...] = ()  # targets that show the identity's own data


def read_identities(
    path: Path, environment: Mapping[str, str], subject_id: Callable[[str], SubjectId] = SubjectId
) -> tuple[Identity, ...]:
    """Return the identities of a file, two or more.

    environment  where { env = "NAME" } is looked up
    subject_id   the id under which the directory keeps a customer
    Raises       InputError that says which identity, which key and what to write; never a value
    """
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path.name}: there is no such file. docs/how-to/verify-a-fix.md shows one.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path.name}: cannot be read. Check its permissions, and save it as UTF-8.") from error
    except tomllib.TOMLDecodeError:
        # The parser's own words may quote the line, and somebody may have written a secret there.
        raise InputError(f"{path.name}: is not TOML. docs/how-to/verify-a-fix.md shows the form.") from None
    rows = tree.get("identity")
    if tree.get("version") != 1 or not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise InputError(f"{path.name}: begin with `version = 1`, then one [[identity]] for each test customer.")
    if not 2 <= len(rows) <= _MOST:
        raise InputError(
            f"{path.name}: names {len(rows)} test identities. It takes two to see what one is shown of the other; at most {_MOST}."
        )
    reader = _Reader(path, environment)
    found = tuple(reader.identity(number, row, subject_id) for number, row in enumerate(rows, 1))
    for what, values in (("name", [one.name for one in found]), ("subject", [one.subject for one in found])):
        if len(set(values)) < len(values):
            raise InputError(f"{path.name}: two identities have the same {what}. Each stands for another customer.")
    return found


class _Reader:
    """Goes through the rows; knows where secrets stand."""

    def __init__(self, path: Path, environment: Mapping[str, str]) -> None:
        self._path = path
        self._environment = environment

    def identity(self, number: int, row: Mapping[str, Any], subject_id: Callable[[str], SubjectId]) -> Identity:
        where = f"{self._path.name}, identity {number}"
        for key in row:
            if key not in _KEYS:
                raise InputError(f"{where}: has a key that is not known. Known are {', '.join(sorted(_KEYS))}.")
        name, subject = row.get("name"), row.get("subject")
        if not isinstance(name, str) or not _NAME.match(name):
            raise InputError(f"{where}: name must be 1 to 40 letters, digits, - _ or .")
        if not isinstance(subject, str) or not subject.strip():
            raise InputError(f"{where}: subject must be the customer's id in the customer list.")
        cookies = self._values(row, "cookies", where, _COOKIE_VALUE)
        headers = {key.lower(): value for key, value in self._values(row, "headers", where, _HEADER_VALUE).items()}
        if _REFUSED_HEADERS & set(headers):
            raise InputError(
                f"{where}: headers may not hold {', '.join(sorted(_REFUSED_HEADERS))}. Cookies go in cookies."
            )
        login = self._login(row.get("login"), where)
        if not cookies and not headers and login is None:
            raise InputError(f"{where}: say how it is signed in: cookies, headers or login.")
        own = row.get("own", [])
        if not isinstance(own, list) or len(own) > _MOST:
            raise InputError(f'{where}: own is a list of up to {_MOST} addresses, such as own = ["/account"].')
        targets = tuple(self._target(value, f"{where}, own") for value in own)
        return Identity(name, subject_id(subject), cookies, headers, login, targets)

    def _login(self, row: object, where: str) -> Login | None:
        if row is None:
            return None
        if not isinstance(row, dict) or not set(row) <= {"path", "fields", "csrf"}:
            raise InputError(f"{where}: login holds path, fields and, if the form has a hidden token, csrf.")
        csrf = row.get("csrf", "")
        fields = self._values(row, "fields", f"{where}, login", re.compile(r"[^\0]{0,8000}\Z", re.DOTALL), name=None)
        if not isinstance(csrf, str) or not fields:
            raise InputError(f"{where}: login needs fields, and csrf must be the name of a field.")
        return Login(self._target(row.get("path"), f"{where}, login path"), fields, csrf)

    def _target(self, value: object, where: str) -> str:
        found = target_of(value) if isinstance(value, str) and value.startswith("/") else None
        if found is None:
            raise InputError(f"{where}: must be a path on the server, such as /account.")
        return found

    def _values(
        self,
        row: Mapping[str, Any],
        key: str,
        where: str,
        allowed: re.Pattern[str],
        name: re.Pattern[str] | None = _TOKEN,
    ) -> dict[str, str]:
        table = row.get(key, {})
        if not isinstance(table, dict):
            raise InputError(f'{where}: {key} is a table, such as {key}.session = {{ env = "NAME" }}.')
        found = {}
        for label, source in table.items():
            if name is not None and not name.match(label):
                raise InputError(f"{where}: one of the names in {key} cannot be a {key.removesuffix('s')}'s name.")
            value = self._secret(source, f"{where}, {key}")
            if not allowed.match(value):
                raise InputError(
                    f"{where}: a value in {key} holds characters that cannot be sent, or is too long. It is not shown."
                )
            found[label] = value
        return found

    def _secret(self, source: object, where: str) -> str:
        if isinstance(source, dict) and len(source) == 1:
            [(kind, place)] = source.items()
            if kind == "env" and isinstance(place, str):
                value = self._environment.get(place)
                if value is None:
                    raise InputError(
                        f"{where}: an environment variable that it names is not set. Set it and run again."
                    )
                return value.strip()
            if kind == "file" and isinstance(place, str):
                return self._file(place, where)
            if kind == "text" and isinstance(place, str) and "login" in where:
                return place  # what a form always sends, such as remember=1
        raise InputError(
            f'{where}: write {{ env = "VARIABLE" }} or {{ file = "NAME" }}; secrets do not stand in this file.'
        )

    def _file(self, place: str, where: str) -> str:
        try:
            path = self._path.parent / place
            if stat.S_IMODE(path.stat().st_mode) & 0o077:
                raise InputError(f"{where}: others may read a file that it names. Run chmod 600 on it.")
            return path.read_text(encoding="utf-8").strip()
        except (OSError, ValueError):
            raise InputError(
                f"{where}: a file that it names cannot be read. Check its place, counted from {self._path.name}."
            ) from None
