"""Find out which accounts are one person, before anybody is told: one person is one notice.

In:    marks of all accounts (`marks`), and the pairs that somebody decided: bring together, keep apart.
Out:   Persons: the accounts of each, the mailbox at which he is told, how many people read it, and why accounts were joined.
Else:  what he is told is `gather`; whether he is told for now is `holds`.

Two accounts are surely one person where they share the mailbox and the name, or the telephone, the name and the day of birth.
Everything less is put before somebody as a pair that is probably one person, and nothing is joined: a father and a son share name
and telephone, twins share mailbox and birthday. Being sure passes on (a with b, b with c: a with c) unless something in the chain
speaks against it: two days of birth, or a pair that is to be kept apart. Then the whole chain stays apart, since nobody knows
where it breaks.

A mailbox that several unresolved people read is shared: a household, an office, a placeholder.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from spillkit.errors import NoticesError
from spillkit.model import SubjectId
from spillkit.notices.marks import Mark, Marks

# Nobody has more accounts of one name at one mailbox than this; what has more is a test account or a placeholder ("Guest User").
MOST_ACCOUNTS = 20
_MIX = np.uint64(0x9E3779B97F4A7C15)  # of SplitMix64: spreads the bits of a mark


class Why(StrEnum):
    """Why two accounts are one person, or are put before somebody as probably one."""

    DECIDED = "decided"  # somebody brought them together
    MAILBOX_AND_NAME = "same mailbox and name"
    PHONE_NAME_AND_BIRTH = "same telephone, name and day of birth"
    # Probably; never joined without a decision.
    NAME_AND_BIRTH = "same name and day of birth"
    PHONE_AND_NAME = "same telephone and name"
    MAILBOX_AND_BIRTH = "same mailbox and day of birth"
    LIKE_MAILBOX_AND_NAME = "same name, and a mailbox that differs by dots or by what follows a plus"
    # Sure by itself, and something speaks against it.
    CONTRADICTED = "joined by marks, but days of birth or a decision speak against it"
    TOO_MANY = "more accounts of one name at one mailbox than a person has"


@dataclass(frozen=True, slots=True)
class Decided:
    """What somebody decided of two accounts. Taking it back is leaving it out: everything is as before."""

    first: SubjectId
    second: SubjectId
    together: bool  # False: kept apart


@dataclass(frozen=True, slots=True)
class Pair:
    """Two accounts and what ties them."""

    first: SubjectId
    second: SubjectId
    why: Why


class Ties(NamedTuple):
    """Many pairs, as columns."""

    first: NDArray[np.int32]  # place of an account, below the second's
    second: NDArray[np.int32]
    why: NDArray[np.int8]  # place in Why


@dataclass(frozen=True, slots=True)
class Persons:
    """Every account, and whose it is. Accounts stand in the order of their ids; a person is named by the first of his."""

    subjects: pa.Array = field(repr=False)  # large_string, sorted
    person: NDArray[np.int32] = field(repr=False)  # of each account: the place of the person's first account
    mailbox: NDArray[np.uint64] = field(repr=False)  # of each account: the mark at which its person is told; 0: none
    readers: NDArray[np.int32] = field(
        repr=False
    )  # of each account: how many people read that mailbox; 0 where there is none
    joined: Ties = field(repr=False)  # pairs, and place of Why
    open_pairs: Ties = field(repr=False)  # for somebody to decide

    @property
    def count(self) -> int:
        """How many people there are."""
        return int((self.person == np.arange(len(self.person))).sum())

    def accounts(self, subject: SubjectId) -> tuple[SubjectId, ...]:
        """Return all accounts of the person whose account this is; none where it is not known."""
        place = pc.index(self.subjects, pa.scalar(subject, self.subjects.type)).as_py()
        if place < 0:
            return ()
        mine = np.flatnonzero(self.person == self.person[place])
        return tuple(SubjectId(text) for text in self.subjects.take(pa.array(mine)).to_pylist())

    def groups(self) -> set[frozenset[SubjectId]]:
        """Return the people as sets of accounts. For few accounts: it makes an object of each."""
        found: dict[int, set[SubjectId]] = {}
        for place, text in zip(self.person.tolist(), self.subjects.to_pylist()):
            found.setdefault(place, set()).add(SubjectId(text))
        return {frozenset(group) for group in found.values()}

    def pairs_joined(self, most: int | None = None) -> list[Pair]:
        """Return what was joined, and why: enough pairs to tie the accounts of each person together."""
        return self._pairs(self.joined, most)

    def pairs_open(self, most: int | None = None) -> list[Pair]:
        """Return pairs that somebody should look at: probably one person, or joined by marks with something against it."""
        return self._pairs(self.open_pairs, most)

    def _pairs(self, pairs: Ties, most: int | None) -> list[Pair]:
        first, second, why = (column[:most] for column in pairs)
        ids = [self.subjects.take(pa.array(column)).to_pylist() for column in (first, second)]
        return [Pair(SubjectId(a), SubjectId(b), _WHYS[code]) for a, b, code in zip(*ids, why.tolist())]


_WHYS = tuple(Why)
_Edges = tuple[NDArray[np.int32], NDArray[np.int32]]  # two ends of each tie


def merge(marks: Marks, decided: Iterable[Decided] = (), most_accounts: int = MOST_ACCOUNTS) -> Persons:
    """Return which accounts are one person.

    decided        pairs, in any order; accounts that are not on the list are passed over
    most_accounts  of one name at one mailbox, above which nothing is joined
    Returns        the same value whatever the order of accounts, marks and pairs
    Raises         NoticesError if the decisions contradict each other
    """
    count = len(marks.subjects)
    together, apart = _decisions(marks.subjects, decided)
    groups = components(count, *together)  # What people brought together stays so, whatever the marks say.
    if len(apart[0]) and (groups[apart[0]] == groups[apart[1]]).any():
        raise NoticesError(
            "The decisions contradict each other: two accounts are to be kept apart, and others bring them together. "
            "Take one of these decisions back."
        )
    keys = _Keys(marks)
    sure = [
        (Why.MAILBOX_AND_NAME, *keys.pairs((Mark.MAILBOX, Mark.NAME), most_accounts)),
        (Why.PHONE_NAME_AND_BIRTH, *keys.pairs((Mark.PHONE, Mark.NAME, Mark.BIRTH), most_accounts)),
    ]
    first, second, why = _joined_pairs([(name, edges) for name, edges, _ in sure])
    person, is_refused = _resolve(groups, (first, second), apart, keys)
    too_many = [(Why.TOO_MANY, edges) for _, _, edges in sure]
    kept = ~is_refused
    refused = [(Why.CONTRADICTED, (first[is_refused], second[is_refused]))]
    likely = [
        (name, keys.pairs(kinds, most_accounts)[0])
        for name, kinds in (
            (Why.NAME_AND_BIRTH, (Mark.NAME, Mark.BIRTH)),
            (Why.PHONE_AND_NAME, (Mark.PHONE, Mark.NAME)),
            (Why.MAILBOX_AND_BIRTH, (Mark.MAILBOX, Mark.BIRTH)),
            (Why.LIKE_MAILBOX_AND_NAME, (Mark.LIKE_MAILBOX, Mark.NAME)),
        )
    ]
    joined = _joined_pairs([(Why.DECIDED, together)])
    joined = Ties(
        np.concatenate((joined.first, first[kept])),
        np.concatenate((joined.second, second[kept])),
        np.concatenate((joined.why, why[kept])),
    )
    open_pairs = _still_open(_joined_pairs([*refused, *likely, *too_many]), person, apart)
    mailbox, readers = _mailboxes(person, *marks.of_kind(Mark.MAILBOX))
    return Persons(marks.subjects, person, mailbox, readers, joined, open_pairs)


def components(count: int, first: NDArray[np.int32], second: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return for each of `count` things the smallest that it is tied to, over any number of ties.

    first, second  the two ends of each tie
    Source         Y. Shiloach, U. Vishkin, An O(log n) parallel connectivity algorithm, J. Algorithms 3 (1982), hooking and halving
    """
    parent = np.arange(count, dtype=np.int32)
    while len(first):
        one, other = parent[first], parent[second]
        low, high = np.minimum(one, other), np.maximum(one, other)
        differs = low != high
        if not differs.any():
            break
        first, second = first[differs], second[differs]
        np.minimum.at(parent, high[differs], low[differs])
        while True:
            grand = parent[parent]
            if np.array_equal(grand, parent):
                break
            parent = grand
    return parent


class _Keys:
    """Accounts by what they share."""

    def __init__(self, marks: Marks) -> None:
        self._kinds = {kind: marks.of_kind(kind) for kind in Mark}
        self._accounts = len(marks.subjects)

    def births(self) -> tuple[NDArray[np.int32], NDArray[np.uint64]]:
        return self._kinds[Mark.BIRTH]

    def pairs(self, kinds: Sequence[Mark], most: int) -> tuple[_Edges, _Edges]:
        """Return ties between accounts that share all these kinds of marks: each with the first of those that share them.

        Returns  ties; and those of more than `most` accounts, which are not to be believed
        """
        account, key = self._combined(kinds)
        order = np.lexsort((account, key))
        account, key = account[order], key[order]
        starts = np.flatnonzero(np.concatenate(([True], key[1:] != key[:-1]))) if len(key) else np.zeros(0, np.int64)
        sizes = np.diff(np.append(starts, len(key)))
        first = np.repeat(account[starts], sizes)
        size = np.repeat(sizes, sizes)
        is_tie = first != account
        good, bad = is_tie & (size <= most), is_tie & (size > most)
        return (first[good], account[good]), (first[bad], account[bad])

    def _combined(self, kinds: Sequence[Mark]) -> tuple[NDArray[np.int32], NDArray[np.uint64]]:
        """Return one number for each account and combination of its marks of these kinds."""
        account, key = self._kinds[kinds[0]]
        for kind in kinds[1:]:
            others, marks = self._kinds[kind]
            first = np.searchsorted(others, account, side="left")
            sizes = np.searchsorted(others, account, side="right") - first
            repeated = np.repeat(np.arange(len(account)), sizes)
            within = np.arange(len(repeated)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
            with np.errstate(over="ignore"):
                mixed = key[repeated] * _MIX
                mixed ^= mixed >> np.uint64(29)
                key = (mixed + marks[first[repeated] + within]) * _MIX
            account = account[repeated]
        # An account that names two of one kind may meet itself: once is enough.
        order = np.lexsort((account, key))
        account, key = account[order], key[order]
        is_new = np.ones(len(key), dtype=np.bool_)
        is_new[1:] = (key[1:] != key[:-1]) | (account[1:] != account[:-1])
        return account[is_new], key[is_new]


def _decisions(subjects: pa.Array, decided: Iterable[Decided]) -> tuple[_Edges, _Edges]:
    pairs = list(decided)
    places = [
        pc.fill_null(pc.index_in(pa.array(ids, subjects.type), value_set=subjects), -1).to_numpy().astype(np.int32)
        for ids in ([one.first for one in pairs], [one.second for one in pairs])
    ]
    is_together = np.array([one.together for one in pairs], dtype=np.bool_)
    known = (places[0] >= 0) & (places[1] >= 0) & (places[0] != places[1])
    first, second = np.minimum(*places), np.maximum(*places)
    return tuple(_once(first[known & which], second[known & which]) for which in (is_together, ~is_together))  # type: ignore[return-value]


def _once(first: NDArray[np.int32], second: NDArray[np.int32]) -> _Edges:
    pairs = np.unique(np.stack([first, second], axis=1), axis=0) if len(first) else np.zeros((0, 2), np.int32)
    return pairs[:, 0], pairs[:, 1]


def _resolve(
    groups: NDArray[np.int32], ties: _Edges, apart: _Edges, keys: _Keys
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Join groups by ties, but for chains with something against them; say which ties these are."""
    whole = components(len(groups), np.concatenate((ties[0], np.arange(len(groups), dtype=np.int32))),
                       np.concatenate((ties[1], groups)))  # fmt: skip
    is_contradicted = np.zeros(len(groups), dtype=np.bool_)
    within = whole[apart[0]] == whole[apart[1]]
    is_contradicted[whole[apart[0]][within]] = True
    # Days of birth: of each chain there may be one. Accounts that people brought together count with none.
    sizes = np.bincount(groups, minlength=len(groups))
    account, birth = keys.births()
    alone = sizes[groups[account]] == 1
    chain, birth = whole[account[alone]], birth[alone]
    order = np.lexsort((birth, chain))
    chain, birth = chain[order], birth[order]
    differs = (chain[1:] == chain[:-1]) & (birth[1:] != birth[:-1])
    is_contradicted[chain[1:][differs]] = True
    person = np.where(is_contradicted[whole], groups, whole).astype(np.int32)
    return person, is_contradicted[whole[ties[0]]]


def _joined_pairs(
    named: Iterable[tuple[Why, _Edges]],
) -> Ties:
    """Put ties one behind the other, each pair once: the first reason that ties it is given."""
    parts = [(first, second, np.full(len(first), _WHYS.index(why), np.int8)) for why, (first, second) in named]
    first, second, why = (np.concatenate([part[place] for part in parts]) for place in range(3))
    order = np.lexsort((np.arange(len(first)), second, first))
    first, second, why = first[order], second[order], why[order]
    is_new = np.ones(len(first), dtype=np.bool_)
    is_new[1:] = (first[1:] != first[:-1]) | (second[1:] != second[:-1])
    return Ties(first[is_new].astype(np.int32), second[is_new].astype(np.int32), why[is_new])


def _still_open(pairs: Ties, person: NDArray[np.int32], apart: _Edges) -> Ties:
    """Leave out what is one person already, and what somebody decided to keep apart."""
    first, second, why = pairs
    decided = set(zip(apart[0].tolist(), apart[1].tolist()))
    keep = person[first] != person[second]
    if decided:
        keep &= np.array([pair not in decided for pair in zip(first.tolist(), second.tolist())], dtype=np.bool_)
    return Ties(first[keep], second[keep], why[keep])


def _mailboxes(
    person: NDArray[np.int32], account: NDArray[np.int32], mark: NDArray[np.uint64]
) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
    """Return for each account the mailbox at which its person is told, and how many people read it.

    Of several mailboxes of a person the first that he alone reads, in the order of his accounts and as the list names them; where
    there is none such, the first.
    """
    of_person = person[account]
    order = np.lexsort((of_person, mark))
    marks, people = mark[order], of_person[order]
    is_new = np.ones(len(marks), dtype=np.bool_)
    is_new[1:] = (marks[1:] != marks[:-1]) | (people[1:] != people[:-1])
    values, counts = np.unique(marks[is_new], return_counts=True)
    readers = counts[np.searchsorted(values, mark)].astype(np.int32) if len(mark) else np.zeros(0, np.int32)
    place = np.arange(len(mark))
    order = np.lexsort((place, readers > 1, of_person))
    best = order[np.concatenate(([True], of_person[order][1:] != of_person[order][:-1]))] if len(mark) else order
    chosen_mailbox, chosen_readers = np.zeros(len(person), np.uint64), np.zeros(len(person), np.int32)
    chosen_mailbox[of_person[best]] = mark[best]
    chosen_readers[of_person[best]] = readers[best]
    return chosen_mailbox[person], chosen_readers[person]
