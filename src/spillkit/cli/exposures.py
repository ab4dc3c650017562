"""`spillkit exposures`: list every exposure, ids only."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import click

from spillkit.cause.kept import incidents_at_hand, read_incidents
from spillkit.cli import Context
from spillkit.errors import InputError
from spillkit.ledger import Ledger, read_exposures, read_judgement
from spillkit.printed import json_text, safe_cell

COLUMNS = "source,entry,time,method,route,status,viewer,viewer_from,subject,field,evidence,start,end,cause".split(",")


@click.command()
@click.option("--csv", "form", flag_value="csv", default="csv", help="CSV with a header (this is the default).")
@click.option("--json", "form", flag_value="json", help="JSON lines, one object a row.")
@click.option("--finding", type=click.IntRange(min=1), help="Only the exposures of this finding.")
@click.option("--incident", type=click.IntRange(min=1), help="Only the exposures of this incident.")
@click.pass_obj
def command(context: Context, form: str, finding: int | None, incident: int | None) -> None:
    """List every exposure, one row each: whose field, shown to whom, in which answer. Ids only, no contact data.

    entry is the 0-based place of the answer in its file, start and end are byte offsets into its decoded body. The column
    cause holds the class of the incident's cause; with many exposures only once spillkit cause was run. In CSV a text that a
    spreadsheet would take for a formula has a ' before it.

    \b
    Examples:
      spillkit exposures --csv > exposures.csv
      spillkit exposures --json --finding 1
      spillkit exposures --incident 2
    """
    ledger = Ledger(context.workspace().ledger_dir)
    judgement = read_judgement(ledger)
    if judgement is None:
        raise InputError("Nothing was judged yet. Run `spillkit scan RECORDING`, or `spillkit judge`.")
    chosen = judgement.finding(finding) if finding is not None else None
    found = read_incidents(ledger) if incident is not None else incidents_at_hand(ledger)
    causes = {one.number: one.cause.cause.value for one in found.incidents} if found is not None else {}
    number = found.incident(incident).number if found is not None and incident is not None else None
    attach = found.attach if found is not None else None
    rows = (row for batch in read_exposures(ledger, chosen, number, attach) for row in batch)
    if form == "json":
        for row in _named(rows, causes):
            click.echo(json_text(row))
        return
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in _named(rows, causes):
        writer.writerow([safe_cell(cell) if isinstance(cell := row[name], str) else cell for name in COLUMNS])


def _named(rows: Iterator[dict[str, Any]], causes: Mapping[int, str]) -> Iterator[dict[str, Any]]:
    for row in rows:
        shown_at = row.pop("shown_at")
        row["time"] = shown_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if shown_at is not None else ""
        row["cause"] = causes.get(row["incident"], "")
        yield {name: row[name] for name in COLUMNS}
