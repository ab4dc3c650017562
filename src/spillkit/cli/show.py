"""`spillkit show`: the evidence of a finding or an incident, with the values redacted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from spillkit.cli import Context
from spillkit.errors import CaptureError, InputError
from spillkit.printed import json_text, printable

_QUESTION = """
    SELECT source, entry, shown_at, status, viewer, viewer_from, subject, field, evidence, because, start, "end", name, path
    FROM exposures JOIN sources USING (source)
    WHERE ($route IS NULL OR (channel = $channel AND method = $method AND route = $route))
        AND ($subject IS NULL OR subject = $subject) AND ($viewer IS NULL OR viewer = $viewer)
        AND ($source IS NULL OR source = $source OR name = $source) AND ($entry IS NULL OR entry = $entry)
    ORDER BY evidence, shown_at, source, entry, start, subject, field LIMIT $limit"""


@click.command()
@click.argument("finding", type=click.IntRange(1), required=False)
@click.option("--incident", type=click.IntRange(1), help="What belongs to this incident (see spillkit cause).")
@click.option("--subject", metavar="ID", help="Only what was shown of this subject.")
@click.option("--viewer", metavar="ID", help="Only what was shown to this viewer.")
@click.option(
    "--source", metavar="SOURCE", help="Only this recording: its file name, or the id that spillkit cause prints."
)
@click.option("--entry", type=click.IntRange(0), help="Only the answer in this place of its recording, from 0.")
@click.option("--limit", type=click.IntRange(1), default=10, show_default=True, help="How many exposures to show.")
@click.option("--json", "as_json", is_flag=True, help="Print the rows as JSON.")
@click.pass_obj
def command(
    context: Context,
    finding: int | None,
    incident: int | None,
    subject: str | None,
    viewer: str | None,
    source: str | None,
    entry: int | None,
    limit: int,
    as_json: bool,
) -> None:
    """Show where FINDING or an incident was seen: file, entry, byte offsets, and the value with nearly all of it dots.

    The values are read from the recording again, if it is still where it was; they are not kept.

    \b
    Examples:
      spillkit show 1
      spillkit show 1 --subject c_8f2a --limit 3
      spillkit show --incident 1 --entry 4711
    """
    from spillkit.ledger import Ledger
    from spillkit.ledger.database import ask
    from spillkit.ledger.judgement import read_judgement

    if finding is None and incident is None:
        raise InputError("Name a finding (spillkit show 1), or an incident: spillkit show --incident 1")
    ledger = Ledger(context.workspace().ledger_dir)
    judgement = read_judgement(ledger)
    if judgement is None:
        raise InputError("Nothing was scanned yet. Start with `spillkit scan`.")
    title, chosen = "", None
    if finding is not None:
        from spillkit.cli.scan import finding_line

        chosen = judgement.finding(finding)
        title = finding_line(chosen)
    wanted = {
        "channel": chosen.channel if chosen else None,
        "method": chosen.method if chosen else None,
        "route": chosen.route if chosen else None,
        "subject": subject,
        "viewer": viewer,
        "source": source,
        "entry": entry,
        "limit": limit,
    }
    found = None
    if incident is not None:
        from spillkit.cause.kept import read_incidents
        from spillkit.scope.cause_words import incident_line

        found = read_incidents(ledger)
        title = incident_line(found.incident(incident))
    with ledger.database() as connection:
        if found is not None and incident is not None:
            found.narrow(connection, incident)
        rows = ask(connection, _QUESTION, wanted).to_pylist()
    if not rows:
        which, number = ("finding", finding) if finding is not None else ("incident", incident)
        raise InputError(
            f"{which.capitalize()} {number} has no such exposure. `spillkit exposures --{which} {number}` lists all."
        )
    _add_values(rows)
    if as_json:
        for row in rows:
            row["shown_at"] = row["shown_at"].isoformat() if row["shown_at"] else None
        click.echo(json_text(rows, indent=2))
        return
    context.console.print(title)
    for row in rows:
        _print_row(context, row)


def _print_row(context: Context, row: Mapping[str, Any]) -> None:
    moment = row["shown_at"].strftime("%Y-%m-%d %H:%M:%S UTC") if row["shown_at"] else "time unknown"
    context.console.print(
        f"\n{printable(row['name'])}, entry {row['entry']}, bytes {row['start']}-{row['end']}   {moment}\n"
        f"  {row['field']} of {printable(row['subject'])} shown to {printable(row['viewer'])} (viewer from {row['viewer_from']})\n"
        f"  {row['evidence']}: {row['because']}   {row['shown']}"
    )


def _add_values(rows: list[dict[str, Any]]) -> None:
    """Put the redacted value, or why there is none, into each row as `shown`."""
    from spillkit.model import Field
    from spillkit.scan.redact import redact

    by_path: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_path.setdefault(row["path"], []).append(row)
    for path, wanted in by_path.items():
        bodies, problem = _read_bodies(Path(path), wanted[0]["source"], {row["entry"] for row in wanted})
        for row in wanted:
            body = bodies.get(row["entry"])
            if problem or body is None:
                row["shown"] = f"[{problem or 'this entry could not be read again'}]"
            elif row["start"] == row["end"]:
                row["shown"] = "[stands in a header, not in the body]"
            else:
                row["shown"] = redact(body[row["start"] : row["end"]], Field.of_label(row["field"]))


def _read_bodies(path: Path, source: str, entries: Iterable[int]) -> tuple[dict[int, bytes], str]:
    """The bodies of some entries, and a word on why there are none."""
    from spillkit.capture import read_exchanges, source_id
    from spillkit.model import Damage

    wanted = set(entries)
    try:
        if source_id(path) != source:
            return {}, "the recording has changed since the scan"
        found: dict[int, bytes] = {}
        for item in read_exchanges(path, start_entry=min(wanted)):
            if isinstance(item, Damage):
                continue
            if item.entry > max(wanted):
                break
            if item.entry in wanted and item.body is not None:
                found[item.entry] = item.body
        return found, ""
    except (CaptureError, OSError):
        return {}, "the recording is no longer there"
