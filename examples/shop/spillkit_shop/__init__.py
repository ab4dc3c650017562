"""The leaking shop: a small real web application with the faults of real incidents, each behind a switch.

In:    a scenario: customers, hours, faults with their times.
Out:   recordings of real HTTP and mail, and the truth: which answer rendered whose which field for whom.
Else:  finding all that again, without the truth, is Spillkit's work.
"""
