"""Times on pages: UTC first, beside it the clocks of whoever reads, and of the company that must keep the time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from html import unescape

import pytest

pytestmark = pytest.mark.server

# Language, zone of whoever reads, the company's: what stands beside 2026-11-25 07:47 UTC, spoken aloud.
THERE = {
    "in English": ("en", "UTC", "Europe/Madrid", "(25 Nov 08:47, Europe/Madrid)"),
    "in Arabic, with digits that can be compared": ("ar", "UTC", "Europe/Madrid", "(25 نوفمبر 08:47, Europe/Madrid)"),
    "in German": ("de", "UTC", "Asia/Tokyo", "(25. Nov. 16:47, Asia/Tokyo)"),
    "the day before": ("en", "Europe/Rome", "Pacific/Honolulu", "(24 Nov 21:47, Pacific/Honolulu)"),
    "the reader's own zone says it already": ("en", "Europe/Madrid", "Europe/Madrid", ""),
    "another zone, and the same on the wall": ("en", "Europe/Rome", "Europe/Madrid", ""),
    "UTC says it already": ("en", "UTC", "Europe/London", ""),
    "no such zone": ("en", "UTC", "Europe/Nowhere", ""),
}
SHOW = """
    import json, re, sys
    import django
    from django.conf import settings
    settings.configure(USE_TZ=True, TIME_ZONE="UTC", USE_I18N=True)
    django.setup()
    from datetime import UTC, datetime
    from django.utils import timezone, translation
    from spillkit_server.templatetags.room import there
    import zoneinfo
    said = []
    for language, reader, zone, _ in json.loads(sys.argv[1]):
        with translation.override(language), timezone.override(zoneinfo.ZoneInfo(reader)):
            said.append(re.sub("<[^>]+>", "", there(datetime(2026, 11, 25, 7, 47, tzinfo=UTC), zone)))
    print(json.dumps(said))
"""


def test_a_time_is_told_as_people_there_say_it():
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(SHOW), json.dumps(list(THERE.values()))],
        capture_output=True, text=True, check=True, env=dict(os.environ),
    )  # fmt: skip
    said = dict(zip(THERE, map(unescape, json.loads(done.stdout)), strict=True))
    assert said == {name: row[3] for name, row in THERE.items()}
