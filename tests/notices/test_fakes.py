"""False messages: the same text to many people is one of them, and no word of it stays."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spillkit.notices.fakes import DIGEST_SIGNS, read_fake, sameness
from spillkit.notices.publication import Sign, Way
from tests.notices.hostile import NAMES

KEY = bytes(32)
TEXT = (
    "Dear Alice Ashby,\n\nyour refund of 40.00 EUR waits. Confirm at https://shop-refund.example/a?u=alice now.\nShop"
)
TO_BOB = "Dear Bob,\nYour refund of 1 250 EUR waits.  Confirm at http://shop-refund2.example/b now.\n\nShop"


def fake_mail(text=TEXT, html="", attached=()):
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "Shop <help@shop-refund.example>", "Refund"
    mail.set_content(text)
    if html:
        mail.add_alternative(html, subtype="html")
    for name in attached:
        mail.add_attachment(b"x", maintype="application", subtype="zip", filename=name)
    return mail


def test_the_same_false_message_to_two_people_is_one():
    assert sameness(TEXT, Way.MAIL, KEY) == sameness(TO_BOB, Way.MAIL, KEY)
    assert sameness(TEXT, Way.MAIL, KEY) == sameness("> " + TEXT.replace("\n", "\n> "), Way.MAIL, KEY)


def test_another_text_another_way_and_another_key_are_others():
    one = sameness(TEXT, Way.MAIL, KEY)
    others = [
        sameness(TEXT + " Hurry!", Way.MAIL, KEY),
        sameness(TEXT, Way.SMS, KEY),
        sameness(TEXT, Way.MAIL, b"k" * 32),
    ]
    assert one not in others
    assert len(one) == DIGEST_SIGNS


def test_reports_of_calls_without_a_text_come_together():
    assert sameness("", Way.CALL, KEY) == sameness(" \n", Way.CALL, KEY) != sameness("", Way.LETTER, KEY)


SIGNS = {
    "plain": ({"text": "Call us."}, ()),
    "link": ({}, (Sign.LINK,)),
    "a form": ({"text": "x", "html": "<form action=x><input type=password></form>"}, (Sign.PASSWORD,)),
    "an attachment": ({"text": "See there.", "attached": ("bill.zip",)}, (Sign.ATTACHMENT,)),
    "a link in HTML": ({"text": "x", "html": '<a href="https://evil.example">shop.example</a>'}, (Sign.LINK,)),
}


@pytest.mark.parametrize(("made", "signs"), SIGNS.values(), ids=SIGNS)
def test_signs_are_read_from_how_a_mail_is_made(made, signs):
    assert read_fake(fake_mail(**made).as_bytes())[1] == signs


def test_of_a_mail_sent_on_as_an_attachment_the_other_is_looked_at():
    around = EmailMessage()
    around["Subject"] = "Is this real?"
    around.set_content("Is this from you? https://example.org/me")
    around.add_attachment(fake_mail("Dear A,\npay now"))
    text, signs = read_fake(around.as_bytes())
    assert text.strip() == "Dear A,\npay now"
    assert signs == ()


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300) | st.sampled_from([name.encode("utf-8", "replace") for name in NAMES]), st.booleans())
def test_whatever_is_sent_on_is_read_or_is_nothing(raw, has_head):
    text, signs = read_fake((b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n" if has_head else b"") + raw)
    assert set(signs) <= set(Sign)
    assert len(sameness(text, Way.MAIL, KEY)) == DIGEST_SIGNS
