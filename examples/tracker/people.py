"""Make up the 200 customers of the example tracker.

In:    a seed.
Out:   people with name, e-mail, phone and postal address in fifteen locales and eleven scripts, the same for the same seed.
Else:  putting them into the tracker is `tracker_home`.

Nobody here exists. Names are drawn by Faker from lists of given and family names, mailboxes lie in the domains that RFC 2606
reserves, and phone numbers in ranges that regulators keep for fiction where there are such and that stand as examples otherwise.
"""

from __future__ import annotations

import csv
import hashlib
import random
import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path

import phonenumbers
from faker import Faker

MAIL_DOMAINS = ("example.org", "example.com", "example.net", "mail.example.org", "post.example.com")
COLUMNS = (
    "customer_id",
    "full_name",
    "email",
    "phone",
    "street",
    "postcode",
    "city",
    "country",
    "language",
    "account_type",
    "legal_entity",
)


@dataclass(frozen=True, slots=True)
class Person:
    """One customer: what the directory says, and what the tracker shows where that differs in spelling."""

    customer_id: str  # opaque, "c_" and eight hexadecimal digits
    full_name: str
    email: str
    phone: str  # international format
    street: str
    postcode: str
    city: str
    country: str  # ISO 3166-1 alpha-2
    language: str  # ISO 639-1
    account_type: str  # "consumer" or "business"
    legal_entity: str  # the company of the group that holds the contract
    login: str  # the tracker's user name; says nothing about the person
    shown_name: str  # as typed into the tracker
    shown_phone: str  # as typed into the tracker


@dataclass(frozen=True, slots=True)
class Place:
    """How names, streets and phone numbers look in one locale."""

    locale: str  # Faker's name for it. ar_EG and ar_AE are not used: Faker gives English names there
    people: int  # how many of the 200
    country: str
    language: str
    legal_entity: str
    name: str  # "{given} {family}" in the order of the locale
    street: str  # with {family} of some namesake and {number}
    towns: tuple[tuple[str, str], ...]  # postcode with # for a digit, city
    phone: str  # E.164 with # for a digit


PLACES = (
    Place(
        "fr_FR",
        24,
        "FR",
        "fr",
        "Exempla SAS",
        "{given} {family}",
        "{number} rue {family}",
        (("690##", "Lyon"), ("440##", "Nantes"), ("310##", "Toulouse"), ("350##", "Rennes")),
        "+331990#####",
    ),
    Place(
        "it_IT",
        24,
        "IT",
        "it",
        "Exempla Italia S.r.l.",
        "{given} {family}",
        "Via {family} {number}",
        (("401##", "Bologna"), ("351##", "Padova"), ("091##", "Cagliari"), ("701##", "Bari")),
        "+39312345####",
    ),
    Place(
        "de_DE",
        24,
        "DE",
        "de",
        "Exempla GmbH",
        "{given} {family}",
        "{family}straße {number}",
        (("041##", "Leipzig"), ("281##", "Bremen"), ("791##", "Freiburg im Breisgau"), ("990##", "Erfurt")),
        "+493023125###",
    ),
    Place(
        "ja_JP",
        18,
        "JP",
        "ja",
        "Exempla K.K.",
        "{family} {given}",
        "{family}町{number}番地",
        (("060-00##", "札幌市"), ("730-00##", "広島市"), ("980-00##", "仙台市"), ("920-00##", "金沢市")),
        "+819012345###",
    ),
    Place(
        "pl_PL",
        18,
        "PL",
        "pl",
        "Exempla Sp. z o.o.",
        "{given} {family}",
        "ulica {family} {number}",
        (("80-0##", "Gdańsk"), ("90-0##", "Łódź"), ("61-0##", "Poznań"), ("15-0##", "Białystok")),
        "+48512345###",
    ),
    Place(
        "tr_TR",
        16,
        "TR",
        "tr",
        "Exempla A.Ş.",
        "{given} {family}",
        "{family} Sokak No {number}",
        (("351##", "İzmir"), ("261##", "Eskişehir"), ("071##", "Antalya"), ("611##", "Trabzon")),
        "+905012345###",
    ),
    Place(
        "en_GB",
        16,
        "GB",
        "en",
        "Exempla Ltd",
        "{given} {family}",
        "{number} {family} Road",
        (("BS1 #AX", "Bristol"), ("LS2 #BD", "Leeds"), ("NG1 #FR", "Nottingham"), ("CF10 #BT", "Cardiff")),
        "+442079460###",
    ),
    Place(
        "ar_SA",
        14,
        "SA",
        "ar",
        "Exempla Ltd",
        "{given} {family}",
        "شارع {family} {number}",
        (("114##", "الرياض"), ("214##", "جدة"), ("314##", "الدمام"), ("424##", "المدينة المنورة")),
        "+966512345###",
    ),
    Place(
        "en_US",
        8,
        "US",
        "en",
        "Exempla Inc.",
        "{given} {family}",
        "{number} {family} Avenue",
        (("972##", "Portland"), ("532##", "Milwaukee"), ("871##", "Albuquerque")),
        "+120255501##",
    ),
    Place(
        "el_GR",
        8,
        "GR",
        "el",
        "Exempla Ltd",
        "{given} {family}",
        "Οδός {family} {number}",
        (("546 ##", "Θεσσαλονίκη"), ("262 ##", "Πάτρα"), ("712 ##", "Ηράκλειο")),
        "+306912345###",
    ),
    Place(
        "ko_KR",
        8,
        "KR",
        "ko",
        "Exempla K.K.",
        "{family}{given}",
        "{family}씨마을길 {number}",
        (("480##", "부산"), ("350##", "대전"), ("610##", "광주")),
        "+8210200000##",
    ),
    Place(
        "th_TH",
        8,
        "TH",
        "th",
        "Exempla Ltd",
        "{given} {family}",
        "{number} ถนน{family}",
        (("502##", "เชียงใหม่"), ("400##", "ขอนแก่น"), ("831##", "ภูเก็ต")),
        "+66812345###",
    ),
    Place(
        "he_IL",
        6,
        "IL",
        "he",
        "Exempla Ltd",
        "{given} {family}",
        "רחוב {family} {number}",
        (("33#####", "חיפה"), ("84#####", "באר שבע"), ("77#####", "אשדוד")),
        "+972502345###",
    ),
    Place(
        "ru_RU",
        4,
        "KZ",
        "ru",
        "Exempla GmbH",
        "{given} {family}",
        "улица {family}, {number}",
        (("0500##", "Алматы"), ("1000##", "Караганда")),
        "+77710009###",
    ),
    Place(
        "zh_TW",
        4,
        "TW",
        "zh",
        "Exempla K.K.",
        "{family}{given}",
        "{family}家路{number}號",
        (("8##", "高雄市"), ("7##", "臺南市")),
        "+886912345###",
    ),
)

ARABIC_INDIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


def make_people(seed: int) -> tuple[list[Person], dict[str, str]]:
    """Make the customers and say which of them stand for an awkward case.

    seed     any whole number; the same gives the same people
    Returns  the people in a fixed order, and case → customer id

    >>> people, cast = make_people(7)
    >>> len(people), people == make_people(7)[0]
    (200, True)
    """
    rng = random.Random(seed)
    taken: dict[str, set[str]] = {"name": set(), "email": set(), "phone": set(), "street": set()}
    people = []
    for place in PLACES:
        fake = Faker(place.locale)
        fake.seed_instance(f"{seed} {place.locale}")
        for _ in range(place.people):
            people.append(_make_person(len(people), seed, place, fake, rng, taken))
    return _add_awkward(people)


def write_people(people: list[Person], path: Path) -> None:
    """Write the customer directory as a company would export it: `people.csv`, UTF-8, one row each."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(COLUMNS)
        for person in people:
            rows.writerow([getattr(person, column) for column in COLUMNS])


def write_cast(cast: dict[str, str], path: Path) -> None:
    """Write which customer stands for which awkward case: `cast.csv`."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["case", "customer_id"])
        rows.writerows(cast.items())


def _make_person(
    number: int, seed: int, place: Place, fake: Faker, rng: random.Random, taken: dict[str, set[str]]
) -> Person:
    given, family = _drawn_until_new(
        lambda: (fake.first_name(), fake.last_name()),
        lambda pair: place.name.format(given=pair[0], family=pair[1]),
        taken["name"],
    )
    name = place.name.format(given=given, family=family)
    street = _drawn_until_new(
        lambda: place.street.format(family=fake.last_name(), number=rng.randint(1, 180)), str, taken["street"]
    )
    postcode, city = rng.choice(place.towns)
    phone = _drawn_until_new(lambda: _fill(place.phone, rng), str, taken["phone"])
    parsed = phonenumbers.parse(phone)
    if not phonenumbers.is_valid_number(parsed):
        raise ValueError(f"the phone pattern of {place.locale} gives numbers that are not valid: mend PLACES")
    international = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    national = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
    shown_phone = rng.choice((international, national, phone))
    if place.language == "ar" and rng.random() < 0.4:
        shown_phone = national.translate(ARABIC_INDIC)
    return Person(
        customer_id="c_" + hashlib.sha256(f"spillkit {seed} {number}".encode()).hexdigest()[:8],
        full_name=name,
        email=_drawn_until_new(lambda: _mailbox(given, family, rng), str, taken["email"]),
        phone=international,
        street=street,
        postcode=_fill(postcode, rng),
        city=city,
        country=place.country,
        language=place.language,
        account_type="business" if rng.random() < 0.25 else "consumer",
        legal_entity=place.legal_entity,
        login=f"u{4001 + number * 7 % 1409}",
        shown_name=name,
        shown_phone=shown_phone,
    )


def _drawn_until_new(draw, key, taken: set[str]):
    """Draw again until the value is nobody else's: a value that two people share is put in on purpose only."""
    while True:
        value = draw()
        if key(value).casefold() not in taken:
            taken.add(key(value).casefold())
            return value


def _fill(pattern: str, rng: random.Random) -> str:
    """Put a digit in the place of each #."""
    return "".join(str(rng.randrange(10)) if sign == "#" else sign for sign in pattern)


def _mailbox(given: str, family: str, rng: random.Random) -> str:
    """Return an address made of the name where it is Latin, and of made-up syllables elsewhere, in a reserved domain."""
    plain = [_ascii_letters(part) for part in (given, family)]
    if all(len(part) > 1 for part in plain):
        local = rng.choice(("{0}.{1}", "{1}.{0}", "{2}{1}", "{0}_{1}")).format(*plain, plain[0][0])
    else:
        local = "".join(rng.choice("bdfgklmnrstvz") + rng.choice("aeiou") for _ in range(3))
    return f"{local}{rng.randrange(10, 99)}@{rng.choice(MAIL_DOMAINS)}"


def _ascii_letters(name: str) -> str:
    spelled = name.replace("ł", "l").replace("Ł", "L").replace("ß", "ss").replace("ı", "i").replace("ø", "o")
    return "".join(
        sign for sign in unicodedata.normalize("NFD", spelled).lower() if sign in "abcdefghijklmnopqrstuvwxyz"
    )


def _add_awkward(people: list[Person]) -> tuple[list[Person], dict[str, str]]:
    """Turn a few of the people into the cases that are easily judged wrong."""
    at = {place.locale: sum(other.people for other in PLACES[:number]) for number, place in enumerate(PLACES)}
    cast = {}

    def change(case: str, number: int, **changes: str) -> None:
        # What the tracker shows follows what the directory says, except where a case sets the two apart.
        if "full_name" in changes:
            changes.setdefault("shown_name", changes["full_name"])
        people[number] = replace(people[number], **changes)
        cast[case] = people[number].customer_id

    # 1. Father and son of one name in one household: the address and the name do not tell them apart, mailbox and phone do.
    father = people[at["it_IT"]]
    change("same name in one household, the elder", at["it_IT"])
    change(
        "same name in one household, the younger",
        at["it_IT"] + 1,
        full_name=father.full_name,
        street=father.street,
        postcode=father.postcode,
        city=father.city,
        email="girolamo.junior58@example.com",
    )
    # 2. A name that is a thing: one issue of the tracker talks about apples.
    change("named like a brand", at["en_GB"] + 1, full_name="Granny Smith", email="granny.smith40@example.org")
    # 3. Names that attack whoever prints them.
    change(
        "name is a script",
        at["en_US"],
        full_name="<script>alert(1)</script> Halloway",
        email="halloway.s11@example.com",
    )
    change(
        "name breaks out of an attribute",
        at["de_DE"] + 1,
        full_name='"><img src=x> Brandtner',
        email="brandtner52@example.net",
    )
    # 4. Too short to be matched alone.
    change("one letter name", at["tr_TR"] + 1, full_name="Q", email="q@example.org")
    # 5. The directory has composed accents, the tracker decomposed ones; and the other way round.
    change(
        "accents composed in the directory, decomposed in the tracker",
        at["fr_FR"] + 1,
        full_name="Zoé Bélanger-Lefèvre",
        shown_name=unicodedata.normalize("NFD", "Zoé Bélanger-Lefèvre"),
        email="zoe.bl31@example.org",
    )
    change(
        "accents decomposed in the directory, composed in the tracker",
        at["pl_PL"] + 1,
        full_name=unicodedata.normalize("NFD", "Żaneta Śniegórska"),
        shown_name="Żaneta Śniegórska",
        email="zaneta.s77@example.com",
    )
    # 6. Signs in a mailbox that HTML and URLs escape.
    change(
        "apostrophe and plus in the mailbox",
        at["en_GB"] + 2,
        full_name="Maeve O'Donnellan",
        email="m.o'donnellan+post@example.org",
    )
    # 7. Whom the two browsers belong to, and who is asked about in the read-me.
    change("browser, first", at["en_GB"])
    change("browser, second", at["ja_JP"])
    return people, cast
