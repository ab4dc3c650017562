"""What templates need to say of notices."""

from __future__ import annotations

from django import template

from spillkit_server import notice_words

register = template.Library()
register.filter("duration", notice_words.duration_words)
register.filter("decision", notice_words.decision_words)
register.filter("language_name", notice_words.language_words)
