"""What the company's log of changes says about a fault: the deploy that began it, and what ended it.

In:    fault windows as they were in the end, and changes that have nothing to do with them.
Out:   lines of changes.csv, in order of time.
Else:  finding which change began an incident is Spillkit's work.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from spillkit_shop.faults import FaultWindow
from spillkit_shop.scenario import Noted

# Neutral words, as they stand in such logs: nobody writes down that he is about to make a mistake.
_WORDS: Mapping[str, tuple[str, str]] = {
    "cdn_cache": ("edge config 118: cache rules for busy pages", "edge config 119: rule 118 taken back, cache purged"),
    "app_cache_key": ("deploy 2026.11.3: account page memoised", "deploy 2026.11.4: memo taken out, cache flushed"),
    "cached_set_cookie": ("edge config 121: cache rules for the cart", "edge config 122: purged, all sessions ended"),
    "session_race": (
        "deploy 2026.11.5: visit statistics in the background",
        "rollback to 2026.11.4, all sessions ended",
    ),
    "request_race": ("deploy 2026.11.6: shorter code for the current user", "rollback to 2026.11.5"),
    "conn_desync": ("deploy 2026.11.7: profile client updated", "rollback to 2026.11.6, workers restarted"),
    "bulk_listing": ("deploy 2026.11.8: new contacts API", "deploy 2026.11.9: contacts API mended"),
    "idor_enum": ("deploy 2026.11.10: order pages rewritten", "deploy 2026.11.11: order pages mended"),
    "account_mapping": ("migration 44: accounts and customers", "migration 44 rolled back"),
    "mail_cc": ("newsletter tool updated", "newsletter tool taken back"),
    "mail_shift": ("newsletter tool: new mail merge", "newsletter tool: mail merge taken back"),
    "job_mixup": ("deploy 2026.11.12: exports in parallel", "deploy 2026.11.13: exports mended"),
    "mem_bleed": ("server update: answers sent from one buffer", "server update taken back"),
    "template_field": ("deploy 2026.11.14: product page template", "rollback to 2026.11.13"),
}


def changes_of(windows: Sequence[FaultWindow], others: Sequence[Noted]) -> list[Noted]:
    """Return the whole log. A person who looks where she may not is no change (insider)."""
    found = list(others)
    for window in windows:
        if window.name in _WORDS:
            began, ended = _WORDS[window.name]
            found += [Noted(window.starts_at, began), Noted(window.ends_at, ended)]
    return sorted(found, key=lambda note: note.at)
