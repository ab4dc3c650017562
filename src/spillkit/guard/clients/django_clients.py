"""Watch Django's test clients, sync and async, and Django REST framework's.

In:    a client.
Out:   an answer for each request (each hop of a redirect); who was signed in by login, force_login or force_authenticate.
Else:  telling clients apart is `clients`.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from spillkit.guard.answers import Answer, BodyTee, lower
from spillkit.guard.clients import Watcher
from spillkit.model import Headers


def attach(client: Any, watcher: Watcher) -> Callable[[], None]:
    """Wrap what every request goes through, and the ways to sign in without one."""
    sent: dict[str, bytes] = {}
    wrapped = {
        "generic": _keep_body(client.generic, sent),
        "request": _wrap_request(client, watcher, sent),
        **_sign_ins(client, watcher),
    }
    client.__dict__.update(wrapped)

    def detach() -> None:
        for name in wrapped:
            client.__dict__.pop(name, None)

    return detach


def _keep_body(generic: Callable[..., Any], sent: dict[str, bytes]) -> Callable[..., Any]:
    def generic_and_keep(method: str, path: str, data: Any = "", *arguments: Any, **options: Any) -> Any:
        sent["body"] = data if isinstance(data, bytes) else str(data or "").encode("utf-8", "replace")
        return generic(method, path, data, *arguments, **options)

    return generic_and_keep


def _wrap_request(client: Any, watcher: Watcher, sent: dict[str, bytes]) -> Callable[..., Any]:
    request_it = client.request
    if inspect.iscoroutinefunction(request_it):

        async def arequest(**request: Any) -> Any:
            body, headers = sent.pop("body", b""), _request_headers(client, request)
            response = await request_it(**request)
            _hand_over(response, request, headers, body, watcher)
            return response

        return arequest

    def request_and_keep(**request: Any) -> Any:
        body, headers = sent.pop("body", b""), _request_headers(client, request)
        response = request_it(**request)
        _hand_over(response, request, headers, body, watcher)
        return response

    return request_and_keep


def _request_headers(client: Any, request: dict[str, Any]) -> Headers:
    """The headers as they went, with the cookies that the client had before the answer."""
    found = [(name[5:].replace("_", "-").lower(), str(value)) for name, value in {**client.defaults, **request}.items()
             if name.startswith("HTTP_")]  # fmt: skip
    found += lower(request.get("headers") or ())
    if "CONTENT_TYPE" in request:
        found.append(("content-type", str(request["CONTENT_TYPE"])))
    if client.cookies:
        found.append(("cookie", "; ".join(f"{name}={cookie.value}" for name, cookie in client.cookies.items())))
    return tuple(found)


def _hand_over(response: Any, request: dict[str, Any], headers: Headers, body: bytes, watcher: Watcher) -> None:
    query = request.get("QUERY_STRING") or request.get("query_string") or ""
    query = query.decode("latin-1") if isinstance(query, bytes) else str(query)
    path = str(request.get("PATH_INFO") or request.get("path") or "/")
    method = str(request.get("REQUEST_METHOD") or request.get("method") or "GET")
    answered = lower(response.headers.items()) + tuple(
        ("set-cookie", cookie.OutputString()) for cookie in response.cookies.values()
    )

    def answer(data: bytes, *, is_cut: bool) -> Answer:
        url = f"{path}?{query}" if query else path
        return Answer(method, url, response.status_code, answered, data, headers, body, is_cut=is_cut)

    if not getattr(response, "streaming", False):
        watcher.take(answer(bytes(response.content), is_cut=False))
        return
    tee = BodyTee()
    done = False

    def take() -> Answer | None:
        nonlocal done
        if done:
            return None
        done = True
        return answer(tee.body, is_cut=tee.is_cut)

    def end() -> None:
        tee.end()
        found = take()
        if found is not None:
            watcher.take(found)

    inner = response.streaming_content
    watcher.take_later(take)
    response.streaming_content = _acopy(inner, tee, end) if hasattr(inner, "__aiter__") else _copy(inner, tee, end)


def _copy(inner: Iterator[Any], tee: BodyTee, end: Callable[[], None]) -> Iterator[Any]:
    for piece in inner:
        tee.take(piece)
        yield piece
    end()


async def _acopy(inner: AsyncIterator[Any], tee: BodyTee, end: Callable[[], None]) -> AsyncIterator[Any]:
    async for piece in inner:
        tee.take(piece)
        yield piece
    end()


def _sign_ins(client: Any, watcher: Watcher) -> dict[str, Callable[..., Any]]:
    """The ways in and out that send no request."""
    login, force_login, logout = client.login, client.force_login, client.logout

    def login_and_tell(**credentials: Any) -> Any:
        is_in = login(**credentials)
        if is_in:
            watcher.sign_in(frozenset(value for value in credentials.values() if isinstance(value, str)))
        return is_in

    def force_login_and_tell(user: Any, *arguments: Any, **options: Any) -> Any:
        result = force_login(user, *arguments, **options)
        watcher.sign_in(_names_of(user))
        return result

    def logout_and_tell() -> Any:
        result = logout()
        watcher.sign_out()
        return result

    async def alogin(**credentials: Any) -> Any:
        is_in = await _class_method(client, "alogin")(**credentials)
        if is_in:
            watcher.sign_in(frozenset(value for value in credentials.values() if isinstance(value, str)))
        return is_in

    async def aforce_login(user: Any, *arguments: Any, **options: Any) -> Any:
        result = await _class_method(client, "aforce_login")(user, *arguments, **options)
        watcher.sign_in(_names_of(user))
        return result

    async def alogout() -> Any:
        result = await _class_method(client, "alogout")()
        watcher.sign_out()
        return result

    found: dict[str, Callable[..., Any]] = {
        "login": login_and_tell, "force_login": force_login_and_tell, "logout": logout_and_tell,
        "alogin": alogin, "aforce_login": aforce_login, "alogout": alogout,
    }  # fmt: skip
    found = {name: function for name, function in found.items() if hasattr(client, name)}
    if hasattr(client, "force_authenticate"):
        found["force_authenticate"] = _force_authenticate(client.force_authenticate, watcher)
    return found


def _class_method(client: Any, name: str) -> Any:
    return getattr(type(client), name).__get__(client)


def _force_authenticate(inner: Callable[..., Any], watcher: Watcher) -> Callable[..., Any]:
    def force_authenticate(user: Any = None, token: Any = None) -> Any:
        result = inner(user=user, token=token)
        owner = user if user is not None else getattr(token, "user", None)
        if owner is None:
            watcher.sign_out()
        else:
            watcher.sign_in(_names_of(owner))
        return result

    return force_authenticate


def _names_of(user: Any) -> frozenset[str]:
    """What may tell which planted person a user of the application is."""
    names = [getattr(user, "email", ""), getattr(user, "username", "")]
    if hasattr(user, "get_username"):
        names.append(user.get_username())
    return frozenset(name for name in names if isinstance(name, str) and name)
