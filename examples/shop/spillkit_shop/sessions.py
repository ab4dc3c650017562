"""Sessions, their cookie, and the jar in which answers carry cookies (fault 4, session_race).

In:    accounts that sign in; cookie values that come back.
Out:   who is signed in; Set-Cookie headers.
Else:  pages ask through `visitors`.

Each answer has its own jar, so that a task that outlives its request writes into a jar that was sent long ago, and
does no harm. With the fault on, the worker reuses one jar, emptied when an answer took its cookies. A background task
then puts its user's cookie into the jar of whichever answer leaves next: its browser is signed in as that user from
then on. That is what happened at GitHub in March 2021, with the environment of a request that a background thread
still held.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from spillkit_shop.store import Account, Store

COOKIE = "shop_session"


class Sessions:
    """The table of sessions. A new value at each login, so that nobody can plant one beforehand."""

    def __init__(self, store: Store) -> None:
        self._connection = store.connection

    def begin(self, account: int, now: datetime) -> str:
        """Start a session and return its value."""
        value = secrets.token_hex(16)
        self._connection.execute("INSERT INTO sessions VALUES (?, ?, ?)", (value, account, now.timestamp()))
        return value

    def find(self, value: str) -> Account | None:
        """Return whose session that is."""
        row = self._connection.execute(
            "SELECT a.number, a.staff, a.customer FROM sessions s JOIN accounts a ON a.number = s.account WHERE s.value = ?",
            (value,),
        ).fetchone()
        return Account(*row) if row else None

    def end(self, value: str) -> None:
        """End a session."""
        self._connection.execute("DELETE FROM sessions WHERE value = ?", (value,))


class CookieJar:
    """The cookies that an answer will set."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}

    def set_session(self, value: str) -> None:
        """Let the answer set the session's cookie; an empty value ends it."""
        ending = "" if value else "; Max-Age=0"
        self._values[COOKIE] = f"{COOKIE}={value}; Path=/; HttpOnly; SameSite=Lax{ending}"

    def take(self) -> list[str]:
        """Return the Set-Cookie values and empty the jar."""
        values = list(self._values.values())
        self._values.clear()
        return values
