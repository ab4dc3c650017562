"""Prepare postal addresses for the index: the runs of words under which they are shown.

In:    the parts of an address as the customer list has them.
Out:   full runs (street with postcode, with city and postcode, …) and weak ones (the street line alone).
Else:  folding and hashing are the kernel's (docs/reference/matching.md, section 4).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from spillkit.directory.batches import Reason

_DIGIT = re.compile(r"\d")
_ASCII_WORD = re.compile(r"[A-Za-z0-9]+")
_MAX_WORDS = 30  # The index refuses runs of more than 32 words; a CJK sign counts as one.


@dataclass(frozen=True, slots=True)
class PostalAddress:
    """The parts of one address, as written."""

    whole: str = ""  # where the list has the address in one column
    street: str = ""
    line2: str = ""
    house_number: str = ""
    postcode: str = ""
    city: str = ""
    region: str = ""

    def __bool__(self) -> bool:
        return bool(self.whole or self.street)

    def __repr__(self) -> str:
        return "PostalAddress(…)"


def address_runs(address: PostalAddress) -> tuple[Sequence[str], Sequence[str]] | Reason:
    """Return the runs of words of an address: those that count alone, and those that do not.

    A run counts alone only if it has at least two words and a digit, and holds more than the street line.

    >>> address_runs(PostalAddress(street="12 Main Street", postcode="90210", city="Springfield"))[1]
    ['12 Main Street']
    """
    whole = address.whole
    postcode, city, region = address.postcode, address.city, address.region
    streets = _street_lines(address)
    full: list[str] = []
    if whole:
        full.append(whole)
        if postcode and postcode not in whole:
            full += [f"{whole} {postcode}", f"{postcode} {whole}"]
            full += [f"{whole} {city} {postcode}", f"{whole} {postcode} {city}"] if city else []
    for street in streets:
        if postcode:
            full += [f"{street} {postcode}", f"{postcode} {street}"]
        if postcode and city:
            full += [f"{street} {postcode} {city}", f"{street} {city} {postcode}", f"{postcode} {city} {street}"]
            if region:
                full += [
                    f"{street} {city} {region} {postcode}",
                    f"{street} {city} {postcode} {region}",
                    f"{postcode} {region} {city} {street}",
                    f"{region} {city} {street}",
                ]
        elif city:
            full += [f"{street} {city}", f"{city} {street}"]
    strong = [run for run in dict.fromkeys(map(_one_line, full)) if _is_specific(run)]
    weak = [run for run in dict.fromkeys(map(_one_line, streets)) if _is_specific(run) and run not in strong]
    if not strong and not weak:
        return Reason.BAD_ADDRESS
    return strong, weak


def _street_lines(address: PostalAddress) -> Sequence[str]:
    street, number, line2 = address.street, address.house_number, address.line2
    if not street:
        return []
    lines = [street]
    if number and number not in street:
        lines = [f"{street} {number}", f"{number} {street}"]
    if line2:
        lines += [f"{lines[0]} {line2}", f"{line2} {lines[0]}"]
    return lines


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _is_specific(run: str) -> bool:
    """Return whether a run has two words and a digit, and is short enough to be indexed."""
    if _DIGIT.search(run) is None:
        return False
    if run.isascii():
        return 2 <= len(_ASCII_WORD.findall(run)) <= _MAX_WORDS
    words = sum(1 if part.isascii() else max(1, sum(c.isalpha() for c in part) // 2) for part in run.split())
    return words >= 2 and _upper_bound_of_words(run) <= _MAX_WORDS


def _upper_bound_of_words(run: str) -> int:
    return sum(1 if part.isascii() else 1 + sum(c >= "\u0e00" for c in part) for part in run.replace("-", " ").split())
