"""What is remembered of a number's beginning is what the package says of the whole number."""

from __future__ import annotations

import random

import phonenumbers
import pytest

from spillkit.directory.contact import ask_phonenumbers, phone_forms, split_phones
from spillkit.directory.phonecache import _depth, _said

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)


def numbers_of(region: str, chance: random.Random) -> list[str]:
    """Numbers that are valid, nearly valid, and not at all, in national and international form; many begin alike."""
    code = phonenumbers.country_code_for_region(region)
    starts = [""]
    for kind in range(11):
        example = phonenumbers.example_number_for_type(region, kind)
        if example is not None:
            starts.append(phonenumbers.national_significant_number(example))
    texts = []
    for start in starts:
        for _ in range(8):
            kept = start[: chance.randint(0, len(start))]
            wanted = len(start) + chance.choice((-1, 0, 0, 0, 0, 1)) if start else chance.randint(5, 13)
            digits = (kept + "".join(chance.choices("0123456789", k=20)))[: max(5, wanted)]
            # Each is followed by others that differ in the last digits only: those come from memory.
            for tail in ("", "7", "42"):
                national = digits[: len(digits) - len(tail)] + tail
                texts += [
                    f"+{code}{national}",
                    f"+{code} 0{national}",
                    f"0{national}",
                    national,
                    f"8{national}",
                    f"1{national}",
                ]
    return texts


@pytest.mark.parametrize("letter", sorted({region[0] for region in REGIONS}))
def test_memory_and_package_agree_in_every_country(letter: str) -> None:
    chance = random.Random(letter)
    for region in (region for region in REGIONS if region[0] == letter):
        _said.clear()
        for text in numbers_of(region, chance):
            assert phone_forms(text, region) == ask_phonenumbers(text, region), (text, region)


def test_memory_is_used() -> None:
    _said.clear()
    for number in range(2000):
        phone_forms(f"0170 1234{number:04d}", "DE")
    assert 0 < len(_said) <= 40
    assert _depth(49, "DE") < 9


SHAPES = {
    "national": ("0170 1234567", "DE", ("+491701234567", "01701234567", "1701234567")),
    "international": ("+49 170 1234567", "", ("+491701234567", "01701234567", "1701234567")),
    "zero in brackets": ("+49 (0)170/1234567", "", ("+491701234567", "01701234567", "1701234567")),
    "double zero": ("0049 170 1234567", "DE", ("+491701234567", "01701234567", "1701234567")),
    "Italian zero kept": ("06 6982 1234", "IT", ("+390669821234", "0669821234")),
    "Arabic digits": ("٠١٠١٢٣٤٥٦٧٨", "EG", ("+201012345678", "01012345678", "1012345678")),
    "extension left out": ("+1 212 555 2368 ext. 12", "", ("+12125552368", "2125552368")),
}


@pytest.mark.parametrize(("text", "country", "forms"), SHAPES.values(), ids=SHAPES)
def test_a_number_is_prepared_in_the_ways_it_is_shown(text: str, country: str, forms: tuple[str, ...]) -> None:
    assert phone_forms(text, country) == (forms, None)


def test_several_numbers_in_a_cell_are_told_apart() -> None:
    assert split_phones("030 23125 678; 0170/1234567") == ["030 23125 678", "0170/1234567"]
    assert split_phones("+49 30 23125 678, +49 170 1234567") == ["+49 30 23125 678", "+49 170 1234567"]
    assert split_phones('["030 23125 678"]') == ["030 23125 678"]
