"""Make unmistakable synthetic people, the same for the same seed, in any locale.

In:    a count, locales, a seed.
Out:   planted people and a directory file of them.
Else:  watching for them is `guard`.
"""
