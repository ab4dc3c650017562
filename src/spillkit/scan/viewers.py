"""Tell who received an exchange.

In:    an exchange's request, the options and rules that say how viewers are known, the directory.
Out:   a Viewer: a customer, staff, a partner, a crawler, signed out, or unknown.
Else:  guessing who is behind an unknown session is done when judging (`entitlement.inference`).

Order: the viewer of the file (`--viewer`), then each `--viewer-from` as given, then a message's addressee, then [[viewers]] of the
rules file that look at the request, then known crawlers. Cookies, tokens and addresses are looked at and let go: what stays is a
keyed pseudonym. An id that neither the directory nor a rule knows is an unknown viewer, and counted: where a table's ids are of
another kind than the directory's, everybody would otherwise seem to see strangers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spillkit.errors import InputError
from spillkit.model import UNKNOWN_VIEWER, Channel, Exchange, Field, Viewer, ViewerId, ViewerKind
from spillkit.scan.session_cookies import SessionCookies
from spillkit.scan.viewer_jwt import read_claim
from spillkit.scan.viewer_options import Carrier, ViewerSource
from spillkit.scan.viewer_rules import RequestRules, ViewerRule
from spillkit.scan.viewer_sessions import Sessions, clean_value, pseudonym_maker, read_sessions

if TYPE_CHECKING:
    from spillkit.directory.opened import Directory

FindByValue = Callable[[Field, str], NDArray[np.uint32]]  # kernel.Scanner.find

_PHONE = re.compile(r"(?:\+|00)[\d\s().\-/]{7,}\Z")
_KINDS_BY_WORD = {f"{kind.value}:": kind for kind in (ViewerKind.STAFF, ViewerKind.PARTNER, ViewerKind.CRAWLER)}
_REMEMBERED = 200_000

NOT_IN_DIRECTORY = "id that is neither in the directory nor in a rule"
NOT_IN_TABLE = "session that is not in the table, or not at that time"
SHARED_ADDRESS = "address of several customers"
STRANGE_ADDRESS = "address of nobody in the directory"


class ViewerFinder:
    """Finds the viewer of one exchange after another.

    sources    from `--viewer-from`, in order; none: the recorder's own column is asked
    key        the workspace's, for pseudonyms
    rules      [[viewers]] of the rules file
    directory  who is a customer; None: every id is taken for a customer's
    find       the scanner's look-up by value, for viewers known by e-mail address or phone number
    by_file    viewers of whole files, from `--viewer`
    folder     where relative paths of tables count from
    Raises     InputError if a table cannot be used
    """

    def __init__(
        self,
        sources: Sequence[ViewerSource] = (),
        *,
        key: bytes,
        rules: Sequence[ViewerRule] = (),
        directory: Directory | None = None,
        find: FindByValue | None = None,
        by_file: Mapping[str, str] | None = None,
        folder: Path = Path(),
    ) -> None:
        self._pseudonym = pseudonym_maker(key)
        self._rules = tuple(rules)
        self._request_rules = RequestRules(rules)
        self._find_by_value = find
        self._customers = _Customers(directory) if directory is not None else None
        self._settled = lru_cache(maxsize=_REMEMBERED)(self._settle)
        self.missed: Counter[str] = Counter()  # exchanges whose viewer stayed unknown, by reason; for the summary
        self._sources: list[tuple[ViewerSource, Sessions | None, str]] = []  # with how each is named in the ledger
        for source in sources:
            sessions = read_sessions(source, self._pseudonym, folder) if source.file else None
            if sessions is not None:
                self._check_ids(source, sessions)
            self._sources.append((source, sessions, source.found_by))
        self._asks_column = not sources
        self.cookies = SessionCookies(sources, self._pseudonym, self._owner)  # which sessions went by
        self._by_file = {name: self._viewer_of_file(viewer) for name, viewer in (by_file or {}).items()}

    def for_recording(self, path: Path) -> Callable[[Exchange], Viewer]:
        """Return the function to ask for the exchanges of one recording: the same viewer always where `--viewer` names it."""
        viewer = self._by_file.get(str(path)) or self._by_file.get(path.name)
        if viewer is None:
            return self.find
        fixed = viewer
        return lambda _exchange: fixed

    def unused_files(self, paths: Sequence[Path]) -> list[str]:
        """Return the files that `--viewer` names and that are not among those scanned."""
        names = {str(path) for path in paths} | {path.name for path in paths}
        return sorted(name for name in self._by_file if name not in names)

    def find(self, exchange: Exchange) -> Viewer:
        """Return who received the exchange, and how we know."""
        unknown: Viewer | None = None
        missed = ""
        for source, sessions, found_by in self._sources:
            value = _carried(exchange, source)
            if not value:
                continue
            session = self._pseudonym(value)
            if sessions is None:
                viewer, reason = self._settled(value, found_by, session)
            else:
                owner = sessions.owner(session, exchange.shown_at)
                if owner is None:
                    viewer, reason = None, NOT_IN_TABLE
                else:
                    viewer, reason = self._settled(owner, found_by, session)
            if viewer is not None:
                return viewer
            if unknown is None:
                unknown = Viewer(ViewerId(f"unknown:{session}"), ViewerKind.UNKNOWN, found_by, session)
                missed = reason
        return self._find_otherwise(exchange, unknown, missed)

    def _owner(self, place: int, value: str, session: str, shown_at: datetime | None) -> str:
        """The ViewerId whose session a value is by one source, as `find` would say it; "" if nobody knows."""
        _source, sessions, found_by = self._sources[place]
        owner = value if sessions is None else sessions.owner(session, shown_at)
        viewer = self._settled(owner, found_by, session)[0] if owner is not None else None
        return viewer.id if viewer is not None else ""

    def _find_otherwise(self, exchange: Exchange, unknown: Viewer | None, missed: str) -> Viewer:
        request = exchange.request
        if self._asks_column and request.viewer_hint:
            viewer, reason = self._settled(request.viewer_hint, "column:viewer", "")
            if viewer is not None:
                return viewer
            missed = missed or reason
        if request.addressee and exchange.channel is Channel.MAIL:
            viewer, reason = self._settled(request.addressee, "mail", "")
            if viewer is None:
                rule = self._request_rules.match_domain(request.addressee.rpartition("@")[2].lower())
                pseudonym = self._pseudonym(request.addressee.lower())
                if rule is not None:
                    return Viewer(ViewerId(f"{rule.kind.value}:{pseudonym}"), rule.kind, "rule")
                self.missed[reason] += 1
                return Viewer(ViewerId(f"unknown:{pseudonym}"), ViewerKind.UNKNOWN, "mail")
            return viewer
        # A session that nobody knows is not signed out, whatever other cookies are there.
        rule, crawler = self._request_rules.match(exchange, _cookie_names(exchange))
        session = unknown.session if unknown is not None else ""
        if rule is not None and not (rule.kind is ViewerKind.ANONYMOUS and unknown is not None):
            anonymous = rule.kind is ViewerKind.ANONYMOUS
            return Viewer(
                ViewerId("anonymous" if anonymous else f"{rule.kind.value}:{rule.name}"), rule.kind, "rule", session
            )
        if crawler:
            return Viewer(ViewerId(f"crawler:{crawler}"), ViewerKind.CRAWLER, "user-agent", session)
        self.missed[missed or "no sign of a viewer"] += 1
        return unknown if unknown is not None else UNKNOWN_VIEWER

    def _settle(self, text: str, found_by: str, session: str) -> tuple[Viewer | None, str]:
        """What an id stands for; with None comes the reason."""
        kind, name = self._kind_of_id(text)
        if kind is ViewerKind.ANONYMOUS:
            return Viewer(ViewerId("anonymous"), kind, found_by, session), ""
        if kind is not None and kind is not ViewerKind.SUBJECT:
            return Viewer(ViewerId(f"{kind.value}:{name}"), kind, found_by, session), ""
        if "@" in text or _PHONE.match(text):
            return self._settle_by_value(text, found_by, session)
        subject = self._customers.subject(text) if self._customers is not None else text
        if subject is None and kind is ViewerKind.SUBJECT:
            subject = text  # The rules say that such ids are customers' even where the list no longer has them.
        if subject is None:
            return None, NOT_IN_DIRECTORY
        return Viewer(ViewerId(subject), ViewerKind.SUBJECT, found_by, session), ""

    def _settle_by_value(self, text: str, found_by: str, session: str) -> tuple[Viewer | None, str]:
        """A viewer named by an e-mail address or phone number: the one customer who has it."""
        if self._customers is None or self._find_by_value is None:
            return None, STRANGE_ADDRESS
        if "@" in text:
            numbers = self._find_by_value(Field.EMAIL, text)
        else:
            # International digits, as the index has them (docs/reference/matching.md, section 4).
            numbers = self._find_by_value(Field.PHONE, "+" + re.sub(r"\D", "", text).removeprefix("00"))
        if len(numbers) != 1:
            return None, SHARED_ADDRESS if len(numbers) else STRANGE_ADDRESS
        return Viewer(ViewerId(self._customers.id(numbers)), ViewerKind.SUBJECT, found_by, session), ""

    def _kind_of_id(self, text: str) -> tuple[ViewerKind | None, str]:
        if text == "anonymous":
            return ViewerKind.ANONYMOUS, text
        for rule in self._rules:
            if rule.holds_id(text):
                return rule.kind, text.removeprefix(f"{rule.kind.value}:")
        for word, kind in _KINDS_BY_WORD.items():
            if text.startswith(word) and "@" not in text:
                return kind, text.removeprefix(word)
        return None, text

    def _check_ids(self, source: ViewerSource, sessions: Sessions) -> None:
        """Refuse a table none of whose viewers is known, and learn in one go which are customers."""
        viewers = sorted(set(sessions.viewers()))
        values = [viewer for viewer in viewers if "@" in viewer or _PHONE.match(viewer)]
        if self._customers is not None:
            self._customers.learn([viewer for viewer in viewers if viewer not in set(values)])
        if values and (self._customers is None or self._find_by_value is None):
            raise InputError(
                f"{source.file}: names viewers by e-mail address or phone number, which are never kept. "
                "Add the customer list first (`spillkit people add`), or use its ids in the table."
            )
        if not any(self._settle(viewer, source.found_by, "")[0] is not None for viewer in viewers):
            raise InputError(
                f"{source.file}: none of its {len(viewers)} viewers is in the customer list or in [[viewers]] of the rules. "
                "Check that both use the same ids, or name the column: FILE:viewer=COLUMN"
            )

    def _viewer_of_file(self, text: str) -> Viewer:
        viewer, reason = self._settle(text, "file", "")
        if viewer is None:
            raise InputError(f"--viewer names an {reason}. Check the id, or say in [[viewers]] what it is.")
        return viewer


class _Customers:
    """Which ids are customers', answered fast: the directory itself wants many at once."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._known: dict[str, str | None] = {}
        self._hashes: NDArray[np.int64] | None = None

    def learn(self, texts: Sequence[str]) -> None:
        subjects = [self._directory.subject_id(text) for text in texts]
        numbers = self._directory.numbers(subjects)
        for text, subject, number in zip(texts, subjects, numbers.tolist(), strict=True):
            self._known[text] = subject if number >= 0 else None

    def subject(self, text: str) -> str | None:
        """The SubjectId behind a raw id, or None if there is no such customer."""
        if text in self._known:
            return self._known[text]
        # Hashes of all ids, sorted, are a fraction of the ids themselves; Python's own are keyed anew in each process.
        if self._hashes is None:
            ids: list[str] = self._directory.attributes().column("id").to_pylist()
            self._hashes = np.sort(np.fromiter(map(hash, ids), dtype=np.int64, count=len(ids)))
        subject = self._directory.subject_id(text)
        place = int(np.searchsorted(self._hashes, hash(str(subject))))
        found = place < len(self._hashes) and int(self._hashes[place]) == hash(str(subject))
        return subject if found else None

    def id(self, numbers: NDArray[np.uint32]) -> str:
        return self._directory.ids(numbers)[0]


def _carried(exchange: Exchange, source: ViewerSource) -> str:
    """The value that tells the viewer by this source, "" if the request carries none."""
    if source.carrier is Carrier.COLUMN:
        return exchange.request.viewer_hint
    if source.carrier is Carrier.JWT:
        where, name = source.token_in
        token = _header(exchange, name) if where is Carrier.HEADER else _cookie(exchange, name)
        return (read_claim(token, tuple(source.name.split("."))) or "") if token else ""
    if source.carrier is Carrier.COOKIE:
        return clean_value(_cookie(exchange, source.name))
    return clean_value(_header(exchange, source.name))


def _header(exchange: Exchange, name: str) -> str:
    for known, value in exchange.request.headers:
        if known == name:
            return value
    return ""


def _cookie(exchange: Exchange, name: str) -> str:
    """The value of a cookie (RFC 6265, section 5.4); of two of one name the first, as most servers take it."""
    wanted = name + "="
    for known, value in exchange.request.headers:
        if known != "cookie" or wanted not in value:
            continue
        for part in value.split(";"):
            stripped = part.strip()
            if stripped.startswith(wanted):
                return stripped[len(wanted) :]
    return ""


def _cookie_names(exchange: Exchange) -> frozenset[str]:
    return frozenset(_names_in_cookies(exchange))


def _names_in_cookies(exchange: Exchange) -> Iterator[str]:
    for known, value in exchange.request.headers:
        if known == "cookie":
            for part in value.split(";"):
                yield part.partition("=")[0].strip()
