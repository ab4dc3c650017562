"""Answer the questions that the portal sealed: each mailbox once a day at most, by one mail to a customer.

In:    the portal's spool, the room's database, the workspace, a way to send.
Out:   mails; the spool without the questions that are done; counts that add up.
Else:  who is answered is `spillkit.notices.asking`, with what `spillkit.notices.answering`; the marks are `answered`.

In this order, so that whoever is killed at any moment mails nobody twice: marks are written, waiting; the dot of a mail leaves only
after its mark was changed to "not waiting"; a question is taken out of the spool when nothing more is to be done for it. A mail
that the server did not take now is tried in the next round, for two days. One whose answer was lost is not sent again: it can be
asked for again. Nothing of a question is logged, and nothing is kept but the mark.
"""

from __future__ import annotations

import fcntl
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec
import pyarrow.compute as pc

from spillkit.directory import Directory
from spillkit.directory.remembering import reopened
from spillkit.directory.survey import MappedSource
from spillkit.errors import AddressError, DirectoryError, LedgerError, SendingError, WordingError
from spillkit.ledger.parts import write_file
from spillkit.notices.answering import Becomes, Letter, customers_at, decide, told_at
from spillkit.notices.asking import answer_round
from spillkit.notices.marks import canonical_mailbox, derived_key, mailbox_mark
from spillkit.notices.notice_ids import notice_ids
from spillkit.notices.prepared import Ready, read_prepared
from spillkit.notices.question import RECORD_BYTES, Question, open_records
from spillkit.notices.question_key import question_key
from spillkit.notices.states import State
from spillkit.notices.told import Kind
from spillkit.notices.wording import language_of, signed_languages
from spillkit.notices.writing import Writer
from spillkit.settings import Workspace
from spillkit_portal.spool import take
from spillkit_server import answered
from spillkit_server.approved import approved_mailings
from spillkit_server.models import NoticeRow
from spillkit_server.sending.post import Parcel
from spillkit_server.sending.wire import Offers
from spillkit_server.texts_signed import signed_tags

_NAMED = 20  # notices of people whom a person has to answer
_OF_ANSWERS = "answers of the portal"  # in the place of a campaign: ids of answers are no ids of notices


class Answered(msgspec.Struct, frozen=True):
    """What came of the questions of a round; the other numbers add up to the first."""

    questions: int
    notices: int = 0  # notices sent once more
    unaffected: int = 0  # letters to customers who are not affected
    unknown: int = 0  # of an address that no customer has: nobody was written to
    by_a_person: int = 0
    too_soon: int = 0  # the mailbox was, or is being, answered
    no_address: int = 0
    damaged: int = 0  # could not be opened
    refused: int = 0  # by the mail server, for good, or no mail could be made
    lost: int = 0  # the mail server's answer was lost: perhaps taken, and not sent again
    given_up: int = 0
    waiting: int = 0  # tried again in the next round
    no_code: int = 0  # tried again once more codes are published
    people: tuple[str, ...] = ()  # ids of the notices of people whom a person has to answer; the first twenty


@dataclass(frozen=True, slots=True)
class Sent:
    """A mailing that was approved, and what writes its mails."""

    ready: Ready
    writer: Writer
    speaks: frozenset[str]  # languages that may be sent


@dataclass(slots=True)
class Answering:
    """With what questions are answered. What was read of the mailings is kept between rounds."""

    workspace: Workspace
    spool: Path
    wire: Callable[[], Offers]  # to the mail server, or to an e-mail service
    clock: Callable[[], datetime]
    is_ending: Callable[[], bool] = lambda: False
    _read: dict[tuple[str, str], Sent] = field(default_factory=dict)

    def round(self) -> Answered:
        """Answer what waits, once.

        Raises  SendingError if another process answers or nothing is approved, NoticesError if a mailing is not what was signed,
                DirectoryError if a customer list cannot be read; the questions wait then
        """
        with _alone(self.workspace):
            return _Round(self).answer()

    def sent(self) -> list[Sent]:
        """Return the approved mailings, in the order in which they were approved."""
        found = []
        for one in approved_mailings(self.workspace):
            if (one.name, one.digest) not in self._read:
                self._read[one.name, one.digest] = _sent(self.workspace, one.name, one.approved_at)
            found.append(self._read[one.name, one.digest])
        if not found:
            raise SendingError(
                "No mailing is approved yet: nobody can be told whether he was affected. Questions wait."
            )
        return found


def _sent(workspace: Workspace, name: str, approved_at: datetime) -> Sent:
    ready = read_prepared(workspace, name)
    return Sent(ready, ready.writer(workspace, approved_at), spoken_in(ready))


def spoken_in(ready: Ready) -> frozenset[str]:
    """Return the languages in which a mailing's people may be written to: signed by a native reader, or let go by two people."""
    going = ready.told.filter(pc.is_null(ready.told.column("hold"))).column("languages")
    tags = {*ready.prepared.unread, *pc.unique(pc.list_flatten(going)).to_pylist()}
    return frozenset({language_of(str(tag)) for tag in tags} | signed_languages() | signed_tags()) - {""}


@contextmanager
def _alone(workspace: Workspace) -> Iterator[None]:
    """Let one process answer at a time."""
    with (workspace.root / "room" / "answering.lock").open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SendingError("Another process answers questions already. Let it, or end it.") from None
        yield


@contextmanager
def _spool_errors() -> Iterator[None]:
    try:
        yield
    except (OSError, LedgerError) as error:
        why = error.strerror if isinstance(error, OSError) else "no room on the disk"
        raise SendingError(
            f"The spool of questions cannot be read or cleared ({why}). Whoever answers may read, rename and delete there. "
            "Nobody gets two mails by repeating this."
        ) from error


class _Round:
    """One round."""

    def __init__(self, means: Answering) -> None:
        self._means = means
        key = means.workspace.key()
        self._marks_key, self._id_key = derived_key(key, "marks"), derived_key(key, "ids")
        self._sent: list[Sent] = []
        self._tally: Counter[str] = Counter()
        self._people: list[str] = []
        self._stays: set[str] = set()  # marks whose question stays in the spool

    def answer(self) -> Answered:
        # 1. What was asked, and who of them is answered now.
        private = question_key(self._means.workspace)
        with _spool_errors():
            files = [(path, records, list(open_records(records, private))) for path, records in take(self._means.spool)]
        questions = [question for _path, _records, opened in files for question in opened]
        now = self._means.clock()
        decided = answer_round(questions, answered.answered_at(), self._marks_key, now)
        self._tally.update(too_soon=decided.too_soon, no_address=decided.no_address, damaged=decided.damaged)
        asked = {mailbox_mark(question.address, self._marks_key): question for question in decided.answer}
        given_up = answered.overdue(now) & asked.keys()
        self._tally["given_up"] += len(given_up)
        asked = {mark: question for mark, question in asked.items() if mark not in given_up}
        answered.drop(given_up)
        # 2. With what; the marks are written before anything leaves.
        letters = self._decide(asked) if asked else {}
        wanted = [self._wanted(mark, letter) for mark, letter in letters.items()]
        spares = answered.write_waiting(wanted, self._id_key, now)
        self._stays |= letters.keys() - spares.keys()
        self._tally["no_code"] += len(self._stays)
        # 3. The mails, and then the spool.
        self._send({mark: (asked[mark], letters[mark], spare) for mark, spare in spares.items()})
        with _spool_errors():
            for path, records, opened in files:
                self._clear(path, records, opened)
        answered.forget(now)
        return Answered(questions=len(questions), people=tuple(self._people[:_NAMED]), **self._tally)

    def _decide(self, asked: dict[str, Question]) -> dict[str, Letter]:
        """Return whom a mail is written, and count the others."""
        sent = self._sent = self._means.sent()
        customers = customers_at(self._lists(), frozenset(asked), self._marks_key)
        accounts = {one.subject for found in customers.values() for one in found}
        told = [told_at(one.ready.told, asked, accounts) for one in sent]
        places = [defaultdict[str, list[int]](list) for _ in told]
        for rows, of_name in zip(told, places, strict=True):
            for place, row in enumerate(rows):
                for name in {row.mailbox, *row.subjects}:
                    of_name[name].append(place)
        withdrawn = _withdrawn([row.id for rows in told for row in rows])
        speaks = [one.speaks for one in sent]
        heads = [one.ready.company.letterhead for one in sent]
        letters = {}
        for mark, question in asked.items():
            here = customers.get(mark, [])
            names = {mark, *(one.subject for one in here)}
            own = [
                [rows[place] for place in sorted({place for name in names for place in of_name.get(name, ())})]
                for rows, of_name in zip(told, places, strict=True)
            ]
            reply = decide(question, mark, here, own, withdrawn, speaks, heads)
            if reply.letter is not None:
                letters[mark] = reply.letter
            else:
                self._tally["unknown" if reply.becomes is Becomes.UNKNOWN else "by_a_person"] += 1
                self._people += [reply.notice] if reply.notice else []
        return letters

    def _lists(self) -> Iterator[tuple[Sequence[MappedSource], bytes | None]]:
        """Yield every customer list of the mailings once, and that of the workspace."""
        workspace = self._means.workspace
        by_lists = {msgspec.json.encode(one.ready.prepared.lists): one.ready for one in self._sent}
        for ready in by_lists.values():
            yield ready.lists(workspace)
        if all(one.ready.prepared.lists for one in self._sent):
            try:
                manifest = Directory.open(workspace).manifest
            except DirectoryError:
                return  # There is none: everybody who is known stands in the lists of the mailings.
            yield reopened(manifest.sources), workspace.key() if manifest.pseudonymised else None

    def _wanted(self, mark: str, letter: Letter) -> answered.Wanted:
        if letter.told.kind is not Kind.UNAFFECTED:
            return answered.Wanted(mark)
        return answered.Wanted(mark, self._sent[letter.mailing].ready.story.campaign, letter.told.entity)

    def _send(self, mails: dict[str, tuple[Question, Letter, str]]) -> None:
        wire = self._means.wire()
        is_reachable = True
        try:
            for mark, (question, letter, spare) in mails.items():
                if is_reachable and not self._means.is_ending():
                    is_reachable = self._offer(wire, mark, question, letter, spare)
                else:
                    self._wait(mark)
        finally:
            wire.leave()

    def _offer(self, wire: Offers, mark: str, question: Question, letter: Letter, spare: str) -> bool:
        """Send one mail; return whether the mail server is there."""
        try:
            parcel = self._parcel(mark, question, letter, spare)
        except (AddressError, WordingError):
            self._tally["refused"] += 1
            answered.drop([mark])
            return True
        came, is_reachable = answered.offer(wire, mark, parcel, self._means.clock)
        if came is answered.Came.TAKEN:
            self._tally["unaffected" if letter.told.kind is Kind.UNAFFECTED else "notices"] += 1
        elif came is answered.Came.WAITING:
            self._wait(mark)
        else:
            self._tally[came.value] += 1
        return is_reachable

    def _parcel(self, mark: str, question: Question, letter: Letter, spare: str) -> Parcel:
        told = msgspec.structs.replace(letter.told, id=letter.told.id or spare)
        # The same mail each time it is tried, and another than the notice, which the reader may have.
        asked_at = question.asked_at.isoformat()
        [mail_id] = notice_ids(_OF_ANSWERS, told.kind, [f"{mark} {asked_at}"], self._id_key)
        writer = self._sent[letter.mailing].writer
        post = writer.post(told, letter.to, mail_id=mail_id, made_at=self._means.clock())
        return Parcel(post.envelope.sender, post.envelope.recipient, post.data, post.envelope.id)

    def _wait(self, mark: str) -> None:
        self._tally["waiting"] += 1
        self._stays.add(mark)

    def _clear(self, path: Path, records: bytes, opened: list[Question | None]) -> None:
        """Take the questions that are done out of a file of the spool; the file is gone with the last."""
        stay = [
            records[place * RECORD_BYTES : (place + 1) * RECORD_BYTES]
            for place, question in enumerate(opened)
            if question is not None
            and canonical_mailbox(question.address)
            and mailbox_mark(question.address, self._marks_key) in self._stays
        ]
        if not stay:
            path.unlink()
        elif len(stay) < len(opened):
            write_file(path, b"".join(stay))
            path.chmod(0o600)


def _withdrawn(ids: list[str]) -> frozenset[str]:
    found: set[str] = set()
    for start in range(0, len(ids), 500):
        rows = NoticeRow.objects.filter(notice__in=ids[start : start + 500], state=State.WITHDRAWN)
        found.update(rows.values_list("notice", flat=True))
    return frozenset(found)
