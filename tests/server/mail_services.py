"""Where an e-mail service's API stands, a program of ours that answers as the service documents, with moods.

It is not the service: what is tried against it is what we say, and what we make of the answers that are documented.
"""

from __future__ import annotations

import hmac
import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


def form_of(headers: dict[str, str], body: bytes) -> dict[str, str]:
    """Return the fields of a multipart form, or of a plain one."""
    from urllib.parse import parse_qsl

    kind = headers["content-type"]
    if not kind.startswith("multipart/"):
        return dict(parse_qsl(body.decode()))
    whole = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body, policy=policy.HTTP)
    return {part.get_param("name", header="content-disposition"): part.get_content() for part in whole.iter_parts()}


def _said(name: str, headers: dict[str, str], body: bytes) -> dict[str, Any]:
    """Return what each service was told, under the same names."""
    if name == "mailgun":
        given: dict[str, Any] = form_of(headers, body)
        more = {key[2:]: value for key, value in given.items() if key.startswith("h:")}
        return {"to": given["to"], "from": given["from"], "subject": given["subject"], "text": given["text"],
                "html": given["html"], "headers": more, "notice": given["v:notice"],
                "track": {given["o:tracking-opens"], given["o:tracking-clicks"]}}  # fmt: skip
    given = json.loads(body)
    if name == "resend":
        more = given["headers"]
        return {"to": given["to"][0], "from": given["from"], "subject": given["subject"], "text": given["text"],
                "html": given["html"], "headers": more, "notice": json.loads(more["X-Metadata"])["notice"],
                "track": None}  # fmt: skip
    if name == "postmark":
        more = {one["Name"]: one["Value"] for one in given["Headers"]}
        return {"to": given["To"], "from": given["From"], "subject": given["Subject"], "text": given["TextBody"],
                "html": given["HtmlBody"], "headers": more, "notice": given["Metadata"]["notice"],
                "track": {str(given["TrackOpens"]), given["TrackLinks"]}}  # fmt: skip
    if name == "brevo":
        more = given["headers"]
        return {"to": given["to"][0], "from": given["sender"], "subject": given["subject"], "text": given["textContent"],
                "html": given["htmlContent"], "headers": more, "notice": json.loads(more["X-Mailin-custom"])["notice"],
                "track": None}  # fmt: skip
    if name == "sendgrid":
        one = given["personalizations"][0]
        content = {part["type"]: part["value"] for part in given["content"]}
        return {"to": one["to"][0], "from": given["from"], "subject": given["subject"], "text": content["text/plain"],
                "html": content["text/html"], "headers": given["headers"], "notice": given["custom_args"]["notice"],
                "track": {str(each["enable"]) for each in given["tracking_settings"].values()}}  # fmt: skip
    if name == "mailjet":
        one = given["Messages"][0] if given.get("Messages") else given["Globals"]
        one = {**given.get("Globals", {}), **one}
        return {"to": one["To"][0], "from": one["From"], "subject": one["Subject"], "text": one["TextPart"],
                "html": one["HTMLPart"], "headers": one["Headers"], "notice": json.loads(one["EventPayload"])["notice"],
                "track": {one["TrackOpens"], one["TrackClicks"]}}  # fmt: skip
    content = given["content"]
    return {"to": given["recipients"][0]["address"], "from": content["from"], "subject": content["subject"],
            "text": content["text"], "html": content["html"], "headers": content["headers"],
            "notice": given["metadata"]["notice"],
            "track": {str(given["options"]["open_tracking"]), str(given["options"]["click_tracking"])}}  # fmt: skip


TAKEN: dict[str, tuple[int, Any]] = {
    "brevo": (201, {"messageId": "<2026.1@smtp-relay.example>"}),
    "mailgun": (200, {"id": "<2026.1@mg.example>", "message": "Queued. Thank you."}),
    "mailjet": (200, {"Messages": [{"Status": "success", "To": [{"Email": "%s", "MessageID": 70650219165027410,
                                                                  "MessageUUID": "1ab2", "MessageHref": "x"}],
                                    "Cc": [], "Bcc": []}]}),
    "postmark": (200, {"ErrorCode": 0, "Message": "OK", "MessageID": "b7bc2f4a-e38e-4336-af7d-e6c392c2f817",
                       "SubmittedAt": "2026-11-22T12:00:00Z", "To": "%s"}),
    "resend": (200, {"id": "49a3999c-0ce1-4ea6-ab68-afcd6dc2e794"}),
    "sendgrid": (202, None),
    "sparkpost": (200, {"results": {"total_rejected_recipients": 0, "total_accepted_recipients": 1, "id": "11668787484950529"}}),
}  # fmt: skip


def reports_of(name: str, notice: str, signing: str) -> bytes:
    """Return what a service reports, as it documents it, of a notice that came back."""
    at, address = 1_795_345_200, "ann@mail.example"
    named = json.dumps({"notice": notice})
    token = "c" * 50
    signature = hmac.digest(signing.encode(), f"{at}{token}".encode(), "sha256").hex()
    said: dict[str, Any] = {
        "brevo": {"event": "hard_bounce", "email": address, "id": 1, "date": "2026-11-22 12:00:00", "ts_event": at,
                  "message-id": "<1@x.example>", "X-Mailin-custom": named, "reason": "550 unknown", "tags": []},
        "mailgun": {"signature": {"timestamp": str(at), "token": token, "signature": signature},
                    "event-data": {"event": "failed", "severity": "permanent", "reason": "bounce", "id": "e1", "timestamp": at,
                                   "recipient": address, "user-variables": {"notice": notice}, "tags": [],
                                   "message": {"headers": {"message-id": "1@x.example"}},
                                   "delivery-status": {"code": 550, "message": "unknown"}}},
        "mailjet": [{"event": "bounce", "time": at, "MessageID": 1, "email": address, "blocked": False, "hard_bounce": True,
                     "error_related_to": "recipient", "error": "user unknown", "Payload": named}],
        "postmark": {"RecordType": "Bounce", "ID": 1, "Type": "HardBounce", "TypeCode": 1, "MessageID": "b7bc2f4a", "Tag": "",
                     "Details": "550 unknown", "Description": "d", "Email": address, "BouncedAt": "2026-11-22T12:00:00Z",
                     "Metadata": {"notice": notice}},
        "resend": {"type": "email.bounced", "created_at": "2026-11-22T12:00:00.000Z",
                   "data": {"email_id": "49a3999c", "to": [address], "created_at": "2026-11-22T12:00:00.000Z",
                            "bounce": {"message": "unknown", "type": "Permanent", "subType": "General"},
                            "headers": [{"name": "X-Metadata", "value": named}]}},
        "sendgrid": [{"email": address, "timestamp": at, "event": "bounce", "notice": notice, "sg_event_id": "e1",
                      "sg_message_id": "m1", "reason": "500 unknown", "status": "5.0.0", "type": "bounce"}],
        "sparkpost": [{"msys": {"message_event": {"type": "bounce", "bounce_class": "10", "event_id": "1", "message_id": "m1",
                                                  "rcpt_to": address, "timestamp": str(at), "reason": "550 unknown",
                                                  "rcpt_meta": {"notice": notice}}}}],
    }  # fmt: skip
    return json.dumps(said[name]).encode()


@dataclass
class Service:
    """A stand-in for one service."""

    name: str
    url: str = ""
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[tuple[int, Any] | None] = field(
        default_factory=list
    )  # None: the connection is cut; then as documented

    def said(self, place: int = -1) -> dict[str, Any]:
        return _said(self.name, *self.heard[place])


@contextmanager
def mail_service(name: str):
    """Serve a stand-in; its API is at `.url`."""
    service = Service(name)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            length = self.headers["content-length"]
            body = self.rfile.read(int(length)) if length else b""
            service.heard.append(({key.lower(): value for key, value in self.headers.items()}, body))
            answer = service.answers.pop(0) if service.answers else TAKEN[name]
            if answer is None:
                self.close_connection = True
                self.connection.close()
                return
            status, said = answer
            content = json.dumps(said).encode() if said is not None else b""
            if b"%s" in content:
                to = service.said()["to"]
                address = (to["Email"] if isinstance(to, dict) else to).rpartition("<")[2].rstrip(">")
                content = content.replace(b"%s", address.encode())
            self.send_response(status)
            if status // 100 == 3:
                self.send_header("location", "/elsewhere")
            if name == "sendgrid":
                self.send_header("X-Message-Id", "14c5d75ce93.dfd.64b469")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=lambda: server.serve_forever(0.02), daemon=True).start()
    service.url = f"http://127.0.0.1:{server.server_address[1]}/"
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
