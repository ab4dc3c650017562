"""The writer of a prepared mailing: the same words for who sends a notice, and for who writes it again to compare.

In:    a mailing as it was read, the rows that are to be written, the workspace's key.
Out:   a Writer.
Else:  reading a mailing is `prepared`; writing is `writing`; where a notice goes is `addressees`.

What the law prescribes is taken as it was on the day on which the mailing was prepared, and Date is that moment: a mail that is
made again, days later and in another process, is the same mail.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from spillkit.law.books import Books, read_books
from spillkit.notices.code import CodeKeys, code_keys
from spillkit.notices.marks import derived_key
from spillkit.notices.prepared import Ready
from spillkit.notices.signing import Signer
from spillkit.notices.structure import demands_by_place
from spillkit.notices.told import Told
from spillkit.notices.writing import Writer, authorities_of


def codes_key(workspace_key: bytes) -> CodeKeys:
    """Return the keys of codes of a workspace."""
    return code_keys(derived_key(workspace_key, "codes"))


def writer_of(
    ready: Ready,
    told: Iterable[Told],
    workspace_key: bytes,
    *,
    books: Books | None = None,
    signers: Mapping[str, Signer] | None = None,
) -> Writer:
    """Return who writes notices of a mailing.

    told     the rows that will be written: their authorities are named
    books    None: those of this Spillkit
    signers  by legal entity (`keys.signers_of`); None: mails are not signed
    """
    books = books or read_books()
    made_at = ready.prepared.prepared_at
    return Writer(
        ready.story, ready.company, codes_key(workspace_key), made_at,
        demands=demands_by_place(books, made_at.date()), authorities=authorities_of(told, books), signers=signers,
    )  # fmt: skip
