"""The rivals, each behind the same four calls.

In:    distinct names and e-mail addresses as literal patterns; bodies.
Out:   how many matches, and which patterns on which page (for recall).
Else:  the rounds are `rounds`; this module runs in the rivals' own environment and imports each rival only when asked for.

Every rival gets its favourable case: text already decoded outside the measured time where it wants text, the
fastest way to call it that its package offers, and no answer beyond "this pattern".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from bench.normaliser import normalise


class Rival(Protocol):
    """What the harness asks of a matcher."""

    takes_text: bool  # str pages instead of bytes

    def build(self, patterns: Sequence[str]) -> None: ...

    def matches(self, page: Any) -> Iterable[int]:
        """Return the places of the patterns that stand in the page."""


class Hyperscan:
    """Intel's Hyperscan, literal mode, ASCII case ignored."""

    package, takes_text = "hyperscan", False

    def build(self, patterns: Sequence[str]) -> None:
        import hyperscan  # type: ignore[import-not-found]

        self.database = hyperscan.Database()
        raw = [pattern.encode() for pattern in patterns]
        self.database.compile(
            expressions=raw,
            ids=list(range(len(raw))),
            flags=hyperscan.HS_FLAG_CASELESS,
            elements=len(raw),
            literal=True,
        )

    def matches(self, page: bytes) -> Iterable[int]:
        found: list[int] = []
        self.database.scan(page, match_event_handler=lambda number, *_: found.append(number))
        return found


class Daachorse:
    """Double-array Aho-Corasick over bytes (Rust)."""

    package, takes_text = "daachorse", False

    def build(self, patterns: Sequence[str]) -> None:
        import daachorse  # type: ignore[import-not-found]

        self.automaton = daachorse.DoubleArrayAhoCorasick([pattern.encode() for pattern in patterns])

    def matches(self, page: bytes) -> Iterable[int]:
        return (match[2] for match in self.automaton.find_overlapping(page))


class AhocorasickRs:
    """The aho-corasick crate of ripgrep, contiguous NFA."""

    package, takes_text = "ahocorasick_rs", False

    def build(self, patterns: Sequence[str]) -> None:
        import ahocorasick_rs  # type: ignore[import-not-found]

        self.automaton = ahocorasick_rs.BytesAhoCorasick(
            [pattern.encode() for pattern in patterns], implementation=ahocorasick_rs.Implementation.ContiguousNFA
        )

    def matches(self, page: bytes) -> Iterable[int]:
        return (match[0] for match in self.automaton.find_matches_as_indexes(page, overlapping=True))


class AhocorasickDfa(AhocorasickRs):
    """The same crate as a full DFA: faster with few patterns, gigabytes with many."""

    def build(self, patterns: Sequence[str]) -> None:
        import ahocorasick_rs

        self.automaton = ahocorasick_rs.BytesAhoCorasick(
            [pattern.encode() for pattern in patterns], implementation=ahocorasick_rs.Implementation.DFA
        )


class Pyahocorasick:
    """The best known Aho-Corasick for Python (C)."""

    package, takes_text = "pyahocorasick", True

    def build(self, patterns: Sequence[str]) -> None:
        import ahocorasick  # type: ignore[import-not-found]

        self.automaton = ahocorasick.Automaton()
        for place, pattern in enumerate(patterns):
            self.automaton.add_word(pattern, place)
        self.automaton.make_automaton()

    def matches(self, page: str) -> Iterable[int]:
        return (place for _, place in self.automaton.iter(page))


class Flashtext2:
    """Whole words by a trie (Rust), case ignored."""

    package, takes_text = "flashtext2", True

    def build(self, patterns: Sequence[str]) -> None:
        import flashtext2  # type: ignore[import-not-found]

        self.processor = flashtext2.KeywordProcessor(case_sensitive=False)
        self.processor.add_keywords_from_iter(patterns)
        self.places = {pattern: place for place, pattern in enumerate(patterns)}

    def matches(self, page: str) -> Iterable[int]:
        return (self.places.get(word, 0) for word in self.processor.extract_keywords(page))


class Cyac:
    """Aho-Corasick on a cedar trie (Cython), the smallest index among the rivals."""

    package, takes_text = "cyac", True

    def build(self, patterns: Sequence[str]) -> None:
        import cyac  # type: ignore[import-not-found]

        self.automaton = cyac.AC.build(list(patterns))

    def matches(self, page: str) -> Iterable[int]:
        return (match[0] for match in self.automaton.match(page))


class Actrie:
    """Aho-Corasick (C)."""

    package, takes_text = "actrie", True

    def build(self, patterns: Sequence[str]) -> None:
        import actrie  # type: ignore[import-not-found]

        self.matcher = actrie.Matcher.create_by_collection(list(patterns))
        self.places = {pattern: place for place, pattern in enumerate(patterns)}

    def matches(self, page: str) -> Iterable[int]:
        return (self.places[match[0]] for match in self.matcher.finditer(page))


class PythonRe:
    """Python's own `re`, one alternation."""

    package, takes_text = "", True

    def build(self, patterns: Sequence[str]) -> None:
        longest_first = sorted(patterns, key=len, reverse=True)
        self.pattern = re.compile("|".join(map(re.escape, longest_first)))
        self.places = {pattern: place for place, pattern in enumerate(patterns)}

    def matches(self, page: str) -> Iterable[int]:
        return (self.places[match.group()] for match in self.pattern.finditer(page))


class GoogleRe2:
    """RE2's set: says which patterns stand in a page, not where."""

    package, takes_text = "google-re2", False

    def build(self, patterns: Sequence[str]) -> None:
        import re2  # type: ignore[import-not-found]

        options = re2.Options()
        options.max_mem = 8 << 30
        options.literal = True
        self.set = re2.Set.SearchSet(options)
        for pattern in patterns:
            self.set.Add(pattern.encode())
        self.set.Compile()

    def matches(self, page: bytes) -> Iterable[int]:
        found: list[int] | None = self.set.Match(page)
        return found or ()


class PolarsExtractMany:
    """Polars' str.extract_many over all pages at once, one thread."""

    package, takes_text = "polars", True

    def build(self, patterns: Sequence[str]) -> None:
        import polars  # type: ignore[import-not-found]

        self.polars = polars
        self.patterns = polars.Series(patterns).implode()
        self.places = {pattern: place for place, pattern in enumerate(patterns)}

    def matches(self, page: str) -> Iterable[int]:
        return self.batch([page])[0]

    def batch(self, pages: Sequence[str]) -> list[list[int]]:
        frame = self.polars.DataFrame({"page": pages})
        found = frame.select(self.polars.col("page").str.extract_many(self.patterns, overlapping=True))["page"]
        return [[self.places[word] for word in words] for words in found.to_list()]


class Fastscrub:
    """A fast e-mail/phone/… scrubber (C++): knows patterns, not people."""

    package, takes_text = "fastscrub", True

    def build(self, patterns: Sequence[str]) -> None:
        import fastscrub  # type: ignore[import-not-found]

        self.scrub = fastscrub.scrub

    def matches(self, page: str) -> Iterable[int]:
        self.scrub(page)
        return ()


class Presidio:
    """Microsoft Presidio's e-mail and phone recognisers, no language model."""

    package, takes_text = "presidio-analyzer", True

    def build(self, patterns: Sequence[str]) -> None:
        import os

        # Its public-suffix helper would ask the network on first use.
        os.environ.setdefault("TLDEXTRACT_CACHE", "/nonexistent")
        from presidio_analyzer.predefined_recognizers import EmailRecognizer, PhoneRecognizer  # type: ignore[import-not-found]

        self.recognisers = [(EmailRecognizer(), ["EMAIL_ADDRESS"]), (PhoneRecognizer(), ["PHONE_NUMBER"])]

    def matches(self, page: str) -> Iterable[int]:
        for recogniser, entities in self.recognisers:
            recogniser.analyze(page, entities, None)
        return ()


class Normalised:
    """A rival behind a normaliser written in Python: the nearest thing to our recall that one gets from parts."""

    takes_text = False

    def __init__(self, rival: Rival) -> None:
        self.rival = rival
        self.package = getattr(rival, "package", "")

    def build(self, patterns: Sequence[str]) -> None:
        folded = [normalise(pattern.encode()) for pattern in patterns]
        # Two patterns may fold to one: a rival wants each pattern once.
        self.distinct = {pattern: place for place, pattern in reversed(list(enumerate(folded)))}
        self.first = list(self.distinct.values())
        self.rival.build(list(self.distinct))

    def matches(self, page: bytes) -> Iterable[int]:
        plain = normalise(page)
        return (self.first[place] for place in self.rival.matches(plain if self.rival.takes_text else plain.encode()))


RIVALS: dict[str, type[Any]] = {
    "hyperscan": Hyperscan,
    "daachorse": Daachorse,
    "ahocorasick_rs": AhocorasickRs,
    "ahocorasick_rs DFA": AhocorasickDfa,
    "polars extract_many": PolarsExtractMany,
    "google-re2": GoogleRe2,
    "actrie": Actrie,
    "cyac": Cyac,
    "flashtext2": Flashtext2,
    "pyahocorasick": Pyahocorasick,
    "python re": PythonRe,
    "fastscrub": Fastscrub,
    "presidio patterns": Presidio,
}

# Scanners that know patterns of personal data and no directory: recall is not asked of them.
WITHOUT_DIRECTORY = ("fastscrub", "presidio patterns")

# The largest directory each is tried with. Beyond it: Hyperscan and actrie do not end building within minutes, the DFA wants
# tens of gigabytes, Polars builds its automaton anew in every call, and the last four take minutes for one page.
LARGEST = {
    "hyperscan": 100_000,
    "polars extract_many": 100_000,
    "ahocorasick_rs DFA": 100_000,
    "google-re2": 1_000,
    "actrie": 100_000,
    "python re": 1_000,
    "fastscrub": 1_000,
    "presidio patterns": 1_000,
}
