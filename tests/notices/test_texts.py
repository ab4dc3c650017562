"""The catalogues: fifteen languages say the same things, in right plurals, without a hedge, and nobody signed them yet."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from datetime import UTC, date, datetime
from importlib import resources

import pytest
from babel import Locale

from spillkit.errors import WordingError
from spillkit.notices.checklist import found_in
from spillkit.notices.lint.vocabulary import avoided_words
from spillkit.notices.story import Done, Nature
from spillkit.notices.told import Hold, Kind
from spillkit.notices.wording import (
    LANGUAGES,
    Head,
    catalogue,
    hold_of,
    is_signed,
    language_of,
    likelier_first,
    signed_languages,
)
from tests.notices.written import ALL_FIELDS

PLACES = re.compile(r"\{(\w+)\}")
FOLDER = resources.files("spillkit.notices").joinpath("texts")


def table(language):
    return tomllib.loads(FOLDER.joinpath(f"{language}.toml").read_text(encoding="utf-8"))


def phrases(language):
    """Every sentence of a language by its name, each plural form as one of its own."""
    for group, entries in table(language).items():
        for key, words in entries.items():
            if isinstance(words, str):
                yield f"{group}.{key}", words
            else:
                yield from ((f"{group}.{key}.{form}", text) for form, text in words.items())


def test_there_is_a_catalogue_for_each_language_and_no_other():
    assert {place.name for place in FOLDER.iterdir()} == {f"{language}.toml" for language in LANGUAGES}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_the_sentences_of_english_with_the_same_places(language):
    english, own = table("en"), table(language)
    assert {group: set(keys) for group, keys in own.items()} == {group: set(keys) for group, keys in english.items()}
    for group, entries in english.items():
        for key, words in entries.items():
            if isinstance(words, str):
                assert set(PLACES.findall(own[group][key])) == set(PLACES.findall(words)), f"{group}.{key}"
            else:
                assert all(set(PLACES.findall(text)) <= {"count"} for text in own[group][key].values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_exactly_the_plural_forms_that_cldr_gives_it(language):
    forms = {*Locale.parse(language).plural_form.tags, "other"}
    plurals = [words for entries in table(language).values() for words in entries.values() if isinstance(words, dict)]
    assert len(plurals) == 5
    assert all(set(words) == forms for words in plurals)


PLURALS = {
    ("ar", 1): "عميل واحد آخر", ("ar", 2): "عميلان آخران", ("ar", 3): "3 عملاء آخرين", ("ar", 11): "11 عميلًا آخر",
    ("ar", 100): "100 عميل آخر", ("ar", 103): "103 عملاء آخرين",
    ("pl", 1): "1 inny klient", ("pl", 2): "2 innych klientów", ("pl", 5): "5 innych klientów",
    ("he", 1): "לקוח אחד אחר", ("he", 2): "שני לקוחות אחרים", ("he", 3): "3 לקוחות אחרים",
    ("en", 1): "1 other customer", ("en", 2): "2 other customers", ("fr", 1): "1 autre client", ("fr", 2): "2 autres clients",
    ("ja", 1): "別のお客様1人", ("ja", 2): "別のお客様2人",
}  # fmt: skip


@pytest.mark.parametrize(("language", "count"), PLURALS)
def test_a_number_of_viewers_takes_the_form_of_its_language(language, count):
    words = catalogue(language)
    line = words.several("seen.subject", words.number(count))
    assert "".join(part if isinstance(part, str) else part.text for part in line) == PLURALS[language, count]


def test_polish_counts_people_in_three_ways():
    words = catalogue("pl")
    said = [
        "".join(
            part if isinstance(part, str) else part.text for part in words.several("seen.staff", words.number(count))
        )
        for count in (1, 3, 5, 12, 22)
    ]
    assert said == [
        "1 osoba z naszej firmy", "3 osoby z naszej firmy", "5 osób z naszej firmy", "12 osób z naszej firmy",
        "22 osoby z naszej firmy",
    ]  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_that_facts_can_name_has_words(language):
    words = catalogue(language)
    for name in (
        *(f"happened.{nature.value}" for nature in Nature),
        *(f"did.{done.value}" for done in Done),
        *(f"title.{kind.value}" for kind in Kind),
        *(f"field.{label}" for label in ALL_FIELDS),
    ):
        assert "".join(map(str, words.say(name, **dict.fromkeys(("brand", "day"), words.number(1))))).strip()


# Nobody signed.


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_says_at_its_head_that_it_needs_a_native_reader_until_somebody_signed(language):
    first = FOLDER.joinpath(f"{language}.toml").read_text(encoding="utf-8").splitlines()[0]
    assert ("Needs a native reader" in first) is not is_signed(catalogue(language).head)
    assert (language in signed_languages()) is is_signed(catalogue(language).head)


@pytest.mark.parametrize(
    ("read_by", "read_on", "signed"),
    [("", "", False), ("A. Reader", "", False), ("", "2026-11-30", False), (" ", "2026-11-30", False),
     ("A. Reader", "soon", False), ("A. Reader", "2026-11-30", True)],
)  # fmt: skip
def test_a_catalogue_is_signed_with_a_name_and_a_day(read_by, read_on, signed):
    assert is_signed(Head(read_by, read_on, "")) is signed


def test_a_language_that_nobody_signed_holds_a_notice_until_two_people_decide():
    unsigned = next(language for language in LANGUAGES if language not in signed_languages())
    assert hold_of((unsigned,)) is Hold.NOT_SIGNED_OFF
    assert hold_of((unsigned,), frozenset({unsigned})) is None
    assert hold_of((unsigned, "eo"), frozenset({unsigned})) is Hold.NOT_SIGNED_OFF
    assert hold_of(()) is Hold.NOT_SIGNED_OFF


# What is never said.


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_hedges_soothes_or_names_what_only_a_decision_may(language):
    assert set(avoided_words(language)) == {"hedge", "reassurance", "slogan", "word"}
    found = {
        name: list(found_in(PLACES.sub(" ", text), language))
        for name, text in phrases(language)
        if list(found_in(PLACES.sub(" ", text), language))
    }
    assert found == {}


HEDGED = {
    "en": "Your data may have been potentially affected. We take your privacy seriously. There is no evidence of misuse.",
    "de": "Möglicherweise sind Ihre Daten betroffen. Wir nehmen den Datenschutz ernst. Es gibt keine Hinweise auf Missbrauch.",
    "fr": "Vos données pourraient être touchées. Nous le prenons très au sérieux. Il n’y a aucune preuve d’abus.",
    "it": "I Suoi dati potrebbero essere coinvolti. Prendiamo la cosa molto seriamente. Non c’è nessuna prova di abuso.",
    "es": "Sus datos podrían estar afectados. Nos lo tomamos muy en serio. No hay ninguna prueba de abuso.",
    "pt": "Seus dados podem ter sido afetados. Levamos isso muito a sério. Não há nenhuma evidência de abuso.",
    "nl": "Mogelijk zijn uw gegevens geraakt. Wij nemen dit zeer serieus. Er is geen bewijs van misbruik.",
    "pl": "Być może dotyczy to Państwa danych. Traktujemy to bardzo poważnie. Brak dowodów na nadużycie.",
    "tr": "Verileriniz etkilenmiş olabilir. Bunu çok ciddiye alıyoruz. Kötüye kullanım için hiçbir kanıt yok.",
    "sv": "Dina uppgifter är kanske berörda. Vi ser på det med största allvar: på största allvar. Det finns inga bevis.",
    "ar": "ربما تأثرت بياناتك. نأخذ الأمر على محمل الجد. لا يوجد دليل على إساءة الاستخدام.",
    "he": "ייתכן שהמידע שלך נפגע. אנו מתייחסים לכך ברצינות. אין ראיות לשימוש לרעה.",
    "ja": "お客様の情報が影響を受けた可能性があります。真摯に受け止めております。悪用の証拠はありません。",
    "zh": "您的信息可能受到影响。我们高度重视。没有证据表明被滥用。",
    "ko": "고객님의 정보가 영향을 받았을 가능성이 있습니다. 최우선으로 생각합니다. 악용된 증거는 없습니다.",
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_of_the_usual_kind_is_found_in_every_language(language):
    assert {kind for kind, _ in found_in(HEDGED[language], language)} >= {"hedge", "reassurance", "slogan"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_carries_a_link_markup_or_a_mark_that_is_not_seen(language):
    for name, text in phrases(language):
        assert not re.search(r"https?:|www\.|mailto|[<>&]|\{\{|\s\s|^\s|\s$", text), name
        assert not any(unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Cn"} for c in text), name
        assert unicodedata.normalize("NFC", text) == text, name


# Days, moments, tags.


def test_a_day_reads_so_that_nobody_takes_the_month_for_the_day():
    day = date(2026, 3, 4)
    assert {language: catalogue(language).day(day).text for language in ("en", "de", "ar", "ja", "he")} == {
        "en": "4 March 2026",
        "de": "4. März 2026",
        "ar": "4 مارس 2026",
        "ja": "2026年3月4日",
        "he": "4 במרץ 2026",
    }


def test_a_moment_is_told_in_the_zone_of_the_story_and_the_hour_that_comes_twice_with_its_offset():
    words = catalogue("en")
    assert words.moment(datetime(2026, 11, 2, 12, 0, tzinfo=UTC), "Europe/Paris").text == "2 November 2026, 13:00"
    twice = [words.moment(datetime(2026, 10, 25, hour, 30, tzinfo=UTC), "Europe/Paris").text for hour in (0, 1, 2)]
    assert twice == [
        "25 October 2026, 02:30 (UTC+02:00)",
        "25 October 2026, 02:30 (UTC+01:00)",
        "25 October 2026, 03:30",
    ]
    assert words.zone("Europe/Paris").text == "Central European Time"
    assert words.zone("UTC").text == "UTC"


def test_a_zone_that_is_none_and_a_language_without_catalogue_are_refused_in_words():
    with pytest.raises(WordingError, match="IANA"):
        catalogue("en").zone("../../etc/passwd")
    with pytest.raises(WordingError, match="There are: en, fr"):
        catalogue("eo")


TAGS = {
    "pt-BR": "pt",
    "iw": "he",
    "zh-Hans-TW": "zh",
    "zh-TW": "",
    "zh_HK": "",
    "zh": "zh",
    "EN-us": "en",
    "": "",
    "x": "",
}


@pytest.mark.parametrize("tag", TAGS)
def test_a_language_tag_finds_its_catalogue(tag):
    assert language_of(tag) == TAGS[tag]


def test_the_language_that_more_people_of_a_country_read_comes_first():
    assert likelier_first(("en", "fr"), "FR") == ("fr", "en")
    assert likelier_first(("fr", "en"), "GB") == ("en", "fr")
    assert likelier_first(("fr", "en"), "") == ("fr", "en")
