"""How fast Spillkit is, beside its rivals and beside what the machine could do at most.

In:    this machine, the rivals of requirements.txt, seeded synthetic people and pages.
Out:   tables in bench/record/. Nothing here is a test: no figure makes anything fail.
Else:  what the figures mean is docs/reference/benchmarks.md; that hits are right is tests/.

Run it as `python -m bench kernel`, `index`, `pipeline`, `all`; `--quick` for a look.
"""
