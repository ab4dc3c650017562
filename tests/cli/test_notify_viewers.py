"""`spillkit notify plan --viewers`: those who saw it are asked to delete it, and learn nothing of whom they saw."""

from __future__ import annotations

from email import message_from_bytes, policy
from pathlib import Path

import pytest

from spillkit.cli import main
from spillkit.notices.company import EXAMPLE
from tests.world import ALICE, BOB, Recording, account_page, scan_here


@pytest.fixture
def shown(tmp_path, monkeypatch, capsys):
    """A workspace in which Alice's page was shown to Bob and Bob's to Alice, and the story of it."""
    monkeypatch.chdir(tmp_path)
    recording = Recording()
    recording.answer(account_page(BOB), to=BOB)
    recording.answer(account_page(ALICE), to=BOB)
    recording.answer(account_page(BOB), to=ALICE)
    scan_here(recording)
    assert main(["notify", "story", "1", "--campaign", "2026-11-cache"]) == 0
    Path("notices.toml").write_bytes((EXAMPLE / "notices.toml").read_bytes())
    capsys.readouterr()
    return capsys


def plan(*options: str) -> int:
    unread = [part for tag in ("en", "fr", "de", "it") for part in ("--unread", tag)]
    return main(["notify", "plan", *options, "--company", "notices.toml", "--story", "story.toml", *unread])


def test_the_viewer_is_asked_to_delete_and_is_told_nothing_of_whom_he_saw(shown):
    assert plan("--incident", "1", "--viewers", "--samples", "look") == 0
    said = shown.readouterr().out
    assert "2 people: 2 to be told" in said
    assert "unintended-viewer: 2 people" in said
    other = {ALICE.email: BOB, BOB.email: ALICE}
    for path in Path("look").iterdir():
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        content = path.read_bytes() + mail.get_body(("plain",)).get_content().encode()
        seen = other.pop(mail["To"].addresses[0].addr_spec)
        assert not [secret for secret in seen.secrets if secret.encode() in content]
    assert not other


def test_a_story_that_is_there_is_left_as_it_is(shown):
    assert main(["notify", "story", "1", "--campaign", "2026-11-cache"]) == 2
    assert "left as it is" in shown.readouterr().err


def test_who_saw_whom_is_not_in_a_plain_list(shown):
    assert plan("customers.csv", "--viewers") == 2
    assert "--viewers needs --incident" in shown.readouterr().err
