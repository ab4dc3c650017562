"""What mistakes in mailing leave behind: addresses in a header for all to read, or letters that slid against their envelopes.

In:    the tables of `events`.
Out:   temp table cause_mail: for each event its row in the batch, and how many rows away its subject's own message is.
Else:  deciding is `decide`.

A batch is a row of messages without a long pause between, in the order of their recording. Where the list slid, subject and
recipient are the same number of rows apart from some row on.
"""

# ruff: noqa: S608 - the SQL is put together from constants of the code.

from __future__ import annotations

import duckdb

_LEAST_PAUSE_US = 2_000_000
_PAUSES = 20  # times the usual pause between two wrong messages

_TABLE = f"""
    CREATE OR REPLACE TEMP TABLE cause_mail AS
    WITH pauses AS (
        SELECT source, greatest({_LEAST_PAUSE_US}, {_PAUSES} * median(pause)) AS longest FROM (
            SELECT source, at_us - lag(at_us) OVER (PARTITION BY source ORDER BY at_us, entry) AS pause
            FROM (SELECT DISTINCT source, entry, at_us FROM cause_events WHERE channel = 'mail'))
        GROUP BY source
    ), sent AS (
        SELECT source, entry, viewer, at_us, count(*) OVER (PARTITION BY source, entry) AS recipients
        FROM cause_answers WHERE channel = 'mail' AND source IN (SELECT source FROM pauses)
    ), begun AS (
        SELECT *, coalesce(at_us - lag(at_us) OVER line > longest, true)::INTEGER AS begins
        FROM sent JOIN pauses USING (source) WINDOW line AS (PARTITION BY source ORDER BY at_us, entry, viewer)
    ), batches AS (
        SELECT *, sum(begins) OVER (PARTITION BY source ORDER BY at_us, entry, viewer) AS batch FROM begun
    ), ranked AS (
        SELECT *, row_number() OVER (PARTITION BY source, batch ORDER BY at_us, entry, viewer) AS mail_row,
            count(*) OVER (PARTITION BY source, batch) AS batch_rows
        FROM batches
    ), shifts AS (
        SELECT e.id, arg_min(o.mail_row - r.mail_row, abs(o.mail_row - r.mail_row)) AS shift
        FROM cause_events e JOIN ranked r USING (source, entry, viewer)
        JOIN ranked o ON o.source = r.source AND o.batch = r.batch AND o.viewer = e.subject
        WHERE e.open_recipients <= 1 GROUP BY e.id
    )
    SELECT e.id, coalesce(r.mail_row, 0) AS mail_row, coalesce(r.batch_rows, 1) AS batch_rows, s.shift::DOUBLE AS shift
    FROM cause_events e LEFT JOIN ranked r USING (source, entry, viewer) LEFT JOIN shifts s USING (id)
    WHERE e.channel = 'mail'"""


def prepare_mail(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the table cause_mail on the connection."""
    connection.execute(_TABLE)
