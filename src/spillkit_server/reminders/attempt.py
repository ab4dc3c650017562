"""What came of one attempt to send, and an end to attempts that would never end.

In:    nothing.
Out:   Outcome, Came; `cut_off`.
Else:  attempts are made by `smtp` and `hook`; when there is another one is `deliveries`.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum


class Came(Enum):
    """What an attempt means for the next one."""

    TAKEN = "taken"  # the receiver's server has it now
    NOT_NOW = "not now"  # try again
    NEVER = "never"  # trying again would not help


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt. No address and no word of an answer is in it: servers repeat addresses in their answers."""

    came: Came
    word: str  # "accepted", "refused 550", "not reached", …: at most 40 characters
    is_unreachable: bool = False  # nothing else will get through there for now


ACCEPTED = Outcome(Came.TAKEN, "accepted")
NOT_REACHED = Outcome(Came.NOT_NOW, "not reached", is_unreachable=True)
ANSWER_LOST = Outcome(Came.NOT_NOW, "answer lost")


@contextlib.contextmanager
def cut_off(connected: Callable[[], socket.socket | None], seconds: float) -> Iterator[None]:
    """End a conversation that takes longer than this, whatever the other side does.

    The time limit of a socket is one for each read: whoever sends a byte now and then would hold the sender for ever.

    connected  returns the socket of the conversation, None while there is none
    """

    def end() -> None:
        sock = connected()
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
