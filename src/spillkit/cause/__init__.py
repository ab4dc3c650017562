"""Find what caused exposures, and which belong together: incidents.

In:    a judged ledger (views exposures, exchanges, sightings, coverage), a list of changes (deploys, configuration).
Out:   incidents, each with its cause, the evidence for and against it, onset and end.
Else:  counting people is `scope`; checking a repair is `fix`.
"""

from spillkit.cause.find import Found, find_incidents

__all__ = ["Found", "find_incidents"]
