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
from spillkit.scope.why_unknown import why_unknown
from spillkit.scope.words import count_of, moment, percent
from spillkit.voice import ENGLISH, Voice

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
LATER = {
    8: "no cause was looked for. Run spillkit cause; keep the settings of caches and proxies as they are now.",
    9: "nothing was checked after a repair. Record traffic after it, then run spillkit fix verify.",
    10: "no other incident was compared. Compare with spillkit compare; keep this report as JSON, so that later ones can be.",
    11: "no access log of staff was looked at. Keep the logs of internal tools; do not confront anybody on numbers alone.",
    12: "no notice to an authority is on record here. Ask whoever decides on duties; keep this report and its time with "
    "the decision.",
    13: "no notices were sent from here. Until then let customer care answer from the affected list, by customer id only.",
    14: "no measures are on record here. Write down what is done to protect people, and when it began.",
}


# Kinds of viewer as nouns: one, several.
VIEWER_KINDS = {
    "subject": ("customer", "customers"),
    "staff": ("member of staff", "members of staff"),
    "partner": ("partner", "partners"),
    "crawler": ("crawler", "crawlers"),
    "anonymous": ("signed-out visitor or group of them", "signed-out visitors"),
    "unknown": ("unknown viewer or group of them", "unknown viewers"),
    "other": ("other", "others"),
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


def answer_questions(measurement: Measurement, zone: tzinfo = UTC, voice: Voice = ENGLISH) -> tuple[Answer, ...]:
    """Return the fourteen answers for the reader the measurement was cut down for.

    zone   in which times are written
    voice  the language of the answers
    """
    wording: dict[int, tuple[Confidence, str]] = {
        1: _how_many(measurement, voice),
        2: _who(measurement, voice),
        3: _fields(measurement, voice),
        4: _countries(measurement, voice),
        5: _account_types(measurement, voice),
        6: _viewers(measurement, voice),
        7: _times(measurement, zone, voice),
    }
    found = {
        8: what_caused_it(measurement, voice),
        9: is_it_fixed(measurement, zone, voice),
        10: is_it_the_same(measurement, voice),
    }
    evidence = _evidence(measurement, voice)
    looked = looked_at_words(measurement, voice)
    answers = []
    for place, question in enumerate(QUESTIONS):
        number_, basis, said = place + 1, evidence, found.get(place + 1)
        later = number_ in LATER
        confidence: Confidence
        if measurement.audience not in READERS[place]:
            confidence, text = "unknown", voice.say("Not part of this version.")
        elif said is not None:
            later, confidence, text, basis = False, said.confidence, said.words, said.evidence
        elif later:
            confidence, text = "unknown", voice.say("Unknown, because {why}", why=voice.say(LATER[number_]))
        else:
            confidence, text = wording[number_]
        answers.append(
            Answer(
                number=number_,
                question=voice.say(question),
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


def looked_at_words(measurement: Measurement, voice: Voice = ENGLISH) -> str:
    """Return how much was looked at."""
    coverage = measurement.coverage
    if coverage.share is None:
        return voice.say("nothing")
    return voice.say(
        "{looked} of {known} ({share})",
        looked=coverage.looked_at,
        known=_answers(coverage.known + coverage.lost, voice),
        share=percent(coverage.share, voice),
    )


def _answers(count: int, voice: Voice) -> str:
    return voice.several("{count} answer", "{count} answers", count)


def _people(count: int, voice: Voice) -> str:
    return voice.several("{count} person", "{count} people", count)


def _how_many(measurement: Measurement, voice: Voice) -> tuple[Confidence, str]:
    people = measurement.people
    if people.confirmed is None:
        if measurement.withheld:
            return "confirmed", voice.say("Fewer than five.")
        text = voice.say("Unknown, because {why}", why=_why(measurement, voice))
        if people.upper_bound:
            bound = voice.say("At most {upper}, everybody in the customer list.", upper=people.upper_bound)
            text = voice.chain(" ", [text, bound])
        return "unknown", text
    if people.confirmed + (people.possible or 0) == 0:
        return ("confirmed" if people.complete else "possible"), _nobody_found(measurement, voice)
    parts = [
        voice.say("{confirmed} confirmed", confirmed=people.confirmed),
        voice.say("fewer than five more possible")
        if people.possible is None
        else voice.say("{possible} more possible", possible=people.possible),
    ]
    if not people.complete and people.estimate is not None and people.interval_high is not None:
        parts.append(
            voice.say(
                "about {estimate} in all by estimate ({level}: {low} to {high})",
                estimate=people.estimate,
                level=_level(people.level, voice),
                low=people.interval_low,
                high=people.interval_high,
            )
        )
    if people.upper_bound is not None:
        parts.append(voice.say("at most {upper}", upper=people.upper_bound))
    said = [voice.sentence(voice.chain(", ", parts)), voice.sentence(_basis(measurement, voice))]
    if measurement.undecided:
        said.append(
            voice.several(
                "Not in these numbers: {count} person occurs in answers whose viewer nobody knows.",
                "Not in these numbers: {count} people occur in answers whose viewer nobody knows.",
                measurement.undecided,
            )
        )
    return ("confirmed" if people.confirmed else "possible"), voice.chain(" ", said)


def _nobody_found(measurement: Measurement, voice: Voice) -> str:
    people = measurement.people
    looked = _answers(measurement.coverage.looked_at, voice)
    if not people.complete and people.interval_high:
        text = voice.say(
            "Nobody was found in {answers} looked at; up to {people} may be in those not looked at ({level}).",
            answers=looked,
            people=_people(people.interval_high, voice),
            level=_level(people.level, voice),
        )
    else:
        text = voice.say("Nobody was found in {answers} looked at.", answers=looked)
    return voice.chain(" ", [text, voice.kept(people.method)])


def _basis(measurement: Measurement, voice: Voice) -> str:
    """What the count rests on: the first part of its method."""
    people = measurement.people
    if people.answers_looked_at is None or not people.answers_known:
        return voice.kept(people.method.partition(";")[0].removesuffix("."))
    looked = _answers(people.answers_looked_at, voice)
    if people.complete:
        return voice.say("All {answers} on the routes in question were looked at, with body and viewer", answers=looked)
    return voice.say(
        "People counted once each in {answers} looked at, of {known} on the routes in question ({share})",
        answers=looked,
        known=_answers(people.answers_known, voice),
        share=percent(people.answers_looked_at / people.answers_known, voice),
    )


def _who(measurement: Measurement, voice: Voice) -> tuple[Confidence, str]:
    people = measurement.people
    if _nobody(measurement):
        return _unknown(measurement, voice)
    said = [
        voice.say(
            "{people}, listed by id: {command}.",
            people=_people((people.confirmed or 0) + (people.possible or 0), voice),
            command=voice.code("spillkit measure --csv FILE"),
        )
    ]
    if not people.complete:
        said.append(voice.say("Answers that were not looked at may hold more."))
    return ("confirmed" if people.confirmed else "possible"), voice.chain(" ", said)


def _fields(measurement: Measurement, voice: Voice) -> tuple[Confidence, str]:
    if _nobody(measurement):
        return _unknown(measurement, voice)
    named = [
        field_words(field.label, voice)
        if field.confirmed is None
        else voice.say(
            "{name} ({number})",
            name=field_words(field.label, voice),
            number=_split(field.confirmed, field.possible, voice),
        )
        for field in measurement.by_field
    ]
    said = [voice.sentence(voice.listed(named))]
    if measurement.audience == "internal":
        said.append(voice.say("The affected list has them for each person."))
    return _by_count(measurement), voice.chain(" ", said)


def field_words(label: str, voice: Voice = ENGLISH) -> str:
    """Return what a field of the ledger is called."""
    return voice.kept(printable(label))


def _countries(measurement: Measurement, voice: Voice) -> tuple[Confidence, str]:
    if _nobody(measurement):
        return _unknown(measurement, voice)
    if not measurement.by_country and not measurement.by_legal_entity:
        return "unknown", voice.say("Not shown here, because groups would be too small.")
    if all(not count.label for count in (*measurement.by_country, *measurement.by_legal_entity)):
        return "unknown", voice.say(
            "Unknown, because the customer list has no country and no legal entity for them. Add these columns and run "
            "spillkit people add again.",
        )
    countries = _most(measurement.by_country, lambda code: voice.country(printable(code)), voice)
    entities = _most(measurement.by_legal_entity, printable, voice)
    said = [voice.sentence(countries)] if countries else []
    if entities:
        said.append(voice.say("Under {entities}.", entities=entities))
    return _by_count(measurement), voice.chain(" ", said)


def _account_types(measurement: Measurement, voice: Voice) -> tuple[Confidence, str]:
    if _nobody(measurement):
        return _unknown(measurement, voice)
    if not measurement.by_account_type:
        return "unknown", voice.say("Not shown here, because groups would be too small.")
    if all(not count.label for count in measurement.by_account_type):
        return "unknown", voice.say(
            "Unknown, because the customer list has no account type for them. Add that column with spillkit people add.",
        )
    return _by_count(measurement), voice.sentence(
        _most(measurement.by_account_type, lambda name: account_words(name, voice), voice)
    )


def account_words(name: str, voice: Voice = ENGLISH) -> str:
    """Return what a type of account is called; the company's own word where it has one."""
    return voice.kept(printable(name))


def _viewers(measurement: Measurement, voice: Voice) -> tuple[Confidence, str]:
    if _nobody(measurement):
        return _unknown(measurement, voice)
    if measurement.viewers is None:
        return "confirmed", voice.say("Not shown here, because groups would be too small.")
    kinds = [
        voice.say("{count} {kind}", count=kind.viewers, kind=viewer_kind_words(kind.kind, kind.viewers, voice))
        if kind.viewers is not None
        else viewer_kind_words(kind.kind, 2, voice)
        for kind in measurement.by_viewer_kind
    ]
    viewers = voice.several("{count} viewer", "{count} viewers", measurement.viewers)
    said = [
        voice.say("{viewers}: {kinds}.", viewers=viewers, kinds=voice.listed(kinds))
        if kinds
        else voice.sentence(viewers)
    ]
    if measurement.people.confirmed and measurement.viewers_possible:
        said.append(
            voice.say(
                "{count} of these were shown only what may be a namesake’s.",
                count=measurement.viewers_possible,
            )
        )
    if any(kind.kind == "crawler" for kind in measurement.by_viewer_kind):
        said.append(voice.say("Search engines keep copies: ask for these to be removed."))
    if any(kind.kind == "unknown" for kind in measurement.by_viewer_kind):
        said.append(voice.say("Unknown viewers may be one or many."))
    return _by_count(measurement), voice.chain(" ", said)


def viewer_kind_words(kind: str, how_many: int | None, voice: Voice = ENGLISH) -> str:
    """Return a kind of viewer as a noun."""
    one, many = VIEWER_KINDS.get(kind, (printable(kind), printable(kind)))
    return voice.kept(one if how_many == 1 else many)


def _times(measurement: Measurement, zone: tzinfo, voice: Voice) -> tuple[Confidence, str]:
    if _nobody(measurement):
        return _unknown(measurement, voice)
    coverage = measurement.coverage
    if measurement.first_at is None or measurement.last_at is None:
        return "unknown", voice.say(
            "Unknown, because the recordings hold no times. Scan a recording with times, or an access log.",
        )
    said = [
        voice.say(
            "First seen {first}, last seen {last}.",
            first=moment(measurement.first_at, zone),
            last=moment(measurement.last_at, zone),
        )
    ]
    if measurement.possible_outside:
        said.append(voice.say("That is of what is confirmed; possible ones lie outside of it."))
    if coverage.first_at is not None and coverage.last_at is not None:
        said.append(
            voice.say(
                "Recordings cover {first} to {last}; what was shown before or after is not known.",
                first=moment(coverage.first_at, zone, seconds=False),
                last=moment(coverage.last_at, zone, seconds=False),
            )
        )
    if measurement.histogram.untimed_answers:
        said.append(voice.say("{answers} had no time.", answers=_answers(measurement.histogram.untimed_answers, voice)))
    return _by_count(measurement), voice.chain(" ", said)


def _nobody(measurement: Measurement) -> bool:
    people = measurement.people
    hidden = people.confirmed is None and bool(measurement.withheld)
    return not hidden and (people.confirmed or 0) + (people.possible or 0) == 0


def _unknown(measurement: Measurement, voice: Voice) -> tuple[Confidence, str]:
    if measurement.people.confirmed is None:
        return "unknown", voice.say("Unknown, because {why}", why=_why(measurement, voice))
    return "unknown", voice.say("Unknown, because nobody was found in what was looked at.")


def _why(measurement: Measurement, voice: Voice) -> str:
    """Why nobody can say how many, as it goes on in a sentence."""
    method = measurement.people.method
    if method != why_unknown(measurement.coverage):
        return voice.kept(method[:1].lower() + method[1:])
    return voice.go_on(why_unknown(measurement.coverage, voice))


def _evidence(measurement: Measurement, voice: Voice) -> str:
    numbers = [str(finding.number) for finding in measurement.findings]
    if not numbers:
        if not measurement.finding_count:
            return voice.say("none found")
        return voice.several("{count} finding", "{count} findings", measurement.finding_count)
    if len(numbers) == 1:
        found = voice.say("finding {numbers}", numbers=numbers[0])
    elif len(numbers) <= 6:
        found = voice.say("findings {numbers}", numbers=voice.listed(numbers))
    else:
        found = voice.say("findings {first} to {last}", first=numbers[0], last=numbers[-1])
    if measurement.answers_exposed is None:
        return found
    return voice.chain(", ", [found, _answers(measurement.answers_exposed, voice)])


def _by_count(measurement: Measurement) -> Confidence:
    return "possible" if measurement.people.confirmed == 0 else "confirmed"


def _split(confirmed: int | None, possible: int | None, voice: Voice) -> str:
    if not possible:
        return voice.number(confirmed)
    if not confirmed:
        return voice.say("{possible} possible", possible=possible)
    return voice.say("{confirmed} confirmed, {possible} possible", confirmed=confirmed, possible=possible)


def _most(counts: Iterable[Count], named: Callable[[str], str], voice: Voice, most: int = 6) -> str:
    """The largest groups in words, and how many more there are."""
    shown = list(counts)
    words = [
        voice.say(
            "{name} {number}",
            name=named(count.label) if count.label else voice.say("not known"),
            number=_split(count.confirmed, count.possible, voice),
        )
        for count in shown[:most]
    ]
    if len(shown) > most:
        words.append(voice.say("{count} more", count=len(shown) - most))
    return voice.listed(words)


def _level(level: float, voice: Voice) -> str:
    return voice.say("{share} interval", share=voice.share(level, 0))
