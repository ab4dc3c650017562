"""Answer the fourteen questions in words.

In:    a measurement, whole or already cut down for its reader.
Out:   fourteen answers, each with confidence, evidence, coverage, and who may read it.
Else:  questions 8 to 10 are worded in `cause_answers`; 11 to 14 are answered by parts of Spillkit that come after
       measuring. Until then they say so.

No answer says "breach" or "hack", and none draws a legal conclusion: that takes a signed decision (charter, section 7).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, tzinfo

import msgspec

from spillkit.printed import printable
from spillkit.scope.cause_answers import is_it_fixed, is_it_the_same, what_caused_it
from spillkit.scope.cause_words import Confidence
from spillkit.scope.measurement import Count, Measurement
from spillkit.scope.words import count_of, country_name, listed, moment, number, percent

QUESTIONS = (
    "How many people?",
    "Exactly who?",
    "Which fields, for each?",
    "In which countries, under which legal entity?",
    "Consumer or business?",
    "Shown to whom?",
    "From when to when?",
    "What caused it?",
    "Is it really fixed?",
    "Is it the same as that other incident?",
    "If staff: one or several, and who?",
    "Which authority was told, when, what?",
    "Is this message genuine, and was I affected?",
    "What should I do, and what is done to protect me?",
)

# Who may read the answer. The person reads about herself only.
READERS = (
    ("internal", "authority", "public", "the person"),
    ("internal", "the person"),
    ("internal", "authority", "public", "the person"),
    ("internal", "authority", "public"),
    ("internal", "authority", "public"),
    ("internal", "authority", "public", "the person"),
    ("internal", "authority", "public", "the person"),
    ("internal", "authority"),
    ("internal", "authority"),
    ("internal", "authority"),
    ("internal",),
    ("internal", "authority", "public"),
    ("internal", "public", "the person"),
    ("internal", "public", "the person"),
)

# Why a question has no answer yet, and what to do now.
_LATER = {
    8: "no cause was looked for. Run spillkit cause; keep the settings of caches and proxies as they are now.",
    9: "nothing was checked after a repair. Record traffic after it, then run spillkit fix verify.",
    10: "no other incident was compared. Compare with spillkit compare; keep this report as JSON, so that later ones can be.",
    11: "no access log of staff was looked at. Keep the logs of internal tools; do not confront anybody on numbers alone.",
    12: "no notice to an authority is on record here. Ask whoever decides on duties; keep this report and its time with "
    "the decision.",
    13: "no notices were sent from here. Until then let customer care answer from the affected list, by customer id only.",
    14: "no measures are on record here. Write down what is done to protect people, and when it began.",
}


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One of the fourteen cells."""

    number: int
    question: str
    answer: str
    confidence: Confidence
    evidence: str
    coverage: str
    changed_at: datetime
    readers: tuple[str, ...]


def answer_questions(measurement: Measurement, zone: tzinfo = UTC) -> tuple[Answer, ...]:
    """Return the fourteen answers for the reader the measurement was cut down for.

    zone  in which times are written
    """
    wording: dict[int, tuple[Confidence, str]] = {
        1: _how_many(measurement),
        2: _who(measurement),
        3: _fields(measurement),
        4: _countries(measurement),
        5: _account_types(measurement),
        6: _viewers(measurement),
        7: _times(measurement, zone),
    }
    found = {
        8: what_caused_it(measurement),
        9: is_it_fixed(measurement, zone),
        10: is_it_the_same(measurement),
    }
    evidence = _evidence(measurement)
    looked = looked_at_words(measurement)
    answers = []
    for place, question in enumerate(QUESTIONS):
        number_, basis, said = place + 1, evidence, found.get(place + 1)
        later = number_ in _LATER
        confidence: Confidence
        if measurement.audience not in READERS[place]:
            confidence, text = "unknown", "Not part of this version."
        elif said is not None:
            later, confidence, text, basis = False, said.confidence, said.words, said.evidence
        elif later:
            confidence, text = "unknown", f"Unknown, because {_LATER[number_]}"
        else:
            confidence, text = wording[number_]
        answers.append(
            Answer(
                number=number_,
                question=question,
                answer=text,
                confidence=confidence,
                evidence="" if later or (confidence == "unknown" and said is None) else basis,
                coverage="" if later else looked,
                changed_at=measurement.changed_at[place] if measurement.changed_at else measurement.measured_at,
                readers=READERS[place],
            )
        )
    return tuple(answers)


def since_when(measurement: Measurement) -> tuple[datetime, ...]:
    """Return since when each of the fourteen answers has been the one it is now, by the figures given before."""
    now = [answer.answer for answer in answer_questions(measurement)]
    since = [measurement.measured_at] * len(now)
    same = [True] * len(now)
    for before in reversed(measurement.earlier):
        for place, text in enumerate(now):
            same[place] = same[place] and place < len(before.answers) and before.answers[place] == text
            if same[place]:
                since[place] = before.measured_at
    return tuple(since)


def headline(measurement: Measurement) -> str:
    """Return what happened, in one sentence."""
    people = measurement.people
    if people.confirmed is None and measurement.withheld:
        return "Personal data of fewer than five people was shown to somebody else, as far as this version may tell."
    if people.confirmed is None:
        return "It is not known whether personal data was shown to the wrong people."
    if people.confirmed + (people.possible or 0) == 0:
        return "Nobody’s data was found in an answer to somebody else."
    if people.confirmed == 0:
        return f"Personal data of {count_of(people.possible or 0, 'person', 'people')} may have been shown to somebody else."
    return f"Personal data of {count_of(people.confirmed, 'person', 'people')} was shown to {_to_whom(measurement)}."


def _to_whom(measurement: Measurement) -> str:
    if measurement.viewers is None:
        return "others who had no right to see it"
    sure = measurement.viewers - (measurement.viewers_possible or 0)
    return count_of(sure, "viewer") + " who had no right to see it"


def looked_at_words(measurement: Measurement) -> str:
    """Return how much was looked at."""
    coverage = measurement.coverage
    if coverage.share is None:
        return "nothing"
    return f"{number(coverage.looked_at)} of {count_of(coverage.known + coverage.lost, 'answer')} ({percent(coverage.share)})"


def _how_many(measurement: Measurement) -> tuple[Confidence, str]:
    people = measurement.people
    if people.confirmed is None:
        if measurement.withheld:
            return "confirmed", "Fewer than five."
        bound = f" At most {number(people.upper_bound)}, everybody in the customer list." if people.upper_bound else ""
        return "unknown", f"Unknown, because {_lower(people.method)}{bound}"
    more = "fewer than five more possible" if people.possible is None else f"{number(people.possible)} more possible"
    if people.confirmed + (people.possible or 0) == 0:
        text = f"Nobody was found in {count_of(measurement.coverage.looked_at, 'answer')} looked at"
        if not people.complete and people.interval_high:
            up_to = count_of(people.interval_high, "person", "people")
            text += f"; up to {up_to} may be in those not looked at ({_level(people.level)})"
        return ("confirmed" if people.complete else "possible"), f"{text}. {people.method}"
    parts = [f"{number(people.confirmed)} confirmed", more]
    if not people.complete and people.estimate is not None and people.interval_high is not None:
        span = f"{number(people.interval_low)} to {number(people.interval_high)}"
        parts.append(f"about {number(people.estimate)} in all by estimate ({_level(people.level)}: {span})")
    if people.upper_bound is not None:
        parts.append(f"at most {number(people.upper_bound)}")
    basis = people.method.partition(";")[0].removesuffix(".")
    text = f"{', '.join(parts)}. {basis}."
    if measurement.undecided:
        apart = count_of(measurement.undecided, "person occurs", "people occur")
        text += f" Not in these numbers: {apart} in answers whose viewer nobody knows."
    return ("confirmed" if people.confirmed else "possible"), text


def _who(measurement: Measurement) -> tuple[Confidence, str]:
    people = measurement.people
    if _nobody(measurement):
        return _unknown(measurement)
    found = count_of((people.confirmed or 0) + (people.possible or 0), "person", "people")
    more = "" if people.complete else " Answers that were not looked at may hold more."
    text = f"{found}, listed by id: spillkit measure --csv FILE.{more}"
    return ("confirmed" if people.confirmed else "possible"), text


def _fields(measurement: Measurement) -> tuple[Confidence, str]:
    if _nobody(measurement):
        return _unknown(measurement)
    named = [
        field.label if field.confirmed is None else f"{field.label} ({_split(field.confirmed, field.possible)})"
        for field in measurement.by_field
    ]
    each = " The affected list has them for each person." if measurement.audience == "internal" else ""
    return _by_count(measurement), f"{listed(named)}.{each}"


def _countries(measurement: Measurement) -> tuple[Confidence, str]:
    if _nobody(measurement):
        return _unknown(measurement)
    if not measurement.by_country and not measurement.by_legal_entity:
        return "unknown", "Not shown here, because groups would be too small."
    countries = _most(measurement.by_country, lambda code: country_name(printable(code)))
    entities = _most(measurement.by_legal_entity, lambda name: printable(name) or "not known")
    parts = [text for text in (countries, f"Under {entities}" if entities else "") if text]
    if all(not count.label for count in (*measurement.by_country, *measurement.by_legal_entity)):
        return (
            "unknown",
            "Unknown, because the customer list has no country and no legal entity for them. Add these columns and run "
            "spillkit people add again.",
        )
    return _by_count(measurement), ". ".join(parts) + "."


def _account_types(measurement: Measurement) -> tuple[Confidence, str]:
    if _nobody(measurement):
        return _unknown(measurement)
    if not measurement.by_account_type:
        return "unknown", "Not shown here, because groups would be too small."
    if all(not count.label for count in measurement.by_account_type):
        return (
            "unknown",
            "Unknown, because the customer list has no account type for them. Add that column with spillkit people add.",
        )
    return _by_count(measurement), _most(measurement.by_account_type, lambda name: printable(name) or "not known") + "."


def _viewers(measurement: Measurement) -> tuple[Confidence, str]:
    if _nobody(measurement):
        return _unknown(measurement)
    if measurement.viewers is None:
        return "confirmed", "Not shown here, because groups would be too small."
    kinds = [
        f"{number(kind.viewers)} {viewer_kind_words(kind.kind, kind.viewers)}"
        if kind.viewers is not None
        else viewer_kind_words(kind.kind, 2)
        for kind in measurement.by_viewer_kind
    ]
    text = (
        f"{count_of(measurement.viewers, 'viewer')}: {listed(kinds)}."
        if kinds
        else f"{count_of(measurement.viewers, 'viewer')}."
    )
    if measurement.people.confirmed and measurement.viewers_possible:
        text += f" {number(measurement.viewers_possible)} of these were shown only what may be a namesake’s."
    if any(kind.kind == "crawler" for kind in measurement.by_viewer_kind):
        text += " Search engines keep copies: ask for these to be removed."
    if any(kind.kind == "unknown" for kind in measurement.by_viewer_kind):
        text += " Unknown viewers may be one or many."
    return _by_count(measurement), text


def viewer_kind_words(kind: str, how_many: int | None) -> str:
    """Return a kind of viewer as a noun."""
    nouns = {
        "subject": ("customer", "customers"),
        "staff": ("member of staff", "members of staff"),
        "partner": ("partner", "partners"),
        "crawler": ("crawler", "crawlers"),
        "anonymous": ("signed-out visitor or group of them", "signed-out visitors"),
        "unknown": ("unknown viewer or group of them", "unknown viewers"),
        "other": ("other", "others"),
    }
    one, many = nouns.get(kind, (printable(kind), printable(kind)))
    return one if how_many == 1 else many


def _times(measurement: Measurement, zone: tzinfo) -> tuple[Confidence, str]:
    if _nobody(measurement):
        return _unknown(measurement)
    coverage = measurement.coverage
    if measurement.first_at is None or measurement.last_at is None:
        return (
            "unknown",
            "Unknown, because the recordings hold no times. Scan a recording with times, or an access log.",
        )
    text = f"First seen {moment(measurement.first_at, zone)}, last seen {moment(measurement.last_at, zone)}."
    if measurement.possible_outside:
        text += " That is of what is confirmed; possible ones lie outside of it."
    if coverage.first_at is not None and coverage.last_at is not None:
        text += (
            f" Recordings cover {moment(coverage.first_at, zone, seconds=False)} to {moment(coverage.last_at, zone, seconds=False)}"
            "; what was shown before or after is not known."
        )
    if measurement.histogram.untimed_answers:
        text += f" {count_of(measurement.histogram.untimed_answers, 'answer')} had no time."
    return _by_count(measurement), text


def _nobody(measurement: Measurement) -> bool:
    people = measurement.people
    hidden = people.confirmed is None and bool(measurement.withheld)
    return not hidden and (people.confirmed or 0) + (people.possible or 0) == 0


def _unknown(measurement: Measurement) -> tuple[Confidence, str]:
    if measurement.people.confirmed is None:
        return "unknown", f"Unknown, because {_lower(measurement.people.method)}"
    return "unknown", "Unknown, because nobody was found in what was looked at."


def _evidence(measurement: Measurement) -> str:
    numbers = [str(finding.number) for finding in measurement.findings]
    if not numbers:
        return f"{count_of(measurement.finding_count, 'finding')}" if measurement.finding_count else "none found"
    named = listed(numbers) if len(numbers) <= 6 else f"{numbers[0]} to {numbers[-1]}"
    answers = f", {count_of(measurement.answers_exposed, 'answer')}" if measurement.answers_exposed is not None else ""
    return f"finding{'s' if len(numbers) > 1 else ''} {named}{answers}"


def _by_count(measurement: Measurement) -> Confidence:
    return "possible" if measurement.people.confirmed == 0 else "confirmed"


def _split(confirmed: int | None, possible: int | None) -> str:
    if not possible:
        return number(confirmed)
    return (
        f"{number(confirmed)} confirmed, {number(possible)} possible" if confirmed else f"{number(possible)} possible"
    )


def _most(counts: Iterable[Count], named: Callable[[str], str], most: int = 6) -> str:
    """The largest groups in words, and how many more there are."""
    shown = list(counts)
    words = [f"{named(count.label)} {_split(count.confirmed, count.possible)}" for count in shown[:most]]
    if len(shown) > most:
        words.append(f"{len(shown) - most} more")
    return listed(words)


def _level(level: float) -> str:
    return f"{level * 100:.0f} % interval"


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
