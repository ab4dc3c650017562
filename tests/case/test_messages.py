"""Reminders as mail and as signed webhooks."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from spillkit.case import commands as c
from spillkit.case import due_reminders, running_clocks
from spillkit.case.messages import reminder_mails, reminder_webhook
from spillkit.case.webhooks import Webhook, is_genuine, new_keys, signed_headers, webhook
from spillkit.errors import NotTaken, SettingsError
from tests.case.room import AWARE, ENGINEER, GDPR_33, NOW, Room, decided_room, duty, new_id

LINK = "https://room.example.org/cases/c-1"
# The vector that the reference implementations share (standard-webhooks, libraries/python/tests/test_webhooks.py).
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PRIVATE_KEY = "whsk_" + base64.b64encode(bytes(range(32))).decode()
PUBLIC_KEY = "whpk_" + base64.b64encode(PRIVATE.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def _due(room, now):
    return due_reminders(room.case.id, running_clocks(room.case, now), room.case.reminders, now)


def test_the_signature_is_that_of_the_reference_implementation():
    message = Webhook(id="msg_p5jXN8AQM9LWM0D4loKWxJek", body=b'{"test": 2432232314}')
    headers = signed_headers(message, [SECRET], datetime.fromtimestamp(1614265330, UTC))
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == (message.id, "1614265330")


def test_a_receiver_knows_ours_under_either_key_and_after_a_change_of_keys():
    message = webhook("m-1", "clock.reminder", NOW, {"case": "c-1"})
    headers = signed_headers(message, [PRIVATE_KEY, SECRET], NOW)
    assert is_genuine(headers, message.body, SECRET, NOW)
    assert is_genuine(headers, message.body, PUBLIC_KEY, NOW)
    assert not is_genuine(headers, message.body, SECRET, NOW + timedelta(minutes=6))
    assert not is_genuine({**headers, "webhook-id": "m-2"}, message.body, SECRET, NOW)
    other = "whsec_" + base64.b64encode(b"x" * 24).decode()
    assert not is_genuine(headers, message.body, other, NOW)


def test_a_new_pair_of_keys_fits_together_and_is_new():
    own, public = new_keys()
    message = webhook("m-1", "clock.reminder", NOW, {"case": "c-1"})
    headers = signed_headers(message, [own], NOW)
    assert is_genuine(headers, message.body, public, NOW)
    assert not is_genuine(headers, message.body, new_keys()[1], NOW)


@given(at=st.integers(0, 200), flip=st.integers(1, 255))
def test_a_flipped_byte_is_noticed(at, flip):
    message = webhook("m-1", "clock.reminder", NOW, {"case": "c-1"})
    headers = signed_headers(message, [PRIVATE_KEY, SECRET], NOW)
    body = bytearray(message.body)
    body[at % len(body)] ^= flip
    assert not is_genuine(headers, bytes(body), SECRET, NOW)
    assert not is_genuine(headers, bytes(body), PUBLIC_KEY, NOW)


@given(
    headers=st.dictionaries(
        st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"]), st.text(max_size=80), max_size=3
    )
)
def test_headers_that_are_nonsense_are_not_genuine(headers):
    assert not is_genuine(headers, b"{}", SECRET, NOW)
    assert not is_genuine({**headers, "webhook-timestamp": str(int(NOW.timestamp()))}, b"{}", PUBLIC_KEY, NOW)


@pytest.mark.parametrize("key", ["", "secret", "whsec_", "whsec_AAAA", "whsk_AAAA", "whpk_AAAA", "whsec_é"])
def test_a_key_that_is_none_is_refused_in_words(key):
    with pytest.raises(SettingsError) as refused:
        signed_headers(webhook("m-1", "k", NOW, {}), [key], NOW)
    assert key == "" or key not in str(refused.value)
    with pytest.raises(SettingsError):
        signed_headers(webhook("m-1", "k", NOW, {}), [], NOW)


def test_an_id_with_a_full_stop_is_refused():
    with pytest.raises(NotTaken):
        webhook("m.1", "k", NOW, {})


def test_one_mail_goes_to_everybody_who_may_decide_and_names_no_person():
    room = decided_room().bound(GDPR_33)
    now = AWARE + timedelta(hours=60)
    [mail] = reminder_mails(room.case, _due(room, now), LINK, now)
    assert mail.users == ("u-counsel", "u-officer")
    assert mail.subject == "Case c-1: 12 hours left for 2 duties"
    assert mail.text == (
        "Case c-1: 12 hours left for 2 duties.\n"
        "\n"
        "Ends    2026-11-23 16:20:00 UTC\n"
        "Passed  80 % of the time, weekends and holidays included\n"
        "\n"
        "- GDPR Art. 33, for shop: accepted\n"
        "- GDPR Art. 33, for shop: proposed by the engine, not decided\n"
        "\n"
        "Read the case and decide there. This mail decides nothing.\n"
        f"{LINK}\n"
    )
    assert room.case.title not in mail.text


def test_a_mail_says_when_time_is_over_and_when_the_start_is_not_signed():
    room = Room().opened().stated()
    room.do(ENGINEER, c.ProposeAware(id=new_id(), seen=room.case.version, aware_at=AWARE, reason="r"))
    room.asked(duty())
    now = AWARE + timedelta(hours=74, minutes=30)
    [mail] = reminder_mails(room.case, _due(room, now), LINK, now)
    assert mail.subject == "Case c-1: the time of 1 duty is over since 2 hours 30 minutes"
    assert "is not signed" in mail.text
    assert "reasons for the delay" in mail.text


def test_hostile_names_of_rules_and_entities_cannot_break_a_mail():
    room = Room()
    room.do(ENGINEER, c.OpenCase(id=new_id(), case="c-1", title="x\r\nBcc: all@example.org"))
    room.stated().asked(msgspec.structs.replace(duty(), citation="Art.\r\nBcc: all@example.org\u202e"))
    now = AWARE + timedelta(hours=60)
    [mail] = reminder_mails(room.case, _due(room, now), LINK, now)
    assert mail.subject.isprintable()
    assert all(line.isprintable() for line in mail.text.split("\n"))
    assert not any(line.startswith("Bcc") for line in mail.text.split("\n"))


def test_a_webhook_tells_the_clock_and_nothing_that_a_person_wrote():
    room = decided_room()
    now = AWARE + timedelta(hours=60)
    reminder = _due(room, now)[0]
    message = reminder_webhook(reminder, now)
    told = json.loads(message.body)
    assert (told["type"], told["data"]["percent"], told["data"]["due_at"]) == (
        "clock.reminder",
        80,
        "2026-11-23T16:20:00Z",
    )
    assert "title" not in told["data"]
    assert len(message.body) < 20_000  # As the specification asks.
    assert message.id == reminder.id == reminder_webhook(reminder, now).id
