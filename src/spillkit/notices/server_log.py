"""Read from the log of a Postfix what became of each notice.

In:    files of a mail log, rotated and packed ones too; where our notices come from; the zone of stamps that name none.
Out:   ServerLog: for each notice of ours its Passage; where lines are missing. Never an address, never a server's words.
Else:  what that shows of a held notice is `log_evidence`; the journals of our own side are `journal`.

A notice is found by its id, in the Message-ID that `cleanup` writes and in the envelope's sender that `qmgr` writes. Other lines
name only the queue's own id. Two things are easily taken for more than they are:

- `message-id=` is written while the head arrives, before the last dot. A mail of which nothing else is written may have been
  dropped. That Postfix took it is shown by `qmgr`, `… (queue active)`, or by a delivery; that it dropped it, by `lost connection
  after DATA (840 bytes)` of the same `smtpd` process, which is written of a connection that ended within a mail and of no other.
- A mail with our Message-ID under another sender is not what we offered: somebody sent his notice on, through the same server.

A filter behind Postfix gives a mail back under another queue id, `status=sent (… queued as …)`; the last of such a chain counts.
Stamps are RFC 3339, or syslog's own without a year: then the year is the last one that does not lie ahead.

Source: the lines that Postfix 3.7 writes, as a test makes them; POSTCONF(5), syslog_name, long_queue_ids and maillog_file.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

import msgspec

from spillkit.errors import NoticesError
from spillkit.notices.dsn import Origin
from spillkit.printed import printable

_MOST_LINE = 1 << 16  # bytes of a line that are looked at
_NEVER = datetime.max.replace(tzinfo=UTC)


class Fate(StrEnum):
    """What became of a notice at the server, as far as its log says. Of several, the first here tells most."""

    SENT = "sent"  # the next server took it, or it is in the mailbox
    DEFERRED = "deferred"  # the next server did not take it yet; Postfix tries on
    BOUNCED = "bounced"  # it was refused; a bounce is on its way
    EXPIRED = "expired"  # given up after days; a bounce is on its way
    QUEUED = "queued"  # taken; nothing else is in the log
    DELETED = "deleted"  # taken, and then thrown away by a person or a filter
    BEGUN = "begun"  # its head arrived; nothing shows whether it was taken
    DROPPED = "dropped"  # its connection ended before its last dot arrived: it was not taken
    REFUSED = "refused"  # refused at its end: it was not taken


_NOT_TAKEN = frozenset({Fate.BEGUN, Fate.DROPPED, Fate.REFUSED})
_ORDER = {fate: place for place, fate in enumerate(Fate)}


class Passage(msgspec.Struct, frozen=True):
    """The way of one notice through the server."""

    notice: str  # id, in small letters
    fate: Fate
    dsn: str  # status code of RFC 3463, "5.1.1"; "": none was written
    changed_at: datetime  # UTC; of the last line that says so
    queue_ids: tuple[str, ...]  # all under which the server knew it, the earliest first
    copies: int  # how often it was taken, a filter's copies not counted; more than 1: he was sent it twice

    @property
    def is_taken(self) -> bool:
        return self.fate not in _NOT_TAKEN


class Damage(msgspec.Struct, frozen=True):
    """A stretch in which lines are missing, or stand at an unknown time."""

    since: datetime  # UTC
    until: datetime


@dataclass(frozen=True, slots=True)
class ServerLog:
    """What a log says."""

    passages: dict[str, Passage] = field(repr=False)  # by notice
    seen_at: dict[str, datetime] = field(repr=False)  # by queue id of a notice of ours: its first line, UTC
    first_at: datetime  # UTC
    last_at: datetime
    damages: tuple[Damage, ...]
    dropped: dict[str, tuple[datetime, ...]] = field(repr=False)  # by notice: ends of connections before its dot
    lines: int  # with a stamp


def read_server_log(paths: Iterable[Path], origins: Sequence[Origin], now: datetime, zone: tzinfo = UTC) -> ServerLog:
    """Read the files of a log, in whatever order they are named.

    origins  of all senders whose notices may be in it
    now      aware; no line lies more than a day ahead of it
    zone     of stamps that name none: that of the server
    Raises   NoticesError if a file cannot be opened, or no line of all files begins with a time
    """
    clock = _Clock(now, zone)
    reading = _Reading(origins, clock)
    for path in sorted(paths, key=lambda path: _begins_at(path, clock)):
        for line in _lines(path):
            reading.take(line)
    return reading.result()


# ---- Files ----


def _lines(path: Path) -> Iterator[str | None]:
    """Yield the lines of a file, packed or not, and None where it is cut or damaged."""
    with _opened(path) as file:
        try:
            while line := file.readline(_MOST_LINE):
                rest = line
                while len(rest) == _MOST_LINE and not rest.endswith(b"\n"):
                    rest = file.readline(_MOST_LINE)  # of a line that is too long
                if b"\0" in line:
                    yield None  # The system went down while it was written.
                yield line.strip(b"\0\r\n").decode("utf-8", "replace")
        except (OSError, EOFError, zlib.error):  # BadGzipFile is an OSError.
            yield None


def _opened(path: Path) -> BinaryIO | gzip.GzipFile:
    try:
        file = path.open("rb")
        if file.peek(2)[:2] != b"\x1f\x8b":
            return file
        file.close()
        return gzip.open(path, "rb")
    except OSError as error:
        raise NoticesError(
            f"{printable(path.name)}: cannot be read ({error.strerror}). Name the mail log of Postfix, as somebody who may read it."
        ) from error


def _begins_at(path: Path, clock: _Clock) -> datetime:
    """Return the first stamp of a file: rotated files are read in the order in which they were written."""
    for number, line in enumerate(_lines(path)):
        if number == 1_000:
            break
        if line is not None and (stamp := _STAMP.match(line)) and (moments := clock.read(stamp)) is not None:
            return moments[0]
    return datetime.min.replace(tzinfo=UTC)


# ---- Stamps ----

_STAMP = re.compile(
    r"(?:<\d{1,3}>)?(?:(\d{4}-\d\d-\d\dT[\d:.,]{6,20}(?:Z|[+-]\d\d:?\d\d)?)|([A-Z][a-z]{2} [ \d]\d [\d:.]{8,15})) "
)
_SYSLOG = re.compile(r"([A-Z][a-z]{2}) ([ \d]\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6})\d*)?")
_MONTHS = {name: number for number, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}


class _Clock:
    """Reads the stamps of lines."""

    def __init__(self, now: datetime, zone: tzinfo) -> None:
        self._latest, self._zone = now.astimezone(UTC) + timedelta(days=1), zone
        self._text = ""  # Many lines have one stamp.
        self._moments: tuple[datetime, datetime] | None = None

    def read(self, stamp: re.Match[str]) -> tuple[datetime, datetime] | None:
        """Return the first and the last moment, UTC, that a stamp can mean; None if it means none.

        They differ in the hour that the clocks of the zone show twice.
        """
        text = stamp[1] or stamp[2]
        if text != self._text:
            self._text, self._moments = text, self._read(text)
        return self._moments

    def _read(self, text: str) -> tuple[datetime, datetime] | None:
        try:
            if (found := _SYSLOG.fullmatch(text)) is None:
                stamp = datetime.fromisoformat(text)
                return _in_utc(stamp if stamp.tzinfo is not None else stamp.replace(tzinfo=self._zone))
            month, day = _MONTHS[found[1]], int(found[2])
            hour, minute, second = (int(part) for part in found.groups()[2:5])
            micro = int((found[6] or "").ljust(6, "0"))
        except (ValueError, KeyError, OverflowError):
            return None
        for year in range(self._latest.year, self._latest.year - 9, -1):  # Nine, for 29 February.
            try:
                stamp = datetime(year, month, day, hour, minute, min(second, 59), micro, tzinfo=self._zone)
            except ValueError:
                continue
            if (moments := _in_utc(stamp))[0] <= self._latest:
                return moments
        return None


def _in_utc(stamp: datetime) -> tuple[datetime, datetime]:
    one, other = (stamp.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    return min(one, other), max(one, other)


# ---- Passages ----

_LINE = re.compile(r"(\S+) \S*/([a-z-]+)\[(\d+)\]: (?:([0-9A-Za-z]{5,20}): )?(.*)", re.DOTALL)
_ENDED = re.compile(r"(?:lost connection|timeout) after (?:DATA|BDAT) \(\d+ bytes\) from ")
_LOST = re.compile(
    r"(?i)\S+ \S*(?:rsyslogd|journald?)[^\s/]*: .*?(?:rate-limit|suppressed \d+ messages|lost \d+ messages|dropped)"
)
_LOST_BEFORE = timedelta(minutes=5)  # The line that tells of lost ones is written behind them.
_FROM = re.compile(
    r"from=<(.*)>, (?:size=\d+, nrcpt=\d+ \(queue active\)|status=(?:force-)?(expired), returned to sender)"
)
_TO = re.compile(r"to=<.*?, delays=[\d./]+, dsn=([245]\.\d{1,3}\.\d{1,3}), status=([A-Za-z]+)\b(.*)", re.DOTALL)
_DISCARDED = ("milter-discard: ", "discard: ")
_QUEUED_AS = re.compile(r"\bqueued as ([0-9A-Za-z]{5,20})\b")
_STATUS = {
    "sent": Fate.SENT, "deferred": Fate.DEFERRED, "SOFTBOUNCE": Fate.DEFERRED, "bounced": Fate.BOUNCED, "expired": Fate.EXPIRED,
}  # fmt: skip


@dataclass(slots=True)
class _Way:
    """A notice under one queue id."""

    notice: str
    queue_id: str
    seen_at: datetime
    changed_at: datetime
    fate: Fate = Fate.BEGUN
    dsn: str = ""
    onward: str = ""  # under which queue id the next server took it; ours, behind a filter


class _Reading:
    """Collects what lines say."""

    def __init__(self, origins: Sequence[Origin], clock: _Clock) -> None:
        domains = "|".join(re.escape(one.domain) for one in origins) or "(?!)"
        self._message_id = re.compile(rf"(?i)message-id=<([A-Z0-9]{{16,40}})@(?:{domains})>")
        parts = [one.bounces.rpartition("@") for one in origins]
        senders = [rf"{re.escape(local)}[+=-]([A-Z0-9]{{16,40}})@{re.escape(host)}" for local, _at, host in parts]
        self._sender = re.compile(f"(?i){'|'.join(senders) or '(?!)'}")
        self._clock = clock
        self._ways: dict[tuple[str, str, str], _Way] = {}  # by host, queue id and notice
        self._open: dict[tuple[str, str], _Way] = {}  # by host and queue id: those that are in the queue
        self._given: dict[tuple[str, str], str] = {}  # by host and smtpd process: the queue id of the mail it is given
        # By host and queue id: those whose head was not written yet.
        self._dropped: dict[tuple[str, str], datetime] = {}
        self._drops: dict[str, list[datetime]] = defaultdict(list)  # by notice
        self._damages: list[Damage] = []
        self._is_unread = False  # something could not be read since the last stamp
        self._first = self._last = datetime.min.replace(tzinfo=UTC)
        self._lines = 0

    def take(self, line: str | None) -> None:
        """Take the next line; None: here the file is cut or damaged."""
        stamp = _STAMP.match(line) if line is not None else None
        moments = self._clock.read(stamp) if stamp is not None else None
        if line is None or stamp is None or moments is None:
            self._is_unread = self._is_unread or line != ""
            return
        early, late = moments
        if self._is_unread:
            self._damage(min(self._last, early), late)
        elif late > early:
            self._damage(early, late)
        if not self._lines:
            self._first = late
        self._last, self._is_unread = early, False
        self._lines += 1
        after = line[stamp.end() :]
        if (found := _LINE.match(after)) is not None:
            host, process, number, queue_id, said = found.groups()
            if process == "smtpd":
                self._give(host, number, queue_id, said, early)
            elif queue_id is not None:
                self._tell(host, process, queue_id, said, early)
        elif _LOST.match(after) is not None:
            self._damage(early - _LOST_BEFORE, late)

    def result(self) -> ServerLog:
        """Return what was read; NoticesError if no line began with a time."""
        if not self._lines:
            raise NoticesError(
                "No line of the log begins with a time. Name the mail log of Postfix, as /var/log/mail.log or mail.log.2.gz."
            )
        if self._is_unread:
            self._damage(self._last, _NEVER)
        ways: dict[str, list[_Way]] = defaultdict(list)
        seen: dict[str, datetime] = {}
        for way in self._ways.values():
            ways[way.notice].append(way)
            seen[way.queue_id] = min(seen.get(way.queue_id, way.seen_at), way.seen_at)
        passages = {notice: _passage(found) for notice, found in ways.items()}
        dropped = {notice: tuple(sorted(set(moments))) for notice, moments in self._drops.items()}
        return ServerLog(passages, seen, self._first, self._last, tuple(self._damages), dropped, self._lines)

    def _damage(self, since: datetime, until: datetime) -> None:
        last = self._damages[-1] if self._damages else None
        if last is not None and last.since <= since <= last.until:
            self._damages[-1] = Damage(last.since, max(until, last.until))
        else:
            self._damages.append(Damage(since, until))

    def _give(self, host: str, number: str, queue_id: str | None, said: str, at: datetime) -> None:
        """Take what an `smtpd` process says: which mail it is given, and that its connection ended."""
        if queue_id is not None and said.startswith("client="):
            self._given[host, number] = queue_id
            self._dropped.pop((host, queue_id), None)  # Queue ids are used again.
        elif queue_id is None and _ENDED.match(said) is not None:
            ended = self._given.pop((host, number), None)
            if ended is None:
                return
            way = self._open.get((host, ended))
            if way is None:
                self._dropped[host, ended] = at  # The line of its head may still come.
            elif way.fate is Fate.BEGUN:
                self._drop(way, at)
        elif said.startswith(("connect from ", "disconnect from ")):
            self._given.pop((host, number), None)

    def _drop(self, way: _Way, at: datetime) -> None:
        self._become(way, Fate.DROPPED, at)
        self._drops[way.notice].append(at)

    def _tell(self, host: str, process: str, queue_id: str, said: str, at: datetime) -> None:
        """Take what a process says of a queue id."""
        if process == "cleanup" and said.startswith("message-id="):
            self._open.pop((host, queue_id), None)
            dropped_at = self._dropped.pop((host, queue_id), None)
            if (found := self._message_id.fullmatch(said)) is not None:
                begun = self._begin(host, queue_id, found[1].lower(), at)
                if dropped_at is not None and begun.fate is Fate.BEGUN:
                    self._drop(begun, dropped_at)
            return
        if process == "qmgr" and said.startswith("from="):
            self._take_from(host, queue_id, said, at)
            return
        way = self._open.get((host, queue_id))
        if way is None:
            return
        if said.startswith("to=<"):
            self._deliver(way, said, at)
        elif (process, said) == ("postsuper", "removed") or (process == "cleanup" and said.startswith(_DISCARDED)):
            self._become(way, Fate.DELETED, at)
        elif process == "cleanup" and said.startswith(("milter-reject: ", "reject: ")) and way.fate is Fate.BEGUN:
            self._become(way, Fate.REFUSED, at)
        if said == "removed":
            del self._open[host, queue_id]

    def _begin(self, host: str, queue_id: str, notice: str, at: datetime) -> _Way:
        way = self._ways.setdefault((host, queue_id, notice), _Way(notice, queue_id, at, at))
        self._open[host, queue_id] = way
        return way

    def _take_from(self, host: str, queue_id: str, said: str, at: datetime) -> None:
        """Take what `qmgr` says of a sender: that it has the mail, or gives it up."""
        if (found := _FROM.fullmatch(said)) is None:
            return
        sender = self._sender.fullmatch(found[1])
        way = self._open.get((host, queue_id))
        if sender is None:
            if way is not None and found[2] is None:  # Somebody sends his notice on.
                del self._open[host, queue_id], self._ways[host, queue_id, way.notice]
            return
        notice = next(filter(None, sender.groups())).lower()
        if way is None or way.notice != notice:
            way = self._begin(host, queue_id, notice, at)
        if found[2] is not None:
            self._become(way, Fate.EXPIRED, at)
        elif way.fate in _NOT_TAKEN:
            self._become(way, Fate.QUEUED, at)

    def _deliver(self, way: _Way, said: str, at: datetime) -> None:
        if (found := _TO.fullmatch(said)) is None or found[2] not in _STATUS or way.fate is Fate.SENT:
            return
        way.dsn = found[1]
        fate = _STATUS[found[2]]
        self._become(way, fate, at)
        onward = _QUEUED_AS.search(found[3]) if fate is Fate.SENT else None
        way.onward = onward[1] if onward is not None else ""

    def _become(self, way: _Way, fate: Fate, at: datetime) -> None:
        way.fate, way.changed_at = fate, at


def _passage(ways: list[_Way]) -> Passage:
    """Return what several queue ids of one notice come to."""
    known = {way.queue_id for way in ways}
    ends = [way for way in ways if way.onward not in known - {way.queue_id}] or ways
    best = min(ends, key=lambda way: (_ORDER[way.fate], way.changed_at))
    ids = tuple(dict.fromkeys(way.queue_id for way in sorted(ways, key=lambda way: (way.seen_at, way.queue_id))))
    copies = sum(way.fate not in _NOT_TAKEN for way in ends)
    return Passage(best.notice, best.fate, best.dsn, best.changed_at, ids, copies)
