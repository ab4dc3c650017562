"""How many, whose, which, to whom, when: the numbers of an incident and the report that tells them."""

from spillkit.scope.measure import Scope, measure, open_scope
from spillkit.scope.measurement import Audience, Figure, Finding, Measurement

__all__ = ["Audience", "Figure", "Finding", "Measurement", "Scope", "measure", "open_scope"]
