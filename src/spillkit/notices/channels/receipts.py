"""Keep what became of each notice of a channel: ids and digests, no person.

In:    Receipt, NotGiven.
Out:   lines in `<channel>.jsonl` of the mailing's folder, and their sums.
Else:  what came of mails is in the outbox and its sent journal.

    {"notice":"jz2v…","digest":"9b2e…","at":"2026-11-22T12:00:00Z"}           given
    {"notice":"k3fa…","why":"no-postal-address","at":"2026-11-22T12:00:00Z"}  not given

Lines are only added; of several about one notice the last counts. A last line without its end was being written when the power
failed: it is cut off.
"""

from __future__ import annotations

import fcntl
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

import msgspec

from spillkit.errors import NoticesError
from spillkit.notices.channels.channel import NotGiven, Receipt, Why
from spillkit.printed import printable

CHANNELS = ("letters", "in-app", "in-app-webhook")
_SUFFIX = ".jsonl"


class _Line(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    notice: str
    at: datetime
    digest: str = ""
    why: Why | None = None


class ChannelCount(msgspec.Struct, frozen=True):
    """What a channel was given of a mailing."""

    channel: str
    given: int
    not_given: dict[str, int]  # by Why
    last_at: datetime | None  # UTC


class Receipts:
    """The open file of one channel of a mailing. One process holds it."""

    def __init__(self, folder: Path, channel: str, now: datetime) -> None:
        """Open it; made where there is none.

        Raises  NoticesError if it cannot be written, is damaged, or another process has it
        """
        self._path, self._at = folder / f"{channel}{_SUFFIX}", now.astimezone(UTC)
        try:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            raise _unwritable(self._path, error) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._file)
            raise NoticesError(
                f"{_where(self._path)}: another process is giving out this mailing. Wait until it has ended."
            ) from error
        try:
            content = self._path.read_bytes()
            whole = content.rfind(b"\n") + 1
            if whole < len(content):
                os.ftruncate(self._file, whole)
            self._last = _last_lines(self._path, content[:whole])
        except BaseException:
            os.close(self._file)
            raise

    def __enter__(self) -> Receipts:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._file)

    def has(self, notice: str) -> bool:
        return (line := self._last.get(notice)) is not None and bool(line.digest)

    def keep(self, came: Iterable[Receipt | NotGiven]) -> None:
        lines = []
        for one in came:
            line = (
                _Line(one.notice, self._at, digest=one.digest)
                if isinstance(one, Receipt)
                else _Line(one.notice, self._at, why=one.why)
            )
            known = self._last.get(one.notice)
            if known is None or (known.digest, known.why) != (line.digest, line.why):
                self._last[one.notice] = line
                lines.append(line)
        if not lines:
            return
        content = b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
        try:
            while content:
                content = content[os.write(self._file, content) :]
            os.fdatasync(self._file)
        except OSError as error:
            raise _unwritable(self._path, error) from error


def count_receipts(folder: Path) -> tuple[ChannelCount, ...]:
    """Return what the channels of a mailing were given; none that was never used.

    Raises  NoticesError if a file is damaged
    """
    found = []
    for channel, last in _read(folder):
        lines = list(last.values())
        why = Counter(line.why.value for line in lines if line.why is not None)
        given = sum(bool(line.digest) for line in lines)
        at = max((line.at for line in lines), default=None)
        found.append(ChannelCount(channel, given, dict(sorted(why.items())), at))
    return tuple(found)


def given_notices(folder: Path, only: str = "") -> set[str]:
    """Return the notices of a mailing that a channel was given. NoticesError as `count_receipts`.

    only  the channel that counts; "": any
    """
    found = ((channel, last) for channel, last in _read(folder) if only in ("", channel))
    return {notice for _channel, last in found for notice, line in last.items() if line.digest}


def _read(folder: Path) -> Iterator[tuple[str, dict[str, _Line]]]:
    for channel in CHANNELS:
        path = folder / f"{channel}{_SUFFIX}"
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            continue
        except OSError as error:
            raise _unwritable(path, error) from error
        yield channel, _last_lines(path, content[: content.rfind(b"\n") + 1])


def _last_lines(path: Path, content: bytes) -> dict[str, _Line]:
    last: dict[str, _Line] = {}
    for number, raw in enumerate(content.splitlines(), 1):
        try:
            line = msgspec.json.decode(raw, type=_Line)
        except (msgspec.MsgspecError, UnicodeError) as error:
            raise NoticesError(
                f"{_where(path)}: line {number} cannot be read. Bring the file back from a copy before anything more is given."
            ) from error
        last[line.notice] = line
    return last


def _where(path: Path) -> str:
    return f"notices/{printable(path.parent.name)}/{path.name}"


def _unwritable(path: Path, error: OSError) -> NoticesError:
    return NoticesError(f"{_where(path)}: cannot be written ({error.strerror}). Make room there.")
