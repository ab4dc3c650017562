"""Tell what the engine said, and what the library refused, in the language of the page.

In:    reasons, flips, factors, questions, notes and errors.
Out:   HTML that is safe to show.
Else:  the sentences are the library's; the translations are in locale/.

What was signed is the English. Another language is shown only where the phrase, told in English, gives exactly the words that were
kept: else, as where the books have changed since, the English itself is shown, and marked as such. Words of a particular law stay
as they were read.
"""

from __future__ import annotations

from functools import lru_cache

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop
from markupsafe import Markup

from spillkit.case import Case, Running
from spillkit.case.events import Event, FactsChanged, Measured
from spillkit.errors import SpillkitError
from spillkit.law.books import Question
from spillkit.law.decision import NAME_OF_ADDRESSEE, NAME_OF_AUTHORITY, Duty, Factor, Flip, Reason, Severity
from spillkit.law.flips import flip_phrase
from spillkit.law.phrases import AS_READ, Phrase
from spillkit.law.severity import severity_words
from spillkit.law.telling import tell
from spillkit.law.words import question_words
from spillkit.voice import ENGLISH
from spillkit_server.deciding import books
from spillkit_server.voice import RoomVoice, voice

_FACTORS = {
    "DPC": noop("Kind of data (DPC)"),
    "EI": noop("How easily people are told apart (EI)"),
    "CB confidentiality": noop("Confidentiality (CB)"),
    "CB integrity": noop("Integrity (CB)"),
    "CB availability": noop("Availability (CB)"),
    "CB malicious intent": noop("Malicious intent (CB)"),
}
_OUTCOMES = {
    "triggered": noop("triggered"),
    "not triggered": noop("not triggered"),
    "needs a human answer": noop("needs a human answer"),
}
# Fields of forms, as refusals name them.
_FIELDS = {
    "reason": noop("Reason"),
    "why": noop("Why"),
    "how": noop("How"),
    "words": noop("Words"),
    "title": noop("Title"),
    "user": noop("Account"),
    "aware_at": noop("Time"),
    "met_at": noop("Time"),
    "told_at": noop("Time"),
    "sent_at": noop("Time"),
    "due_at": noop("Time"),
    "since": noop("Since"),
    "people": noop("People"),
    "mailing": noop("Mailing"),
    "doing": noop("What is to be done"),
    "digest": noop("Digest"),
    "notices": noop("Notices"),
    "accepts": noop("Exceptions"),
    "binds": noop("Does it bind the company?"),
    "answer": noop("Answer"),
    "question": noop("Question"),
    "new": noop("New figure"),
    "figure": noop("Figure"),
}
AS_MEASURED = noop("as measured in the workspace")
PART_SEEN = noop(
    "{share} of the traffic was looked at; the numbers may be larger. "
    "A threshold that is not reached may be reached all the same."
)
# Names that were not read in an official list: what the library puts before them, and the sentence.
_UNSURE_NAMES = {
    NAME_OF_AUTHORITY: noop("name of the authority: {name}"),
    NAME_OF_ADDRESSEE: noop("name of the addressee: {name}"),
}


def condition_words(reason: Reason) -> Markup:
    """Return the condition of one link of the chain."""
    phrase = reason.said[0] if reason.said else AS_READ
    return _told(phrase, reason.condition)


def because_words(reason: Reason) -> Markup:
    """Return why it holds, or does not."""
    phrase = reason.said[1] if len(reason.said) > 1 else AS_READ
    return _told(phrase, reason.because)


def flip_words(flip: Flip, duty: Duty) -> Markup:
    """Return one further fact that would change an outcome."""
    try:
        phrase = flip_phrase(flip.kind, flip.value, duty.jurisdiction)
    except ValueError:
        phrase = AS_READ
    return _told(phrase, flip.words)


def outcome_words(outcome: str) -> str:
    """Return what a rule says of a company."""
    return _(_OUTCOMES[str(outcome)]) if str(outcome) in _OUTCOMES else str(outcome)


def factor_name(factor: Factor) -> str:
    """Return what a factor of the severity score is called."""
    return _(_FACTORS[factor.name]) if factor.name in _FACTORS else factor.name


def factor_words(factor: Factor) -> Markup:
    """Return the reason of a factor's value."""
    return _told(factor.said or AS_READ, factor.because)


def score_words(severity: Severity) -> Markup:
    """Return what the score says, and how far it goes."""
    high = severity.score if severity.score_upper is None else severity.score_upper
    if severity_words(severity.score, high, books()) != severity.words:
        return voice().foreign(severity.words)
    return _markup(severity_words(severity.score, high, books(), voice()))


def asked_words(name: str, case: Case) -> Markup:
    """Return what must be asked, for an id of `Decided.questions`."""
    if case.facts is None:
        return voice().code(name)
    return _markup(question_words(name, case.facts, books(), voice()))


def help_words(question: Question) -> Markup:
    """Return what helps to answer a question."""
    return voice().kept(question.help)


def place_words(duty: Duty | Running) -> Markup:
    """Return whose law a duty, or its clock, is of."""
    return voice().place(duty.jurisdiction, duty.jurisdiction_name)


def note_words(note: str, case: Case) -> Markup:
    """Return what is odd about the facts."""
    share = case.facts.coverage if case.facts is not None else None
    if share is not None and ENGLISH.say(PART_SEEN, share=f"{share:.0%}") == note:
        return voice().say(PART_SEEN, share=voice().share(share, 0))
    return voice().kept(note)


def unsure_words(part: str) -> Markup:
    """Return which part of a row of law is general knowledge."""
    said = voice()
    for before, sentence in _UNSURE_NAMES.items():
        if part.startswith(before):
            return said.say(sentence, name=said.foreign(part.removeprefix(before)))
    return said.foreign(part)


def noted_words(event: Event) -> Markup:
    """Return what the program itself wrote into an event; "" where a person did."""
    if isinstance(event, Measured):
        return voice().kept(event.method)
    if isinstance(event, FactsChanged) and event.why == AS_MEASURED:
        return voice().kept(event.why)
    return Markup("")


def kept_words(text: str) -> Markup:
    """Return a sentence that the library keeps in English, where the catalogue knows it; else the English."""
    return voice().kept(text)


def law_words(text: str) -> Markup:
    """Return words of a particular law, or an official name, as they were read."""
    return voice().foreign(text)


def refusal_words(error: Exception) -> Markup:
    """Return why something was not done, and what to do now."""
    said = voice()
    if not isinstance(error, SpillkitError):
        return said.kept(str(error))
    values = {name: _refused_value(name, value, said) for name, value in error.values.items()}
    return said.say(error.sentence, **values) if values else said.kept(error.sentence or str(error))


def message_words(error: Exception) -> SafeString:
    """Return the same to be kept until the next page: the store of messages knows Django's own mark of safety alone."""
    return mark_safe(refusal_words(error))  # noqa: S308 - escaped by `refusal_words`


def _refused_value(name: str, value: str | int, said: RoomVoice) -> str | int:
    if name == "name" and isinstance(value, str):
        return said.say(_FIELDS[value]) if value in _FIELDS else said.code(value)
    if name in ("state", "role", "roles", "what", "kind") and isinstance(value, str):
        return said.chain(", ", [said.kept(part) for part in value.split(", ")])
    return value


def _told(phrase: Phrase, kept: str) -> Markup:
    said = voice()
    if said.is_english or not _is_tied(phrase, kept):
        return said.foreign(kept)
    return said.begin(_markup(tell(phrase, books(), said)))


def _markup(text: str) -> Markup:
    return text if isinstance(text, Markup) else voice().foreign(text)


@lru_cache(maxsize=20_000)
def _is_tied(phrase: Phrase, kept: str) -> bool:
    """Say whether a phrase, told in English by the books of today, gives the words that were kept."""
    if phrase == AS_READ:
        return False
    try:
        told = tell(phrase, books())
    except (KeyError, ValueError, IndexError, TypeError):
        return False
    return kept in (told, ENGLISH.begin(told))
