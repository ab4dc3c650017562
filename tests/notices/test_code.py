"""The code of a notice: typed as people type, and never another's by a slip."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spillkit.errors import CodeError
from spillkit.notices.code import ALPHABET, SIGNS, Problem, code_keys, code_of, digest_of, read_code, shown

KEYS = code_keys(b"sixteen bytes or")
CODE = code_of("notice-of-alice", KEYS)

notice_ids = st.text(min_size=1, max_size=40)


def swapped(code, first, second):
    signs = list(code)
    signs[first], signs[second] = signs[second], signs[first]
    return "".join(signs)


def is_refused(typed):
    try:
        read_code(typed)
    except CodeError as error:
        return error.problem == Problem.CHECK
    return False


@given(notice_ids)
@settings(max_examples=60, deadline=None)
def test_a_printed_code_is_read_back(notice_id):
    code = code_of(notice_id, KEYS)
    assert read_code(shown(code)) == code
    assert len(shown(code)) == 17
    assert not set(code) & set("ILOU")


@given(notice_ids)
@settings(max_examples=20, deadline=None)
def test_every_single_wrong_sign_is_found(notice_id):
    code = code_of(notice_id, KEYS)
    for place in range(SIGNS):
        for sign in ALPHABET.replace(code[place], ""):
            assert is_refused(code[:place] + sign + code[place + 1 :])


@given(notice_ids)
@settings(max_examples=60, deadline=None)
def test_any_two_signs_that_changed_places_are_found(notice_id):
    code = code_of(notice_id, KEYS)
    for first in range(SIGNS):
        for second in range(first):
            if code[first] != code[second]:
                assert is_refused(swapped(code, first, second))


TYPED = {
    "as printed": lambda printed: printed,
    "small letters": str.lower,
    "without dashes": lambda printed: printed.replace("-", ""),
    "spaces and a line end": lambda printed: "  " + printed.replace("-", " ") + "\r\n",
    "every sign apart": " ".join,
    "long dashes": lambda printed: printed.replace("-", "—"),
    "O for 0, l for 1": lambda printed: printed.replace("0", "O").replace("1", "l"),
    "i for 1": lambda printed: printed.replace("1", "i"),
    "dotless i of a Turkish keyboard": lambda printed: printed.replace("1", "ı").replace("0", "o"),
    "full width": lambda printed: "".join(chr(ord(c) + 0xFEE0) if c.isalnum() else c for c in printed),
    "Arabic digits": lambda printed: printed.translate({ord(str(n)): chr(0x660 + n) for n in range(10)}),
    "Persian digits": lambda printed: printed.translate({ord(str(n)): chr(0x6F0 + n) for n in range(10)}),
    "copied with its marks of direction": lambda printed: f"\u2066{printed}\u2069\u200f",
    "soft hyphens and joiners": lambda printed: printed.replace("-", "\u00ad\u200b\u2060"),
}


@pytest.mark.parametrize("typed", TYPED.values(), ids=TYPED)
def test_a_code_is_read_however_people_type_it(typed):
    for number in range(50):
        code = code_of(f"notice {number}", KEYS)
        assert read_code(typed(shown(code))) == code


NO_CODES = {
    "nothing": ("", Problem.EMPTY),
    "only dashes": (" -- - ", Problem.EMPTY),
    "one sign missing": (CODE[:-1], Problem.TOO_SHORT),
    "one sign more": (CODE + "0", Problem.TOO_LONG),
    "ten thousand signs": ("7" * 10_000, Problem.TOO_LONG),
    "U is no sign": ("U" + CODE[1:], Problem.FOREIGN_SIGN),
    "a mail address": ("alice@example.org", Problem.FOREIGN_SIGN),
    "a formula": ("=cmd|'/c calc'!A1", Problem.FOREIGN_SIGN),
    "Cyrillic": ("АВС" + CODE[3:], Problem.FOREIGN_SIGN),
    "ligatures": ("ﷺ" + CODE[1:], Problem.FOREIGN_SIGN),
}


@pytest.mark.parametrize(("typed", "problem"), NO_CODES.values(), ids=NO_CODES)
def test_what_is_no_code_is_refused_and_not_quoted(typed, problem):
    with pytest.raises(CodeError) as refused:
        read_code(typed)
    assert refused.value.problem == problem
    assert not typed.strip(" -") or typed not in str(refused.value)


@given(st.text())
@settings(max_examples=60, deadline=None)
def test_anything_typed_is_a_code_or_a_refusal(typed):
    try:
        read = read_code(typed)
    except CodeError as error:
        read = None
        known = error.problem in set(Problem)
    assert known if read is None else len(read) == SIGNS


def test_the_code_is_the_same_each_time_and_says_nothing_without_the_key():
    others = code_keys(b"another sixteen bytes")
    assert code_of("notice-of-alice", KEYS) == CODE
    assert code_of("notice-of-alice", others) != CODE
    assert digest_of(CODE, KEYS) != digest_of(CODE, others)
    assert KEYS.making != KEYS.looking_up
    assert "bytes" not in repr(KEYS).lower().replace("codekeys", "")


def test_twenty_thousand_notices_have_twenty_thousand_codes_of_even_signs():
    codes = [code_of(str(number), KEYS) for number in range(20_000)]
    assert len(set(codes)) == 20_000
    seen = "".join(codes)
    share = {sign: seen.count(sign) / len(seen) * 32 for sign in ALPHABET}
    assert min(share.values()) > 0.95
    assert max(share.values()) < 1.05


def test_a_short_secret_makes_no_keys():
    with pytest.raises(ValueError, match="16 bytes"):
        code_keys(b"short")
