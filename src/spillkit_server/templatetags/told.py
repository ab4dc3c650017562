"""What the engine said, in the language of the page: {{ reason|because }}.

In:    reasons, flips, factors and duties.
Out:   HTML that is safe to show.
Else:  the words are those of `spillkit_server.told`.
"""

from __future__ import annotations

from django import template

from spillkit_server import told

register = template.Library()
register.filter("condition", told.condition_words)
register.filter("because", told.because_words)
register.filter("flip", told.flip_words)
register.filter("outcome", told.outcome_words)
register.filter("factor_name", told.factor_name)
register.filter("factor", told.factor_words)
register.filter("score", told.score_words)
register.filter("place", told.place_words)
register.filter("unsure", told.unsure_words)
register.filter("note", told.note_words)
register.filter("help", told.help_words)
register.filter("refusal", told.refusal_words)
register.filter("kept", told.kept_words)
register.filter("law_words", told.law_words)
