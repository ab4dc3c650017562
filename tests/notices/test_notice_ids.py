"""Names of notices: the same for the same campaign, letter and person, and meaningless without the key."""

from __future__ import annotations

import base64
import hmac

from hypothesis import given, settings
from hypothesis import strategies as st

from spillkit.notices.notice_ids import CHARACTERS, notice_ids
from spillkit.notices.told import Kind

KEY = bytes(range(32))


@given(st.text(max_size=9), st.sampled_from(Kind), st.lists(st.text(max_size=9), max_size=9))
@settings(max_examples=100, deadline=None)
def test_an_id_is_an_hmac_in_base32(campaign, kind, persons):
    def plain(person: str) -> str:
        parts = [part.encode("utf-8", "surrogatepass") for part in (campaign, kind.value, person)]
        message = b"".join(len(part).to_bytes(4, "big") + part for part in parts[:2]) + parts[2]
        return base64.b32encode(hmac.new(KEY, message, "sha256").digest()).decode().lower()[:CHARACTERS]

    assert notice_ids(campaign, kind, persons, KEY) == [plain(person) for person in persons]


def test_no_two_campaigns_and_persons_share_an_id():
    ids = [
        *notice_ids("ab", Kind.AFFECTED, ["c", "bc", ""], KEY),
        *notice_ids("a", Kind.AFFECTED, ["bc", "c"], KEY),
        *notice_ids("", Kind.AFFECTED, ["abc"], KEY),
        *notice_ids("ab", Kind.CORRECTION, ["c"], KEY),
        *notice_ids("ab", Kind.AFFECTED, ["c"], bytes(32)),
    ]
    assert len(set(ids)) == len(ids)
