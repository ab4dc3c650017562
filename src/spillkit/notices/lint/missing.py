"""Find what is missing in a document: fields, a contact, an authority, a code, the next word, the company's name; and links.

In:    the document beside the facts.
Out:   Contradictions.
Else:  what it says wrongly is `against`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from spillkit.notices.complaint import WITHOUT_AUTHORITY
from spillkit.notices.lint.claims import Kind, Purpose
from spillkit.notices.lint.contradictions import Contradiction
from spillkit.notices.lint.figures import readings
from spillkit.notices.lint.folded import fold
from spillkit.notices.lint.judged import LETTERS, TO_ONE, Judged, spans_of

# Groups of capitals and figures as `code` writes them, or a place kept for one in a template.
_CODE = re.compile(r"(?<![^\W_])(?=[A-Z0-9-]*\d)[A-Z0-9]{3,6}(?:[- ][A-Z0-9]{3,6}){2}(?![^\W_])|\{\{? ?code ?\}?\}")


def fields_missing(judged: Judged) -> Iterator[Contradiction]:
    """Yield the fields that were shown and are not named."""
    told = judged.document.told
    if judged.document.purpose not in (*TO_ONE, Purpose.STATEMENT, Purpose.REPORT) or (told and told.is_shared):
        return
    named = {claim.value for claim in judged.said.claims if claim.kind is Kind.FIELD and not claim.is_denied}
    for field in judged.known.shown_of(judged.document):
        if field not in named:
            yield judged.lacks("field-missing", f"{field} is not named", f"{field} was shown")


def names(judged: Judged) -> Iterator[Contradiction]:
    """Yield where another legal entity is named, and whether the own is not."""
    own = judged.letterhead
    if own is None:
        return
    text = judged.folded
    own_spans = [span for name in (own.name, own.brand) for span in spans_of(name, text.text)]
    seen: set[tuple[int, int]] = set()
    for other in judged.known.letterheads:
        for name in {other.name, other.brand} - {own.name, own.brand} if other.entity != own.entity else ():
            for start, end in spans_of(name, text.text):
                inside = any(first <= start and end <= last for first, last in own_spans)
                if not inside and (start, end) not in seen:
                    seen.add((start, end))
                    yield judged.at(*text.back(start, end), "other-entity", "another legal entity", own.entity)
    if judged.document.purpose in (*LETTERS, Purpose.STATEMENT) and not list(spans_of(own.name, text.text)):
        yield judged.lacks("missing-entity", "the legal entity is not named", own.entity)


def missing(judged: Judged) -> Iterator[Contradiction]:
    """Yield what has to stand in a document of this purpose and does not."""
    purpose, said = judged.document.purpose, {claim.kind for claim in judged.said.claims}
    own = judged.letterhead
    text = judged.folded.text
    if purpose in (*LETTERS, Purpose.STATEMENT):
        has_contact = bool(list(spans_of(own.contact, text))) if own else any(
            claim.kind is Kind.CONTACT and claim.value in ("mail", "telephone") for claim in judged.said.claims
        )  # fmt: skip
        if not has_contact:
            yield judged.lacks("missing-contact", "no contact", "the letterhead's contact")
    if purpose in TO_ONE and not _has_no_authority(judged):
        names = judged.known.authorities.get(judged.document.told.authority, ()) if judged.document.told else ()
        has_authority = any(list(spans_of(name, text)) for name in names) if names else Kind.AUTHORITY in said
        if not has_authority:
            yield judged.lacks("missing-authority", "no authority", "the authority to which a reader may complain")
    if purpose in LETTERS and not _has_code(judged, text):
        yield judged.lacks("missing-code", "no code", "the code of this message")
    story = judged.known.story
    if purpose in (*TO_ONE, Purpose.STATEMENT) and story is not None and story.next_word_on is not None:
        on = story.next_word_on
        if not any(
            claim.kind in (Kind.DAY, Kind.AGAIN) and on in readings(claim, [on]) for claim in judged.said.claims
        ):
            yield judged.lacks("missing-again", "no day of the next word", on.isoformat())


def _has_no_authority(judged: Judged) -> bool:
    """Say whether the reader lives where no authority takes complaints, and none was named for him."""
    told = judged.document.told
    return told is not None and told.country in WITHOUT_AUTHORITY and not told.authority


def _has_code(judged: Judged, text: str) -> bool:
    if judged.document.code:
        return fold(judged.document.code).text in text
    return bool(_CODE.search(judged.document.text))
