"""Find every indexed value in one body.

In:    a body's folded characters.
Out:   matches: a byte span and the group of entries that it stands for.
Else:  what weak matches are worth is decided in `plain.scanner`.

This is docs/reference/matching.md, sections 2, 5, 6 and 7, in their order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from spillkit.kernel.fold import is_letter
from spillkit.kernel.plain.characters import Characters
from spillkit.kernel.plain.fingerprints import Fingerprints
from spillkit.kernel.plain.segment import Group, Segment
from spillkit.kernel.plain.values import (
    ATEXT_MARKS,
    DOMAIN_MARKS,
    LOCAL_MARKS,
    LONGEST_DOMAIN,
    LONGEST_LOCAL,
    LONGEST_RUN,
    LONGEST_WORD,
    WORDS,
    is_local,
)
from spillkit.model import Field

_TEXT, _TAG, _KEY = 0, 1, 2
_LONGEST_KEY = 128  # bytes from the opening quote to the colon
_MOST_GROUPS_OF_DIGITS = 10
_FEWEST_DIGITS, _MOST_DIGITS = 7, 18
_MOST_APOSTROPHES = 4
_REMEMBERED = 1 << 17  # look-ups; past that the memory starts anew

_TAGS = re.compile("<(?=[a-z/!?])[^<>]*>?")
# The look-ahead lets one key begin inside what another one has used up.
_KEYS = re.compile(r'[{,][\x08-\x0d ]*+(?=(?P<key>"[^"{}\n]*+"[\x08-\x0d ]*+):)')
_DIGITS = re.compile("[0-9]+")
_JOINING = r"(?:(?!\.\.|//)[ \-‐-―−./()]){1,3}"
_JOINER = re.compile(_JOINING)
_BEHIND_DIGITS = re.compile(rf"[0-9]{_JOINING}\Z")


@dataclass(frozen=True, slots=True)
class Match:
    """One value, found."""

    start: int  # byte offset into the body
    end: int  # one past the last byte
    group: Group
    bare: bool = False  # digits without any sign of being a phone number


class Word(NamedTuple):
    """A word of a body."""

    text: str | None  # folded; None if it is so long that no run goes across it
    start: int  # position of its first character
    end: int  # one past its last character


class Finder:
    """Finds matches in bodies; remembers look-ups, since words repeat."""

    def __init__(self, segments: Sequence[Segment], fingerprints: Fingerprints, *, trusts_filter: bool = True) -> None:
        self._segments, self._fingerprints, self._trusts_filter = segments, fingerprints, trusts_filter
        headers = [segment.header for segment in segments]
        self._longest_run = min(LONGEST_RUN, max((header.longest_run for header in headers), default=0))
        self._has_emails = any(header.entries_by_field[Field.EMAIL] for header in headers)
        self._has_phones = any(header.entries_by_field[Field.PHONE] for header in headers)
        self._looked_up: dict[int, tuple[tuple[Group, ...], bool]] = {}

    def matches(self, body: bytes) -> list[Match]:
        """Return every match in a body, in no order."""
        characters = Characters(body)
        found = [match for words in windows(characters) for match in self._runs(characters, words)]
        if self._has_emails:
            found += self._emails(characters)
        if self._has_phones:
            found += self._phones(characters)
        return found

    def groups(self, fingerprint: int) -> tuple[Group, ...]:
        """Return the groups of a fingerprint in all segments."""
        return self._look_up(fingerprint)[0]

    def _look_up(self, fingerprint: int) -> tuple[tuple[Group, ...], bool]:
        """Return the groups of a fingerprint, and whether a longer run may begin with it."""
        known = self._looked_up.get(fingerprint)
        if known is None:
            if len(self._looked_up) >= _REMEMBERED:
                self._looked_up.clear()
            known = self._looked_up[fingerprint] = (
                tuple(group for segment in self._segments for group in segment.groups(fingerprint)),
                not self._trusts_filter or any(segment.may_go_on(fingerprint) for segment in self._segments),
            )
        return known

    # Section 5: runs of words.

    def _runs(self, characters: Characters, words: Sequence[Word]) -> Iterator[Match]:
        self._fingerprints.learn(word.text for word in words if word.text is not None)
        names: set[tuple[int, int]] = set()
        found: dict[tuple[int, int, Group], None] = {}
        for first in range(len(words)):
            for last, group in self._runs_from(words, first):
                found[first, last, group] = None
                if group.field is Field.NAME:
                    names.add((first, last))
        longest = _longest(names)
        for first, last, group in found:
            if group.field is not Field.NAME or (first, last) in longest:
                yield Match(characters.start(words[first].start), characters.end(words[last].end - 1), group)

    def _runs_from(self, words: Sequence[Word], first: int) -> Iterator[tuple[int, Group]]:
        """Yield the last word and the group of every run that begins at a word."""
        # A way is a run of some words so far: its fingerprint, how many words it counts, whether it skipped an initial.
        ways = [(0, 0, False)]
        for last in range(first, len(words)):
            text = words[last].text
            if text is None or not ways:
                return
            word = self._fingerprints.word(text)
            longer = []
            for fingerprint, count, skipped in ways:
                if count and not skipped and is_letter(text):
                    longer.append((fingerprint, count, True))
                run = self._fingerprints.phrase(fingerprint, word) if count else word
                groups, may_go_on = self._look_up(run)
                for group in groups:
                    if group.field is Field.NAME or not (skipped or group.field in (Field.EMAIL, Field.PHONE)):
                        yield last, group
                if may_go_on and count + 1 < self._longest_run:
                    longer.append((run, count + 1, skipped))
            ways = longer

    # Section 6: e-mail addresses.

    def _emails(self, characters: Characters) -> Iterator[Match]:
        text = characters.text
        at = text.find("@")
        while at >= 0:
            yield from self._emails_at(characters, at)
            at = text.find("@", at + 1)

    def _emails_at(self, characters: Characters, at: int) -> Iterator[Match]:
        text, classes = characters.text, characters.classes
        first, end = at, at + 1
        while first and at - first <= LONGEST_LOCAL and is_local(text[first - 1], classes[first - 1]):
            first -= 1
        while end < len(text) and end - at - 1 <= LONGEST_DOMAIN and is_local(text[end], classes[end], DOMAIN_MARKS):
            end += 1
        if at - first > LONGEST_LOCAL or end - at - 1 > LONGEST_DOMAIN:
            return
        local = text[first:at].lstrip(".")
        locals_ = [local, local.lstrip("".join(LOCAL_MARKS))]
        apostrophes = [place for place, char in enumerate(local) if char == "'"]
        locals_ += [local[place + 1 :] for place in apostrophes[:_MOST_APOSTROPHES]]
        if seams := _seams(classes[at - len(local) : at]):
            locals_.append(local[seams[-1] :])
        while first and at - first <= LONGEST_LOCAL and is_local(text[first - 1], classes[first - 1], ATEXT_MARKS):
            first -= 1
        if at - first <= LONGEST_LOCAL:
            locals_.append(text[first:at])
        domains = [text[at + 1 : end], text[at + 1 : end][: min(_seams(classes[at + 1 : end]), default=None)]]
        for local in {one.lstrip(".") for one in locals_} - {""}:
            for domain in {one.rstrip("".join(DOMAIN_MARKS)) for one in domains} - {""}:
                for group in self.groups(self._fingerprints.email(f"{local}@{domain}")):
                    if group.field is Field.EMAIL:
                        yield Match(characters.start(at - len(local)), characters.end(at + len(domain)), group)

    # Section 7: phone numbers.

    def _phones(self, characters: Characters) -> Iterator[Match]:
        for sequence in _digit_sequences(characters):
            found = dict.fromkeys(
                (start, end, group, bare)
                for start, end, bare, numbers in _phone_tries(characters.text, sequence)
                for number in numbers
                for group in self.groups(self._fingerprints.phone(number))
                if group.field is Field.PHONE
            )
            spans: dict[Group, set[tuple[int, int]]] = {}
            for start, end, group, _ in found:
                spans.setdefault(group, set()).add((start, end))
            longest = {group: _longest(group_spans) for group, group_spans in spans.items()}
            for start, end, group, bare in found:
                if (start, end) in longest[group]:
                    yield Match(characters.start(start), characters.end(end - 1), group, bare)


def windows(characters: Characters) -> list[list[Word]]:
    """Return the words of TEXT, of TAG and of KEY (section 2)."""
    text = characters.text
    window_of = bytearray(len(text))
    for tag in _TAGS.finditer(text):
        window_of[tag.start() : tag.end()] = bytes([_TAG]) * len(tag[0])
    for key in _KEYS.finditer(text):
        first, colon = key.span("key")
        if characters.start(colon) - characters.start(first) <= _LONGEST_KEY:
            window_of[first:colon] = bytes([_KEY]) * (colon - first)
    words: list[list[Word]] = [[], [], []]
    for found in WORDS.finditer(characters.classes):
        first, end = found.span()
        word: str | None = text[first:end]
        if end - first > LONGEST_WORD // 4 and len(text[first:end].encode()) > LONGEST_WORD:
            word = None
        words[window_of[first]].append(Word(word, first, end))
    return words


def _seams(classes: str) -> list[int]:
    """Return where a word starts directly behind another one's last character, as between kana and Latin letters."""
    starts = [found.start() for found in WORDS.finditer(classes)]
    return [start for start in starts if start and classes[start - 1] != " "]


def _digit_sequences(characters: Characters) -> Iterator[list[tuple[int, int]]]:
    """Yield the groups of digits of every sequence, as spans of the text."""
    text, classes = characters.text, characters.classes
    sequence: list[tuple[int, int]] = []
    for digits in _DIGITS.finditer(text):
        first, end = digits.span()
        if (first and classes[first - 1] == "w") or classes[end : end + 1] == "w":
            continue  # It touches a letter; being in the way, it also parts the groups around it.
        if sequence and not _JOINER.fullmatch(text, sequence[-1][1], first):
            yield sequence
            sequence = []
        sequence.append((first, end))
    if sequence:
        yield sequence


def _phone_tries(text: str, sequence: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, bool, list[str]]]:
    """Yield start and end in the text, bareness, and the numbers to look up, of every run of groups of a sequence."""
    for first, (start, _) in enumerate(sequence):
        if _is_date([text[slice(*group)] for group in sequence[first : first + 3]]):
            continue
        before = text[max(start - 2, 0) : start]
        is_marked = before.endswith("+") or before == "+("
        is_behind_digits = _BEHIND_DIGITS.search(text, max(start - 4, 0), start) is not None
        digits = ""
        for last in range(first, min(first + _MOST_GROUPS_OF_DIGITS, len(sequence))):
            group_start, end = sequence[last]
            group = text[group_start:end]
            # A zero in parentheses counts only where the number begins or ends with it: +44 (0)20 …
            is_left_out = last > first and group == "0" and text[group_start - 1] + text[end : end + 1] == "()"
            number = digits + group
            if not is_left_out:
                digits = number
            if len(digits) > _MOST_DIGITS:
                break
            if _FEWEST_DIGITS <= len(number) <= _MOST_DIGITS:
                has_no_sign = not is_marked and number[0] != "0"
                yield start, end, has_no_sign and (first == last or is_behind_digits), _numbers(number, is_marked)


def _numbers(digits: str, is_marked: bool) -> list[str]:
    if is_marked:
        return ["+" + digits]
    tries = [digits, "+" + digits]
    return tries + ["+" + digits.removeprefix(abroad) for abroad in ("00", "011") if digits.startswith(abroad)]


def _is_date(groups: Sequence[str]) -> bool:
    lengths = [len(group) for group in groups]
    if lengths == [4, 2, 2]:
        return groups[0].startswith(("19", "20"))
    return lengths in ([1, 1, 4], [1, 2, 4], [2, 1, 4], [2, 2, 4]) and groups[2].startswith(("19", "20"))


def _longest(spans: set[tuple[int, int]]) -> set[tuple[int, int]]:
    """Return the spans that lie in no other."""
    kept = set()
    furthest = -1
    for first, last in sorted(spans, key=lambda span: (span[0], -span[1])):
        if last > furthest:
            kept.add((first, last))
            furthest = last
    return kept
