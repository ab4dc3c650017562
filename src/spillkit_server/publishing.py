"""Publish what two people approved: the portal's folder is renewed from the mailings, the outbox and the reports of false messages.

In:    a folder, which mailings; the room's database, the workspace.
Out:   the publication in its place, or left as it is where nothing is new; what is new, in words.
Else:  what is published of a mailing is `spillkit.notices.publishing`; serving it is the portal's.

Codes for letters to people who ask and are not affected are published before anybody has them, so that such a letter can be checked
the moment it arrives, and so that what is published does not tell how many asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from math import floor
from pathlib import Path

import msgspec

from spillkit.errors import NoticesError, PublicationError
from spillkit.law.books import read_books
from spillkit.ledger import Ledger
from spillkit.ledger.parts import write_file
from spillkit.notices.code import code_keys
from spillkit.notices.demands import demands_by_place
from spillkit.notices.marks import derived_key
from spillkit.notices.prepared import Ready, read_prepared
from spillkit.notices.publication import (
    RECORD,
    Campaign,
    Coded,
    Method,
    Publication,
    read_earlier,
    read_publication,
    renew_publication,
)
from spillkit.notices.publishing import Approved, Counted, coded_of, news_of, publication_of, texts_of
from spillkit.notices.question_key import question_key
from spillkit.notices.spares import Spares, write_spares
from spillkit.notices.states import State
from spillkit.notices.told_table import TOLD
from spillkit.notices.withheld import withheld_in
from spillkit.notices.writing import texts_digest
from spillkit.printed import printable
from spillkit.scope.looked_at import measure_coverage, prepare_coverage
from spillkit.settings import Workspace
from spillkit_server.approved import approved_mailings
from spillkit_server.fakes import shown
from spillkit_server.models import NoticeRow, SpareRow

SPARES = 1_000  # codes for each campaign and legal entity that nobody has, after each publication


class Published(msgspec.Struct, frozen=True):
    """What came of publishing."""

    name: str  # of the publication that is in place
    is_new: bool
    news: tuple[str, ...]
    mailings: tuple[str, ...]
    people: int  # of the newest figures, added up
    codes: int
    texts: int
    fakes: int


def publish(
    workspace: Workspace,
    folder: Path,
    names: Sequence[str],
    searched_percent: float | None,
    answer_hours: int | None,
    now: datetime,
) -> Published:
    """Renew what the portal says.

    names             of mailings; none: all that were approved. What belongs to a campaign that is published goes with them.
    searched_percent  of what was sent, how much was searched; None: as it was measured
    answer_hours      None: as it was published, else a day
    Raises            PublicationError, NoticesError; what was published stays as it was
    """
    earlier = read_earlier(folder)
    approved = _approved(workspace, names, earlier)
    counted = {one.ready.story.campaign: _counted(workspace, one.ready, earlier, searched_percent) for one in approved}
    hours = answer_hours or (earlier.answer_hours if earlier is not None else 24)
    made = publication_of(approved, counted, earlier, shown(), hours, now)
    key = workspace.key()
    keys, id_key = code_keys(derived_key(key, "codes")), derived_key(key, "ids")
    spares = _spares(made)
    coded: list[Coded] = list(coded_of(approved, spares, made, keys, id_key))
    # Before the publication, whose digests they have. Each is named by its digest: none is ever changed.
    texts = [text for campaign in made.campaigns for text in texts_of(_of(approved, campaign))]
    try:
        (folder / "texts").mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise PublicationError(
            f"{printable(str(folder))}: cannot be made ({error.strerror}). Name another folder."
        ) from error
    for text in texts:
        write_file(folder / "texts" / text.name, text.text.encode())
    codes_before = _codes_in(folder)
    name, is_new = renew_publication(folder, made, coded, keys.looking_up, question_key(workspace).public_key())
    write_spares(workspace, spares)
    for spare in spares:
        # Counted once they are there: no letter carries a code that the portal does not know.
        SpareRow.objects.filter(campaign=spare.campaign, entity=spare.entity, published__lt=spare.count).update(
            published=spare.count
        )
    return Published(
        name=name,
        is_new=is_new,
        news=tuple(news_of(earlier, made, codes_before, len(coded))) if is_new else (),
        mailings=tuple(one.ready.prepared.mailing for one in approved),
        people=sum(campaign.figures[-1].confirmed for campaign in made.campaigns),
        codes=len(coded),
        texts=len(texts),
        fakes=len(made.fakes),
    )


def _codes_in(folder: Path) -> int:
    try:
        return len(read_publication(folder).codes) // RECORD.size
    except PublicationError:
        return 0  # There are none, or none that can be read: they are put in place again.


def _approved(workspace: Workspace, names: Sequence[str], earlier: Publication | None) -> list[Approved]:
    rows = approved_mailings(workspace)
    if wrong := sorted(set(names) - {row.name for row in rows}):
        raise PublicationError(
            f"{printable(wrong[0])} is not approved: two people sign its sending in the room first. Nothing was published."
        )
    published = {campaign.story.campaign for campaign in (earlier.campaigns if earlier is not None else ())}
    books = read_books()
    found = []
    for row in rows:
        ready = read_again(workspace, row.name)
        if names and row.name not in names and ready.story.campaign not in published:
            continue
        withdrawn = NoticeRow.objects.filter(mailing__name=row.name, state=State.WITHDRAWN).values_list(
            "notice", flat=True
        )
        demands = demands_by_place(books, row.approved_at.date())  # the day by which it was written
        found.append(Approved(ready, row.approved_at, frozenset(withdrawn), withheld_in(ready, workspace, demands)))
    if not found:
        raise PublicationError("No mailing is approved yet: two people sign its sending in the room first.")
    return found


def read_again(workspace: Workspace, name: str) -> Ready:
    """Read a mailing that was approved, for what was sent to be known again.

    It is held against its plan wherever that can be done: what a newer Spillkit would write differently was sent all the same.
    """
    ready = read_prepared(workspace, name, columns=TOLD.names)
    if ready.prepared.plan.texts == texts_digest(ready.story):
        return read_prepared(workspace, name)
    return ready


def _counted(
    workspace: Workspace, ready: Ready, earlier: Publication | None, searched_percent: float | None
) -> Counted:
    """Return how the people of a campaign were counted; as it was published, where the figure is the same."""
    story = ready.story
    before: Campaign | None = next(
        (one for one in (earlier.campaigns if earlier is not None else ()) if one.story.campaign == story.campaign),
        None,
    )
    if searched_percent is not None:
        return _of_share(searched_percent)
    if before is not None and (story.people_confirmed, story.people_upper) == (
        before.story.people_confirmed,
        before.story.people_upper,
    ):
        return Counted(before.method, before.searched_percent)
    if ready.prepared.lists:
        return Counted(Method.LISTED)
    with Ledger(workspace.ledger_dir).database() as connection:
        prepare_coverage(connection)
        share = measure_coverage(connection, {}).share
    if share is None:
        raise NoticesError(
            f"Nobody can say how much was searched for {printable(story.campaign)}. Say it: --searched PERCENT."
        )
    return _of_share(floor(share * 1000) / 10)


def _of_share(percent: float) -> Counted:
    return Counted(Method.ALL) if percent >= 100 else Counted(Method.PART, percent)


def _of(approved: Sequence[Approved], campaign: Campaign) -> list[Approved]:
    return [one for one in approved if one.ready.story.campaign == campaign.story.campaign]


def _spares(made: Publication) -> list[Spares]:
    """Return how many codes that nobody has are published of each campaign and legal entity: some more than were used."""
    found = []
    for campaign in made.campaigns:
        for letterhead in made.letterheads:
            row, _is_new = SpareRow.objects.get_or_create(campaign=campaign.story.campaign, entity=letterhead.entity)
            # In whole thousands, so that publishing again changes nothing while enough are left.
            left = row.published - row.used
            count = row.published if left >= SPARES // 2 else row.published + SPARES
            found.append(Spares(campaign.story.campaign, letterhead.entity, count))
    return found
