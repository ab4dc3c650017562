"""The section to each item of a law's list: what is known of it, what a person says, what is open and why.

In:    the material of one report, the id of an item.
Out:   `write_section`; `company_of` and `harmless` say who reports.
Else:  which items a report has is the rule's list (`make`); words in six languages are `phrases`.
"""

from spillkit.authority.sections.parties import company_of, harmless
from spillkit.authority.sections.writing import write_section

__all__ = ["company_of", "harmless", "write_section"]
