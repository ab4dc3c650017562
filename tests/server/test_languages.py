"""Every string of the room is there in every language, and pages turn round for those that are read from right to left."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from tests.server.rooms import PASSWORD

ROOT = Path(__file__).parents[2]
LOCALE = ROOT / "src" / "spillkit_server" / "locale"
LANGUAGES = ("fr", "it", "de", "es", "ar")
WORDS = {"fr": "Se connecter", "it": "Accedi", "de": "Anmelden", "es": "Iniciar sesión", "ar": "تسجيل الدخول"}
PLACE = re.compile(r"%\((\w+)\)[sd]|\{(\w+)\}")


def catalogue(language):
    with (LOCALE / language / "LC_MESSAGES" / "django.po").open("rb") as file:
        return read_po(file, locale=language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_string_is_without_a_translation(language):
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "make_catalogues.py", "--missing", language],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "", "run tools/make_catalogues.py, then translate these"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_keeps_every_value_and_every_tag(language):
    wrong = []
    for message in catalogue(language):
        if not message.id:
            continue
        source = message.id if isinstance(message.id, str) else message.id[-1]
        forms = [message.string] if isinstance(message.string, str) else list(message.string)
        # Of several forms, that for none, one or two may say the number in a word.
        for form in forms if len(forms) == 1 else forms[-1:]:
            if sorted(PLACE.findall(source)) != sorted(PLACE.findall(form)):
                wrong.append(source)
            if sorted(re.findall(r"</?\w+>", source)) != sorted(re.findall(r"</?\w+>", form)):
                wrong.append(source)
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_is_that_of_the_text(language):
    with (LOCALE / language / "LC_MESSAGES" / "django.mo").open("rb") as file:
        compiled = read_mo(file)
    for message in catalogue(language):
        if message.id:
            found = compiled.get(message.id if isinstance(message.id, str) else message.id[0])
            assert found is not None, message.id
            forms = [found.string] if isinstance(found.string, str) else list(found.string)
            assert forms == ([message.string] if isinstance(message.string, str) else list(message.string)), (
                "run tools/make_catalogues.py"
            )


@pytest.mark.parametrize("language", ["en", *LANGUAGES])
def test_a_page_says_its_language_and_its_direction(room, language):
    page = room.visitor().get("/account/login/", **{"Accept-Language": language}).text
    direction = "rtl" if language == "ar" else "ltr"
    assert f'<html lang="{language}" dir="{direction}">' in page
    assert WORDS.get(language, "Sign in") in page


def test_a_chosen_language_stays_with_the_account(room):
    path = room.command("--invite", "auditor")["link"].removeprefix(room.url)
    first = room.visitor()
    first.post(path, username="layla", password1=PASSWORD, password2=PASSWORD)
    first.post("/language", "/", language="ar", back="/account/")
    assert 'dir="rtl"' in first.get("/account/").text
    elsewhere = room.visitor()
    elsewhere.sign_in("layla")
    assert "حسابك" in elsewhere.get("/account/").text


def test_a_language_cannot_be_used_to_send_somebody_elsewhere(room):
    visitor = room.visitor()
    answer = visitor.post("/language", "/account/login/", language="fr", back="https://elsewhere.example/")
    assert answer.headers["location"] == "/"
    assert visitor.post("/language", "/account/login/", language="tlh", back="/").status_code == 400
