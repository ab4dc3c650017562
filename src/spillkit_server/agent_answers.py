"""Find out what an agent may tell a caller: whether a message is ours, and whether the caller's data was shown.

In:    what the caller reads out or sends on; a customer number, after the company's own identity check; a language.
Out:   Genuine, Affected: words to choose by, the mailing and its day, the sentences of the notice itself.
Else:  judging is `spillkit.notices.ours`; the words around are the page's; the page is `screens.checking`.

Only mailings that two people approved are looked through: before that nobody is told anything, on the telephone neither. Never a
name, an address or a value of a field is read here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec
from django.utils.safestring import SafeString

from spillkit.directory import Directory
from spillkit.directory.identity import pseudonym
from spillkit.errors import SpillkitError
from spillkit.law.books import Books
from spillkit.model import SubjectId
from spillkit.notices.document import Part
from spillkit.notices.genuine import Verdict
from spillkit.notices.ours import Found, Ours
from spillkit.notices.prepared import Prepared, read_head
from spillkit.notices.told import Hold, Kind, Told
from spillkit.notices.told_rows import rows_of_account
from spillkit.settings import Workspace
from spillkit_server.notice_html import sections_html
from spillkit_server.notice_texts import renderers_of

_CODE_SIGNS = 60  # on one line: no more than a code with whatever stands between its groups
_CODE = "XXXXX-XXXXX-XXXXX"  # in the place of the caller's, which he has himself
# What an agent reads aloud. Who writes, and where to complain, stands in the caller's own notice.
_SPOKEN = frozenset(
    {"happened", "data", "data-of-customers", "means", "did", "do", "never", "check", "unknown", "contact"}
)
# The caller may be told on the telephone although no mail could be sent.
_MAY_BE_TOLD = frozenset({Hold.NO_ADDRESS, Hold.NOT_SIGNED_OFF})


class Says(StrEnum):
    """What is said of a message."""

    CODE = "code"  # the code is of one of our notices
    SIGNED = "signed"
    WORDS = "words"  # its words are ours, its signature was lost on the way
    CHANGED = "changed"
    NOT_OURS = "not-ours"
    UNKNOWN = "unknown"  # a well-formed code that no notice has
    CANNOT_TELL = "cannot-tell"
    MISREAD = "misread"  # no code: a sign is missing or wrong


@dataclass(frozen=True, slots=True)
class Genuine:
    """Whether a message is ours."""

    says: Says
    mailing: str = ""
    sent_on: datetime | None = None  # when two people approved it
    problem: str = ""  # `code.Problem`, with MISREAD

    @property
    def is_suspect(self) -> bool:
        """Whether it is to be reported."""
        return self.says in (Says.CHANGED, Says.NOT_OURS)


class Was(StrEnum):
    """Whether somebody's data was shown."""

    AFFECTED = "affected"
    POSSIBLE = "possible"  # one of several people, and nobody knows which
    WAIT = "wait"  # somebody has to decide first how this person is told
    NOT = "not"  # as far as was looked at
    VIEWER = "viewer"  # others' data was shown to this person, who is asked to delete it


@dataclass(frozen=True, slots=True)
class Affected:
    """What is known of one customer in one mailing."""

    was: Was
    mailing: str
    sent_on: datetime
    hold: Hold | None
    fields: tuple[str, ...]  # labels of `model.Field`; () where nothing is to be said of them
    sentences: SafeString  # of the notice, in the caller's language; "" where none may be said


def genuine(workspace: Workspace, approved: Mapping[str, datetime], typed: str, file: bytes = b"") -> Genuine:
    """Return whether a code or a message is ours.

    approved  names of mailings, with the moment at which two people approved each
    typed     one short line is taken for a code, anything else for a message
    file      a mail as it was saved; it counts before what was typed
    """
    ours = Ours.open(workspace, approved)
    line = typed.strip()
    if not file and "\n" not in line and len(line) <= _CODE_SIGNS:
        answer = ours.by_code(line)
        if isinstance(answer, Found):
            return Genuine(Says.CODE, answer.mailing, approved[answer.mailing])
        if answer is not None:
            return Genuine(Says.MISREAD, problem=answer.value)
        return Genuine(Says.CANNOT_TELL if ours.doubts else Says.UNKNOWN)
    judged = ours.judge(file or _as_mail(line))
    found = ours.by_notice(judged.notice_id) if judged.notice_id is not None else None
    says = {
        Verdict.OURS: Says.SIGNED if judged.by == "signature" else Says.WORDS,
        Verdict.CHANGED: Says.CHANGED,
        Verdict.NOT_OURS: Says.NOT_OURS,
        Verdict.CANNOT_TELL: Says.CANNOT_TELL,
    }[judged.verdict]
    if found is None:
        return Genuine(says)
    return Genuine(says, found.mailing, approved[found.mailing])


def affected(
    workspace: Workspace, approved: Mapping[str, datetime], customer: str, language: str, books: Books
) -> list[Affected]:
    """Return what is known of a customer, newest mailing first; of somebody who is in none, that he is not affected.

    customer  the company's own number, as the customer list has it
    language  one of `wording.LANGUAGES`: the caller's
    Raises    NoticesError if the rows of a mailing are gone or damaged; WordingError where a text cannot be written
    """
    heads = [read_head(workspace, name) for name in sorted(approved, key=lambda name: approved[name], reverse=True)]
    found: list[Affected] = []
    for head in heads:
        rows = rows_of_account(workspace, head, _id_in(workspace, head, customer))
        found += [_of_row(workspace, head, approved[head.mailing], told, language, books) for told in rows]
    if not found and heads:
        found.append(_not_affected(workspace, heads[0], approved[heads[0].mailing], language, books))
    return found


def _of_row(
    workspace: Workspace, head: Prepared, sent_on: datetime, told: Told, language: str, books: Books
) -> Affected:
    if told.kind is Kind.UNINTENDED_VIEWER:
        was = Was.VIEWER
    elif told.hold is Hold.NAMESAKE:
        was = Was.POSSIBLE
    else:
        was = Was.AFFECTED
    may_be_told = told.hold is None or (set(told.holds) <= _MAY_BE_TOLD)
    if not may_be_told:
        was = was if was is Was.POSSIBLE else Was.WAIT
        return Affected(was, head.mailing, sent_on, told.hold, (), SafeString(""))
    spoken = msgspec.structs.replace(told, languages=(language,))
    fields = () if told.is_shared else told.fields
    return Affected(was, head.mailing, sent_on, told.hold, fields, _sentences(workspace, head, spoken, books))


def _not_affected(workspace: Workspace, head: Prepared, sent_on: datetime, language: str, books: Books) -> Affected:
    entity = max(head.plan.by_entity, key=lambda line: line.people).label
    told = Told("", (), Kind.UNAFFECTED, entity, "", (language,), (), None, None, ())
    return Affected(Was.NOT, head.mailing, sent_on, None, (), _sentences(workspace, head, told, books))


def _sentences(workspace: Workspace, head: Prepared, told: Told, books: Books) -> SafeString:
    part: Part = renderers_of(workspace, head, [told], books)[told.entity].document(told, _CODE).parts[0]
    names = {section.id for section in part.sections}
    # Under headings that a law prescribes, sections stand together: then all of them are shown.
    return sections_html(part, _SPOKEN if names & {"data", "never"} else frozenset(names))


def _id_in(workspace: Workspace, head: Prepared, customer: str) -> SubjectId:
    """Return the id under which a mailing has a customer: where the list's ids were replaced by tokens, his token."""
    if not head.lists:
        try:
            if Directory.open(workspace).manifest.pseudonymised:
                return SubjectId(pseudonym(customer, workspace.key()))
        except SpillkitError:
            pass  # The list is gone; the mailing's own rows are asked as they are.
    return SubjectId(customer)


def _as_mail(text: str) -> bytes:
    """Return a pasted text as a mail: with a head of its own where it has none."""
    first = text.lstrip().partition("\n")[0]
    name, colon, _rest = first.partition(":")
    has_head = bool(colon) and name.replace("-", "").isalpha() and name.isascii() and "\n\n" in text.replace("\r", "")
    head = "" if has_head else "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
    return (head + text.lstrip()).encode("utf-8", "replace")
