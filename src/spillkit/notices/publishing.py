"""Make what is published of mailings that two people approved: statements with all earlier figures, and a record for each code.

In:    approved mailings, as they were prepared; the earlier publication; how people were counted; warnings; keys; the time.
Out:   Publication, Coded for every notice, the texts whose digests are in it; what is new in it, in words.
Else:  putting it in place is `publication`; who approved what, and which notices were withdrawn, the room knows.

A figure that was published is never changed: another one is added behind it, with why. A campaign of which nothing is new keeps the
time of its last update, so that publishing twice changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from spillkit.errors import PublicationError
from spillkit.model import Field
from spillkit.notices.code import Code, CodeKeys, code_of, digest_of, shown
from spillkit.notices.letterhead import Letterhead
from spillkit.notices.prepared import Ready
from spillkit.notices.publication import (
    Campaign,
    Coded,
    Fake,
    Figure,
    Flag,
    Method,
    Publication,
    PublishedText,
    Why,
)
from spillkit.notices.render import render
from spillkit.notices.spares import Spares, spare_ids
from spillkit.notices.story import Story
from spillkit.notices.structure import write_notice
from spillkit.notices.told import Kind, Told
from spillkit.notices.wording import LANGUAGES, language_of
from spillkit.notices.writing import texts_digest
from spillkit.printed import printable
from spillkit.scope.words import count_of

EXAMPLE = shown(Code("ABCDEFGHJKMNPQR"))  # its check sign is wrong: it is nobody's
_NEEDED = ("id", "kind", "entity", "fields", "is_shared", "hold")
_OF_PEOPLE = frozenset({Kind.AFFECTED, Kind.CORRECTION})


@dataclass(frozen=True, slots=True)
class Approved:
    """A mailing whose sending two people signed."""

    ready: Ready
    approved_at: datetime  # UTC
    withdrawn: frozenset[str] = frozenset()  # ids of notices that were withdrawn before anything was sent
    withheld: frozenset[str] = field(default=frozenset(), repr=False)  # ids of those that must not say what happened


class Counted(msgspec.Struct, frozen=True):
    """How the people of a campaign were counted."""

    method: Method
    searched_percent: float | None = None  # with Method.PART


@dataclass(frozen=True, slots=True)
class Text:
    """What was said in one language, with nothing of anybody in it."""

    kind: Kind
    language: str
    text: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def name(self) -> str:
        """Name of a file for it."""
        return f"{self.kind}.{self.language}.{self.sha256[:16]}.txt"


def publication_of(
    approved: Sequence[Approved],
    counted: Mapping[str, Counted],
    earlier: Publication | None,
    fakes: tuple[Fake, ...],
    answer_hours: int,
    now: datetime,
) -> Publication:
    """Return what is to be published.

    approved  in the order in which they were approved; one or more
    counted   by campaign
    earlier   what is published now; its figures are kept
    now       UTC
    Raises    PublicationError if something is published of which no mailing is here: its codes would be forgotten
    """
    before = _by_name(earlier)
    by_campaign: dict[str, list[Approved]] = {}
    for one in approved:
        by_campaign.setdefault(one.ready.story.campaign, []).append(one)
    if gone := sorted(before.keys() - by_campaign.keys()):
        raise PublicationError(
            f"{printable(gone[0])} is published, and no approved mailing of it is here. Its codes would be forgotten, and "
            "genuine messages called false. Put the mailing back, or publish into an empty folder."
        )
    letterheads: dict[str, Letterhead] = {}
    for one in reversed(
        approved
    ):  # The newest first: what it says of an entity counts, and its first one stands on every page.
        letterheads = {**one.ready.company.letterhead, **letterheads}
    return Publication(
        campaigns=tuple(
            _campaign(mailings, counted[name], before.get(name), now) for name, mailings in by_campaign.items()
        ),
        letterheads=tuple(letterheads.values()),
        answer_hours=answer_hours,
        fakes=fakes,
        languages=LANGUAGES,
    )


def _by_name(publication: Publication | None) -> dict[str, Campaign]:
    return {
        campaign.story.campaign: campaign for campaign in (publication.campaigns if publication is not None else ())
    }


def _campaign(mailings: Sequence[Approved], counted: Counted, before: Campaign | None, now: datetime) -> Campaign:
    """Return one campaign; as it was, where nothing of it is new."""
    newest = mailings[-1].ready
    fields = {label for one in mailings for label in _values(one.ready.told.column("fields"))}
    made = Campaign(
        story=newest.story,
        fields=tuple(label for label in (each.label for each in Field) if label in fields),
        method=counted.method,
        updated_at=now,
        figures=_figures(newest.story, before.figures if before is not None else (), now),
        searched_percent=counted.searched_percent,
        texts=_texts(mailings, before),
    )
    if before is not None and msgspec.structs.replace(made, updated_at=before.updated_at) == before:
        return before
    return made


def _texts(mailings: Sequence[Approved], before: Campaign | None) -> tuple[PublishedText, ...]:
    """Return the digests of all texts that were sent; those that an earlier Spillkit wrote are known from what it published."""
    known = {(text.kind, text.language, text.sha256): text for text in (before.texts if before is not None else ())}
    now = [PublishedText(text.kind, text.language, text.sha256) for text in texts_of(mailings)]
    known |= {(text.kind, text.language, text.sha256): text for text in now}
    return tuple(known[place] for place in sorted(known))


def _figures(story: Story, earlier: tuple[Figure, ...], now: datetime) -> tuple[Figure, ...]:
    confirmed, upper = story.people_confirmed, story.people_upper
    if not earlier:
        return (Figure(now.date(), confirmed, upper, Why.FIRST),)
    last = earlier[-1]
    if (last.confirmed, last.upper) == (confirmed, upper):
        return earlier
    # People who are not affected after all, or more than there were said to be at most: then the earlier figure was wrong.
    was_wrong = confirmed < last.confirmed or (last.upper is not None and (upper is None or upper > last.upper))
    on = max(now.date(), last.on)
    return (*earlier, Figure(on, confirmed, upper, Why.CORRECTED if was_wrong else Why.MORE))


def texts_of(mailings: Sequence[Approved]) -> list[Text]:
    """Return what the mailings of one campaign say, once for each kind and language: as to somebody of whom everything was shown.

    No name, no time and no viewer is in it, and in the place of the code stands one that is nobody's. A mailing that was prepared
    with the texts of another Spillkit is left out: its words cannot be written again.
    """
    found: dict[tuple[Kind, str], Text] = {}
    for one in mailings:
        ready = one.ready
        if ready.prepared.plan.texts != texts_digest(ready.story):
            continue
        fields = tuple(
            label for label in (each.label for each in Field) if label in set(_values(ready.told.column("fields")))
        )
        for kind, entity, tag in _said(ready.told):
            if not (language := language_of(tag)):
                continue
            told = Told("", (), kind, entity, "", (language,), fields, None, None, ())
            document = write_notice(told, ready.story, ready.company.letterhead[entity], EXAMPLE)
            found.setdefault((kind, language), Text(kind, language, render(document).text))
    return [found[place] for place in sorted(found)]


def _said(told: pa.Table) -> list[tuple[Kind, str, str]]:
    """Return each kind and language in which anybody is told, with the first legal entity under which it is said."""
    going = told.filter(pc.is_null(told.column("hold"))).select(["kind", "entity", "languages"]).combine_chunks()
    flat = pc.list_flatten(going.column("languages"))
    rows = going.select(["kind", "entity"]).take(pc.list_parent_indices(going.column("languages")))
    table = rows.append_column("language", flat).group_by(["kind", "language"]).aggregate([("entity", "min")])
    return sorted((Kind(row["kind"]), row["entity_min"], row["language"]) for row in table.to_pylist())


def _values(column: pa.ChunkedArray) -> list[str]:
    return [str(value) for value in pc.unique(pc.list_flatten(column)).to_pylist()]


def coded_of(
    approved: Sequence[Approved], spares: Iterable[Spares], publication: Publication, keys: CodeKeys, id_key: bytes
) -> Iterator[Coded]:
    """Yield the record of every notice, and of every letter that nobody has yet; each id once.

    approved  in the order in which they were approved: where an id is in several, the newest that tells anybody counts
    id_key    of `marks.derived_key(workspace_key, "ids")`
    """
    campaigns = {campaign.story.campaign: place for place, campaign in enumerate(publication.campaigns)}
    entities = {letterhead.entity: place for place, letterhead in enumerate(publication.letterheads)}
    seen: set[str] = set()
    # Those on hold last: a letter may reach them all the same, but what was sent to somebody counts before.
    for is_told in (True, False):
        for one in reversed(approved):
            campaign = campaigns[one.ready.story.campaign]
            table = one.ready.told.select(list(_NEEDED))
            table = table.filter(pc.equal(pc.is_null(table.column("hold")), is_told))
            for row in _rows(table):
                if row["id"] in seen:
                    continue
                seen.add(row["id"])
                flags = Flag.SHARED * row["is_shared"] | Flag.WITHDRAWN * (row["id"] in one.withdrawn)
                flags |= Flag.WITHHELD * (row["id"] in one.withheld)
                digest = digest_of(code_of(row["id"], keys), keys)
                yield Coded(
                    digest, Kind(row["kind"]), campaign, entities[row["entity"]], tuple(row["fields"]), Flag(flags)
                )
    for spare in spares:
        for notice in spare_ids(spare, 0, spare.count, id_key):
            digest = digest_of(code_of(notice, keys), keys)
            yield Coded(digest, Kind.UNAFFECTED, campaigns[spare.campaign], entities[spare.entity])


def _rows(table: pa.Table) -> Iterator[dict[str, Any]]:
    for batch in table.to_batches(max_chunksize=10_000):
        yield from batch.to_pylist()


def news_of(earlier: Publication | None, made: Publication, codes_before: int, codes: int) -> list[str]:
    """Return what is new in a publication, one sentence each; empty where nothing is."""
    before = _by_name(earlier)
    news: list[str] = []
    for campaign in made.campaigns:
        name, last = campaign.story.campaign, campaign.figures[-1]
        was = before.get(name)
        people = f"{count_of(last.confirmed, 'person', 'people')} known, " + (
            "at most not known" if last.upper is None else f"at most {last.upper:,}"
        )
        if was is None:
            news.append(f"{name}: first published, {people}")
        elif was.figures != campaign.figures:
            why = "the earlier number was wrong" if last.why is Why.CORRECTED else "more was found"
            earlier_figures = count_of(len(was.figures), "earlier figure")
            news.append(f"{name}: {people} ({why}); {earlier_figures} kept")
        elif was != campaign:
            news.append(f"{name}: its statement changed, its figures did not")
    fakes = earlier.fakes if earlier is not None else ()
    if fakes != made.fakes:
        news.append(f"warnings of false messages: {len(made.fakes)}, before {len(fakes)}")
    if earlier is not None and earlier.letterheads != made.letterheads:
        news.append("the letterheads changed")
    if codes != codes_before:
        news.append(f"codes: {codes:,}, before {codes_before:,}")
    return news
