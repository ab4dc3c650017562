"""Tell one program, as Standard Webhooks has it.

In:    the program's address, a signed message.
Out:   Outcome; never an exception of the network.
Else:  signing is `spillkit.case.webhooks`, trying again is `deliveries`.

A redirect is not followed: the message would go where nobody set it up. The answer's body is not read.
A message whose answer is lost is tried again under the same `webhook-id`, by which receivers tell that they had it.

Source: Standard Webhooks, spec/standard-webhooks.md: 2xx alone is a success, 410 Gone asks to stop.
"""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from spillkit.case.webhooks import Webhook, signed_headers
from spillkit_server.reminders.attempt import ACCEPTED, ANSWER_LOST, NOT_REACHED, Came, Outcome, cut_off
from spillkit_server.reminders.ways import Hook

_STEP_SECONDS = 10
WHOLE_SECONDS = 15


def tell(hook: Hook, message: Webhook, keys: Sequence[str], now: datetime) -> Outcome:
    """Try once; the time in the signature is that of this attempt."""
    parts = urlsplit(hook.url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = _connection(parts.scheme, parts.hostname or "", parts.port)
    is_given = False
    try:
        with cut_off(lambda: connection.sock, WHOLE_SECONDS):
            connection.request(
                "POST", path, message.body, {**signed_headers(message, keys, now), "user-agent": "Spillkit"}
            )
            is_given = True
            status = connection.getresponse().status
    except ssl.SSLError:
        return Outcome(Came.NOT_NOW, "no trusted TLS", is_unreachable=True)
    except (http.client.HTTPException, OSError, ValueError):
        return ANSWER_LOST if is_given else NOT_REACHED
    finally:
        connection.close()
    if status // 100 == 2:
        return ACCEPTED
    return Outcome(Came.NEVER, "refused 410") if status == 410 else Outcome(Came.NOT_NOW, f"answered {status}")


def _connection(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(host, port, timeout=_STEP_SECONDS, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, port, timeout=_STEP_SECONDS)
