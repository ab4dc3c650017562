"""Every way in which Spillkit says no.

SpillkitError
├── InputError         the caller's file or option; the command ends with exit code 2
│   ├── SettingsError  the workspace or its settings cannot be used
│   ├── DirectoryError a customer list that cannot be read, or must not be
│   ├── CaptureError   a recording that cannot be read
│   ├── RulesError     rules of who may see whom that cannot be read or contradict each other
│   └── LawError       books of law, or facts to decide on, that cannot be read
├── KeyMismatch        fingerprints made with another key than the one given
├── IndexDamaged       the index file is damaged or of another version
└── LedgerError        the ledger cannot be written, or cannot be trusted

Messages say what happened, where, and what to do now. They point by id, line and offset and never quote a value.
"""

from __future__ import annotations


class SpillkitError(Exception):
    """Anything Spillkit refuses or cannot do."""


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
