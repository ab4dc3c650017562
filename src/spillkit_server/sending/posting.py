"""Make the mail of each notice at the moment when it leaves: from what was signed, and the company's own customer list.

In:    a mailing of the workspace that two people approved; the keys that sign.
Out:   WrittenPost: a Parcel for an id, the same each time; nothing of it is kept.
Else:  the words are `spillkit.notices.writing`, where people are written to is `spillkit.notices.addresses`.

Date is when the second person signed. A mail that is made a second time, after an interruption, is the same to the byte: so a mail
that somebody forwards can be held against what was sent.
"""

from __future__ import annotations

from datetime import datetime

from spillkit.errors import AddressError, NoticesError
from spillkit.notices.addressees import NOWHERE
from spillkit.notices.addresses import Addresses
from spillkit.notices.marks import derived_key
from spillkit.notices.prepared import read_prepared
from spillkit.notices.writing import Writer
from spillkit.settings import Workspace
from spillkit_server.sending.post import Parcel


class WrittenPost:
    """Makes the mails of one mailing. Threads share it: nothing in it changes but what the texts remember of their shapes."""

    def __init__(self, writer: Writer, addressed: Addresses) -> None:
        self._writer, self._addressed = writer, addressed

    def parcel(self, notice: str) -> Parcel | None:
        """Return the mail of a notice; None where the customer list has his address no more, or nothing can be sent to it.

        Raises  NoticesError if the mailing has no such notice, WordingError if there is no text for him
        """
        told, to = self._addressed.get(notice)
        if to is NOWHERE:
            return None
        try:
            post = self._writer.post(told, to)
        except AddressError:
            return None
        envelope = post.envelope
        return Parcel(envelope.sender, envelope.recipient, post.data, envelope.id)


def open_post(workspace: Workspace, mailing: str, digest: str, made_at: datetime) -> WrittenPost:
    """Make ready what the mails of a mailing are made from.

    digest   of the plan that two people signed
    made_at  when the second of them did; UTC
    Raises   NoticesError if the mailing is not what was signed, DirectoryError if its customer list cannot be read again,
             SettingsError if a key that signs is missing
    """
    ready = read_prepared(workspace, mailing)
    if ready.prepared.plan.digest != digest:
        raise NoticesError(
            "The mailing was prepared again since two people signed it. Nothing of it is sent. "
            "Let two people sign what is there now."
        )
    writer = ready.writer(workspace, made_at)
    lists, id_key = ready.lists(workspace)
    return WrittenPost(writer, Addresses(ready.told, lists, derived_key(workspace.key(), "marks"), id_key))
