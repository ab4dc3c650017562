"""Say whether people live, or a company sits, where a law counts them.

In:    country and region of people, the establishments of a company, the codes that a book counts.
Out:   yes, no, or unknown: a region that nobody gave could be any.
Else:  what follows from it is `conditions`; which authority is competent is `competence`.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping

from spillkit.law.decision import Truth

# Places with an ISO 3166-1 code of their own whose people a larger country's law counts.
# The territories of the US, and the parts of France and Finland that belong to the Union (TFEU Art. 349, 355).
_PART_OF = {
    "PR": ("US", "US-PR"), "GU": ("US", "US-GU"), "VI": ("US", "US-VI"), "AS": ("US", "US-AS"), "MP": ("US", "US-MP"),
    "GP": ("FR", "FR-971"), "MQ": ("FR", "FR-972"), "GF": ("FR", "FR-973"), "RE": ("FR", "FR-974"), "YT": ("FR", "FR-976"),
    "MF": ("FR", "FR-MF"), "AX": ("FI", "FI-01"),
}  # fmt: skip
_WITH_ARTICLE = {"AE", "CF", "DO", "GB", "NL", "PH", "US"}
# Codes of the CLDR that are no country: unions, unknown, pseudo-locales.
_NO_COUNTRY = {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"}
# What people write for a country, beside its ISO code.
_ALSO_WRITTEN = {"UK": "GB", "EL": "GR"}


def place(country: str, region: str = "") -> tuple[str, str]:
    """Return country and region as books name them.

    >>> place("PR"), place("UK"), place("", "US-CA"), place("IT")
    (('US', 'US-PR'), ('GB', ''), ('US', 'US-CA'), ('IT', ''))
    """
    country = country or region.partition("-")[0]
    country = _ALSO_WRITTEN.get(country, country)
    if country in _PART_OF:
        return _PART_OF[country]
    return country, region


def homes(residents: Iterable[str]) -> frozenset[str]:
    """Return the codes whose residents a book counts, as `lives_there` wants them."""
    found = set()
    for code in residents:
        country, region = place(code.partition("-")[0], code if "-" in code else "")
        found.add(region or country)
    return frozenset(found)


def lives_there(country: str, region: str, counted: frozenset[str]) -> Truth:
    """Say whether people of a place are counted by a book.

    country, region  as `place` gives them; "" where not known
    counted          what `homes` gives: countries ("US") and regions ("US-CA")
    """
    if not country:
        return Truth.UNKNOWN
    if country in counted or (region and region in counted):
        return Truth.YES
    if region:
        return Truth.NO
    return Truth.UNKNOWN if any(home.startswith(f"{country}-") for home in counted) else Truth.NO


def is_established(establishments: Iterable[str], counted: frozenset[str]) -> Truth:
    """Say whether a company with these establishments has one there; none given: unknown."""
    answers = [
        lives_there(*place(code.partition("-")[0], code if "-" in code else ""), counted) for code in establishments
    ]
    if not answers or (Truth.UNKNOWN in answers and Truth.YES not in answers):
        return Truth.UNKNOWN
    return Truth.YES if Truth.YES in answers else Truth.NO


@functools.cache
def countries() -> Mapping[str, str]:
    """Return every country's ISO 3166-1 code with its name in English, as the CLDR has them."""
    from babel import Locale

    names = {str(code): str(name) for code, name in Locale("en").territories.items()}
    return {code: name for code, name in names.items() if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRY}


def place_name(code: str) -> str:
    """Return the name of a country or region code, as it stands behind "in".

    >>> place_name("JP"), place_name("US"), place_name("US-CA")
    ('Japan', 'the United States', 'US-CA')
    """
    name = countries().get(code, code)
    return f"the {name}" if code in _WITH_ARTICLE else name
