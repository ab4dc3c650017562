"""Write the affected list: one line a person, by the company's own id.

In:    counted exposures.
Out:   CSV that a spreadsheet opens without running anything.
Else:  contact data is read from the customer list again when a notice is written; it is never in here.
"""

from __future__ import annotations

import csv
from typing import TextIO

from spillkit.printed import safe_cell
from spillkit.scope.facts import people_of
from spillkit.scope.measure import Scope

COLUMNS = (
    "subject",
    "evidence",
    "fields_confirmed",
    "fields_possible",
    "first_seen",
    "last_seen",
    "viewers",
    "answers",
    "country",
    "account_type",
    "legal_entity",
)
_BATCH_ROWS = 50_000


def write_affected(scope: Scope, file: TextIO) -> int:
    """Write the affected list as CSV, sorted by subject id; return how many people are in it.

    file  text, opened with newline="". Times are UTC; fields are apart by spaces; a possible field that is confirmed elsewhere for
          the same person is in fields_confirmed only
    """
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    table = scope.affected()
    for batch in table.to_batches(max_chunksize=_BATCH_ROWS):
        for person in people_of(batch):
            row = (
                person.subject,
                "confirmed" if person.confirmed_fields else "possible",
                " ".join(person.confirmed_fields),
                " ".join(person.possible_fields),
                person.first_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if person.first_at else "",
                person.last_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if person.last_at else "",
                str(person.viewers),
                str(person.answers),
                person.country,
                person.account_type,
                person.legal_entity,
            )
            writer.writerow([safe_cell(cell) for cell in row])
    return int(table.num_rows)
