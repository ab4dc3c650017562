"""Attach to the clients of a test-suite: every answer they receive is handed over as it came.

In:    a client of httpx (Starlette's and FastAPI's too), requests, Django (Django REST framework's too), werkzeug (Flask's too).
Out:   answers, while the client is watched; the client behaves as before.
Else:  who is behind a client is `watched`.

A client is told by the names of its classes: no library is imported that the test-suite has not imported itself.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, Protocol

from spillkit.errors import InputError
from spillkit.guard.answers import Answer


class Watcher(Protocol):
    """What an adapter tells."""

    def take(self, answer: Answer) -> None:
        """An answer was received whole."""

    def take_later(self, pending: Callable[[], Answer | None]) -> None:
        """A body is still being read: ask at the end of the test, None if it was handed over meanwhile."""

    def sign_in(self, names: frozenset[str]) -> None:
        """The client was signed in without a request, as somebody of one of these names."""

    def sign_out(self) -> None:
        """The client was signed out without a request."""


_ADAPTERS = {  # class in the client's ancestry -> module here
    ("httpx", "Client"): "httpx_clients",
    ("httpx", "AsyncClient"): "httpx_clients",
    ("httpx2", "Client"): "httpx_clients",
    ("httpx2", "AsyncClient"): "httpx_clients",
    ("requests", "Session"): "requests_sessions",
    ("django", "Client"): "django_clients",
    ("django", "AsyncClient"): "django_clients",
    ("werkzeug", "Client"): "werkzeug_clients",
}


def attach(client: Any, watcher: Watcher) -> Callable[[], None]:
    """Begin to hand over what a client receives; call what comes back to end it.

    Raises  InputError if it is no client that can be watched
    """
    for ancestor in type(client).__mro__:
        name = _ADAPTERS.get((ancestor.__module__.partition(".")[0], ancestor.__name__))
        if name is not None:
            adapter = importlib.import_module(f"{__name__}.{name}")
            detach: Callable[[], None] = adapter.attach(client, watcher)
            return detach
    raise InputError(
        f"A {type(client).__name__} cannot be watched. Watch a client of httpx, requests, Starlette, Django or werkzeug, "
        "or hand over what it received with spillkit_guard.look_at(…)."
    )
