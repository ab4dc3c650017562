"""Print how often the lint reads a sentence rightly: precision and recall by language and by kind of claim.

.venv/bin/python bench/notices_lint.py            all sentences of tests/notices/labelled.toml
.venv/bin/python bench/notices_lint.py --wrong    and each sentence that is read wrongly
"""

from __future__ import annotations

import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from spillkit.notices.lint.claims import Bound, Claim, Kind, Purpose, Text
from spillkit.notices.lint.read_claims import read_claims
from spillkit.notices.lint.vocabulary import LANGUAGES

SENTENCES = Path(__file__).resolve().parent.parent / "tests" / "notices" / "labelled.toml"
_SIGNS = {Bound.EXACT: "", Bound.ABOUT: "~", Bound.MOST: "<=", Bound.LEAST: ">="}
_PRESENT = (Kind.AUTHORITY, Kind.CONTACT, Kind.CODE, Kind.LINK, Kind.DOMAIN)  # found in order to say what is missing


@dataclass
class Score:
    """Claims found rightly, found wrongly, not found."""

    right: int = 0
    wrong: int = 0
    left: int = 0
    sentences: int = 0
    by_kind: dict[str, Counter[str]] = field(default_factory=dict)

    @property
    def precision(self) -> float:
        return self.right / max(self.right + self.wrong, 1)

    @property
    def recall(self) -> float:
        return self.right / max(self.right + self.left, 1)


@dataclass(frozen=True)
class Sentence:
    """One labelled sentence."""

    name: str
    language: str
    text: str
    claims: tuple[str, ...]
    held_out: bool


def sentences() -> Iterator[Sentence]:
    """Yield every labelled sentence."""
    for case in tomllib.loads(SENTENCES.read_text("utf-8"))["case"]:
        for language in LANGUAGES:
            claims = case.get(f"claims_{language}", case["claims"]).split()
            yield Sentence(case["name"], language, case[language], tuple(claims), case.get("held_out", False))


def label(claim: Claim) -> str:
    """Write a claim as the sentences' labels do."""
    value = str(int(claim.value or 0) * claim.unit_s) if claim.kind is Kind.DURATION else claim.value
    return f"{claim.kind}{'!' if claim.is_denied else ''}={_SIGNS[claim.bound]}{value}" + (
        f"@{claim.role}" if claim.role else ""
    )


def judge(sentence: Sentence) -> tuple[set[str], set[str], set[str]]:
    """Return the claims found rightly, found wrongly and not found."""
    document = Text("sentence", Purpose.STATEMENT, sentence.text, (sentence.language,))
    found = {label(claim) for claim in read_claims(document).claims if claim.kind not in _PRESENT}
    optional = {claim[:-1] for claim in sentence.claims if claim.endswith("?")}
    wanted = {claim for claim in sentence.claims if not claim.endswith("?")}
    right: set[str] = set()
    left: set[str] = set()
    for claim in wanted:
        met = {one for one in found if one == claim or (claim.endswith("*") and one.startswith(claim[:-1]))}
        right |= met
        if not met:
            left.add(claim)
    return right, found - right - optional, left


def measure(held_out: bool | None = None) -> dict[str, Score]:
    """Return the score of each language, and of all as "all"; of the held-out cases alone, of the others alone, or of both."""
    scores: dict[str, Score] = {language: Score() for language in (*LANGUAGES, "all")}
    for sentence in sentences():
        if held_out is not None and sentence.held_out != held_out:
            continue
        right, wrong, left = judge(sentence)
        for score in (scores[sentence.language], scores["all"]):
            score.sentences += 1
            score.right += len(right)
            score.wrong += len(wrong)
            score.left += len(left)
            for what, claims in (("right", right), ("wrong", wrong), ("left", left)):
                for claim in claims:
                    score.by_kind.setdefault(claim.split("=")[0].rstrip("!"), Counter())[what] += 1
    return scores


def main(arguments: list[str]) -> int:
    """Print the tables."""
    for title, held_out in (("sentences that the words were tuned on", False), ("held-out sentences", True)):
        print(f"{title}\nlanguage  sentences  precision  recall")
        for language, score in measure(held_out).items():
            print(f"{language:8}  {score.sentences:9}  {score.precision:9.3f}  {score.recall:6.3f}")
        print()
    print("kind         right  wrong  not found (both)")
    for kind, counts in sorted(measure()["all"].by_kind.items()):
        print(f"{kind:11}  {counts['right']:5}  {counts['wrong']:5}  {counts['left']:9}")
    if "--wrong" in arguments:
        print()
        for sentence in sentences():
            _, wrong, left = judge(sentence)
            if wrong or left:
                held = " (held out)" if sentence.held_out else ""
                print(
                    f"{sentence.language} {sentence.name}{held}: found wrongly {sorted(wrong)}, not found {sorted(left)}"
                )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
