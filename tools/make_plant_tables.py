"""Write the tables that planted people are drawn from: src/spillkit/plant/{locales,phones}.tsv.

In:    babel (Unicode CLDR, likely subtags) and phonenumbers (libphonenumber's metadata), as installed.
Out:   the two tables. They are committed, so that the same seed gives the same people whatever is installed later.
Else:  drawing people is `spillkit.plant`; tests/plant checks the tables against what is installed.
"""

from __future__ import annotations

import re
from pathlib import Path

import phonenumbers
from babel.core import get_global
from babel.localedata import locale_identifiers

PLACE = Path(__file__).parent.parent / "src" / "spillkit" / "plant"

# Ranges that numbering authorities keep for fiction, national numbers without trunk prefix, # = any digit.
# NANPA, 555-0100 to 0199; Ofcom, numbers for TV and radio drama; ARCEP, decision 2018-0881; Bundesnetzagentur, numbers for media
# productions; PTS, numbers for use in books and films; ACMA, numbers for use in radio, books, film and TV.
FICTION = {
    "US": [f"{area}55501##" for area in "201 206 212 213 214 215 303 305 312 404 415 503 512 602 617 702 704 713 801 907".split()],
    "CA": [f"{area}55501##" for area in "204 306 403 416 506 514 604 613 709 902".split()],
    "GB": [f"{area}###" for area in
           "2079460 1134960 1144960 1154960 1164960 1174960 1184960 1214960 1314960 1414960 1514960 1614960".split()],
    "FR": ["19900####", "26191####", "35301####", "46571####", "53649####"],
    "DE": ["3023125###", "6990009###", "4066969###", "2214710###", "8999998###"],
    "SE": ["3139006##", "4062804##", "8465004##", "9803192##"],
    "AU": ["25550####", "27010####", "35550####", "37010####", "75550####", "77010####", "85550####", "87010####"],
}  # fmt: skip


def main() -> None:
    locales = [
        f"{name}\t{script}\t{territory}"
        for name in sorted(locale_identifiers())
        for script, territory in [_likely(name)]
        if script
    ]
    (PLACE / "locales.tsv").write_text("\n".join(locales) + "\n", encoding="utf-8")
    rows = []
    for territory in sorted(phonenumbers.SUPPORTED_REGIONS):
        for form in _forms(territory):
            code = phonenumbers.country_code_for_region(territory)
            rows.append(f"{territory}\t{code}\t{form}\t{'fiction' if territory in FICTION else ''}")
    (PLACE / "phones.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")


def _likely(name: str) -> tuple[str, str]:
    parts = name.split("_")
    script = next((part for part in parts[1:] if re.fullmatch("[A-Z][a-z]{3}", part)), "")
    territory = next((part for part in parts[1:] if re.fullmatch("[A-Z]{2}|[0-9]{3}", part)), "")
    subtags = get_global("likely_subtags")
    for key in (
        "_".join(filter(None, (parts[0], script, territory))),
        "_".join(filter(None, (parts[0], script or territory))),
        parts[0],
    ):
        if key in subtags:
            _, likely_script, likely_territory = subtags[key].split("_")
            return script or likely_script, territory or likely_territory
    return "", ""


def _forms(territory: str) -> list[str]:
    if territory in FICTION:
        return [form for form in FICTION[territory] if _all_valid(territory, form)]
    for kind in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE):
        example = phonenumbers.example_number_for_type(territory, kind)
        if example is None:
            continue
        digits = phonenumbers.national_significant_number(example)
        for free in (4, 3, 2):
            form = digits[:-free] + "#" * free
            if _all_valid(territory, form):
                return [form]
    return []


def _all_valid(territory: str, form: str) -> bool:
    code, free = phonenumbers.country_code_for_region(territory), form.count("#")
    for number in range(10**free):
        found = phonenumbers.parse(f"+{code}{form.rstrip('#')}{number:0{free}d}")
        if not phonenumbers.is_valid_number(found) or phonenumbers.region_code_for_number(found) != territory:
            return False
    return True


if __name__ == "__main__":
    main()
