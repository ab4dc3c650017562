"""Score how severe an incident is, by the method of ENISA: SE = DPC × EI + CB.

In:    facts: kinds of data by group of people, who saw them, whether on purpose; a few answers.
Out:   a Severity: the score, each factor with the reason of its value, ranges where the facts leave it open, flags.
Else:  duties are decided by rules (`decide`); the score is one reason among others and never decides alone.

Source: ENISA, Recommendations for a methodology of the assessment of severity of personal data breaches, Working Document v1.0,
December 2013. DPC: data processing context, 1 to 4. EI: ease of identification, 0.25 to 1. CB: circumstances, added up.
Not checked against the document itself: the cells of the identifier table, the examples of CB, the bands above "low".
Authorities have overruled low scores: UODO DKN.5131.7.2020, DKN.5131.11.2020, DKN.5131.16.2021, DKN.5131.28.2023.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from spillkit.law.books import Books
from spillkit.law.decision import Factor, Severity
from spillkit.law.facts import Facts
from spillkit.law.phrases import Phrase
from spillkit.law.telling import tell
from spillkit.voice import ENGLISH, Voice

MANY = 100  # more people than this raise a flag

_SIMPLE = (
    "name email phone postal-address customer-id document device session token username date-of-birth mothers-maiden-name "
    "picture national-id ssn tax-id driver-licence passport military-id"
)
_BEHAVIOURAL = "location behaviour order"
_FINANCIAL = "account-number card-number account-access-code financial"
_SENSITIVE = "medical health-insurance biometric genetic beliefs origin sexual-life criminal"
_CREDENTIALS = "password security-answer"
CLASS_OF = {
    kind: name
    for name, members in (
        ("simple", _SIMPLE),
        ("behavioural", _BEHAVIOURAL),
        ("financial", _FINANCIAL),
        ("sensitive", _SENSITIVE),
        ("credentials", _CREDENTIALS),
    )
    for kind in members.split()
}
_ID_NUMBERS = frozenset({"national-id", "ssn", "passport", "driver-licence", "tax-id", "military-id"})
_CODES = frozenset({"customer-id", "order", "document", "device", "session", "token", "account-number", "card-number"})
_CELLS = "the cells of the identifier table were not checked against the document"
_EXAMPLES = "the examples of this factor were not checked against the document"

# Answer -> class -> what the class is then (Annex 1). The gravest that applies counts; only `little-insight` and
# `partial-insight` lower.
_RAISES: dict[str, dict[str, int]] = {
    "profile-possible": {"simple": 2, "behavioural": 3, "financial": 4},
    "sensitive-conclusions": {"simple": 3, "behavioural": 4},
    "vulnerable-people": {"simple": 4},
}
_WHY = {
    "profile-possible": "raised-profile",
    "sensitive-conclusions": "raised-sensitive",
    "vulnerable-people": "raised-vulnerable",
}
_BASE = {"simple": 1, "behavioural": 2, "financial": 3, "sensitive": 4}
_BANDS = ((2.0, "low"), (3.0, "medium"), (4.0, "high"))


class Span(NamedTuple):
    """A value between two ends, with its reason."""

    low: float
    high: float
    because: Phrase


def severity(context: float, ease: float, circumstances: float) -> float:
    """Return how severe it is: context × ease + circumstances.

    context        DPC, 1 (contact details) to 4 (health, beliefs)
    ease           EI, 0.25, 0.5, 0.75 or 1: how easily a person is told apart
    circumstances  CB, the sum of confidentiality, integrity, availability and malicious intent, 0 to 2
    Returns        a score without unit, 0.25 to 6
    Raises         ValueError if a factor is none that the method knows

    >>> severity(context=1, ease=1, circumstances=0.25)
    1.25
    """
    if not 1 <= context <= 4 or ease not in (0.25, 0.5, 0.75, 1.0) or not 0 <= circumstances <= 2:
        raise ValueError("the method knows contexts 1 to 4, eases 0.25, 0.5, 0.75 and 1, circumstances 0 to 2")
    return context * ease + circumstances


def band(score: float) -> str:
    """Return the band of a score: below 2 low, below 3 medium, below 4 high, else very high.

    >>> band(1.99), band(2), band(4)
    ('low', 'medium', 'very high')
    """
    return next((name for limit, name in _BANDS if score < limit), "very high")


def severity_of(facts: Facts, books: Books) -> Severity | None:
    """Score an incident.

    facts    checked
    Returns  a Severity; None where nobody is affected
    """
    shown = {frozenset(one.fields) for one in facts.populations if _upper(one.people, one.people_upper)}
    if not shown:
        return None
    answers = {question: facts.answers.get(question, "") for question in books.questions}
    # Everybody's data is scored for itself; the gravest group speaks for the incident.
    scored = [(_context(fields, answers), _ease(fields)) for fields in sorted(shown, key=sorted)]
    context, ease = max(scored, key=lambda pair: (pair[0].high * pair[1].high, pair[0].low * pair[1].low))
    product_low = max(one.low * other.low for one, other in scored)
    circumstances = {
        "CB confidentiality": _confidentiality(facts.shown_to),
        "CB integrity": Span(0, 0, Phrase("not-altered")),
        "CB availability": Span(0, 0, Phrase("not-lost")),
        "CB malicious intent": _intent(facts.intentional),
    }
    low = product_low + sum(span.low for span in circumstances.values())
    high = severity(context.high, ease.high, sum(span.high for span in circumstances.values()))
    factors = [_factor("DPC", context, books), _factor("EI", ease, books, _CELLS)]
    factors += [
        _factor(name, span, books, _EXAMPLES if name == "CB confidentiality" else "")
        for name, span in circumstances.items()
    ]
    return Severity(
        score=low,
        score_upper=high if high != low else None,
        band=band(low),
        band_upper=band(high) if band(high) != band(low) else "",
        factors=tuple(factors),
        flags=tuple(tell(flag, books) for flag in _flags(facts, answers)),
        words=severity_words(low, high, books),
    )


def _context(fields: Iterable[str], answers: Mapping[str, str]) -> Span:
    """DPC: every class present is scored, the highest is kept (Annex 1)."""
    spans = []
    for kind in sorted(fields):
        name = CLASS_OF.get(kind, "simple")
        spans.append(_credentials(kind, answers) if name == "credentials" else _of_class(kind, name, answers))
    return max(spans, key=lambda span: (span.high, span.low))


def _of_class(kind: str, name: str, answers: Mapping[str, str]) -> Span:
    what = Phrase(name, (kind,))
    raised = {question: classes[name] for question, classes in _RAISES.items() if name in classes}
    grounds = {question: score for question, score in raised.items() if answers.get(question) == "yes"}
    if grounds:
        question = max(grounds, key=lambda one: grounds[one])
        return Span(grounds[question], grounds[question], Phrase(_WHY[question], (what,)))
    base = _BASE[name]
    if answers.get("little-insight") == "yes":
        return Span(1, 1, Phrase("reveals-little", (what,)))
    if answers.get("partial-insight") == "yes" and name in ("financial", "sensitive"):
        return Span(2, 2 if name == "financial" else 3, Phrase("general", (what,)))
    if kind == "order" and not answers.get("little-insight"):
        return Span(1, base, Phrase("habits", (what,)))
    if kind in ("card-number", "account-access-code"):
        return Span(base, 4, Phrase("fraud", (what,)))
    if kind in _ID_NUMBERS:
        return Span(base, base, Phrase("no-class", (what,)))
    return Span(base, base, Phrase("not-aggravated", (what,)) if name == "simple" else what)


def _credentials(kind: str, answers: Mapping[str, str]) -> Span:
    """User name and password take the class of what they open."""
    opens = answers.get("opens-money", "")
    if opens == "yes":
        return Span(4, 4, Phrase("opens-money", (kind,)))
    if opens == "no":
        return Span(1, 1, Phrase("opens-simple", (kind,)))
    return Span(1, 4, Phrase("opens-unknown", (kind,)))


def _ease(fields: frozenset[str]) -> Span:
    """EI: the identifiers that stand together."""
    if {"name", "email"} <= fields:
        return Span(1, 1, Phrase("name-mail-birth" if "date-of-birth" in fields else "name-mail"))
    if "name" in fields and fields & _ID_NUMBERS:
        return Span(1, 1, Phrase("name-number"))
    spans = []
    if "name" in fields:
        spans.append(Span(0.25, 0.75, Phrase("name")))
    if "email" in fields:
        spans.append(Span(0.75, 1, Phrase("mail")))
    if fields & {"phone", "postal-address"}:
        spans.append(Span(0.25, 1, Phrase("phone")))
    if fields & _ID_NUMBERS:
        spans.append(Span(0.25, 0.75, Phrase("number-alone")))
    if "picture" in fields:
        spans.append(Span(0.25, 1, Phrase("picture")))
    if "username" in fields:
        spans.append(Span(0.25, 1, Phrase("username")))
    if fields & _CODES:
        spans.append(Span(0.25, 0.75, Phrase("own-number")))
    if not spans:
        return Span(0.25, 0.25, Phrase("no-identifier"))
    best = max(spans, key=lambda span: (span.high, span.low))
    return Span(max(span.low for span in spans), best.high, best.because)


def _confidentiality(shown_to: Iterable[str]) -> Span:
    kinds = set(shown_to)
    if not kinds:
        return Span(0, 0.5, Phrase("shown-open"))
    if kinds & {"anonymous", "crawler"}:
        return Span(0.5, 0.5, Phrase("shown-anybody"))
    if kinds & {"outside", "unknown"}:
        return Span(0.25, 0.5, Phrase("shown-unknown"))
    return Span(0.25, 0.25, Phrase("shown-known"))


def _intent(intentional: str) -> Span:
    if intentional == "yes":
        return Span(0.5, 0.5, Phrase("on-purpose"))
    if intentional == "no":
        return Span(0, 0, Phrase("by-error"))
    return Span(0, 0.5, Phrase("purpose-open"))


def _flags(facts: Facts, answers: Mapping[str, str]) -> Iterable[Phrase]:
    low = sum(one.people for one in facts.populations)
    high = sum(_upper(one.people, one.people_upper) for one in facts.populations)
    if low > MANY:
        yield Phrase("many", (MANY,))
    elif high > MANY:
        yield Phrase("perhaps-many", (MANY,))
    if answers.get("encrypted") == "yes":
        yield Phrase("unintelligible")


def _factor(name: str, span: Span, books: Books, not_confirmed: str = "") -> Factor:
    return Factor(
        name=name,
        value=span.low,
        value_upper=span.high if span.high != span.low else None,
        because=ENGLISH.begin(tell(span.because, books)) if name != "DPC" else tell(span.because, books),
        not_confirmed=not_confirmed,
        said=span.because,
    )


def severity_words(low: float, high: float, books: Books, voice: Voice = ENGLISH) -> str:
    """Return what a score says, and how far it goes; `high` is `low` where the facts leave nothing open."""
    bands = Phrase(band(low)), Phrase(band(high))
    said = bands[0] if bands[0] == bands[1] else Phrase("to", bands)
    if low == high:
        return tell(Phrase("score", (f"{low:g}", said)), books, voice)
    return tell(Phrase("score-open", (Phrase("to", (f"{low:g}", f"{high:g}")), said)), books, voice)


def _upper(people: int, upper: int | None) -> int:
    return people if upper is None else upper
