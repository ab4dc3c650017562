"""`spillkit notify genuine`: one line for a verdict, one for what to do, and nothing of anybody."""

from __future__ import annotations

import io
import json
import sys

import pytest

from spillkit.cli import main
from tests.notices.mailed import mailed, mails_of
from tests.notices.test_ours import BEN, body, code_in, quoted


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return mailed(tmp_path_factory.mktemp("mailed"))


@pytest.fixture(scope="module")
def mail(workspace):
    return mails_of(workspace)[BEN]


@pytest.fixture
def ask(workspace, tmp_path, capsys):
    """Run the command on a mail or with options; return its exit code and what it printed."""

    def run(raw, *options):
        place = tmp_path / "asked.eml"
        if raw is not None:
            place.write_bytes(raw)
        files = [str(place)] if raw is not None else []
        code = main(["-w", str(workspace.root), "notify", "genuine", *files, *options])
        said = capsys.readouterr()
        for value in ("Ben", "Poe", "mail.example", "telephone", "\x1b"):
            assert value not in said.out + said.err
        return code, said.out, said.err

    return run


def test_each_verdict_is_said_in_a_line_with_what_to_do(ask, mail):
    code, said, _ = ask(mail)
    assert code == 0
    assert said.startswith("Ours. Our key signed it")
    assert "mailing 2026-11-cache, notice " in said
    words = body(mail, "plain")
    assert ask(quoted(words))[:2][1].startswith("Ours, by its words.")
    code, said, _ = ask(quoted(words.replace("telephone number", "card")))
    assert code == 1
    assert said.startswith("Changed. It was made from a notice of ours: paragraph ")
    assert "Treat it as a false message" in said
    assert ask(quoted("Pay now"))[1].startswith("Not ours. ")
    assert ask(b"\0\x1b[2J")[1].startswith(("Nobody can tell", "Not ours"))
    assert ask(b"x" * 3_000_000)[1].startswith("Nobody can tell")


def test_json_says_the_same(ask, mail):
    code, said, _ = ask(mail, "--json")
    found = json.loads(said)
    assert (code, found["verdict"], found["by"], found["kind"], found["entity"]) == (
        0, "ours", "signature", "affected", "shop-eu",
    )  # fmt: skip


def test_a_code_that_is_read_out_is_looked_up(ask, mail):
    code, said, _ = ask(None, "--code", code_in(mail).lower())
    assert code == 0
    assert "mailing 2026-11-cache, notice " in said
    assert "can be copied" in said
    assert ask(None, "--code", "00000 00000 00000")[:2][0] == 1
    code, said, error = ask(None, "--code", "00000-00000-00001")
    assert (code, said) == (2, "")
    assert "One sign of this code is not right" in error


def test_standard_input_is_read(ask, mail, monkeypatch):
    class Piped:
        buffer = io.BytesIO(mail)

    monkeypatch.setattr(sys, "stdin", Piped)
    assert ask(None, "-")[0] == 0


WRONG = {
    "nothing": ((), "Name a mail or a code"),
    "both": (("a.eml", "--code", "x"), "Name a mail or a code"),
    "no file": (("\x1b[2J.eml",), "cannot be read"),
    "a folder": ((".",), "cannot be read"),
    "no mailing": (("--code", "00000 00000 00000", "--mailing", "other"), "No mailing was prepared"),
}


@pytest.mark.parametrize(("options", "said"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_meant_is_refused(ask, options, said):
    code, _, error = ask(None, *options)
    assert code == 2
    assert said in error
