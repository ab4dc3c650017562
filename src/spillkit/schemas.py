"""The columns of the ledger's tables, as Arrow schemas.

In:    nothing.
Out:   SIGHTINGS, COVERAGE, DAMAGES, EXPOSURES: what stages exchange as Arrow tables and the ledger keeps as Parquet.
Else:  the values inside are explained in docs/reference/ledger.md.
"""

from __future__ import annotations

import pyarrow as pa

_TIME = pa.timestamp("us", tz="UTC")

# One row: a field of a subject occurs in what a viewer was sent. No judgement, no text.
SIGHTINGS = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),  # SourceId
        pa.field("entry", pa.int64(), nullable=False),  # 0-based place in its file
        pa.field("shown_at", _TIME),  # null: the recording has no time
        pa.field("channel", pa.string(), nullable=False),
        pa.field("method", pa.string(), nullable=False),
        pa.field("route", pa.string(), nullable=False),  # path with ids replaced, no query
        pa.field("status", pa.int16(), nullable=False),
        pa.field("viewer", pa.string(), nullable=False),  # ViewerId
        pa.field("viewer_kind", pa.string(), nullable=False),
        pa.field("viewer_from", pa.string(), nullable=False),  # Viewer.found_by
        pa.field("session", pa.string(), nullable=False),  # keyed pseudonym, "" if none
        pa.field("subject", pa.string(), nullable=False),  # SubjectId
        pa.field("field", pa.string(), nullable=False),  # Field.label
        pa.field("evidence", pa.string(), nullable=False),  # confirmed | possible
        pa.field("because", pa.string(), nullable=False),  # "e-mail", "name with phone", "shared by 3", …
        pa.field("bearers", pa.int32(), nullable=False),  # how many subjects share the value; 1 = this one only
        pa.field("start", pa.int64(), nullable=False),  # byte offset into the decoded body
        pa.field("end", pa.int64(), nullable=False),  # one past the last byte
    ]
)

# One row: so many exchanges of one kind in one minute of one source, and what of them could be looked at.
COVERAGE = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),
        pa.field("slice_at", _TIME),  # start of the minute; null: time unknown
        pa.field("channel", pa.string(), nullable=False),
        pa.field("method", pa.string(), nullable=False),
        pa.field("route", pa.string(), nullable=False),
        pa.field("status", pa.int16(), nullable=False),
        pa.field("viewer_kind", pa.string(), nullable=False),
        pa.field("exchanges", pa.int64(), nullable=False),
        pa.field("with_body", pa.int64(), nullable=False),  # body recorded and looked at whole
        pa.field("damaged", pa.int64(), nullable=False),  # body cut, undecodable or over the limit
        pa.field("with_viewer", pa.int64(), nullable=False),  # viewer known (kind other than unknown)
        pa.field("sampled_share", pa.float64(), nullable=False),  # 1.0 = every exchange was recorded
        pa.field("body_bytes", pa.int64(), nullable=False),
    ]
)

DAMAGES = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),
        pa.field("entry", pa.int64()),
        pa.field("offset", pa.int64()),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("lost_exchanges", pa.int64()),
    ]
)

# A sighting that its viewer was not entitled to. `rule` is the id of the rule that decided ("none" = no rule allows it).
EXPOSURES = pa.schema([*SIGHTINGS, pa.field("rule", pa.string(), nullable=False)])
