"""Decide how sure each match of one body is.

In:    the hits of one body, with the subjects behind each.
Out:   gradings: one for each subject and field, confirmed or possible, with the reason in words.
Else:  finding the hits is `kernel`; whether the viewer was entitled is `entitlement`.

The levels are the charter's (section 4): an e-mail address, phone number, ownership token or full postal address of one
subject is confirmed; so is a name together with a second field of the same subject in the same body. A name alone, or a value
that several subjects share, is possible. A name is never confirmed alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from spillkit.model import Evidence, Field

_LABELS = {field: field.label for field in Field}


# Tuples, because a recording has millions of each, and a tuple is made in a quarter of the time of a frozen dataclass.
class Match(NamedTuple):
    """One hit with what stands behind its slot."""

    field: Field
    numbers: tuple[int, ...]  # subject numbers that share the value; one if `supported`
    bearers: int  # how many subjects share the value in the directory
    weak: bool  # counts only together with another field
    bare: bool  # digits without any sign of being a phone number
    start: int
    end: int


class Grading(NamedTuple):
    """One field of one subject in one body."""

    number: int
    field: Field
    evidence: Evidence
    because: str
    bearers: int
    start: int
    end: int


def grade(matches: Iterable[Match]) -> list[Grading]:
    """Return one grading for each subject and field of a body, the best evidence first found.

    matches  the hits of one body, in order of their place
    Returns  in order of place; a namesake is left out where another bearer of the name has a second field here, and so is
             a name that is a part of the longer name of somebody who has one ("Colin Davies" in "Graham Colin Davies"), or
             of somebody's address ("colin.davies@example.org")
    Source   charter, section 4 (Evidence)
    """
    ordered = _merge_places(matches)
    if len(ordered) == 1 and len(ordered[0].numbers) == 1:
        # The commonest body by far: one value of one subject. Same answer as below, tested to be.
        match = ordered[0]
        return [_graded(match, match.numbers[0], *_judge_alone(match))]
    seen = _fields_by_subject(ordered)
    ordered = _without_parts_of_names(ordered, seen)
    best: dict[tuple[int, Field], Grading] = {}
    for match in ordered:
        if match.bearers == 1:
            known = best.get((match.numbers[0], match.field))
            if known is not None and known.evidence is Evidence.CONFIRMED:
                continue  # Nothing later is better: the first place with the best evidence stands.
        for grading in _grade_match(match, seen):
            key = (grading.number, grading.field)
            known = best.get(key)
            if known is None or (known.evidence is Evidence.POSSIBLE and grading.evidence is Evidence.CONFIRMED):
                best[key] = grading
    return sorted(best.values(), key=_place)


def _place(grading: Grading) -> tuple[int, int, Field, int]:
    return grading.start, grading.end, grading.field, grading.number


def _merge_places(matches: Iterable[Match]) -> list[Match]:
    """Join what stands in one place: the matcher gives the bearers of a common value one by one."""
    merged: dict[tuple[Field, int, int], Match] = {}
    for match in matches:
        place = (match.field, match.start, match.end)
        known = merged.get(place)
        if known is not None:
            numbers = tuple(sorted({*known.numbers, *match.numbers}))
            match = match._replace(numbers=numbers, bearers=max(known.bearers, match.bearers, len(numbers)))
        merged[place] = match
    return list(merged.values())


# For each subject: the fields matched in this body, each with whether some match of it had this subject as sole bearer.
_Seen = Mapping[int, Mapping[Field, bool]]


def _fields_by_subject(matches: Iterable[Match]) -> _Seen:
    seen: dict[int, dict[Field, bool]] = {}
    for match in matches:
        sole = match.bearers == 1
        for number in match.numbers:
            fields = seen.setdefault(number, {})
            fields[match.field] = fields.get(match.field, False) or sole
    return seen


def _without_parts_of_names(matches: list[Match], seen: _Seen) -> list[Match]:
    """Leave out names of people of whom nothing else is here, if they are part of something longer that is surely somebody's.

    That is the longer name of somebody of whom more is here, or an address: "sarah.harris@example.com" holds no Sarah Harris
    but the one whose address it is.
    """
    whole = [
        (match.start, match.end)
        for match in matches
        if (any(len(seen[number]) > 1 for number in match.numbers) if match.field is Field.NAME else not match.weak)
    ]
    if not whole:
        return matches

    def is_part(match: Match) -> bool:
        if match.field is not Field.NAME or any(len(seen[number]) > 1 for number in match.numbers):
            return False
        length = match.end - match.start
        return any(start <= match.start and match.end <= end and length < end - start for start, end in whole)

    return [match for match in matches if not is_part(match)]


def _grade_match(match: Match, seen: _Seen) -> Iterable[Grading]:
    if match.bearers == 1:
        return [_grade_sole_bearer(match, seen)]
    return _grade_shared(match, seen)


def _grade_sole_bearer(match: Match, seen: _Seen) -> Grading:
    number = match.numbers[0]
    if not _needs_second(match):
        return _graded(match, number, Evidence.CONFIRMED, _LABELS[match.field])
    second = _second_field(match, seen[number])
    if second is None:
        return _graded(match, number, *_judge_alone(match))
    return _graded(match, number, Evidence.CONFIRMED, f"{_LABELS[match.field]} with {second}")


def _grade_shared(match: Match, seen: _Seen) -> Iterable[Grading]:
    # 1. Who of the candidates has a second field in this body, and whose second field is his alone?
    second = {number: _second_field(match, seen[number]) for number in match.numbers}
    backed = [number for number in match.numbers if second[number] is not None]
    alone = [number for number in backed if any(sole for field, sole in seen[number].items() if field != match.field)]
    # 2. A value of several subjects is settled by a field that is one subject's alone, or if only one is backed at all.
    #    Two people of one name at one address stay two candidates: nobody is told until somebody resolves it.
    settled = alone or (backed if len(backed) == 1 else [])
    for number in match.numbers:
        if number in settled:
            yield _graded(match, number, Evidence.CONFIRMED, f"{match.field.label} with {second[number]}")
        elif settled and match.field is Field.NAME:
            continue  # A namesake of somebody who is surely meant.
        elif second[number] is not None:
            words = f"{match.field.label} with {second[number]}, shared by {len(backed)}"
            yield _graded(match, number, Evidence.POSSIBLE, words)
        else:
            yield _graded(match, number, *_judge_alone(match))


def _needs_second(match: Match) -> bool:
    return match.field is Field.NAME or match.weak or match.bare


def _second_field(match: Match, fields: Mapping[Field, bool]) -> str | None:
    """The label of another field that makes this match certain; two common values without a name make none certain."""
    if len(fields) == 1:
        return None
    others = sorted([field for field in fields if field != match.field])
    if match.weak and match.field is not Field.NAME and Field.NAME not in others:
        others = [field for field in others if fields[field] and field is Field.EMAIL]
    return _LABELS[others[0]] if others else None


def _judge_alone(match: Match) -> tuple[Evidence, str]:
    """The grading of a value that no second field supports."""
    if match.field is Field.NAME:
        return Evidence.POSSIBLE, "name alone" if match.bearers == 1 else f"name alone, shared by {match.bearers}"
    if match.bare:
        return Evidence.POSSIBLE, "digits alone"
    if match.weak:
        return Evidence.POSSIBLE, f"{match.field.label} that is common"
    if match.bearers > 1:
        return Evidence.POSSIBLE, f"{match.field.label}, shared by {match.bearers}"
    return Evidence.CONFIRMED, match.field.label


def _graded(match: Match, number: int, evidence: Evidence, because: str) -> Grading:
    return Grading(number, match.field, evidence, because, match.bearers, match.start, match.end)
