"""Keep a mailing as it was prepared, and find out whether it still is what two people signed.

In:    a plan, its TOLD rows, story.toml and notices.toml as they were written, where the customer list lies.
Out:   the folder `notices/<mailing>` of the workspace; Ready, read from it with all checks.
Else:  planning is `plan`; that two people signed is the case's; rows of the outbox are the server's.

The folder holds ids, marks, labels and what is said to everybody: no name and no address. These are read again from the customer
list when a text is made. What is read is held against the digest of the plan, so that a changed file, or a newer Spillkit with
other texts, sends nothing that nobody signed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from spillkit.directory import Directory
from spillkit.directory.manifest import RememberedSource
from spillkit.directory.remembering import reopened
from spillkit.directory.survey import MappedSource
from spillkit.errors import NoticesError
from spillkit.law.books import read_books
from spillkit.ledger.parts import write_file, write_parquet
from spillkit.notices.code import code_keys
from spillkit.notices.company import Company, read_company, read_story
from spillkit.notices.demands import demands_by_place
from spillkit.notices.keys import signers_of
from spillkit.notices.marks import derived_key
from spillkit.notices.plan import Plan, digest_of
from spillkit.notices.story import Story
from spillkit.notices.told import Kind
from spillkit.notices.told_table import TOLD
from spillkit.notices.writing import Writer, authorities_by_id, texts_digest
from spillkit.printed import printable
from spillkit.settings import Workspace

VERSION = 1
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,59}")
_JSON, _STORY, _COMPANY = "prepared.json", "story.toml", "notices.toml"
_NOT_MAILINGS = frozenset({"keys"})  # other folders beside them


class Prepared(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is kept of a mailing, beside its rows."""

    version: int
    mailing: str
    kind: Kind
    incident: int | None  # of the workspace; None: all that was found, or a plain list
    lists: tuple[RememberedSource, ...]  # where a plain list lies; empty: the customer list of the workspace
    unread: tuple[str, ...]  # languages that are sent although no native reader signed their text
    prepared_at: datetime  # UTC
    plan: Plan
    contradictions: tuple[str, ...] = ()  # ids of what the check of its texts found

    @property
    def exceptions(self) -> tuple[str, ...]:
        """What speaks against sending it as it is: whoever proposes and signs accepts each by its word."""
        unread = (f"unread:{tag}" for tag in self.unread)
        return (*unread, *(f"contradiction:{one}" for one in self.contradictions))

    @property
    def told_file(self) -> str:
        return f"told-{self.plan.digest[:16]}.parquet"


@dataclass(frozen=True, slots=True)
class Ready:
    """A mailing as it was read."""

    prepared: Prepared
    story: Story
    company: Company
    told: pa.Table = field(repr=False)  # of TOLD, in the order of ids; also those who are on hold

    def lists(self, workspace: Workspace) -> tuple[list[MappedSource], bytes | None]:
        """Open the customer list of the mailing; return it with the key of its ids, as `read_addressees` takes them.

        Raises  DirectoryError if it cannot be read again
        """
        if self.prepared.lists:
            again = f"spillkit notify prepare FILE … --name {self.prepared.mailing}"
            return reopened(self.prepared.lists, again), None
        manifest = Directory.open(workspace).manifest
        return reopened(manifest.sources), workspace.key() if manifest.pseudonymised else None

    def writer(self, workspace: Workspace, made_at: datetime, *, is_signed: bool = True) -> Writer:
        """Return what writes the mails of this mailing: the same mails each time, for the same time.

        made_at    when the second person signed; UTC
        is_signed  with the keys of the workspace
        Raises     SettingsError if a key is missing
        """
        books = read_books()
        return Writer(
            self.story,
            self.company,
            code_keys(derived_key(workspace.key(), "codes")),
            made_at,
            demands=demands_by_place(books, made_at.date()),
            authorities=authorities_by_id(pc.unique(self.told.column("authority")).to_pylist(), books),
            signers=signers_of(workspace.root, self.company) if is_signed else None,
        )


def require_name(name: str) -> str:
    """Return the name of a mailing; raise NoticesError if it cannot be one."""
    if _NAME.fullmatch(name) is None or name in _NOT_MAILINGS:
        raise NoticesError(
            "The name of a mailing has 1 to 60 letters, digits, dots and dashes, and no personal data: 2026-11-cache."
        )
    return name


def folder_of(workspace: Workspace, mailing: str) -> Path:
    """Return where a mailing is kept. NoticesError if this cannot be its name."""
    return workspace.root / "notices" / require_name(mailing)


def mailings_of(workspace: Workspace) -> list[str]:
    """Return the names of all mailings that were prepared, in order."""
    return sorted(path.parent.name for path in (workspace.root / "notices").glob(f"*/{_JSON}"))


def write_prepared(workspace: Workspace, prepared: Prepared, told: pa.Table, story: bytes, company: bytes) -> Path:
    """Keep a mailing; the same again changes nothing, another in its place is whole or not there.

    told     of TOLD, in the order of ids
    story    the bytes of story.toml; company those of notices.toml
    Raises   NoticesError if the folder cannot be made, LedgerError if a file cannot be written
    """
    folder = folder_of(workspace, prepared.mailing)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = folder / f".{prepared.told_file}"
        write_parquet(told.cast(TOLD), draft)
        draft.replace(folder / prepared.told_file)
    except OSError as error:
        raise NoticesError(
            f"{printable(str(folder))}: cannot be written ({error.strerror}). Make room there."
        ) from error
    write_file(folder / _STORY, story)
    write_file(folder / _COMPANY, company)
    write_file(folder / _JSON, msgspec.json.format(msgspec.json.encode(prepared, order="deterministic"), indent=1))
    for old in folder.glob("told-*.parquet"):
        if old.name != prepared.told_file:
            old.unlink()
    return folder


def read_prepared(workspace: Workspace, mailing: str, columns: Sequence[str] | None = None) -> Ready:
    """Read a mailing, and hold it against the digest of its plan.

    columns  of the rows, for who needs a few of them: then the digest is not held against them
    Raises   NoticesError if there is none, a file of it is damaged, or it is not what was planned any more
    """
    folder = folder_of(workspace, mailing)
    prepared = read_head(workspace, mailing)
    story, company = read_story(folder / _STORY), read_company(folder / _COMPANY)
    try:
        told = pq.read_table(folder / prepared.told_file, columns=list(columns) if columns is not None else None)
    except (OSError, pa.ArrowException) as error:
        raise NoticesError(f"{_where(folder)}: the rows are gone or damaged. {_AGAIN}") from error
    if columns is None:
        told = told.select(TOLD.names).cast(TOLD)
        texts = texts_digest(story)
        if digest_of(told, company.letterhead, texts, story.campaign) != prepared.plan.digest:
            why = "its texts are those of another Spillkit" if texts != prepared.plan.texts else "a file was changed"
            raise NoticesError(
                f"{_where(folder)}: it is not what was planned any more ({why}). Nothing of it is sent. Put back what was "
                "there, or prepare it again and let two people sign again."
            )
    return Ready(prepared, story, company, told)


def read_head(workspace: Workspace, mailing: str) -> Prepared:
    """Read what is kept of a mailing beside its rows. NoticesError as `read_prepared`."""
    folder = folder_of(workspace, mailing)
    try:
        prepared = msgspec.json.decode((folder / _JSON).read_bytes(), type=Prepared)
    except FileNotFoundError as error:
        known = ", ".join(mailings_of(workspace)) or "none yet"
        raise NoticesError(
            f"There is no mailing {printable(mailing)}. Prepared: {known}. Make one with spillkit notify prepare."
        ) from error
    except (OSError, msgspec.MsgspecError, UnicodeError) as error:
        raise NoticesError(f"{_where(folder)}: {_JSON} cannot be read. {_AGAIN}") from error
    if prepared.version != VERSION or prepared.mailing != mailing:
        raise NoticesError(f"{_where(folder)}: written by another Spillkit, or for another mailing. {_AGAIN}")
    return prepared


_AGAIN = "Prepare it again: spillkit notify prepare."


def _where(folder: Path) -> str:
    return f"notices/{printable(folder.name)}"
