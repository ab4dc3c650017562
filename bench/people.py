"""Directories of a thousand to ten million synthetic people.

In:    subject numbers and a seed.
Out:   their names, e-mail addresses and phone numbers. Person 17 is the same in every directory, large or small.
Else:  what names there are is `names`; who appears on which page is `corpus`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.names import Language, languages

PHONE_SHARE = 0.5  # so many have a phone number in the directory
OUTSIDERS = 1 << 26  # people from this number on are on pages, yet in no directory

# Real providers, because how addresses end decides how fast some rivals are: with one made-up ending such as
# ".example" Hyperscan ran five times slower. No address made here is ever written to; none leaves bench/data/.
_DOMAINS = (
    "gmail.com hotmail.com yahoo.com outlook.com icloud.com gmx.de web.de orange.fr libero.it wp.pl t-online.de "
    "btinternet.com free.fr live.co.uk onet.pl yahoo.co.jp docomo.ne.jp laposte.net virgilio.it aol.com sfr.fr "
    "freenet.de o2.pl alice.it sky.com bluewin.ch interia.pl tin.it protonmail.com me.com wanadoo.fr mail.ru "
    "posteo.de telenet.be ezweb.ne.jp tiscali.it ntlworld.com googlemail.com msn.com fastmail.com"
).split()
_DOMAIN_WEIGHTS = np.cumsum(1.0 / (np.arange(len(_DOMAINS)) + 1.0))
_GIVEN_SEPARATOR = "\x1f"


@dataclass(frozen=True, slots=True)
class Person:
    """One synthetic person; no real one is meant."""

    number: int
    language: str
    given: str
    family: str
    written: str  # as the person's own country writes it
    email: str
    phone: str  # "+" and international digits; "" if there is none


@dataclass(frozen=True, slots=True)
class Batch:
    """Columns of people, as an index builder takes them."""

    numbers: NDArray[np.uint32]
    names: list[str]  # given U+001F family
    written: list[str]
    emails: list[str]
    phones: list[str]  # "" where there is none


def person(number: int, seed: int = 1) -> Person:
    """Return person `number`, 0 or more."""
    [language], [given], [family], [domain], [digits], [has_phone] = _draw(np.array([number], np.uint64), seed)
    where = languages()[language]
    return Person(
        number,
        where.code,
        where.given.names[given],
        where.family.names[family],
        _written(where, given, family),
        _email(where, given, family, number, domain),
        _phone(where, digits) if has_phone else "",
    )


def batches(count: int, seed: int = 1, size: int = 100_000) -> Iterator[Batch]:
    """Yield people 0 to count - 1, `size` at a time; memory does not grow with count."""
    for first in range(0, count, size):
        numbers = np.arange(first, min(count, first + size), dtype=np.uint64)
        drawn = [column.tolist() for column in _draw(numbers, seed)]
        known = languages()
        names, written, emails, phones = [], [], [], []
        for number, language, given, family, domain, digits, has_phone in zip(numbers.tolist(), *drawn):
            where = known[language]
            names.append(where.given.names[given] + _GIVEN_SEPARATOR + where.family.names[family])
            written.append(_written(where, given, family))
            emails.append(_email(where, given, family, number, domain))
            phones.append(_phone(where, digits) if has_phone else "")
        yield Batch(numbers.astype(np.uint32), names, written, emails, phones)


def phone_values(phone: str) -> list[str]:
    """Return the strings the index takes for one phone number (matching.md, section 4): international and as dialled at home.

    phone    "+" and digits of one of our languages
    Returns  three strings, or two where the country dials no trunk 0
    """
    for where in languages():
        if phone.startswith("+" + where.calling_code):
            national = phone[1 + len(where.calling_code) :]
            trunk = [] if where.code in ("it", "pl") else ["0" + national]
            return [phone, *trunk, national]
    raise ValueError("the number belongs to none of the languages here")


def _draw(numbers: NDArray[np.uint64], seed: int) -> tuple[NDArray[np.int64], ...]:
    """Return language, given name, family name, domain, phone digits and whether there is a phone, each by number."""
    known = languages()
    shares = np.cumsum([where.share for where in known])
    language = np.minimum(np.searchsorted(shares, _uniform(numbers, seed, 1), side="right"), len(known) - 1)
    given, family = np.zeros(len(numbers), np.int64), np.zeros(len(numbers), np.int64)
    for place, where in enumerate(known):
        mine = language == place
        given[mine] = where.given.draw(_uniform(numbers[mine], seed, 2))
        family[mine] = where.family.draw(_uniform(numbers[mine], seed, 3))
    domain = np.searchsorted(_DOMAIN_WEIGHTS / _DOMAIN_WEIGHTS[-1], _uniform(numbers, seed, 4), side="right")
    digits = (_uniform(numbers, seed, 5) * 1e9).astype(np.int64)
    has_phone = (_uniform(numbers, seed, 6) < PHONE_SHARE).astype(np.int64)
    return language, given, family, domain, digits, has_phone


def _uniform(numbers: NDArray[np.uint64], seed: int, stream: int) -> NDArray[np.float64]:
    """Return numbers in [0, 1) that depend on (number, seed, stream) alone: SplitMix64 (G. Steele et al., 2014)."""
    start = np.uint64((seed * 0x632BE59BD9B4E019 + stream * 0xD1342543DE82EF95) & (2**64 - 1))
    with np.errstate(over="ignore"):
        z = numbers.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + start
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return (z >> np.uint64(11)).astype(np.float64) / float(1 << 53)


def _written(where: Language, given: int, family: int) -> str:
    if where.family_first:
        return where.family.names[family] + where.given.names[given]
    return f"{where.given.names[given]} {where.family.names[family]}"


def _email(where: Language, given: int, family: int, number: int, domain: int) -> str:
    local = ".".join(part for part in (where.given.ascii_names[given], where.family.ascii_names[family]) if part)
    return f"{local or 'user'}{number:x}@{_DOMAINS[domain]}"


def _phone(where: Language, digits: int) -> str:
    # The leading digit keeps the national number at its full length; the rest is nine drawn digits.
    return f"+{where.calling_code}{('1' + f'{digits:09d}' if where.national_digits == 10 else f'{digits:09d}')}"
