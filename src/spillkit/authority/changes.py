"""Say what a report says otherwise than the one before, and keep every earlier figure in sight.

In:    the new sections, the report before.
Out:   the sections with earlier values beside the new ones, and the list of changes that stands in front.
Else:  why a figure moved is said by people (`statement`).

Things are compared by item and code, and by number or time where they have one: two reports may be in two languages.
Source  GDPR Art. 33(4): information in phases; charter, section 6: the history of every earlier figure is kept in sight.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

import msgspec

from spillkit.authority.phrases import Phrases
from spillkit.authority.report import Before, Change, Line, Prose, Report, Row, Section, State, Table

_LONGEST = 300
# What the clock says moves with each report, and which kinds were shown together repeats what the kinds say: no news in front.
_NO_NEWS = frozenset({"in-time-by", "late-by", "together"})


def with_history(sections: tuple[Section, ...], before: Report | None) -> tuple[Section, ...]:
    """Return the sections with the values that earlier reports gave where they differ."""
    if before is None:
        return sections
    old = {section.item: section for section in before.sections}
    return tuple(_section_with_history(section, old.get(section.item), before) for section in sections)


def find_changes(
    sections: tuple[Section, ...], before: Report | None, phrases: Phrases, why: Mapping[str, str]
) -> tuple[Change, ...]:
    """Return what is said otherwise, in the order of the sections.

    why  item -> why it changed, as a person says it
    """
    if before is None:
        return ()
    old = {section.item: section for section in before.sections}
    said = []
    for section in sections:
        earlier = old.get(section.item)
        if earlier is None:
            continue
        is_same_language = before.language == phrases.language
        for code, label, was, now in _differences(section, earlier, phrases, is_same_language):
            title = section.title if not label else f"{section.title}: {label}"
            said.append(
                Change(
                    item=section.item, code=code, title=title, before=was, now=now, because=why.get(section.item, "")
                )
            )
    return tuple(said)


def _differences(
    new: Section, old: Section, phrases: Phrases, is_same_language: bool
) -> Iterator[tuple[str, str, str, str]]:
    """Give code, label, before and now of all that differs."""
    if State.OPEN in (new.state, old.state) and new.state is not old.state:
        yield "state", "", phrases.say(f"state.{old.state}"), phrases.say(f"state.{new.state}")
    lines = {line.code: line for line in old.lines}
    for line in new.lines:
        was = lines.pop(line.code, None)
        if line.code in _NO_NEWS:
            continue
        if was is None:
            if line.number is not None or line.at is not None:
                yield line.code, line.label, "–", line.words
        elif _differs(line, was, is_same_language):
            yield line.code, line.label, was.words, line.words
    for gone in lines.values():
        if gone.number is not None or gone.at is not None:
            yield gone.code, gone.label, gone.words, "–"
    tables = {table.code: table for table in old.tables}
    for table in new.tables:
        if table.code in _NO_NEWS:
            continue
        yield from _table_differences(table, tables.get(table.code), phrases)
    if is_same_language and (_text(new.prose) != _text(old.prose)):
        yield "text", "", _short(_text(old.prose)), _short(_text(new.prose))


def _table_differences(new: Table, old: Table | None, phrases: Phrases) -> Iterator[tuple[str, str, str, str]]:
    rows = {row.code: row for row in old.rows} if old is not None else {}
    if not rows:
        return
    for row in new.rows:
        was = rows.pop(row.code, None)
        if was is None or was.numbers != row.numbers:
            before = "–" if was is None else _numbers(was, phrases)
            yield f"{new.code}.{row.code}", row.label, before, _numbers(row, phrases)
    for gone in rows.values():
        yield f"{new.code}.{gone.code}", gone.label, _numbers(gone, phrases), "–"


def _section_with_history(new: Section, old: Section | None, before: Report) -> Section:
    if old is None:
        return new
    lines = {line.code: line for line in old.lines}
    tables = {table.code: table for table in old.tables}
    kept = [_line_with_history(line, lines.pop(line.code, None), before) for line in new.lines]
    for gone in lines.values():
        if _figure(gone) != (None, None) or gone.was:
            nothing = Line(code=gone.code, label=gone.label, words="–")
            kept.append(_line_with_history(nothing, gone, before))
    return msgspec.structs.replace(
        new,
        lines=tuple(kept),
        tables=tuple(_table_with_history(table, tables.get(table.code)) for table in new.tables),
    )


def _line_with_history(new: Line, old: Line | None, before: Report) -> Line:
    if old is None:
        return new
    was = old.was
    if _figure(new) != _figure(old) and _figure(old) != (None, None):
        was = (*was, Before(words=old.words, number=old.number, reported_at=before.made_at))
    return msgspec.structs.replace(new, was=was) if was else new


def _table_with_history(new: Table, old: Table | None) -> Table:
    """The rows with their earlier numbers; a row that is gone stays, with nothing now."""
    if old is None:
        return new
    before = {row.code: row for row in old.rows}
    rows = []
    for row in new.rows:
        was = before.pop(row.code, None)
        rows.append(row if was is None else _row_with_history(row, was))
    for gone in before.values():
        nothing = tuple(None for _ in gone.numbers)
        rows.append(_row_with_history(Row(code=gone.code, label=gone.label, numbers=nothing), gone))
    return msgspec.structs.replace(new, rows=tuple(rows))


def _row_with_history(new: Row, old: Row) -> Row:
    was = (
        old.was
        if new.numbers == old.numbers or not any(n is not None for n in old.numbers)
        else (*old.was, old.numbers)
    )
    return msgspec.structs.replace(new, was=was) if was else new


def _figure(line: Line) -> tuple[int | None, datetime | None]:
    return line.number, line.at


def _differs(new: Line, old: Line, is_same_language: bool) -> bool:
    if _figure(new) != (None, None) or _figure(old) != (None, None):
        return _figure(new) != _figure(old)
    return new.words != old.words and (is_same_language or bool(new.language and new.language == old.language))


def _numbers(row: Row, phrases: Phrases) -> str:
    return " / ".join(phrases.number(number) for number in row.numbers)


def _text(prose: Prose | None) -> str:
    return " ".join(prose.paragraphs) if prose is not None else "–"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
