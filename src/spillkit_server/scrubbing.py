"""Overwrite what the room's database has deleted, so that it cannot be read from its files.

In:    nothing.
Out:   whether nothing of it is left in the files.
Else:  deleting is `erasing`. Backups, archived write-ahead logs and the disk below are out of reach: docs/explanation/privacy.md.

SQLite overwrites deleted cells (secure_delete, set in `room`), but its write-ahead log keeps older pages until it is emptied, and
files from before that setting may have free pages. So: VACUUM, then empty the log. PostgreSQL keeps dead rows until their table is
written anew: VACUUM FULL.
"""

from __future__ import annotations

import time

from django.db import DatabaseError, connection

from spillkit_server.models import CaseRow, FileRow, ReportRow, TextRow

_TRIES = 20
_PAUSE_SECONDS = 0.5
_TABLES = (TextRow, CaseRow, ReportRow, FileRow)


def scrub() -> bool:
    """Overwrite deleted data; return False where another process is in the way for ten seconds."""
    return _scrub_postgresql() if connection.vendor == "postgresql" else _scrub_sqlite()


def _scrub_sqlite() -> bool:
    for _ in range(_TRIES):
        try:
            with connection.cursor() as cursor:
                cursor.execute("VACUUM")
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                is_busy, _pages, _moved = cursor.fetchone()
            if not is_busy:
                return True
        except DatabaseError:
            pass  # Locked by somebody who reads or writes.
        time.sleep(_PAUSE_SECONDS)
    return False


def _scrub_postgresql() -> bool:
    names = ", ".join(connection.ops.quote_name(table._meta.db_table) for table in _TABLES)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '10s'")
            cursor.execute(f"VACUUM (FULL) {names}")
            cursor.execute("RESET lock_timeout")
    except DatabaseError:
        return False
    return True
