"""Who may see whom, and which sightings are therefore exposures."""

from spillkit.entitlement.exposures import find_exposures
from spillkit.entitlement.rules import Rules
from spillkit.entitlement.rules_file import parse_rules, read_rules
from spillkit.entitlement.verdict import Outcome, Sighting, Verdict, is_entitled

__all__ = ["Outcome", "Rules", "Sighting", "Verdict", "find_exposures", "is_entitled", "parse_rules", "read_rules"]
