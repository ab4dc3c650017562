"""Law as data: which duties an incident brings, why, and until when.

In:    rules in data files, facts (measured or typed in), the time.
Out:   duties with reasons, deadlines and what would change them.
Else:  what is done about a duty is `case`; texts for people are `notices`.
"""
