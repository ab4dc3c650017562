"""What the engine asks of people, and where each thing is answered.

In:    a case, the books.
Out:   Asked: the question in words, how many duties hang on it, and the place of its answer.
Else:  which questions there are is `spillkit.law`; the forms stand in the templates.

Some can be judged with yes or no. Others are facts: a time that two people sign, where a company is established, where people live.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from spillkit.case import Case
from spillkit.case.state import Answered
from spillkit.law.books import Books, Question
from spillkit.law.decision import Outcome
from spillkit_server.duty_matrix import questions_of
from spillkit_server.told import asked_words

_OF_COMPANIES = ("established", "main-establishment", "region-of-establishment")
_OF_PEOPLE = ("region", "country", "account")


@dataclass(frozen=True, slots=True)
class Asked:
    """One question, as a page shows it."""

    name: str
    text: str
    question: Question | None  # None: it is not answered with yes or no
    answer: Answered | None
    hanging: int  # duties that need it
    link: str  # where a fact is stated; "": here, with yes or no
    link_words: str
    about: str  # the company it is about, where the words do not name it


def asked_of(number: int, case: Case, books: Books) -> list[Asked]:
    """Return what is asked: first what nobody answered yet, most duties first; then what was answered."""
    hanging: Counter[str] = Counter()
    for state in case.duties:
        if state.state == "proposed" and state.duty.outcome is not Outcome.NOT_TRIGGERED:
            hanging.update(questions_of(state))
            ends = state.duty.deadline
            if ends is not None and ends.starts_at is None and ends.starts:
                hanging[f"when@{ends.starts}"] += 1
    names = (*case.open_questions, *case.answers)
    return [one_asked(number, case, books, name, hanging[name]) for name in names]


def one_asked(number: int, case: Case, books: Books, name: str, hanging: int = 0) -> Asked:
    """Return one question."""
    text = asked_words(name, case)
    kind, _at, of = name.partition("@")
    link, link_words = "", ""
    if kind == "when":
        is_aware = of == "aware"
        link = (
            reverse("incident", kwargs={"number": number}) + "#aware"
            if is_aware
            else reverse("incident-facts", kwargs={"number": number}) + "#times"
        )
        link_words = _("Propose the time; another person signs it") if is_aware else _("State the time")
    elif kind in _OF_COMPANIES:
        link = reverse("incident-facts", kwargs={"number": number}) + "#companies"
        link_words = _("State it under the company’s facts")
    elif kind in _OF_PEOPLE:
        link = reverse("incident-facts", kwargs={"number": number}) + "#people"
        link_words = _("State it under the people’s facts")
    return Asked(
        name=name,
        text=text,
        question=books.questions.get(kind),
        answer=case.answers.get(name),
        hanging=hanging,
        link=link,
        link_words=link_words,
        about=of if kind == "country" else "",
    )
