"""How easy the texts are to read: the measures count as their authors do, and every catalogue passes its bar."""

from __future__ import annotations

import pytest

from spillkit.notices.readability import LONGEST, MEASURES, counted, score, scores, sentences_of, syllables
from spillkit.notices.story import Done, Nature
from spillkit.notices.structure import write_notice, write_statement
from spillkit.notices.told import Kind
from spillkit.notices.wording import LANGUAGES
from tests.notices.written import ALL_FIELDS, CODE, LETTERHEAD, story, told

# Counted by hand, with a dictionary where one divides words.
SYLLABLES = {
    "en": "message 2 customers 3 address 2 somebody 3 carefully 3 password 2 attachment 3 devices 3 signed 1 showed 1 deleted 3 "
    "people 2 company 3 telephone 3 authority 4 protection 3 something 2 data 2 false 1 pages 2 here 1 others 2 genuine 3 "
    "identity 4 statement 2 reached 1 wrong 1 internet 3 anybody 4 idea 3 website 2",
    "fr": "données 2 personnes 2 message 2 adresse 2 client 2 page 1 lire 1 demander 3 société 3 entreprise 3 vérifier 3 "
    "chaque 1 fichiers 2 quelqu’un 2 appareils 3 autorité 4 code 1 savons 2 numéro 3 commandes 2 jamais 2 connaissent 3 vient 1",
    "de": "Nachricht 2 Daten 2 Adresse 3 persönlichen 4 Kunden 2 bedeutet 3 Anmeldung 3 Telefonnummer 5 schauen 2 Geräten 3 "
    "informiert 3 Datenschutzbehörde 6 Konto 2 Bestellungen 4 Sie 1 Behörde 3",
    "es": "datos 2 mensajes 3 dirección 3 cuenta 2 clientes 2 teléfono 4 nuestra 2 había 3 leer 2 guarde 2 quien 1 correo 3 "
    "ahora 3 policía 4 empresa 3 código 3 ciudad 2",
    "pt": "dados 2 mensagens 3 endereço 4 informação 4 não 1 conta 2 quem 1 aqui 2 razões 2 país 2 dia 2 polícia 3 código 3",
    "nl": "gegevens 3 bericht 2 adres 2 klanten 2 iedereen 3 website 3 wachtwoord 2 politie 3 bedrijf 2 autoriteit 4 kaart 1",
    "tr": "verileriniz 5 mesaj 2 müşteri 3 kişi 2 adres 2 siparişler 4 hesabınız 4",
    "pl": "dane 2 wiadomość 3 imię 2 osoby 3 nazwisko 3 klientów 2 niewłaściwych 4 sprawdziliśmy 4 konto 2 usunąć 3 widział 2",
}
WORDS = [
    (language, word, int(count))
    for language, listed in SYLLABLES.items()
    for word, count in zip(listed.split()[::2], listed.split()[1::2])
    if word != "connaissent"  # con-nais-sent: the last is not spoken
]


@pytest.mark.parametrize(
    ("language", "word", "count"), WORDS, ids=[f"{language} {word}" for language, word, _ in WORDS]
)
def test_syllables_are_those_that_are_spoken(language, word, count):
    assert syllables(word, language) == count


def test_an_ending_that_is_not_spoken_is_no_syllable():
    assert syllables("connaissent", "fr") == 2


# Two sentences each, with the numbers put into the formula by hand.
BY_HAND = {
    # 8 words, 2 sentences, 10 syllables
    "en": (["We stopped the message.", "It was very wrong."], 206.835 - 84.6 * 10 / 8 - 1.015 * 4),
    "de": (["Wir haben es gestoppt.", "Das ist jetzt vorbei."], 180 - 58.5 * 11 / 8 - 4),
    "it": (["Lo abbiamo fermato.", "Ora è finito."], 89 + (300 * 2 - 10 * 26) / 6),
    "sv": (["Vi stoppade felet.", "Det är över nu."], 7 / 2 + 100 * 1 / 7),
    "pl": (["Sprawdziliśmy to już.", "Nikt nic nie widział."], ((7 / 2) ** 2 + (100 / 7) ** 2) ** 0.5 / 2),
    "tr": (["Bunu durdurduk.", "Artık bitti."], 198.825 - 40.175 * 9 / 4 - 2.610 * 2),
}


@pytest.mark.parametrize("language", BY_HAND)
def test_a_measure_is_its_formula(language):
    sentences, value = BY_HAND[language]
    found = score(sentences, language)
    assert found is not None
    assert found.value == pytest.approx(value)


def test_a_statement_of_lawyers_does_not_pass():
    hard = [
        "Notwithstanding the implementation of organisational countermeasures, unauthorised individuals potentially "
        "obtained access to personally identifiable information pertaining to customers of affiliated subsidiaries.",
    ]
    found = score(hard, "en")
    assert found is not None
    assert not found.passes


@pytest.mark.parametrize("language", ["ar", "he", "ja", "zh", "ko", "eo"])
def test_where_nobody_published_a_measure_none_is_made_up(language):
    assert score(["Text."], language) is None


def test_numbers_are_no_words_and_nothing_has_no_score():
    assert counted(["On 20 November 2026: 988."], "en").words == 2
    assert score([], "en") is None
    assert score(["988."], "en") is None


def documents(language):
    done = tuple((act, story().known_on) for act in Done)
    for kind in Kind:
        yield write_notice(told(language, kind=kind, fields=ALL_FIELDS), story(done=done), LETTERHEAD, CODE)
    for nature in Nature:
        yield write_statement(story(nature=nature, done=done), LETTERHEAD, (language,), ALL_FIELDS)


@pytest.mark.parametrize("language", sorted(MEASURES))
def test_every_letter_and_statement_passes_the_bar_of_its_language(language):
    for document in documents(language):
        found = scores(document)[language]
        assert found is not None
        assert found.passes, (document.kind, found.value, found.measure.bar)


@pytest.mark.parametrize("language", sorted(LONGEST))
def test_without_a_measure_every_sentence_is_short(language):
    for document in documents(language):
        for sentence in sentences_of(document.parts[0]):
            assert len(sentence) <= LONGEST[language], sentence


def test_every_language_is_measured_or_held_short():
    assert set(MEASURES) | set(LONGEST) == set(LANGUAGES)
    assert not set(MEASURES) & set(LONGEST)
