"""Hand notices to the company's own application one by one, over a signed webhook.

In:    notices; the application's address; keys.
Out:   a receipt for each that was answered with 2xx.
Else:  signing is `spillkit.case.webhooks`; receipts are `receipts`.

The message's `webhook-id` is the notice's id and its body is the same at each attempt, so that an application that had it knows.
What was answered is written down before the next leaves; after an interruption the same call goes on where it was. A redirect is
not followed: the notice would go where nobody set it up. The answer's body is not read.

Source: Standard Webhooks, spec/standard-webhooks.md: 2xx alone is a success, 410 Gone asks to stop.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import httpx
import msgspec

from spillkit.case.receivers import checked_receiver
from spillkit.case.webhooks import Webhook, signed_headers, webhook
from spillkit.errors import ChannelStopped
from spillkit.notices.channels.channel import Addressed, NotGiven, Receipt, Why, digest_of
from spillkit.notices.channels.in_app.row import row_of
from spillkit.notices.channels.words import Words

KIND = "notice"  # `type` of the message
SECONDS = 15.0
WAITS = (0.5, 2.0, 8.0)  # seconds between attempts for one notice
_GONE = 410
# The application does not want this one notice: its account is unknown there, or the row is none to it. Every other refusal says
# something of all of them: a wrong address, a wrong key, too many at once.
_OF_ONE = frozenset({400, 409, 413, 422})
_MOST_REFUSED = 20  # in a row, before it is taken for a refusal of all


class InAppHook:
    """The channel of the application's webhook."""

    name = "in-app-webhook"
    is_final = True

    def __init__(
        self,
        url: str,
        keys: Sequence[str],
        words: Words,
        at: datetime,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Take the application's address.

        at      when the mailing was made: stands in every message, the same at each attempt
        Raises  SettingsError if the address or a key cannot be used
        """
        self._url, self._keys, self._words, self._at = checked_receiver(url, "The webhook's address"), keys, words, at
        self._clock, self._sleep = clock, sleep
        self._refused = 0
        signed_headers(Webhook(id="check", body=b"{}"), keys, clock())
        self._client = httpx.Client(
            timeout=SECONDS, follow_redirects=False, trust_env=False, headers={"user-agent": "Spillkit"}
        )

    def give(self, one: Addressed) -> Receipt | NotGiven:
        """Hand over one notice.

        Raises  ChannelStopped if the application cannot be reached, or takes none
        """
        message = webhook(one.told.id, KIND, self._at, msgspec.to_builtins(row_of(one, self._words)))
        word = ""
        for wait in (*WAITS, None):
            status = self._attempt(message)
            if status is not None and status // 100 == 2:
                self._refused = 0
                return Receipt(one.told.id, digest_of(message.body))
            if status in _OF_ONE:
                self._refused += 1
                if self._refused < _MOST_REFUSED:
                    return NotGiven(one.told.id, Why.REFUSED)
            word = "it was not reached, or gave no answer" if status is None else f"it answered {status}"
            if wait is None or _is_for_good(status):
                break
            self._sleep(wait)
        raise ChannelStopped(
            f"The application took no more notices: {word}. What it took is written down. Mend it, then run the same command again."
        )

    def finish(self) -> None:
        """Nothing is left to be put in place: what was answered has left."""

    def close(self) -> None:
        self._client.close()

    def _attempt(self, message: Webhook) -> int | None:
        """Try once; return the status, None where there was none."""
        try:
            with self._client.stream(
                "POST", self._url, content=message.body, headers=signed_headers(message, self._keys, self._clock())
            ) as answer:
                return answer.status_code
        except (httpx.HTTPError, OSError):
            return None


def _is_for_good(status: int | None) -> bool:
    """Say whether waiting would not help."""
    return status is not None and status != 429 and status // 100 in (3, 4)
