"""Write into the database how far a sent journal is, with each commit of its sender.

In:    an open journal, where it was at the last commit.
Out:   the row of the journal, moved on.
Else:  what follows where the two differ is `recovery`.

The row is moved from where this process left it, and from nowhere else. Where it stands elsewhere, or is gone, the database under
this process is not the one it wrote to: an older one was put in its place. Then nothing more may be sent.
"""

from __future__ import annotations

from spillkit.errors import NotReconciled
from spillkit.notices.journal import Journal, Mark
from spillkit_server.models import JournalRow


class Marked:
    """An open journal with its row."""

    def __init__(self, journal: Journal, mark: Mark) -> None:
        self.journal = journal
        self._kept = self._written = mark

    @property
    def name(self) -> str:
        return self.journal.name

    def move(self) -> None:
        """Move the row to where the journal is. Call it within the transaction, and `moved` once that is committed.

        Raises  NotReconciled if the row is not where it was left
        """
        mark = self.journal.mark()
        move_row(self._kept, mark)
        self._written = mark

    def moved(self) -> None:
        self._kept = self._written


def move_row(kept: Mark, mark: Mark) -> None:
    """Move the row of a journal on, within the caller's transaction."""
    rows = JournalRow.objects.filter(name=kept.name, length=kept.length, digest=kept.digest, ended_at=None)
    if rows.update(length=mark.length, digest=mark.digest) != 1:
        raise NotReconciled(
            "The database is not the one that this sender wrote to: it was changed for an older or another one. "
            "Nothing more is sent. End all senders, then reconcile the database with the sent journals."
        )
