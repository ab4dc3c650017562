"""The application cache that all workers share, and the key that lacks the user (fault 2, app_cache_key).

In:    a key, and how to make the page.
Out:   the page, from the cache for 60 seconds.
Else:  caches in front of the shop are `edges`.

As the shop was written, nothing personal is memoised. The fault is what somebody adds on a busy day: "the account
page is slow, memoise it", under a key that holds the page and the language. The public incident of this kind showed
another account every 15 minutes.
"""

from __future__ import annotations

from datetime import datetime, timedelta

LIFETIME = timedelta(seconds=60)
_MOST = 10_000  # entries


class SharedCache:
    """Bodies by key, for LIFETIME by the story's clock."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[datetime, bytes, int]] = {}

    def get(self, key: str, now: datetime) -> tuple[bytes, int] | None:
        """Return the body kept under a key and the account it was made for, unless it is too old."""
        kept = self._kept.get(key)
        if kept is None or now >= kept[0]:
            return None
        return kept[1], kept[2]

    def put(self, key: str, body: bytes, made_for: int, now: datetime) -> None:
        """Keep a body."""
        if len(self._kept) >= _MOST:
            self._kept.clear()
        self._kept[key] = (now + LIFETIME, body, made_for)
