"""Say of a mail or a code whether it is ours: what `genuine` judges, joined with the mailings of a workspace.

In:    a workspace with prepared mailings; a mail that somebody sends on, or a code that he reads out.
Out:   Answer of a mail; the mailing and the row of a code. Never a name, an address or a word of a mail.
Else:  judging is `genuine`; answering him is the room's and the mailbox's (`spillkit notify genuine` prints it).

Nothing of a notice is kept for this. Where a signature was lost on the way, the one notice whose code or Message-ID is in the mail
is written again from its row and the customer list, and compared. Only that row is read, and of the customer list only that person.

What cannot be looked at makes no mail "not ours": where a mailing is damaged, or the words of a notice cannot be written again
(other texts in a newer Spillkit, a person who left the list), the answer is "cannot tell" unless a signature decides, and `doubts`
says why. The name in the salutation is the one value of a person in a notice, and may have changed in the list since: where nothing
else differs, nobody can tell either.
"""

from __future__ import annotations

import secrets
from collections.abc import Container, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from spillkit.errors import CodeError, NoticesError, SpillkitError
from spillkit.notices.addressees import NOWHERE, read_addressees
from spillkit.notices.code import Code, Problem, code_keys, code_of, read_code
from spillkit.notices.code_index import CodeIndex, index_of
from spillkit.notices.genuine import Answer, Known, Piece, Sent, Verdict, judge, sent_of
from spillkit.notices.keys import public_records
from spillkit.notices.marks import derived_key
from spillkit.notices.message import address_of
from spillkit.notices.prepared import Ready, mailings_of, read_prepared
from spillkit.notices.render import Rendered
from spillkit.notices.spares import read_spares, spare_ids
from spillkit.notices.told import Kind, Told
from spillkit.notices.told_rows import rows_by_id, told_file
from spillkit.notices.writing import texts_digest
from spillkit.settings import Workspace


class Found(NamedTuple):
    """One notice of ours."""

    mailing: str
    told: Told


class Ours:
    """The mailings of a workspace, opened to be asked."""

    def __init__(
        self, workspace: Workspace, mailings: list[Ready], doubts: list[str], made_at: Mapping[str, datetime]
    ) -> None:
        self._workspace, self._mailings, self._made_at = workspace, mailings, made_at
        self._damaged, self._doubts = bool(doubts), list(doubts)
        self._secret = workspace.key()
        self._code_keys = code_keys(derived_key(self._secret, "codes"))
        self._indexes: dict[str, CodeIndex] = {}
        self._sent: dict[str, Sent | None] = {}
        self._personal: dict[str, frozenset[str]] = {}  # paragraphs that hold a name, by notice
        self._known = Known(
            public_keys=public_records(workspace.root),
            domains=tuple(sorted(_domains(mailings))),
            by_notice=self._sent_of,
            by_code=self._sent_under,
            key=secrets.token_bytes(32),
        )

    @classmethod
    def open(cls, workspace: Workspace, mailings: Mapping[str, datetime] | Container[str] | None = None) -> Ours:
        """Open all prepared mailings of a workspace, the newest first.

        mailings  only these, or these with the moment at which two people approved each: the law of that day shaped the text
                  (without it, that of the day on which it was prepared); None: all
        Raises    SettingsError if the workspace's key, or a signing key, cannot be read
        """
        found, doubts = [], []
        for name in mailings_of(workspace):
            if mailings is not None and name not in mailings:
                continue
            try:
                found.append(read_prepared(workspace, name, ["authority"]))
            except NoticesError as error:
                doubts.append(str(error))
        found.sort(key=lambda ready: ready.prepared.prepared_at, reverse=True)
        return cls(workspace, found, doubts, mailings if isinstance(mailings, Mapping) else {})

    @property
    def names(self) -> tuple[str, ...]:
        """The mailings that are looked through, the newest first."""
        return tuple(ready.prepared.mailing for ready in self._mailings)

    @property
    def doubts(self) -> tuple[str, ...]:
        """Why something could not be looked at, so far: one sentence each, without a value of anybody."""
        return tuple(dict.fromkeys(self._doubts))

    def judge(self, raw: bytes) -> Answer:
        """Return whether a mail that was sent on is, or holds, a notice of ours. Any bytes are answered."""
        answer = judge(raw, self._known)
        if answer.verdict is Verdict.NOT_OURS and self._damaged:
            return Answer(Verdict.CANNOT_TELL)
        if (
            answer.verdict is Verdict.CHANGED
            and answer.notice_id is not None
            and set(answer.changed) <= self._personal.get(answer.notice_id, frozenset())
        ):
            return replace(answer, verdict=Verdict.CANNOT_TELL, changed=("salutation",))
        return answer

    def by_code(self, typed: str) -> Found | Problem | None:
        """Return the notice of a code that somebody typed or read out.

        Returns  what is wrong with what he typed; None for a code that no mailing here has
        """
        try:
            code = read_code(typed)
        except CodeError as error:
            return Problem(error.problem)
        return self._of_code(code)

    def by_notice(self, notice_id: str) -> Found | None:
        """Return the notice of an id; None where no mailing here has it."""
        for ready in self._mailings:
            if (found := self._row(ready, notice_id)) is not None:
                return Found(ready.prepared.mailing, found)
        return None

    # ---- Rows ----

    def _row(self, ready: Ready, notice_id: str) -> Told | None:
        try:
            return next(iter(rows_by_id(self._workspace, ready.prepared, [notice_id])), None)
        except NoticesError as error:
            self._lose(str(error))
            return None

    def _of_code(self, code: Code) -> Found | None:
        for ready in self._mailings:
            try:
                row = self._index(ready).row_of(code)
                notice_id = _id_in_row(told_file(self._workspace, ready.prepared), row) if row is not None else None
            except (OSError, pa.ArrowException):
                self._lose(f"The rows of the mailing {ready.prepared.mailing} are gone or damaged.")
                continue
            told = self._row(ready, notice_id) if notice_id is not None else None
            if told is not None and code_of(told.id, self._code_keys) == code:
                return Found(ready.prepared.mailing, told)
        return self._spares.get(code)

    @cached_property
    def _spares(self) -> dict[Code, Found]:
        """Letters to people who asked and are not affected, by code; whoever has one of them, nobody here knows."""
        try:
            spares = read_spares(self._workspace)
        except NoticesError as error:
            self._lose(str(error))
            return {}
        found: dict[Code, Found] = {}
        for ready in self._mailings:
            heads = ready.company.letterhead
            for spare in spares:
                if spare.campaign != ready.story.campaign or spare.entity not in heads:
                    continue
                for notice in spare_ids(spare, 0, spare.count, derived_key(self._secret, "ids")):
                    told = Told(
                        notice, (), Kind.UNAFFECTED, spare.entity, "", heads[spare.entity].languages, (), None, None, ()
                    )
                    found.setdefault(code_of(notice, self._code_keys), Found(ready.prepared.mailing, told))
        return found

    def _index(self, ready: Ready) -> CodeIndex:
        name = ready.prepared.mailing
        if name not in self._indexes:
            self._indexes[name] = index_of(self._workspace, ready.prepared, self._code_keys)
        return self._indexes[name]

    # ---- Words ----

    def _sent_under(self, code: Code) -> Sent | None:
        found = self._of_code(code)
        return self._written(found) if found is not None else None

    def _sent_of(self, notice_id: str) -> Sent | None:
        found = self.by_notice(notice_id)
        return self._written(found) if found is not None else None

    def _written(self, found: Found) -> Sent:
        """Return what was sent of a notice, as digests; without paragraphs where it cannot be written again."""
        told = found.told
        sent = self._sent.get(told.id)
        if sent is None:
            try:
                sent = self._write(found)
            except SpillkitError as error:
                self._doubts.append(str(error))
                sent = Sent(told.id, b"", (), ())
            self._sent[told.id] = sent
        return sent

    def _write(self, found: Found) -> Sent:
        told = found.told
        ready = next(one for one in self._mailings if one.prepared.mailing == found.mailing)
        if texts_digest(ready.story) != ready.prepared.plan.texts:
            raise NoticesError(
                f"The texts of the mailing {found.mailing} are those of another Spillkit: only a signature shows what was sent."
            )
        lists, id_key = ready.lists(self._workspace)
        [(_told, to)] = read_addressees(lists, [told], derived_key(self._secret, "marks"), id_key)
        if to is NOWHERE:
            raise NoticesError(
                "This person is not on the customer list as he was: only a signature shows what was sent."
            )
        other = msgspec.structs.replace(to.reader, name="" if to.reader.name else "N")
        made_at = self._made_at.get(found.mailing, ready.prepared.prepared_at)
        writer = ready.writer(self._workspace, made_at, is_signed=False)
        sent, to_other = (self._digested(told.id, writer.words(told, reader)) for reader in (to.reader, other))
        self._personal[told.id] = _differing(sent.text, to_other.text) | _differing(sent.html, to_other.html)
        return sent

    def _digested(self, notice_id: str, words: Rendered) -> Sent:
        return sent_of(notice_id, words.subject, words.text, words.html, self._known.key)

    def _lose(self, why: str) -> None:
        """Note that a mailing could not be looked through: what was not found may be there."""
        self._doubts.append(why)
        self._damaged = True


def _domains(mailings: list[Ready]) -> Iterator[str]:
    """Yield the domains from which notices come, and those of their Message-IDs."""
    for ready in mailings:
        for letterhead in ready.company.letterhead.values():
            yield address_of(letterhead.sender).domain
            yield address_of(f"x@{letterhead.domain}").domain


def _differing(pieces: tuple[Piece, ...], others: tuple[Piece, ...]) -> frozenset[str]:
    """Return the paragraphs that are not in another text, as `genuine` names them."""
    there = {piece.whole for piece in others}
    return frozenset(f"paragraph {number}" for number, piece in enumerate(pieces, 1) if piece.whole not in there)


def _id_in_row(path: Path, row: int) -> str | None:
    """Return the id in a row of a mailing, reading no more than the rows that are stored with it."""
    with pq.ParquetFile(path) as file:
        for group in range(file.metadata.num_row_groups):
            count = file.metadata.row_group(group).num_rows
            if row < count:
                return str(file.read_row_group(group, columns=["id"]).column("id")[row].as_py())
            row -= count
    return None
