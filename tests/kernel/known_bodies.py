"""Bodies on which the two matchers once gave different hits, shortened as far as they go.

In:    nothing.
Out:   named rows, read by `test_differential` against the directory of `bodies`.
Else:  the rule that decides each is docs/reference/matching.md.
"""

KNOWN: dict[str, bytes] = {
    "a name in plain text": b"Jane Doe",
}
