"""Each kind of client the guard attaches to: what it receives is seen, and it goes on as before."""

from __future__ import annotations

import asyncio
import gzip
import json
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import brotli
import httpx
import pytest
import requests
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute

from spillkit.errors import InputError
from spillkit.plant import plant_people

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # which of two names httpx goes by is Starlette's affair
    from starlette.testclient import TestClient

PEOPLE = plant_people(4, ["fr_FR", "ar_EG"])
ALICE, BOB, CHLOE, _ = PEOPLE


def shown(guard):
    """Who saw whose what, and where."""
    return {(leak.viewer[-1], leak.subject[-1], leak.method, leak.route, leak.fields) for leak in guard.exposures()}


TO_BOB = {("2", "1", "GET", "/page", ("e-mail",))}


def application():
    """A small application in which everything shows Alice's e-mail address to everybody."""
    mail = ALICE.email

    async def pieces():
        for at in range(0, len(mail), 7):
            yield mail[at : at + 7].encode()

    async def speak(socket):
        await socket.accept()
        await socket.send_text("hello")
        await socket.send_json({"mail": mail})
        await socket.close()

    kinds = {
        "/page": lambda _: HTMLResponse(f"<p>{mail}</p>"),
        "/json": lambda _: JSONResponse({"owner": {"mail": mail}}),
        "/gzip": lambda _: Response(
            gzip.compress(mail.encode()), headers={"content-encoding": "gzip"}, media_type="text/plain"
        ),
        "/br": lambda _: Response(
            brotli.compress(mail.encode()), headers={"content-encoding": "br"}, media_type="text/plain"
        ),
        "/stream": lambda _: StreamingResponse(pieces(), media_type="text/plain"),
        "/hop": lambda _: RedirectResponse("/empty", headers={"x-mail": "no"}, status_code=302),
        "/empty": lambda _: Response(),
        "/pdf": lambda _: Response(b"%PDF-1.7 " + mail.encode(), media_type="application/pdf"),
    }
    routes = [Route(path, lambda request, make=make: make(request)) for path, make in kinds.items()]
    return Starlette(routes=[*routes, WebSocketRoute("/speak", speak)])


@pytest.fixture(scope="module")
def server():
    """The same over a real socket, for clients that want one."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path == "/hop":
                body, status = f"moved, {ALICE.email}".encode(), 302
            else:
                body, status = f"<p>{ALICE.email}</p>".encode(), 200
            self.send_response(status)
            self.send_header("content-type", "text/html")
            if status == 302:
                self.send_header("location", "/page")
            self.send_header("set-cookie", "one=1234567890")
            self.send_header("set-cookie", "two=1234567890")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("path", ["/page", "/json", "/gzip", "/br", "/stream"])
def test_starlettes_test_client_is_seen_through(guard, path):
    with TestClient(application()) as client:
        page = guard.watching(client, BOB).get(path)
        assert ALICE.email in (page.text if path != "/json" else page.json()["owner"]["mail"])
        assert shown(guard) == {("2", "1", "GET", path, ("e-mail",))}


def test_a_websocket_of_starlettes_test_client_is_seen(guard):
    with TestClient(application()) as client, guard.watching(client, BOB).websocket_connect("/speak") as socket:
        assert socket.receive_text() == "hello"
        assert json.loads(socket.receive_text()) == {"mail": ALICE.email}
    assert shown(guard) == {("2", "1", "GET", "/speak", ("e-mail",))}


def test_each_hop_of_a_redirect_is_seen(guard, server):
    with httpx.Client(base_url=server, follow_redirects=True) as client:
        assert guard.watching(client, BOB).get("/hop").status_code == 200
    assert shown(guard) == {("2", "1", "GET", "/hop", ("e-mail",)), *TO_BOB}


def test_a_stream_that_the_test_stops_reading_is_seen_as_far_as_it_was_read(guard, server):
    with httpx.Client(base_url=server) as client, guard.watching(client, BOB).stream("GET", "/page") as answer:
        next(answer.iter_bytes(1000))
        assert shown(guard) == TO_BOB


def test_an_asynchronous_httpx_client_is_seen(guard):
    async def ask():
        transport = httpx.ASGITransport(application())
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            guard.watching(client, BOB)
            assert (await client.get("/page")).status_code == 200
            async with client.stream("GET", "/stream") as answer:
                assert "".join([piece async for piece in answer.aiter_text()]) == ALICE.email

    asyncio.run(ask())
    assert shown(guard) == {*TO_BOB, ("2", "1", "GET", "/stream", ("e-mail",))}


def test_a_requests_session_is_seen_hop_by_hop(guard, server):
    with requests.Session() as client:
        answer = guard.watching(client, BOB).get(f"{server}/hop")
        assert answer.status_code == 200
        assert len(answer.history) == 1
    assert guard.tally.answers == 0
    assert shown(guard) == {("2", "1", "GET", "/hop", ("e-mail",)), *TO_BOB}
    assert guard.tally.answers == 2


def test_a_streamed_answer_of_requests_is_seen(guard, server):
    with requests.Session() as client:
        answer = guard.watching(client, BOB).get(f"{server}/page", stream=True)
        assert b"".join(answer.iter_content(5)).startswith(b"<p>")
    assert shown(guard) == TO_BOB


def test_a_client_is_left_as_it_was(guard, server):
    with requests.Session() as client:
        before = dict(client.__dict__)
        with guard.watch(client, BOB):
            assert client.__dict__.keys() != before.keys()
        assert client.__dict__.keys() == before.keys()
        client.get(f"{server}/page")
    assert shown(guard) == set()


def test_the_same_client_watched_twice_is_counted_once(guard, server):
    with requests.Session() as client:
        guard.watching(client, BOB)
        with guard.watch(client, CHLOE):
            client.get(f"{server}/page")
        client.get(f"{server}/page")
    assert shown(guard) == {("3", "1", "GET", "/page", ("e-mail",))}
    assert guard.tally.answers == 2


def test_what_is_no_text_is_counted_as_not_looked_at(guard):
    with TestClient(application()) as client:
        guard.watching(client, BOB).get("/pdf")
    assert shown(guard) == set()
    assert guard.tally.not_text == 1


def test_what_cannot_be_watched_is_refused_with_advice(guard):
    with pytest.raises(InputError, match="look_at"):
        guard.watching(object())


def test_what_another_client_received_can_be_handed_over(guard):
    guard.look_at(BOB, f"<p>{ALICE.email}</p>", url="/page")
    guard.look_at(ALICE, json.dumps({"mail": ALICE.email}), content_type="application/json")
    assert shown(guard) == TO_BOB
