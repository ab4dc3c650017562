"""The tracker as gunicorn serves it: Roundup's own dispatcher, with a layer that takes note of what it renders.

In:    requests from the cache; the tracker's folder and the folder for notes in TRACKER_HOME and TRACKER_NOTES.
Out:   answers with an X-Request-Id, free of marks; for each rendering one line in the notes: id, user, marks.
Else:  `marks` knows how a mark looks; who really received the answer is known in front of the cache only (`truth`).

Three of Roundup's functions are wrapped while it runs, none is copied or changed on disk.
"""

from __future__ import annotations

import json
import os
import threading
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path

from marks import FIELDS, mark, take_out
from roundup.backends import rdbms_common
from roundup.cgi.client import Client
from roundup.cgi.wsgi_handler import RequestDispatcher

_request = threading.local()  # .user while a request runs; .marking while its page is rendered

_read_property = rdbms_common.Class.get
_find_out_user = Client.determine_user


def _read_marked(self, nodeid, propname, *rest, **named):
    """Read a property of the model; a person's contact field comes back marked while a page is rendered."""
    value = _read_property(self, nodeid, propname, *rest, **named)
    if (
        getattr(_request, "marking", False)
        and self.classname == "user"
        and propname in FIELDS
        and isinstance(value, str)
    ):
        return mark(value, str(nodeid), propname)
    return value


def _find_out_user_and_note(self, *rest, **named):
    answer = _find_out_user(self, *rest, **named)
    _request.user = str(self.userid)
    return answer


rdbms_common.Class.get = _read_marked
Client.determine_user = _find_out_user_and_note


def noted(inner: Callable) -> Callable:
    """Wrap a WSGI application: number each answer, take the marks out of it, write down what they said."""
    file = Path(os.environ["TRACKER_NOTES"]) / f"renderings-{uuid.uuid4().hex[:8]}.jsonl"
    notes = file.open("a", encoding="utf-8")

    def application(environ: dict, start_response: Callable) -> Iterable[bytes]:
        # 1. Only pages are marked. What a POST reads may be written back to the database or into a mail.
        _request.user = None
        _request.marking = environ["REQUEST_METHOD"] in ("GET", "HEAD")
        environ.pop("HTTP_ACCEPT_ENCODING", None)  # The cache compresses; marks cannot be found in compressed bytes.
        started: list = []
        pieces: list[bytes] = []

        def start(status, headers, exc_info=None):
            started[:] = [status, headers]
            return pieces.append

        try:
            pieces.extend(inner(environ, start))
        finally:
            _request.marking = False
        # 2. The whole body is here: take the marks out, and give it its length again.
        body, found = take_out(b"".join(pieces))
        status, headers = started
        clean = [(name, value) for name, value in headers if name.lower() not in ("content-length", "x-request-id")]
        for _, value in clean:
            if take_out(value.encode("utf-8", "replace"))[1]:
                raise RuntimeError("a header carries a mark; the truth would miss it")
        rendering = uuid.uuid4().hex[:16]
        clean.append(("X-Request-Id", rendering))
        if status.split()[0] not in ("204", "304"):
            clean.append(("Content-Length", str(len(body))))
        # 3. The note is on disk before the answer is on its way.
        print(
            json.dumps(
                {
                    "rendering": rendering,
                    "user": _request.user,
                    "method": environ["REQUEST_METHOD"],
                    "status": status[:3],
                    "marks": [[found.user, found.field, found.whole] for found in found],
                }
            ),
            file=notes,
            flush=True,
        )
        start_response(status, clean)
        return [body]

    return application


application = noted(RequestDispatcher(os.environ["TRACKER_HOME"]))
