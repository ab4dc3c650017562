"""Say what a code stands for: for every code the same work, and a page of the same length.

In:    what was typed; the table of codes; a publication.
Out:   Found: what the table says; the page that answers it.
Else:  reading what was typed as a code is `spillkit.notices.code`.

Whoever types a code sees the answer. What must not differ is all that others see on the way: status, headers, length. And
the time: a page is joined from as many pieces whatever was typed, empty ones where there is nothing to say, and is
filled up with spaces. The table is searched in a number of steps that depends on its size alone, at places that a keyed digest
chooses; nothing is returned before the last.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import reduce
from html import escape
from itertools import groupby
from operator import or_
from typing import NamedTuple

from spillkit.errors import CodeError
from spillkit.model import Field
from spillkit.notices.code import Code, CodeKeys, digest_of, read_code
from spillkit.notices.demands import Demands
from spillkit.notices.document import Block, Part
from spillkit.notices.letterhead import Letterhead
from spillkit.notices.publication import DIGEST_BYTES, KINDS, RECORD, Campaign, Flag, Publication, field_bits
from spillkit.notices.structure import write_notice
from spillkit.notices.told import Kind, Told
from spillkit.notices.wording import Value, ValueKind, catalogue
from spillkit_portal.page import Frame, html_line, one_line, plain
from spillkit_portal.pages import EXAMPLE, LIST_TAGS, code_form, html_block
from spillkit_portal.words import portal_words

_NOBODYS = Code("0" * 15)  # looked up where what was typed is no code, so that the same is done
_ALL = tuple(field.label for field in Field)
_SAID = frozenset({"happened", "data", "do", "ask", "never"})  # sections of a notice that its page repeats
_SHAPING = int(Flag.SHARED | Flag.WITHHELD)
NO_FIELDS = 1 << 16  # stands for the fields of a notice that names none


class Outcome(IntEnum):
    """What is said of a code."""

    GENUINE = 0
    WITHDRAWN = 1
    UNKNOWN = 2  # well written, and not given out
    MISTYPED = 3  # its check sign, its length or its signs are wrong


class Shape(NamedTuple):
    """What notices share that say the same but for their fields."""

    kind: int  # place in KINDS
    campaign: int
    entity: int
    flags: int  # SHARED and WITHHELD


@dataclass(frozen=True, slots=True)
class Found:
    """What the table says of a code. Of one that is not genuine, shape and fields mean nothing."""

    outcome: Outcome
    shape: Shape
    fields: int  # bit n: the field of code n


class Table:
    """The codes that were given out."""

    def __init__(self, records: bytes, look_up_key: bytes) -> None:
        self._records, self._keys = records, CodeKeys(b"", look_up_key)
        self._count = len(records) // RECORD.size
        self._steps = self._count.bit_length()

    def find(self, typed: str) -> Found:
        """Return what is known of what was typed."""
        try:
            code, is_code = read_code(typed), True
        except CodeError:
            code, is_code = _NOBODYS, False
        digest = digest_of(code, self._keys)[:DIGEST_BYTES]
        record = self._record(digest)
        is_known = hmac.compare_digest(record[:DIGEST_BYTES], digest)
        _, fields, kind, campaign, entity, flags = RECORD.unpack(record)
        known = Outcome.WITHDRAWN if flags & Flag.WITHDRAWN else Outcome.GENUINE
        unknown = Outcome.UNKNOWN if is_code else Outcome.MISTYPED
        outcome = (unknown, known)[is_known and is_code]
        return Found(outcome, Shape(kind, campaign, entity, flags & _SHAPING), fields)

    def shapes(self) -> frozenset[Shape]:
        """Return the shapes of all notices."""
        found = {(kind, campaign, entity, flags & _SHAPING)
                 for _, _, kind, campaign, entity, flags in RECORD.iter_unpack(self._records)}  # fmt: skip
        return frozenset(Shape(*shape) for shape in found)

    def _record(self, digest: bytes) -> bytes:
        """Return the last record that is not behind a digest, found in a number of steps that only the size decides."""
        low, size = 0, RECORD.size
        step = 1 << self._steps
        for _ in range(self._steps + 1):
            place = min(low + step, self._count - 1) * size
            is_before = self._records[place : place + DIGEST_BYTES] <= digest and low + step < self._count
            low += step * is_before
            step >>= 1
        return self._records[low * size : low * size + size] if self._count else bytes(size)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of what a genuine notice says, and when it stands there."""

    mask: int  # bits of the fields for any of which it is said, NO_FIELDS among them; 0: always
    html: bytes


class Answers:
    """All that can be said to a code in one language."""

    def __init__(self, publication: Publication, language: str, shapes: frozenset[Shape]) -> None:
        frame = Frame(language, publication.languages, publication.letterheads)
        words = portal_words(language)
        title = plain(words.say("door.check"))
        before, behind = frame.around("check", title)
        self._before = before.encode()
        self._behind = (f"<h2>{escape(words.words('check.again'))}</h2>\n{code_form(language)}{behind}").encode()
        self._verdicts = tuple(_verdict(outcome, language) for outcome in Outcome)
        said = {
            shape: tuple(
                _pieces(
                    publication.campaigns[shape.campaign],
                    publication.letterheads[shape.entity],
                    language,
                    KINDS[shape.kind],
                    Flag(shape.flags),
                )
            )
            for shape in shapes
        }
        most, nothing = max(map(len, said.values()), default=0), _Piece(0, b"")
        self._said = {shape: (*pieces, *[nothing] * (most - len(pieces))) for shape, pieces in said.items()}
        self._nothing = (nothing,) * most
        longest = max((sum(len(piece.html) for piece in pieces) for pieces in said.values()), default=0)
        self._room = longest + max(map(len, self._verdicts))
        self.length = len(self._before) + self._room + len(self._behind)  # of every page

    def page(self, found: Found) -> bytes:
        """Return the page that answers a code; of `length` bytes, whatever was found."""
        # What the record says is joined for every code, and thrown away unless the record is that code's own.
        pieces, fields = self._said.get(found.shape, self._nothing), found.fields or NO_FIELDS
        text = b"".join([(b"", piece.html)[not piece.mask or bool(piece.mask & fields)] for piece in pieces])
        middle = self._verdicts[found.outcome] + (b"", text)[found.outcome is Outcome.GENUINE]
        return b"".join((self._before, middle.ljust(self._room), self._behind))


def _verdict(outcome: Outcome, language: str) -> bytes:
    words = portal_words(language)
    name = outcome.name.lower()
    looks = {Outcome.GENUINE: "yes", Outcome.UNKNOWN: "no"}.get(outcome, "")
    return (
        f'<div class="box {looks}" role="status"><h1>{escape(words.words(f"verdict.{name}"))}</h1>\n'
        f"<p>{escape(words.words(f'verdict.{name}-why'))}</p></div>\n"
    ).encode()


def _pieces(campaign: Campaign, head: Letterhead, language: str, kind: Kind, flags: Flag) -> Iterator[_Piece]:
    """Yield what a genuine notice of this kind says, in order."""
    words, notices = portal_words(language), catalogue(language)
    brand = Value(ValueKind.COMPANY, one_line(head.brand or head.name))
    entity = Value(ValueKind.COMPANY, one_line(head.name))
    sender = Value(ValueKind.ADDRESS, one_line(head.sender))
    opening = (
        f"<h2>{escape(words.words('verdict.says'))}</h2>\n"
        f"<p>{html_line(notices.say('sender.brand', brand=brand))}<br>{html_line(notices.say('sender.entity', entity=entity))}"
        f"<br>{html_line(notices.say('check.sender', sender=sender))}</p>\n"
    )
    yield _Piece(0, opening.encode())
    for heading, blocks in _masked(campaign, head, language, kind, flags):
        yield _Piece(0, f"<h3>{escape(heading)}</h3>\n".encode())
        for tag, group in groupby(blocks, key=lambda masked: LIST_TAGS.get(masked[1].kind, "")):
            own = list(group)
            masks = [mask for mask, _ in own]
            together = 0 if 0 in masks else reduce(or_, masks)
            if tag:
                yield _Piece(together, f"<{tag}>\n".encode())
            for mask, block in own:
                yield _Piece(mask, html_block(block).encode())
            if tag:
                yield _Piece(together, f"</{tag}>\n".encode())


def _masked(
    campaign: Campaign, head: Letterhead, language: str, kind: Kind, flags: Flag
) -> Iterator[tuple[str, list[tuple[int, Block]]]]:
    """Yield the headings and blocks of a notice that names any fields, each block with the fields for which it stands there.

    Which field needs which sentence is asked of `structure`, which wrote the notice: a notice of each field alone, and of none.
    """
    full, empty = _part(campaign, head, language, kind, flags, _ALL), _part(campaign, head, language, kind, flags, ())
    names_fields = kind in {Kind.AFFECTED, Kind.CORRECTION} and not flags & Flag.SHARED
    alone = {
        field_bits([label]): _abouts(_part(campaign, head, language, kind, flags, (label,)))
        for label in (_ALL if names_fields else ())
    }
    alone[NO_FIELDS] = _abouts(empty)
    of_none = {section.id: section for section in empty.sections}
    for section in full.sections:
        if section.id not in _SAID:
            continue
        seen = {block.about for block in section.blocks}
        only_of_none = [block for block in of_none[section.id].blocks if block.about not in seen]
        blocks = []
        for block in (*section.blocks, *only_of_none):
            bits = [bit for bit, abouts in alone.items() if (section.id, block.about) in abouts]
            blocks.append((0 if len(bits) == len(alone) else reduce(or_, bits), block))
        yield section.heading, blocks


def _part(
    campaign: Campaign, head: Letterhead, language: str, kind: Kind, flags: Flag, fields: tuple[str, ...]
) -> Part:
    is_shared = bool(flags & Flag.SHARED)
    told = Told("", (), kind, head.entity, "", (language,), fields, None, None, (), is_shared=is_shared)
    demands = Demands(withheld=frozenset({"nature"}) if flags & Flag.WITHHELD else frozenset())
    [part] = write_notice(told, campaign.story, head, EXAMPLE, demands=demands).parts
    return part


def _abouts(part: Part) -> set[tuple[str, str]]:
    return {(section.id, block.about) for section in part.sections for block in section.blocks}
