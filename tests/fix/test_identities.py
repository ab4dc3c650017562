"""Who asks is read from a file that holds no secret, and no message repeats one."""

from __future__ import annotations

import pytest

from spillkit.errors import InputError
from spillkit.fix.identities import read_identities

ENVIRONMENT = {"ANNA": "sess-anna-93b1", "MAIL": "anna@example.org", "BAD": "one;two", "LINE": "a\r\nb", "EMPTY": ""}
GOOD = """
version = 1
[[identity]]
name = "anna"
subject = "c_1"
cookies.shop_session = { env = "ANNA" }
own = ["/account", "/orders/7"]
[[identity]]
name = "ben"
subject = "c_2"
headers.Authorization = { file = "ben.token" }
[[identity]]
name = "cora"
subject = "c_3"
login = { path = "/login?next=1", fields = { email = { env = "MAIL" }, remember = { text = "1" } }, csrf = "token" }
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "ben.token").write_text("Bearer secret-of-ben\n", encoding="utf-8")
    (tmp_path / "ben.token").chmod(0o600)
    return tmp_path


def read(folder, text):
    (folder / "identities.toml").write_text(text, encoding="utf-8")
    return read_identities(folder / "identities.toml", ENVIRONMENT)


def test_cookies_headers_and_forms_are_read(folder):
    anna, ben, cora = read(folder, GOOD)
    assert (anna.cookies, anna.own) == ({"shop_session": "sess-anna-93b1"}, ("/account", "/orders/7"))
    assert ben.headers == {"authorization": "Bearer secret-of-ben"}
    assert (cora.login.target, cora.login.csrf) == ("/login?next=1", "token")
    assert cora.login.fields == {"email": "anna@example.org", "remember": "1"}


def test_an_identity_never_prints_its_secrets(folder):
    printed = repr(read(folder, GOOD))
    assert not any(secret in printed for secret in ("sess-anna", "secret-of-ben", "anna@example.org"))


ROW = '[[identity]]\nname = "{0}"\nsubject = "{0}"\n{1}\n'
OTHER = ROW.format("dan", 'cookies.s = { env = "ANNA" }')


def rows(line):
    return "version = 1\n" + ROW.format("anna", line) + OTHER


REFUSED = {
    "no TOML": ("sess-anna-93b1 = = 1", "is not TOML"),
    "no version": (OTHER + OTHER, "begin with `version = 1`"),
    "one person only": ("version = 1\n" + OTHER, "takes two"),
    "the same twice": ("version = 1\n" + OTHER + OTHER, "two identities have the same name"),
    "a secret in the file": (rows('cookies.s = "sess-anna-93b1"'), "secrets do not stand in this file"),
    "a variable that is not set": (rows('cookies.s = { env = "NOWHERE" }'), "is not set"),
    "an empty variable": (rows('cookies.s = { env = "EMPTY" }'), "cannot be sent"),
    "a cookie that would be two": (rows('cookies.s = { env = "BAD" }'), "cannot be sent"),
    "a header that would be two": (rows('headers.x = { env = "LINE" }'), "cannot be sent"),
    "a header of another host": (rows('headers.Host = { env = "ANNA" }'), "may not hold"),
    "a file that is not there": (rows('cookies.s = { file = "nowhere" }'), "cannot be read"),
    "a name that is no name": (rows('cookies."a b" = { env = "ANNA" }'), "cannot be a cookie's name"),
    "nothing to sign in with": (rows(""), "say how it is signed in"),
    "an unknown key": (rows('cookie = { env = "ANNA" }'), "a key that is not known"),
    "own is no list": (rows('cookies.s = { env = "ANNA" }\nown = "/account"'), "own is a list"),
    "own on another host": (
        rows('cookies.s = { env = "ANNA" }\nown = ["https://evil.example/"]'),
        "a path on the server",
    ),
    "a login elsewhere": (
        rows('login = { path = "http://evil.example/", fields = { m = { env = "MAIL" } } }'),
        "a path on",
    ),
    "a login without fields": (rows('login = { path = "/login" }'), "login needs fields"),
}


@pytest.mark.parametrize(("text", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_used_is_said_without_any_value(folder, text, words):
    with pytest.raises(InputError, match=words) as refused:
        read(folder, text)
    assert not any(secret in str(refused.value) for secret in ENVIRONMENT.values() if secret)


def test_a_file_that_others_may_read_is_refused(folder):
    (folder / "ben.token").chmod(0o644)
    with pytest.raises(InputError, match="others may read"):
        read(folder, GOOD)


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(InputError, match="there is no such file"):
        read_identities(tmp_path / "identities.toml", {})
