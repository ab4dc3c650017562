"""Hold every notice of a mailing against the facts, against each other and against the further texts.

In:    a TOLD table, what is written from, further texts; what else is known.
Out:   CheckedMailing: contradictions, each with how many people would read it.
Else:  which notices are alike is `shapes`; one text against the facts is `against`; what becomes of a contradiction is `decisions`.

Each shape is written once and read as text and as HTML. Two notices can contradict each other only in what is one for all, so that
of those which say the same of it one is enough.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from spillkit.errors import WordingError
from spillkit.notices.demands import Demands
from spillkit.notices.letterhead import Letterhead
from spillkit.notices.lint.against import contradictions_of
from spillkit.notices.lint.between import between
from spillkit.notices.lint.claims import Bound, Claim, Kind, Text
from spillkit.notices.lint.compare import check
from spillkit.notices.lint.contradictions import Contradiction, Unchecked
from spillkit.notices.lint.facts_of import Known
from spillkit.notices.lint.given import texts_of
from spillkit.notices.lint.judged import Judged
from spillkit.notices.lint.read_claims import Read, Remembered, read_claims
from spillkit.notices.lint.rules import FIELDS
from spillkit.notices.render import Renderer
from spillkit.notices.shapes import Shape, shapes_of
from spillkit.notices.story import Story

_CODE = "7K3MQ-9QX2T-ABCDE"  # nobody's; what is checked is that one stands there
_NOTICES = "notices"
_SHOWN = 3  # notices that stand for the others
_ALIKE = frozenset({Kind.ACTOR, Kind.PEOPLE, Kind.AGAIN, Kind.CAUSE})  # one for all whom the mailing tells


class Found(msgspec.Struct, frozen=True):
    """A contradiction of a mailing: in how many notices, and in which texts beside them."""

    id: str  # 16 hex digits: the same for the same wording and facts in the same notices
    rule: str  # of `rules.RULES`
    document: str  # "notices" in one language, or a further text
    says: str  # in our words; of the first, where they differ in a figure
    other: str  # what the facts say, or the other text
    line: int  # of the first, from 1; 0 where something is missing
    other_document: str
    people: int  # who would read it; 0: a text that is nobody's own
    notices: int
    examples: tuple[str, ...]  # ids of notices, to be looked at


class CheckedMailing(msgspec.Struct, frozen=True):
    """What came of it."""

    found: tuple[Found, ...]  # most people first, and those of further texts before all
    unchecked: tuple[Unchecked, ...]  # claims of the further texts that no fact decides
    shapes: int  # notices that differ in more than a name, a code or a figure
    written: int  # texts that were read for them
    notices: int
    people: int


def check_mailing(
    told: pa.Table,
    story: Story,
    letterheads: Mapping[str, Letterhead],
    demands: Mapping[str, Demands],
    authorities: Mapping[str, str],
    further: Sequence[Text] = (),
    facts: Known | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> CheckedMailing:
    """Check a mailing.

    told         of TOLD; whoever is on hold is checked too, a namesake is told nothing
    demands      as `structure.demands_by_place` gives them
    authorities  official names by the id that Told carries
    further      statement, authority report, what support says, pages of the portal
    facts        what was signed or measured beside it; its own story and letterheads are passed over
    progress     called with shapes done and shapes there are
    Raises       NoticesError where a legal entity has no letterhead
    Cost         about 10 ms a shape after the first of its language; memory grows with the shapes
    """
    known = known_of(told, story, letterheads, authorities, facts or Known())
    renderers = {
        entity: Renderer(story, letterhead, demands=demands, authorities=authorities)
        for entity, letterhead in letterheads.items()
    }
    shapes = shapes_of(told, renderers, story.zone)
    tally = _Tally(known, Remembered())
    for number, shape in enumerate(shapes):
        tally.add(shape, renderers[shape.told.entity])
        if progress is not None:
            progress(number + 1, len(shapes))
    checked = check(further, known)
    alone = [_alone(one) for one in checked.contradictions]
    found = [*alone, *sorted(tally.found(further), key=lambda one: (-one.people, one.rule, one.document, one.id))]
    return CheckedMailing(
        found=tuple(found),
        unchecked=checked.unchecked,
        shapes=len(shapes),
        written=tally.written,
        notices=sum(shape.notices for shape in shapes),
        people=sum(shape.people for shape in shapes),
    )


def known_of(
    told: pa.Table, story: Story, letterheads: Mapping[str, Letterhead], authorities: Mapping[str, str], facts: Known
) -> Known:
    """Return what is true of a mailing: the story, the letterheads, all fields of its rows, and what was given beside them."""
    shown = set(pc.unique(pc.list_flatten(told.column("fields"))).to_pylist()) | set(facts.fields)
    return msgspec.structs.replace(
        facts,
        story=story,
        letterheads=tuple(letterheads.values()),
        fields=tuple(name for name in FIELDS if name in shown),
        not_shown=tuple(name for name in facts.not_shown if name not in shown),
        authorities={**facts.authorities, **{name: (said, *said.split(" / ")) for name, said in authorities.items()}},
    )


class _Alike:
    """Notices that say the same: one of them, and how many they are."""

    def __init__(self) -> None:
        self.notices = self.people = 0
        self.examples: list[str] = []
        self.members: list[str] = []  # ids of contradictions

    def add(self, shape: Shape) -> None:
        self.notices += shape.notices
        self.people += shape.people
        if len(self.examples) < _SHOWN:
            self.examples.append(shape.told.id)

    def join(self, others: _Alike) -> None:
        self.notices += others.notices
        self.people += others.people
        self.examples = list(dict.fromkeys((*self.examples, *others.examples)))[:_SHOWN]


class _Tally:
    """Counts what is wrong in the notices of a mailing."""

    def __init__(self, known: Known, remembered: Remembered) -> None:
        self.written = 0
        self._known, self._remembered = known, remembered
        self._wrong: dict[tuple[str, str, str], tuple[Contradiction, _Alike]] = {}
        self._sayings: dict[frozenset[_Said], tuple[tuple[Text, Read], _Alike]] = {}

    def add(self, shape: Shape, renderer: Renderer) -> None:
        """Write one notice of a shape for each kind of reader, and hold it against the facts."""
        wrong: dict[tuple[str, str, str], list[Contradiction]] = {}
        sayings: dict[frozenset[_Said], tuple[Text, Read]] = {}
        for reader in shape.readers:
            try:
                rendered = renderer.render(shape.told, _CODE, reader)
            except WordingError as error:
                one = Contradiction("not-written", shape.told.id, 0, 0, 0, str(error), "everybody is told", "")
                wrong.setdefault((_languages(shape), one.rule, one.says), []).append(one)
                continue
            for text in texts_of(rendered, shape.told, _CODE, shape.told.id):
                self.written += 1
                said = read_claims(text, self._remembered)
                for one in contradictions_of(Judged(text, said, self._known, self._remembered.whole)):
                    wrong.setdefault((_languages(shape), one.rule, _without_figures(one.says)), []).append(one)
                sayings.setdefault(_saying(said.claims), (text, said))
        for key, ones in wrong.items():
            alike = self._wrong.setdefault(key, (ones[0], _Alike()))[1]
            alike.add(shape)
            alike.members += [one.id for one in ones]
        for saying, read in sayings.items():
            self._sayings.setdefault(saying, (read, _Alike()))[1].add(shape)

    def found(self, further: Sequence[Text]) -> Iterator[Found]:
        """Yield what is wrong in notices, between them, and between them and further texts."""
        for (languages, _, _), (one, alike) in self._wrong.items():
            yield _in_notices(one, alike, f"{_NOTICES} ({languages})")
        said = [(text, read_claims(text, self._remembered)) for text in further]
        names = {text.name for text in further}
        pairs: dict[tuple[str, str, str, str], tuple[Contradiction, _Alike]] = {}
        for (here, own), (there, others) in self._beside(said):
            for one in between(here, there):
                document, other = (name if name in names else _NOTICES for name in (one.document, one.other_document))
                key = (one.rule, document, other, _without_figures(one.says))
                alike = pairs.setdefault(key, (one, _Alike()))[1]
                alike.members.append(one.id)
                alike.join(own)
                if others is not None:
                    alike.join(others)
        for (_, document, other, _), (one, alike) in pairs.items():
            yield _in_notices(one, alike, document, other)

    def _beside(self, said: list[tuple[Text, Read]]) -> Iterator[tuple[_Own, _Side]]:
        """Yield the pairs that could contradict each other: notices beside texts, and notices that say other things of all."""
        sayings = list(self._sayings.values())
        for (read, alike), further in ((own, other) for own in sayings for other in said):
            yield (read, alike), (further, None)
        of_all: dict[frozenset[_Said], tuple[tuple[Text, Read], _Alike]] = {}
        for claims, own in self._sayings.items():
            of_all.setdefault(frozenset(one for one in claims if one[0] is not Kind.FIELD), own)
        yield from combinations(of_all.values(), 2)


_Said = tuple[Kind, str, Bound, str, bool]
_Own = tuple[tuple[Text, Read], _Alike]
_Side = tuple[tuple[Text, Read], _Alike | None]


def _saying(claims: Iterable[Claim]) -> frozenset[_Said]:
    """Return of what a notice says all that another text could contradict."""
    return frozenset(
        (one.kind, one.value, one.bound, one.role, one.is_denied)
        for one in claims
        if (one.kind in _ALIKE and (one.bound is Bound.EXACT or one.kind is not Kind.PEOPLE))
        or (one.kind is Kind.FIELD and not one.is_denied)
        or (one.kind is Kind.DAY and one.role == "known")
    )


def _in_notices(one: Contradiction, alike: _Alike, document: str, other: str = "") -> Found:
    return Found(
        id=hashlib.sha256("\n".join(sorted(set(alike.members))).encode()).hexdigest()[:16],
        rule=one.rule,
        document=document,
        says=one.says,
        other=one.other,
        line=one.line,
        other_document=other,
        people=alike.people,
        notices=alike.notices,
        examples=tuple(sorted(alike.examples)),
    )


def _alone(one: Contradiction) -> Found:
    return Found(one.id, one.rule, one.document, one.says, one.other, one.line, one.other_document, 0, 0, ())


def _languages(shape: Shape) -> str:
    return " + ".join(shape.told.languages)


def _without_figures(says: str) -> str:
    return re.sub(r"\d+", "0", says)
