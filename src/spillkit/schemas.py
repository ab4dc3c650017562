"""The columns of the ledger's tables, as Arrow schemas.

In:    nothing.
Out:   SIGHTINGS, EXCHANGES, COVERAGE, DAMAGES, EXPOSURES: what stages exchange as Arrow tables and the ledger keeps as Parquet.
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

# One row: an exchange with what tells how it came about, and nothing of what it said. Every value that comes from outside is a
# keyed pseudonym (16 hex digits, or 63 bits) but for routes, which `scan.routes` makes safe, and edges, which are short labels.
EXCHANGES = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),
        pa.field("entry", pa.int64(), nullable=False),  # a message to many is one entry and one row for each recipient
        pa.field("shown_at", _TIME),
        pa.field("took_ms", pa.float64()),  # from request to answer, or a job's whole time; null: not recorded
        pa.field("channel", pa.string(), nullable=False),
        pa.field("method", pa.string(), nullable=False),
        pa.field("route", pa.string(), nullable=False),
        pa.field("status", pa.int16(), nullable=False),
        pa.field("viewer", pa.string(), nullable=False),
        pa.field("viewer_kind", pa.string(), nullable=False),
        pa.field("viewer_from", pa.string(), nullable=False),
        pa.field("session", pa.string(), nullable=False),  # that the request carried; "" if none
        pa.field(
            "issued", pa.string(), nullable=False
        ),  # session that the answer set, same pseudonym as `session`; "" if none
        pa.field(
            "issued_to", pa.string(), nullable=False
        ),  # ViewerId whose session that is by the table; "" if not known
        pa.field("client", pa.string(), nullable=False),  # network address
        pa.field("device", pa.string(), nullable=False),  # user agent
        pa.field("url", pa.int64()),  # of host, path and query; null: none
        pa.field(
            "object", pa.int64()
        ),  # number in the path plus a keyed offset of its route: steps hold, the number is hidden
        pa.field("body", pa.int64()),  # of the decoded body; null: none recorded, or empty
        pa.field("body_bytes", pa.int64(), nullable=False),
        pa.field("cache", pa.string(), nullable=False),  # hit | miss | "" where no header tells
        pa.field("age_seconds", pa.int32()),  # RFC 9111, 5.1; null: not told
        pa.field("worker", pa.string(), nullable=False),
        pa.field("connection", pa.string(), nullable=False),  # between proxy and server, or server and store
        pa.field("edge", pa.string(), nullable=False),  # cache node, as a label of letters, digits, dot and hyphen
        pa.field("open_recipients", pa.int32(), nullable=False),  # mail: addresses in To and Cc; 0 otherwise
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

# A viewer whose session lied: a session that was handed to somebody else is judged by who held it (`entitlement.continuity`).
CORRECTIONS = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),
        pa.field("entry", pa.int64(), nullable=False),
        pa.field("viewer_was", pa.string(), nullable=False),  # as scanned
        pa.field("viewer", pa.string(), nullable=False),  # who held the session
        pa.field("viewer_kind", pa.string(), nullable=False),
        pa.field(
            "viewer_from", pa.string(), nullable=False
        ),  # handed-over, or handed-over-guess (`entitlement.continuity`)
        pa.field("because", pa.string(), nullable=False),  # in words without values: "handed over in entry 17"
    ]
)
