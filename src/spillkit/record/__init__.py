"""The record: the append-only, tamper-evident log of acts and decisions.

In:    entries of what was done and decided, by whom, when.
Out:   a signed log in the C2SP formats, proofs, bundles that verify offline.
Else:  what is worth an entry is decided by `case`, `notices`, `scan` and the server.
"""

from spillkit.record.entry import Entry
from spillkit.record.log import Checked, Record
from spillkit.record.opening import create_record, open_record, record_exists
from spillkit.record.persons import Opening, Persons, Private

__all__ = [
    "Checked",
    "Entry",
    "Opening",
    "Persons",
    "Private",
    "Record",
    "create_record",
    "open_record",
    "record_exists",
]
