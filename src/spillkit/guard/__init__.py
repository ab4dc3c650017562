"""Guard a test-suite: planted people log in, and a test in which one sees another's data fails.

In:    what the clients of a test-suite receive, planted people.
Out:   leaks, with route, field and a hint at the cause; SARIF, JUnit and annotations.
Else:  planted people are made in `plant`.
"""
