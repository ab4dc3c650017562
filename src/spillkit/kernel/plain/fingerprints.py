"""Turn folded words, addresses and numbers into keyed fingerprints.

In:    the 128-bit key and folded text.
Out:   64-bit fingerprints (docs/reference/matching.md, section 3).
Else:  the hash itself is `kernel.siphash`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from spillkit.kernel.siphash import siphash, siphash_many, siphash_numbers, subkey

_REMEMBERED = 1 << 18  # words and pairs, some tens of MB; past that the memory starts anew
_WORTH_A_BATCH = 32  # words; fewer are hashed faster one by one


class Fingerprints:
    """The keyed hashes of one key; remembers those it has made, since words repeat."""

    def __init__(self, key: bytes) -> None:
        """Derive the keys for each use. `key` is 16 bytes; ValueError otherwise."""
        if len(key) != 16:
            raise ValueError("the key must have 16 bytes")
        self._word_key, self._phrase_key = subkey(key, "word"), subkey(key, "phrase")
        self._email_key, self._phone_key = subkey(key, "email"), subkey(key, "phone")
        self._words: dict[str, int] = {}

    def word(self, word: str) -> int:
        """Return h(w) of a folded word."""
        known = self._words.get(word)
        if known is None:
            if len(self._words) >= _REMEMBERED:
                self._words.clear()
            known = self._words[word] = siphash(self._word_key, word.encode())
        return known

    def learn(self, words: Iterable[str]) -> None:
        """Hash words that will be asked for, many at once: some twenty times as fast as one by one."""
        unknown = [word for word in set(words) if word not in self._words]
        if len(unknown) < _WORTH_A_BATCH:
            return
        if len(self._words) + len(unknown) > _REMEMBERED:
            self._words.clear()
        hashes = siphash_many(self._word_key, [word.encode() for word in unknown])
        self._words.update(zip(unknown, hashes.tolist(), strict=True))

    def phrase(self, run: int, word: int) -> int:
        """Return the fingerprint of a run that goes on with one more word: H(k) from H(k-1) and h(w)."""
        return siphash(self._phrase_key, run.to_bytes(8, "little") + word.to_bytes(8, "little"))

    def email(self, address: str) -> int:
        """Return the fingerprint of a folded e-mail address."""
        return siphash(self._email_key, address.encode())

    def phone(self, digits: str) -> int:
        """Return the fingerprint of a phone number: "+" or "", then ASCII digits."""
        return siphash(self._phone_key, digits.encode())

    def run(self, words: Sequence[str]) -> int:
        """Return the fingerprint of a whole run of words, one or more."""
        fingerprint = self.word(words[0])
        for word in words[1:]:
            fingerprint = self.phrase(fingerprint, self.word(word))
        return fingerprint

    def runs(self, runs: Sequence[Sequence[str]]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
        """Return the fingerprints of many runs, and those of all their proper prefixes (repeats kept)."""
        self.learn(word for run in runs for word in run)
        hashes = np.array([self.word(run[0]) for run in runs], np.uint64)
        longer = np.array([number for number, run in enumerate(runs) if len(run) > 1], np.int64)
        prefixes = []
        length = 1
        while len(longer):
            prefixes.append(hashes[longer])
            following = np.array([self.word(runs[number][length]) for number in longer], np.uint64)
            hashes[longer] = siphash_numbers(self._phrase_key, hashes[longer], following)
            length += 1
            longer = np.array([number for number in longer if len(runs[number]) > length], np.int64)
        return hashes, np.concatenate(prefixes) if prefixes else np.empty(0, np.uint64)

    def emails(self, addresses: Sequence[str]) -> NDArray[np.uint64]:
        """Return the fingerprints of many folded e-mail addresses."""
        return siphash_many(self._email_key, [address.encode() for address in addresses])

    def phones(self, numbers: Sequence[str]) -> NDArray[np.uint64]:
        """Return the fingerprints of many phone numbers."""
        return siphash_many(self._phone_key, [digits.encode() for digits in numbers])
