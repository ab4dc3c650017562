"""Remember what phonenumbers said of a number's beginning: a million numbers begin in a few thousand ways.

In:    numbers of the plainest shape, and the country of their row.
Out:   exactly what the phonenumbers package says, or None where this module cannot be sure.
Else:  the rules are that package's; `contact` asks it for everything else.

Why this is exact: the package's patterns look at digits one by one only up to some depth (six or so) and at nothing but how many
there are behind. That depth is read off the patterns themselves. Two numbers of one country, of equal length, alike up to that
depth are treated alike: the same digits are cut from the front, the same put there, and both are valid or neither is.
Countries whose rules rewrite digits (a transform rule, a format that changes their order) are left to the package.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as regex_parser  # type: ignore[attr-defined]
from typing import Any

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE
from phonenumbers.phonemetadata import PhoneMetadata

from spillkit.directory.batches import Reason

Forms = tuple[tuple[str, ...], Reason | None]

_PLAIN = re.compile(r"\+?[1-9][0-9 .-]{4,20}[0-9]|0[0-9 .-]{4,20}[0-9]", re.ASCII)
_NOT_DIGITS = re.compile(r"[ .+-]+")
_NUMBER_KINDS = (
    "general_desc", "fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "personal_number", "voip", "pager",
    "uan", "voicemail",
)  # fmt: skip
_TOO_DEEP = 99
_CACHE_SIZE = 300_000
_ANY_DIGIT = ([(op.CATEGORY, op.CATEGORY_DIGIT)], [(op.RANGE, (48, 57))])

_said: dict[tuple[str, bool, int, str], tuple[int, str, int, Reason | None]] = {}


def remembered_forms(text: str, country: str, ask: Callable[[str, str], Forms]) -> Forms:
    """Return what `ask(text, country)` returns, from memory where a number that begins alike was asked before.

    text, country  as contact.phone_forms
    ask            the slow way, which is right
    """
    if _PLAIN.fullmatch(text) is None:
        return ask(text, country)
    is_international = text[0] == "+"
    digits = _NOT_DIGITS.sub("", text)
    depth = _depth_of_code(digits) if is_international else _depth_of_country(country, digits)
    if depth >= len(digits):
        return ask(text, country)
    key = ("" if is_international else country, is_international, len(digits), digits[:depth])
    known = _said.get(key)
    if known is None:
        answer = ask(text, country)
        if len(_said) >= _CACHE_SIZE:
            _said.clear()
        _said[key] = _learn(digits, answer)
        return answer
    cut, trunk, code, reason = known
    if cut < 0:
        return ask(text, country)
    if not code:
        return (), reason
    significant = digits[cut:]
    return tuple(dict.fromkeys((f"+{code}{significant}", trunk + significant, significant))), reason


def _learn(digits: str, answer: Forms) -> tuple[int, str, int, Reason | None]:
    """Return how many digits were cut, what was put before them, the country code; -1 if the answer is not of that kind."""
    forms, reason = answer
    if not forms:
        return 0, "", 0, reason
    significant = forms[-1]
    national = forms[1] if len(forms) > 1 else significant
    if not digits.endswith(significant) or not national.endswith(significant):
        return -1, "", 0, reason
    code = forms[0][1 : len(forms[0]) - len(significant)]
    return len(digits) - len(significant), national[: len(national) - len(significant)], int(code), reason


def _depth_of_country(country: str, digits: str) -> int:
    metadata = PhoneMetadata.metadata_for_region(country) if country else None
    if metadata is None or digits.startswith(str(metadata.country_code)):
        return _TOO_DEEP  # It may be an international number without its plus.
    if digits.startswith(("00", "011", "010", "8")) or re.match(metadata.international_prefix or "$", digits):
        return _TOO_DEEP
    return _depth(metadata.country_code, country)


def _depth_of_code(digits: str) -> int:
    for length in (1, 2, 3):
        if (code := int(digits[:length])) in COUNTRY_CODE_TO_REGION_CODE:
            return length + _depth(code, COUNTRY_CODE_TO_REGION_CODE[code][0])
    return _TOO_DEEP


@cache
def _depth(code: int, country: str) -> int:
    """Return how many digits behind the country code any pattern looks at one by one."""
    regions = [*dict.fromkeys((country, *COUNTRY_CODE_TO_REGION_CODE[code]))]
    every = [metadata for region in regions if (metadata := PhoneMetadata.metadata_for_region(region)) is not None]
    if len(every) < len(regions):
        return _TOO_DEEP  # Numbers of no country: satellite and the like.
    deepest, longest_prefix = 0, 0
    for metadata in every:
        if metadata.national_prefix_transform_rule or any(map(_rewrites, metadata.number_format)):
            return _TOO_DEEP
        width, deep = _walk(regex_parser.parse(metadata.national_prefix_for_parsing or ""), 0)
        longest_prefix, deepest = max(longest_prefix, width), max(deepest, deep)
        patterns = [kind.national_number_pattern for name in _NUMBER_KINDS if (kind := getattr(metadata, name))]
        patterns += [
            metadata.leading_digits,
            *(p for form in metadata.number_format for p in form.leading_digits_pattern),
        ]
        patterns += [form.pattern for form in metadata.number_format]
        deepest = max(deepest, *(_walk(regex_parser.parse(pattern or ""), 0)[1] for pattern in patterns))
    return min(_TOO_DEEP, longest_prefix + deepest)


def _rewrites(form: Any) -> bool:
    """Return whether a format leaves digits out, moves them, or adds any but a prefix."""
    groups = re.compile(form.pattern).groups
    wanted = "".join(f"\\{number}" for number in range(1, groups + 1))
    return re.sub(r"[^\\0-9]", "", form.format) != wanted


def _walk(items: Any, at: int) -> tuple[int, int]:
    """Return the last position a pattern may reach from `at`, and up to which it looks at single digits."""
    deepest = 0
    for what, detail in items:
        if what is op.IN and list(detail) in _ANY_DIGIT:
            at += 1
        elif what in (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN):
            at += 1
            deepest = max(deepest, at)
        elif what in (op.MAX_REPEAT, op.MIN_REPEAT):
            for _ in range(min(int(detail[1]), 20)):
                after, deep = _walk(detail[2], at)
                deepest, at = max(deepest, deep), after
        elif what is op.SUBPATTERN:
            at, deep = _walk(detail[3], at)
            deepest = max(deepest, deep)
        elif what is op.BRANCH:
            ends = [_walk(branch, at) for branch in detail[1]]
            at, deepest = max(end for end, _ in ends), max(deepest, *(deep for _, deep in ends))
        elif what in (op.ASSERT, op.ASSERT_NOT):
            deepest = max(deepest, _walk(detail[1], at)[1])
        elif what is not op.AT:
            return at, _TOO_DEEP
    return at, deepest
