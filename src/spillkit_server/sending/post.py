"""What the sender asks for when a notice leaves: its envelope and its bytes.

In:    the id of a notice.
Out:   Parcel, made at that moment; nothing of it is kept.
Else:  making it, from the customer list and the texts, is done by whoever gives the sender a Post.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Parcel:
    """One mail to one person, as it goes over the wire."""

    sender: str  # of the envelope
    receiver: str  # of the envelope: one, always; its domain in ASCII
    mail: bytes  # lines end with CRLF; without the dot at the end
    envelope_id: str = ""  # ENVID: the id of the notice; "": none is told to the server


class Post(Protocol):
    """Makes mails. Called by several threads at once; the same id gives a mail with the same Message-ID each time."""

    def parcel(self, notice: str) -> Parcel | None:
        """Return the mail of a notice; None where nobody can be written to: the customer list has no address any more."""
