"""The matcher in plain Python: the oracle of the native kernel, and what matches where that cannot be built.

In:    what kernel.api says.
Out:   Builder, Scanner, Stream.
Else:  everything here reads like docs/reference/matching.md, in that page's order.
"""

from spillkit.kernel.plain.builder import Builder
from spillkit.kernel.plain.scanner import Scanner, Stream

__all__ = ["Builder", "Scanner", "Stream"]
