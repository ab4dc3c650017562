"""Every way in which Spillkit says no.

SpillkitError
├── InputError         the caller's file or option; the command ends with exit code 2
│   ├── SettingsError  the workspace or its settings cannot be used
│   ├── DirectoryError a customer list that cannot be read, or must not be
│   ├── CaptureError   a recording that cannot be read
│   ├── RulesError     rules of who may see whom that cannot be read or contradict each other
│   ├── LawError       books of law, or facts to decide on, that cannot be read
│   ├── ReportError    a report to an authority that cannot be made from what was given
│   ├── WordingError   a notice that cannot be written from what was given
│   ├── NoticesError   notices that cannot be planned from what was given; nobody is told
│   ├── PublicationError  what the portal is to say contradicts itself, is missing or was altered
│   ├── LintError      a text, or facts to hold it against, that cannot be read
│   ├── CodeError      something typed that is no code of a notice
│   ├── AddressError   a mail address to which nothing can be sent
│   └── EntryError     an entry that the record does not take
├── KeyMismatch        fingerprints made with another key than the one given
├── IndexDamaged       the index file is damaged or of another version
├── CaseError          a command that the case cannot take; nothing was changed
│   ├── NotAllowed     this role, or somebody without access
│   ├── SecondNeeded   the second of two must be another person
│   ├── ChangedSince   somebody changed the case since it was looked at
│   ├── NotNow         the case is not so far, or it is closed
│   └── NotTaken       a text too long, a time without a zone, an id that is none
├── RecordError        the record cannot be written, or is not what was signed
├── CaseDamaged        the events of a case contradict each other
├── KeptDamaged        bytes that are kept by their digest are gone, or are others
│   └── KeptErased     they were erased on purpose, and the case says when
├── SendingError       notices that cannot be sent safely; nothing was sent
│   ├── ForbiddenStep  a step that a notice in its state cannot take
│   ├── JournalDamaged a sent journal that is cut, altered or gone
│   └── NotReconciled  the database is older than the sent journals
├── ChannelStopped     a channel takes no more notices; those before are told and written down
├── PdfUnavailable     the system's libraries that draw pages are not there
└── LedgerError        the ledger cannot be written, or cannot be trusted

Messages say what happened, where, and what to do now. They point by id, line and offset and never quote a value.
"""

from __future__ import annotations

from spillkit.voice import ENGLISH


class SpillkitError(Exception):
    """Anything Spillkit refuses or cannot do.

    sentence  in English, with names in braces where values follow; the room says it in the language of its page
    """

    def __init__(self, sentence: str = "", /, **values: str | int) -> None:
        super().__init__(ENGLISH.say(sentence, **values))
        self.sentence, self.values = sentence, values


class InputError(SpillkitError):
    """The caller's file or option cannot be used; commands end with exit code 2."""


class SettingsError(InputError):
    """The workspace, its settings or its key cannot be used."""


class DirectoryError(InputError):
    """A customer list that cannot be read, or must not be (its ids are e-mail addresses)."""


class CaptureError(InputError):
    """A recording that cannot be read."""


class RulesError(InputError):
    """Rules of who may see whom that cannot be read, or contradict each other."""


class LawError(InputError):
    """Books of law, or facts to decide on, that cannot be read."""


class KeyMismatch(SpillkitError):  # noqa: N818 - the word of the charter
    """The index was built under another key than the one given."""


class IndexDamaged(SpillkitError):  # noqa: N818 - says what happened
    """The index file is cut, altered, or of a version this Spillkit does not read."""


class LedgerError(SpillkitError):
    """The ledger cannot be written, or cannot be trusted."""


class CaseError(SpillkitError):
    """A command that the case cannot take. Nothing was changed."""


class NotAllowed(CaseError):  # noqa: N818 - says what happened
    """This role may not do that, or this person has no access to the case."""


class SecondNeeded(CaseError):  # noqa: N818 - says what happened
    """A decision needs two people, and this would be the same one twice, or nobody who may decide."""


class ChangedSince(CaseError):  # noqa: N818 - says what happened
    """Somebody changed the case since it was looked at. Look again, and decide on what you see then."""


class NotNow(CaseError):  # noqa: N818 - says what happened
    """The case is not so far yet, is closed, or does not have what the command is about."""


class NotTaken(CaseError):  # noqa: N818 - says what happened
    """A value of the command cannot be taken: too long, without a time zone, or no id."""


class CaseDamaged(SpillkitError):  # noqa: N818 - says what happened
    """The events of a case contradict each other: they were altered, or written by another Spillkit."""


class KeptDamaged(SpillkitError):  # noqa: N818 - says what happened
    """Bytes that are kept by their digest are gone, or are not those that were kept. They are not shown."""


class KeptErased(KeptDamaged):
    """Bytes that were erased on purpose: nothing is wrong, and nothing is left to show."""


class EntryError(InputError):
    """An entry that the record does not take: personal data in it, a time without a zone, another text under a known id."""


class CodeError(InputError):
    """Something typed that is no code of a notice.

    problem   one of `spillkit.notices.code.Problem`
    """

    def __init__(self, sentence: str, problem: str, /, **values: str | int) -> None:
        super().__init__(sentence, **values)
        self.problem = problem


class AddressError(InputError):
    """A mail address to which nothing can be sent. The message does not quote it."""


class RecordError(SpillkitError):
    """The record cannot be written, or is not what was signed.

    failure   one of `spillkit.record.verifier.FAILURES`, or "" where the trouble is with the disk
    """

    def __init__(self, message: str, failure: str = "") -> None:
        super().__init__(message)
        self.failure = failure


class ReportError(InputError):
    """A report to an authority cannot be made from what was given."""


class NoticesError(InputError):
    """Notices cannot be planned from what was given. Nobody is told anything."""


class LintError(InputError):
    """A text, or the facts to hold it against, that cannot be read. Nothing was checked."""


class PublicationError(InputError):
    """What the portal is to say contradicts itself, is missing, or was altered. Nothing is published; nothing is served from it."""


class WordingError(InputError):
    """A notice that cannot be written: a language, a zone or a sentence is missing. Nobody was told."""


class ChannelStopped(SpillkitError):  # noqa: N818 - says what happened
    """A channel did not take a notice, and would take none after it. Those before it are told and written down."""


class PdfUnavailable(SpillkitError):  # noqa: N818 - says what is so
    """The system's libraries that draw pages are not there."""


class SendingError(SpillkitError):
    """Notices cannot be sent safely. Nothing was sent."""


class ForbiddenStep(SendingError):  # noqa: N818 - says what happened
    """A step that a notice in its state cannot take. Nothing was changed."""


class JournalDamaged(SendingError):  # noqa: N818 - says what happened
    """A sent journal is cut before its end, altered, or not where it was."""


class NotReconciled(SendingError):  # noqa: N818 - says what happened
    """The database is older than the sent journals: somebody may be told twice unless they are replayed first."""
