"""The shop's customers: synthetic people by seed, with the nightmares of every real customer list always among them.

In:    a seed and how many.
Out:   a Population: customers, staff, and who is in a household with, gives to, works with, acts for whom.
Else:  name pools are `locales`; hostile and awkward names are `nightmares`; the company's files of them are
       `company_files`.

The same seed gives the same people on every machine. All e-mail addresses lie under example.org, .com and .net (RFC
2606).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from random import Random

from spillkit_shop.locales import (
    Locale,
    draw_city,
    draw_family,
    draw_given,
    draw_phone,
    draw_street,
    full_name,
    in_latin,
    locales,
)
from spillkit_shop.nightmares import AWKWARD_NAMES

SMALLEST = 100  # with fewer people the nightmares would be most of the shop

_DOMAINS = (
    "example.org",
    "example.com",
    "example.net",
    "mail.example.org",
    "post.example.net",
    "web.example.com",
    "home.example.org",
)
_COMPANY = {
    "de": "{} GmbH",
    "fr": "{} SARL",
    "it": "{} S.r.l.",
    "es": "{} S.L.",
    "pl": "{} sp. z o.o.",
    "tr": "{} Ltd. Şti.",
}


@dataclass(frozen=True, slots=True)
class Customer:
    """One customer, who is a subject in the directory."""

    number: int  # from 1; the account of the same number is his
    id: str  # "c_" and ten hex digits: what the company calls him
    name: str = field(repr=False)
    given: str = field(repr=False)
    family: str = field(repr=False)
    email: str = field(repr=False)  # no two customers have the same
    contact_email: str = field(repr=False)  # "" or the mailbox that the contacts of a business share
    phone: str = field(repr=False)
    street: str = field(repr=False)
    postcode: str = field(repr=False)
    city: str = field(repr=False)
    place: str = field(repr=False)  # postcode and city in the country's order; may have two lines
    country: str
    locale: str
    language: str
    account_type: str  # "consumer" or "business"
    legal_entity: str
    company: int  # 0, or the business whose contact he is, from 1
    company_name: str
    is_seller: bool
    kind: str  # "ordinary", or the nightmare he stands for

    @property
    def address(self) -> str:
        """Street and place on lines of their own."""
        return f"{self.street}\n{self.place}"


@dataclass(frozen=True, slots=True)
class Staff:
    """One member of staff, who is a viewer and signs in with an address of the shop."""

    id: str  # "staff_carol"
    account: int  # after the numbers of all customers
    email: str
    customer: int  # the number of the customer she is herself, or 0


@dataclass(frozen=True, slots=True)
class Population:
    """Everybody who signs in to the shop."""

    seed: int
    customers: tuple[Customer, ...]  # by number: customers[n - 1].number == n
    staff: tuple[Staff, ...]
    households: tuple[tuple[int, int], ...]  # two who live together, both ways
    gifts: tuple[tuple[int, int], ...]  # buyer, recipient
    delegates: tuple[tuple[int, int], ...]  # assistant, boss whose orders she may see

    def customer(self, number: int) -> Customer:
        """Return the customer of that number, from 1."""
        return self.customers[number - 1]


def password_of(seed: int, account: int) -> str:
    """Return the password of an account: the driver types it in, as its owner would."""
    return "pw-" + blake2b(f"{seed}/{account}".encode(), digest_size=9, person=b"shop-password").hexdigest()


@dataclass(slots=True)
class _Draft:
    locale: Locale
    kind: str
    given: str
    family: str
    latin: str  # for the local part of the address
    name: str
    street: str
    postcode: str
    city: str
    business: bool = False
    company: int = 0
    company_name: str = ""
    contact_email: str = ""
    seller: bool = False
    number: int = 0


@dataclass(slots=True)
class _Drafts:
    random: Random
    pool: Sequence[Locale]
    weights: list[int] = field(init=False)
    people: list[_Draft] = field(default_factory=list)
    households: list[tuple[_Draft, _Draft]] = field(default_factory=list)
    gifts: list[tuple[_Draft, _Draft]] = field(default_factory=list)
    delegates: list[tuple[_Draft, _Draft]] = field(default_factory=list)
    companies: int = 0

    def __post_init__(self) -> None:
        total = 0
        self.weights = []
        for locale in self.pool:
            total += locale.weight
            self.weights.append(total)

    def person(self, kind: str, locale: Locale | None = None, **fixed: str) -> _Draft:
        """Draw a person and add it; `fixed` values stand in for drawn ones."""
        random = self.random
        locale = locale or random.choices(self.pool, cum_weights=self.weights)[0]
        given, family = draw_given(locale, random), draw_family(locale, random)
        postcode, city = draw_city(locale, random)
        first, last = fixed.get("given", given.text), fixed.get("family", family.text)
        draft = _Draft(
            locale,
            kind,
            first,
            last,
            f"{given.latin}.{family.latin}",
            fixed.get("name") or full_name(locale, first, last),
            fixed.get("street") or draw_street(locale, random),
            fixed.get("postcode", postcode),
            fixed.get("city", city),
        )
        self.people.append(draft)
        return draft

    def at_home_of(self, other: _Draft, kind: str, **fixed: str) -> _Draft:
        """Draw a person who lives where the other lives, and is in one household with him."""
        home = {"street": other.street, "postcode": other.postcode, "city": other.city}
        draft = self.person(kind, other.locale, **home, **fixed)
        self.households.append((other, draft))
        return draft


def make_customers(seed: int, count: int, codes: Iterable[str] | None = None) -> Population:
    """Return the people of a shop.

    seed   the same seed gives the same people
    count  customers, SMALLEST or more
    codes  locales to draw from, such as "de_DE"; all sixteen if None
    Raises ValueError for too few customers or a locale that is not there
    """
    if count < SMALLEST:
        raise ValueError(f"the shop needs at least {SMALLEST} customers")
    known = locales()
    unknown = sorted(set(codes or ()) - set(known))
    if unknown:
        raise ValueError(f"there are no names for the locales {', '.join(unknown)}; there are {', '.join(known)}")
    pool = [known[code] for code in dict.fromkeys(codes)] if codes is not None else list(known.values())
    drafts = _Drafts(Random(f"spillkit-shop/{seed}"), pool)
    _add_nightmares(drafts, count)
    while len(drafts.people) < count:
        drafts.person("ordinary")
    people = drafts.people
    # Accounts are not opened family by family: neighbours in number are strangers.
    drafts.random.shuffle(people)
    for number, draft in enumerate(people, 1):
        draft.number = number
        draft.business = draft.business or (draft.kind == "ordinary" and drafts.random.random() < 0.1)
    customers = _finished(seed, people, drafts.random)
    pairs = {
        name: tuple((a.number, b.number) for a, b in getattr(drafts, name))
        for name in ("households", "gifts", "delegates")
    }
    return Population(seed, customers, _staff(customers), **pairs)


def _add_nightmares(drafts: _Drafts, count: int) -> None:
    """Add every nightmare once, and households, gifts and businesses in proportion to the size of the shop."""
    random = drafts.random
    for name in AWKWARD_NAMES:
        drafts.person("awkward", name=name)
    rounds = max(1, count // 250)
    for _ in range(rounds):
        father = drafts.person("namesake")
        drafts.at_home_of(father, "namesake", given=father.given, family=father.family)
        for _ in range(3):
            one = drafts.person("couple")
            same_name = {"family": one.family} if random.random() < 0.7 else {}
            drafts.at_home_of(one, "couple", **same_name)
        buyer, recipient = drafts.person("giver"), drafts.person("recipient")
        drafts.gifts.append((buyer, recipient))
        boss = drafts.person("boss")
        assistant = drafts.person("assistant", boss.locale)
        boss.business = assistant.business = True
        drafts.delegates.append((assistant, boss))
        _add_business(drafts, contacts=2)
    for _ in range(max(3, count // 400)):
        seller = drafts.person("seller")
        seller.seller = seller.business = True
        seller.company_name = f"{seller.family} Trading"


def _add_business(drafts: _Drafts, contacts: int) -> None:
    """Add the contacts of one business: one address, and one mailbox that both read."""
    drafts.companies += 1
    first = drafts.person("contact")
    people = [first] + [
        drafts.person("contact", first.locale, street=first.street, postcode=first.postcode, city=first.city)
        for _ in range(contacts - 1)
    ]
    name = _COMPANY.get(first.locale.language, "{} Ltd").format(first.family)
    mailbox = f"info@{first.latin.partition('.')[2] or 'firma'}{drafts.companies}.example.com"
    for person in people:
        person.business, person.company = True, drafts.companies
        person.company_name, person.contact_email = name, mailbox


def _finished(seed: int, people: Sequence[_Draft], random: Random) -> tuple[Customer, ...]:
    taken: set[str] = set()
    phones: set[str] = set()
    finished = []
    for draft in people:
        locale = draft.locale
        phone = draw_phone(locale, random)
        while phone in phones:
            phone = draw_phone(locale, random)
        phones.add(phone)
        place = locale.place.format(postcode=draft.postcode, city=draft.city)
        finished.append(
            Customer(
                number=draft.number,
                id="c_"
                + blake2b(f"{seed}/{draft.number}".encode(), digest_size=5, person=b"shop-customer").hexdigest(),
                name=draft.name,
                given=draft.given,
                family=draft.family,
                email=_address_for(draft, taken, random),
                contact_email=draft.contact_email,
                phone=phone,
                street=draft.street,
                postcode=draft.postcode,
                city=draft.city,
                place=place,
                country=locale.country,
                locale=locale.code,
                language=locale.language,
                account_type="business" if draft.business else "consumer",
                legal_entity=locale.entity,
                company=draft.company,
                company_name=draft.company_name,
                is_seller=draft.seller,
                kind=draft.kind,
            )
        )
    return tuple(finished)


def _address_for(draft: _Draft, taken: set[str], random: Random) -> str:
    """Return an e-mail address that nobody has yet, in one of the ways people choose theirs."""
    first, _, last = draft.latin.partition(".")
    first, last = in_latin(first) or "user", in_latin(last) or "mail"
    local = random.choice(
        (f"{first}.{last}", f"{first[0]}{last}", f"{first}_{last}", f"{last}.{first}", f"{first}{last}")
    )
    address = f"{local}@{random.choice(_DOMAINS)}"
    while address in taken:
        address = f"{local}{random.randint(2, 9999)}@{random.choice(_DOMAINS)}"
    taken.add(address)
    return address


def _staff(customers: Sequence[Customer]) -> tuple[Staff, ...]:
    """Return the support desk: five people; Carol and Mallory buy here too."""
    ordinary = [customer.number for customer in customers if customer.kind == "ordinary"]
    names = ("carol", "mallory", "trent", "peggy", "victor")
    own = {"carol": ordinary[3], "mallory": ordinary[8]}
    return tuple(
        Staff(f"staff_{name}", len(customers) + place, f"{name}@support.example.net", own.get(name, 0))
        for place, name in enumerate(names, 1)
    )
