"""Put a mailing together: who is told what, from a plain list or from what was measured, and the plan of it.

In:    what was asked for (Wanted), how many were measured, the time; the workspace with its customer list and ledger.
Out:   Draft: the rows, the plan, where the lists lie, what could not be used. Nothing is written.
Else:  the rows are made by `gather` and `plain_list`, those to be corrected by `delta`; keeping a mailing is `prepared`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import pyarrow as pa

from spillkit.directory import Directory
from spillkit.directory.manifest import RememberedSource
from spillkit.directory.remembering import remembered, reopened
from spillkit.directory.survey import MappedSource
from spillkit.errors import NoticesError
from spillkit.law.books import read_books
from spillkit.notices.company import Company
from spillkit.notices.delta import Because, delta
from spillkit.notices.gather import Wishes, gather_incident
from spillkit.notices.holds import Known
from spillkit.notices.marks import derived_key
from spillkit.notices.merging import Decided
from spillkit.notices.plain_list import Bad, read_plain_list
from spillkit.notices.plan import LeftOut, Measured, Pace, Plan, make_plan
from spillkit.notices.story import Story
from spillkit.notices.told import Kind
from spillkit.notices.wording import LANGUAGES, signed_languages
from spillkit.notices.writing import texts_digest
from spillkit.settings import Workspace


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a mailing is to be made of."""

    company: Company
    story: Story
    people: str = ""  # where a plain list lies; "": those of an incident
    incident: int | None = None  # of the workspace
    kind: Kind = Kind.AFFECTED  # or UNINTENDED_VIEWER: those who saw the people of an incident
    known: Known = field(default_factory=Known)
    decided: tuple[Decided, ...] = ()
    unread: tuple[str, ...] = ()  # languages to be sent although no native reader signed their text
    zone: str = ""  # of times in a plain list that name none
    per_hour: int = 20_000


@dataclass(frozen=True, slots=True)
class Draft:
    """A mailing before it is kept."""

    told: pa.Table = field(repr=False)  # of TOLD, in the order of ids
    plan: Plan
    kind: Kind
    bad: Bad  # what of a plain list could not be used
    lists: tuple[RememberedSource, ...]  # of a plain list; empty: the customer list of the workspace
    opened: tuple[MappedSource, ...] = field(repr=False)
    id_key: bytes | None = field(repr=False)
    because: Mapping[Because, int] = field(default_factory=dict)  # of a correction: how many rows have each reason
    unchanged: int = 0  # of a correction: told all of it already


def check_story(story: Story, measured: Measured, incident: int) -> None:
    """Check that a story says the figures that were measured.

    Raises  NoticesError with both, where it says others
    """
    if (story.people_confirmed, story.people_upper) != (measured.confirmed, measured.upper_bound):
        raise NoticesError(
            f"The story says {_figures(story.people_confirmed, story.people_upper)}; incident {incident} was measured with "
            f"{_figures(measured.confirmed, measured.upper_bound)}. One of the two is wrong: correct "
            "people_confirmed and people_upper in the story, or measure again."
        )


def put_together(workspace: Workspace, wanted: Wanted, measured: Measured, now: datetime) -> Draft:
    """Return who would be told what.

    measured  how many the plan may reach
    now       aware
    Raises    NoticesError if it cannot be right, DirectoryError or LedgerError if what it is made of cannot be read
    """
    books, story, company = read_books(), wanted.story, wanted.company
    signed = wanted.known.signed | signed_languages() | frozenset(wanted.unread)
    known = replace(wanted.known, signed=signed)
    wishes = Wishes(story.campaign, company.letterhead, frozenset(LANGUAGES), known, kind=wanted.kind)
    id_key: bytes | None = None
    lists: tuple[RememberedSource, ...] = ()
    if wanted.people:
        read = read_plain_list(wanted.people, wishes, books, workspace.key(), now, wanted.decided, zone=wanted.zone)
        gathered, bad, opened = read.gathered, read.bad, [read.mapped]
        lists = (remembered(read.mapped),)
    else:
        gathered, _persons = gather_incident(workspace, wanted.incident, wishes, wanted.decided, books, now)
        manifest = Directory.open(workspace).manifest
        bad, opened = Bad(), reopened(manifest.sources)
        id_key = workspace.key() if manifest.pseudonymised else None
    plan = make_plan(
        gathered.told,
        measured,
        company.letterhead,
        texts_digest(story),
        Pace(wanted.per_hour),
        story.campaign,
        now,
        LeftOut(gathered.only_himself, bad.lost_rows),
        gathered.several_entities,
        gathered.not_listed,
    )
    return Draft(gathered.told, plan, wishes.kind, bad, lists, tuple(opened), id_key)


def correct(
    workspace: Workspace, draft: Draft, before: Sequence[pa.Table], mailing: str, wanted: Wanted, now: datetime
) -> Draft | None:
    """Return what of a draft has to go out as a correction; None: everybody was told all of it.

    before   rows of earlier mailings that were, or may have been, told
    mailing  name of the correction: ids are made of it
    Raises   NoticesError if this name was used before
    """
    found = delta(before, draft.told, mailing, derived_key(workspace.key(), "ids"))
    if not found.told.num_rows:
        return None
    old, story = draft.plan, wanted.story
    plan = make_plan(
        found.told, old.measured, wanted.company.letterhead, old.texts, Pace(wanted.per_hour), story.campaign, now, old.left_out
    )  # fmt: skip
    return replace(
        draft,
        told=found.told,
        plan=plan,
        kind=Kind.CORRECTION,
        because={because: count for because, count in found.count().items() if count},
        unchanged=found.unchanged,
    )


def _figures(confirmed: int, upper: int | None) -> str:
    return f"{confirmed:,} confirmed and {'no upper bound' if upper is None else f'at most {upper:,}'}"
