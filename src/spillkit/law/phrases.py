"""Every sentence that deciding can say, once.

In:    nothing.
Out:   the sentences by name; Phrase, which names one and holds its values.
Else:  telling a phrase in a language is `telling`; which phrase says what of an incident is `words`, `flips` and `severity`.

A decision keeps its English words: they are what people read and signed. Beside them it keeps the phrase they were made from, so
that a page can tell the same in another language. Words of a particular law are not kept twice: a phrase names where they stand.

How a value is told goes by its name in the sentence:
  date, entity, codes                as it is
  kind, kinds, shown, combinations   kinds of data of fields.toml: "name", "name+ssn", "name,email", "name+ssn|name+passport"
  any_sector, sectors                ids of sectors.toml, with commas between
  book, law                          code of a jurisdiction
  country, countries, counts         ISO 3166-1 codes: "JP", "DE,FR", "DE=400,FR=3"
  ask                                id of a question
  answer                             "yes" or "no"
  milestone                          what a clock starts with
  score, low, high                   a score of severity: "0.75"
  words                              where the words of a law stand: "us-ca-people/when/0"
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec


class Phrase(msgspec.Struct, frozen=True, array_like=True):
    """The name of a sentence, and its values in the order in which it has them."""

    name: str  # of PHRASES or COUNTED; "": the words stand as they were read, in English
    values: tuple[str | int | Phrase, ...] = ()


AS_READ = Phrase("")

PHRASES: Mapping[str, str] = {
    # In force.
    "in-force": "The rule is in force on {date}, {day}",
    "day-asked": "the day asked for",
    "day-aware": "the day the company became aware",
    "day-now": "today",
    "only-from": "It is in force only from {date}",
    "until": "It was in force until {date}",
    "since": "It is in force since {date}",
    "first-day": "It is in force; its first day is not kept in this book",
    # Who is bound.
    "is-a": "The company is a {any_sector}",
    "binds": "It binds {words}",
    "listed": "The facts list it as: {sectors}",
    "not-listed": "The facts do not list it as: {any_sector}",
    "established": "The company is established in {book}",
    "establishments": "Its establishments: {codes}. All its people are then counted",
    "place-unknown": "Where the company is established is not known",
    "place-vague": "Its establishments are known only as {codes}",
    "people-live": "People who live in {book} are among those affected",
    "contacts": "Contact data of people in their job is outside this law",
    "no-contacts": "No contact data of people in their job is among it",
    "contacts-out": "{number} of the people are left out as business contacts",
    "contacts-open": "of {number} it is not known whether they are consumers or business contacts",
    "two": "{first}; {second}",
    # How many.
    "nobody": "nobody",
    "bounded": "{sure} confirmed, at most {most}",
    "at-least": "at least {least} are needed",
    "between": "at least {least} and at most {most} are needed",
    "limit": "{who}; {limit}",
    "limit-open": "{who}; {limit}, so it may be reached or not",
    # What data.
    "alternative": "Alternative {number} of {all}: {words}",
    "not-here": "nobody whom this law counts in {book} is among those affected",
    "not-shown": "of nobody was this shown: {combinations}. Shown were: {shown}",
    # What people must answer.
    "asked": "{ask} ({answer} is needed)",
    "unless": "Unless: {words}",
    "unless-asked": "Unless: {words}. {asked}",
    "counsel": "This is not decided here; counsel weighs it",
    "answered": "Answered: {answer}",
    "not-answered": "Nobody answered yet",
    "not-answered-hint": "Nobody answered yet; {hint}",
    "hint-purpose-yes": "the facts say that somebody did it on purpose, which speaks for yes",
    "hint-purpose-no": "the facts say that nobody did it on purpose, which speaks for no",
    # Which authority.
    "leads": "One authority leads",
    "several-seats": "The company has establishments in {countries}, and its main one is not known. Until it is, the authority of "
    "each is named",
    "leads-alone": "One authority leads and is told alone",
    "main-seat": "The company's main establishment in the EEA is in {country}. {others}",
    "single-seat": "The company's single establishment in the EEA is in {country}. {others}",
    "others": "Other states concerned, to be named in the report: {counts}",
    "no-others": "No other state is concerned",
    "every": "Every authority where affected people live is told",
    "every-open": "Where the company is established is not known; one authority would lead if it has an establishment in the EEA",
    "every-sure": "The company has no establishment in the EEA, so none leads, and a representative does not change that",
    "part": "The authority of one part of {country} is competent",
    "part-open": "Each part has its own, and which one the company belongs to is not known",
    # What would change it.
    "one-more-kind": "one more kind of data shown: {kind}",
    "in-book": "{change} in {book}",
    "all-business": "everybody in {book} is among business contacts",
    "all-consumers": "everybody in {book} is among consumers",
    "if-answered": "“{ask}” answered {answer}",
    # What is asked.
    "ask": "{ask}",
    "ask-for": "{ask} (for {law})",
    "ask-when": "When was it that {milestone}?",
    "ask-state": "In which states do the {who} in {country} live?",
    "ask-province": "In which provinces do the {who} in {country} live?",
    "ask-region": "In which regions do the {who} in {country} live?",
    "ask-country": "In which countries do the {who} live whose country is not known?",
    "ask-account": "Are the people in {law} consumers, or contacts of business customers?",
    "ask-seat": "Where is {entity} established?",
    "ask-main-seat": "Which establishment of {entity} in the EEA is the main one, where decisions on personal data are taken?",
    "ask-part": "In which part of the country is the main establishment of {entity}? In Germany: in which Land?",
    # Severity: kind of data.
    "simple": "{kind}: simple data",
    "behavioural": "{kind}: behavioural data",
    "financial": "{kind}: financial data",
    "sensitive": "{kind}: sensitive data",
    "raised-profile": "{what}; a profile or their means can be guessed",
    "raised-sensitive": "{what}; health, sexual life, opinion or religion can be guessed",
    "raised-vulnerable": "{what}; it is critical because of who the people are",
    "reveals-little": "{what}; it reveals little",
    "general": "{what}; general assumptions at most",
    "habits": "{what}; what it tells of habits depends on how much of it was shown",
    "fraud": "{what}; complete, it enables fraud",
    "no-class": "{what}: the method has no class for identity numbers, so this is low for them",
    "not-aggravated": "{what}; no aggravating factor is known",
    "opens-money": "{kind}: opens accounts with money or sensitive data",
    "opens-simple": "{kind}: opens nothing but simple data",
    "opens-unknown": "{kind}: takes the class of what it opens, which nobody said",
    # Severity: how easily a person is told apart.
    "name-mail": "The full name stands beside the e-mail address: the person is found at once",
    "name-mail-birth": "The full name stands beside the e-mail address and the date of birth: the person is found at once",
    "name-number": "An identity number stands beside the name",
    "name": "A full name: many may share it, or few",
    "mail": "An e-mail address that customers use can be searched; often it holds the name",
    "phone": "A telephone number or home address: it depends on public registers",
    "number-alone": "An identity number without a name",
    "picture": "A picture: it depends on how clear it is and what is beside it",
    "username": "A user name: it may be an alias or tell the name",
    "own-number": "A number of the company's own: it links to a person only through its list",
    "no-identifier": "No identifier stands beside it",
    # Severity: circumstances.
    "not-altered": "It was shown; nothing says that anything was altered",
    "not-lost": "It was shown; nothing says that anything was lost",
    "shown-open": "Nobody said to whom it was shown",
    "shown-anybody": "It was open to anybody: an unknown number of recipients",
    "shown-unknown": "Some of those who received it are not known, so their number is open",
    "shown-known": "It was available to known recipients, as where customers see other customers' data",
    "on-purpose": "Somebody did it on purpose",
    "by-error": "It was an error",
    "purpose-open": "Nobody said whether it was done on purpose",
    # Severity: the score.
    "many": "more than {number} people",
    "perhaps-many": "perhaps more than {number} people",
    "unintelligible": "unintelligible data: encrypted, the key is safe",
    "low": "low",
    "medium": "medium",
    "high": "high",
    "very high": "very high",
    "to": "{low} to {high}",
    "score": "ENISA score {score}: {band}. It is one reason among others and never decides alone; authorities have "
    "found duties where it was low. The bands above low are not confirmed.",
    "score-open": "ENISA score {score}: {band}, where the facts leave it open. It is one reason among others and never "
    "decides alone; authorities have found duties where it was low. The bands above low are not confirmed.",
}
# Sentences that go by a number.
COUNTED: Mapping[str, tuple[str, str]] = {
    "people": ("{count} person", "{count} people"),
    "more": ("{count} more person", "{count} more people"),
    "fewer": ("{count} fewer person", "{count} fewer people"),
}
# What a clock may start with, as a clause.
MILESTONES: Mapping[str, str] = {
    "aware": "the company became aware",
    "discovered": "it was discovered",
    "determined": "it was determined",
    "assessed": "it was assessed to be notifiable",
    "authority-told": "the authority was told",
    "people-told": "the people were told",
    "material": "it was determined to be material",
    "year-end": "the calendar year of the discovery ended",
}


def packed(data: Sequence[Sequence[str]]) -> str:
    """Return combinations of kinds of data as one value of a phrase."""
    return "|".join("+".join(combination) for combination in data)
