"""Prove that a fault is really fixed: by asking again, and by later traffic.

In:    an incident, recordings, a base URL with test identities, the time of the repair.
Out:   a proof, or what is not yet proven.
Else:  finding the cause is `cause`.
"""
