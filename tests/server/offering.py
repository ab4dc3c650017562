"""A process that offers mails to an e-mail service as a test tells it: a line of JSON in, what came of it out."""

from __future__ import annotations

import base64
import json
import sys

import django
import msgspec
from django.conf import settings

from spillkit.errors import SendingError
from spillkit_server.mail_service import read_service
from spillkit_server.sending.post import Parcel


def main() -> None:
    settings.configure(INSTALLED_APPS=[], USE_TZ=True)
    django.setup()
    from spillkit_server.sending.services import ServiceWire

    for line in sys.stdin:
        said = json.loads(line)
        service = read_service(said["environ"])
        assert service is not None
        parcel = Parcel(said["sender"], said["receiver"], base64.b64decode(said["mail"]), said["notice"])
        marks: list[bool] = []

        def mark(marks: list[bool] = marks, fails: bool = said["fails"]) -> None:
            if fails:
                raise SendingError("The disk is full.")
            marks.append(True)

        wire = ServiceWire(service, sleep=lambda _seconds: None)
        try:
            answer = msgspec.to_builtins(wire.offer(parcel, mark))
        except SendingError:
            answer = {"event": "raised", "code": "", "server_id": "", "is_unreachable": False}
        wire.leave()
        print(json.dumps({"answer": answer, "marks": len(marks)}), flush=True)


if __name__ == "__main__":
    main()
