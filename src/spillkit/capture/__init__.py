"""Read recordings of what was sent to whom.

In:    HAR, WARC, ARC, JSON lines, Parquet, mail, access logs.
Out:   exchanges with decoded bodies, and damages.
Else:  the formats and what is not looked at are in docs/reference/recordings.md.
"""

from spillkit.capture.limits import Limits
from spillkit.capture.reading import read_exchanges, source_id
from spillkit.capture.sniff import Format, sniff

__all__ = ["Format", "Limits", "read_exchanges", "sniff", "source_id"]
