"""The rules by which a text is held against the facts, each with its reason.

In:    nothing.
Out:   RULES, FIELDS, PROMISES, DONE.
Else:  applying them is `compare`.
"""

from __future__ import annotations

from collections.abc import Mapping

FIELDS = (
    "name", "e-mail", "phone", "address", "customer-id", "order", "document", "device", "session", "token",
    "password", "card-number", "account-number", "date-of-birth", "national-id", "username",
)  # fmt: skip
PROMISES = (
    "only-these",
    "nobody-else",
    "fixed",
    "stopped",
    "not-misused",
    "no-action",
    "never-again",
    "copies-gone",
    "safe",
)
DONE = ("authority-told", "police-told", "sessions-ended", "copies-asked-back")

# Rule -> what it demands, and who says so. notice.toml is src/spillkit/law/data/notice.toml, with the source of each of its lines;
# the charter's section 7 lists what must never happen.
RULES: Mapping[str, tuple[str, str]] = {
    "people-number": ("A number of people is the measured one, or a bound that holds.", "GDPR Art. 33(3) and 34(2)"),
    "viewers-number": ("A number of viewers is the measured one.", "notice.toml: to whom"),
    "day": ("A day is one that the facts name.", "notice.toml: from when to when"),
    "first-day": ("The first day is the measured one.", "notice.toml"),
    "last-day": ("The last day is the measured one.", "notice.toml"),
    "known-day": ("The day on which the company noticed is the signed one.", "GDPR Art. 33(1): the clock starts there"),
    "again-day": ("The day of the next word is the promised one.", "notice.toml"),
    "moment": ("A time of day is a measured one.", "notice.toml"),
    "duration": ("A length of time is that between the first and the last answer.", "notice.toml"),
    "field-not-shown": ("A field is named only where it was shown.", "notice.toml: exactly which of my fields"),
    "field-missing": ("Each field that was shown is named.", "GDPR Art. 33(3) and 34(2); notice.toml"),
    "field-denied": ("No field that was shown is denied.", "GDPR Art. 33(3) and 34(2)"),
    "field-not-looked-for": (
        "A field is denied only where it was looked for everywhere, or two people signed it.",
        "the charter, section 7, 5",
    ),
    "one-or-several-staff": (
        "One member of staff, or several: as it is known.",
        "notice.toml: one person blamed where several did it",
    ),
    "staff-or-technical": (
        "A technical fault and a member of staff are two things.",
        "GDPR Art. 33(3) and 34(2): the nature",
    ),
    "one-or-several-affected": ("One person, or several: as it was measured.", "GDPR Art. 33(3) and 34(2)"),
    "one-or-several-viewers": ("One viewer, or several: as it was measured.", "notice.toml: to whom"),
    "audience": ("Who saw it is who was measured to have seen it.", "notice.toml: to whom"),
    "promise": ("A promise is made only where the facts say so.", "the charter, section 7, 5; notice.toml"),
    "done": ("What was done is said only where it was done.", "GDPR Art. 33(3) and 34(2): the measures taken"),
    "hedge": ("What is known is said as known: was shown, not may have been.", "notice.toml"),
    "empty-words": ("No words that soothe and say nothing.", "notice.toml"),
    "unsigned-word": ("No legal conclusion before two people signed it.", "the charter, section 7, 8"),
    "other-entity": ("The reader's own company speaks, no sister of it.", "notice.toml: the name of the legal entity"),
    "link": ("No link is needed, so none is there: a reader types the address.", "notice.toml: without clicking"),
    "foreign-domain": ("No other domain than the company's own.", "the charter, section 7, 10"),
    "missing-contact": ("Somebody who answers is named.", "GDPR Art. 34(2) with Art. 33(3)(b)"),
    "missing-authority": ("The authority is named.", "notice.toml"),
    "missing-code": ("The code is there by which the reader checks the message.", "notice.toml"),
    "missing-again": ("The text says when the company writes again.", "notice.toml"),
    "missing-entity": ("The legal entity is named.", "notice.toml"),
    "not-written": ("There is a text for everybody who is told.", "GDPR Art. 34(1)"),
    "not-read": ("Every paragraph is read; one in a language without words here is not checked by anybody.", ""),
}
