"""Bodies on which the two matchers once gave different hits, shortened as far as they go.

In:    nothing.
Out:   named rows, read by `test_differential` against the directory of `bodies`.
Else:  the rule that decides each is docs/reference/matching.md.
"""

KNOWN: dict[str, bytes] = {
    "a national number behind a country code is bare": b"+43 20 7946 0000",
    "a national number behind a parenthesis is bare": b"((0)2/079 460000",
    "a number behind another one is bare": b"1 555 12341 555 1234",
}
