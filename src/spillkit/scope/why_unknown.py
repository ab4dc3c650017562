"""Say why nobody can say how many people were shown.

In:    what was looked at.
Out:   one sentence.
Else:  counting is `strata`; the answers around it are `questions`.
"""

from __future__ import annotations

from spillkit.scope.measurement import Coverage
from spillkit.voice import ENGLISH, Voice


def why_unknown(coverage: Coverage, voice: Voice = ENGLISH) -> str:
    """Return, in words, why nothing can be said."""
    if coverage.known == 0:
        return voice.say("No recording was read, so nothing was looked at.")
    known = voice.several("{count} answer", "{count} answers", coverage.known)
    if coverage.with_body == 0:
        return voice.say("No recording with bodies covers the {answers} that the sources tell of.", answers=known)
    return voice.say("In none of the {answers} is it known who received them.", answers=known)
