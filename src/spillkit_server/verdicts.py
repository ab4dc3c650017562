"""Answer those who send a message on and ask whether it is ours; count what is not as a false message.

In:    a mailbox to which messages are sent on, approved mailings, a way to send.
Out:   one answer a day at most to an address; reports of false messages; counts that add up.
Else:  the verdict is `spillkit.notices.ours`, its words `verdict_letter`; who may be answered at all is `incoming`.

Nothing in the mailbox is changed. A mail is remembered as read when its answer was offered, or none is due. Killed before, it comes
once more, and its address has its mark. Nothing of a mail is logged, and nothing is kept but keyed digests.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from spillkit.errors import AddressError, SendingError
from spillkit.notices.asking import BETWEEN
from spillkit.notices.genuine import Answer, Verdict
from spillkit.notices.incoming import What, sort_mail
from spillkit.notices.keys import signers_of
from spillkit.notices.letterhead import Letterhead
from spillkit.notices.mailbox import Incoming, ReadBefore, open_mailbox
from spillkit.notices.marks import derived_key, mailbox_mark
from spillkit.notices.message import Mail, Press
from spillkit.notices.notice_ids import notice_ids
from spillkit.notices.ours import Ours
from spillkit.notices.prepared import Ready, read_prepared
from spillkit.notices.told import Kind
from spillkit.notices.verdict_letter import verdict_letter
from spillkit.notices.wording import language_of
from spillkit.settings import Workspace
from spillkit_server import answered, fakes
from spillkit_server.answered import Came
from spillkit_server.answering import spoken_in
from spillkit_server.approved import approved_mailings
from spillkit_server.sending.finding_out import origins_of
from spillkit_server.sending.post import Parcel
from spillkit_server.sending.wire import Offers

_READ = "forwarded.read"  # in the room's folder
_OF_VERDICTS = "verdicts of mails"  # in the place of a campaign: ids of answers are no ids of notices
_KEPT = timedelta(days=3)  # marks; longer than a question of the portal may wait
_MOST_LANGUAGES = 2


class Judged(msgspec.Struct, frozen=True):
    """What came of the mails of a round. Those answered, by verdict; the other numbers but `fakes` make up the rest."""

    mails: int  # that were not read before
    ours: int = 0
    changed: int = 0
    not_ours: int = 0
    cannot_tell: int = 0
    no_letter: int = 0  # reports and automatic answers
    nowhere: int = 0  # nobody can tell where an answer may go
    too_soon: int = 0  # the address was answered less than a day ago
    no_language: int = 0  # no text that may be sent
    refused: int = 0
    lost: int = 0
    waiting: int = 0  # tried again in the next round
    fakes: int = 0  # counted as false messages, answered or not


@dataclass(frozen=True, slots=True)
class _Home:
    """Under whose name somebody is answered."""

    ready: Ready
    speaks: frozenset[str]


class Judging:
    """One round over a mailbox."""

    def __init__(self, workspace: Workspace, wire: Callable[[], Offers], clock: Callable[[], datetime]) -> None:
        key = workspace.key()
        self._workspace, self._open_wire, self._clock = workspace, wire, clock
        self._mailbox_key, self._fakes_key = derived_key(key, "mailbox"), derived_key(key, "fakes")
        # Of its own: who asked by the portal today may send a message on today.
        self._marks_key, self._id_key = derived_key(key, "marks of verdicts"), derived_key(key, "ids")
        self._tally: Counter[str] = Counter()

    def judge(self, place: str) -> Judged:
        """Answer what lies in a mailbox and was not read before.

        place   as `mailbox` says
        Raises  SendingError if nothing is approved, SettingsError or NoticesError if the mailbox or a mailing cannot be read
        """
        box = open_mailbox(place, self._mailbox_key)
        approved = {one.name: one.approved_at for one in approved_mailings(self._workspace)}
        if not approved:
            raise SendingError("No mailing is approved yet: no message can be ours. What was sent on waits.")
        self._ours = Ours.open(self._workspace, approved)
        self._home = self._home_of(list(approved)[-1])
        self._signers = signers_of(self._workspace.root, self._home.ready.company)
        origins = origins_of(self._workspace, approved)
        self._answered_at = answered.answered_at()
        wire = self._open_wire()
        try:
            with closing(ReadBefore(self._workspace.root / "room" / _READ)) as before:
                for mail in box.mails(before.__contains__):
                    self._tally["mails"] += 1
                    sorted_ = sort_mail(mail.raw, origins)
                    if sorted_.what is not What.LETTER:
                        self._tally["no_letter"] += 1
                    elif not self._is_done(wire, mail, sorted_.answer_to):
                        continue
                    before.add([mail.key])
        finally:
            wire.leave()
        answered.forget(self._clock() - _KEPT + BETWEEN)
        return Judged(**{name: self._tally[name] for name in Judged.__struct_fields__})

    def _home_of(self, name: str) -> _Home:
        ready = read_prepared(self._workspace, name, ["languages", "hold"])
        return _Home(ready, spoken_in(ready))

    def _is_done(self, wire: Offers, mail: Incoming, to: str | None) -> bool:
        """Judge a mail and answer it; False where its answer has to be tried again."""
        now = self._clock()
        answer = self._ours.judge(mail.raw)
        mark = mailbox_mark(to, self._marks_key) if to is not None else ""
        is_new = mark not in answered.waiting([mark])
        if answer.verdict is Verdict.NOT_OURS and is_new:
            fakes.report_mail(mail.raw, now, self._fakes_key)
            self._tally["fakes"] += 1
        if to is None or not mark:
            return self._count("nowhere")
        if now - self._answered_at.get(mark, now - BETWEEN) < BETWEEN:
            return self._count("too_soon")
        if mark in answered.overdue(now):
            answered.drop([mark])
            return self._count("refused")
        letterhead, languages = self._speech(answer)
        if not languages:
            return self._count("no_language")
        answered.write_waiting([answered.Wanted(mark)], self._id_key, now)
        try:
            parcel = self._parcel(answer.verdict, letterhead, languages, to, f"{mark} {mail.key}", now)
        except AddressError:
            answered.drop([mark])
            return self._count("refused")
        came, _is_reachable = answered.offer(wire, mark, parcel, self._clock)
        if came is Came.WAITING:
            self._tally["waiting"] += 1
            return False
        self._answered_at[mark] = self._clock()
        return self._count(answer.verdict.value.replace("-", "_") if came is Came.TAKEN else came.value)

    def _count(self, name: str) -> bool:
        self._tally[name] += 1
        return True

    def _speech(self, answer: Answer) -> tuple[Letterhead, list[str]]:
        """Return under whose name, and in which languages, somebody is answered: as the notice that he sent on, if it is one."""
        heads = self._home.ready.company.letterhead
        found = self._ours.by_notice(answer.notice_id) if answer.notice_id is not None else None
        is_known = found is not None and found.told.entity in heads
        letterhead = heads[found.told.entity] if found is not None and is_known else next(iter(heads.values()))
        tags = [*(found.told.languages if found is not None else ()), *letterhead.languages, *sorted(self._home.speaks)]
        languages = list(dict.fromkeys(language for tag in tags if (language := language_of(tag)) in self._home.speaks))
        return letterhead, languages[:_MOST_LANGUAGES]

    def _parcel(
        self, verdict: Verdict, letterhead: Letterhead, languages: list[str], to: str, about: str, now: datetime
    ) -> Parcel:
        [mail_id] = notice_ids(_OF_VERDICTS, Kind.UNAFFECTED, [about], self._id_key)
        words = verdict_letter(verdict, languages, letterhead)
        mail = Mail(mail_id, to, "", words.subject, words.text, words.html, words.languages, now)
        ready = self._home.ready
        post = Press(ready.company.sending(letterhead.entity, ready.story.campaign)).post(mail)
        signer = self._signers.get(letterhead.entity)
        head = (signer.sign(post.head, post.body, now) if signer is not None else b"") + post.head
        return Parcel(post.envelope.sender, post.envelope.recipient, head + b"\r\n" + post.body, post.envelope.id)
