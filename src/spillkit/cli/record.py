"""`spillkit record`: the log of acts and decisions, its key, and the erasure of persons from it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from spillkit.cli import EXIT_FINDING, Context
from spillkit.cli.room_process import ask_room, has_room
from spillkit.errors import InputError, RecordError
from spillkit.model import SubjectId
from spillkit.printed import json_text, printable

if TYPE_CHECKING:
    from spillkit.record import Record


@click.group()
def command() -> None:
    """Keep the record: every decision, look at personal data, report and sending, so that nothing can be changed later.

    \b
    Examples:
      spillkit record init --name shop.example/record
      spillkit record show
      spillkit record verify
      spillkit record key > public.key
    """


@command.command()
@click.option("--name", metavar="NAME", help="Name of the record, as shop.example/record. Default: a random one.")
@click.option("--json", "as_json", is_flag=True, help="Print machine-readable JSON.")
@click.pass_obj
def init(context: Context, name: str | None, as_json: bool) -> None:
    """Make the record and its signing key. Where there is one already, nothing changes.

    \b
    The name stands in every proof and cannot be changed later: take one under a domain of yours.
    Examples:
      spillkit record init
      spillkit record init --name shop.example/record
    """
    from spillkit.record import create_record

    workspace = context.workspace()
    record = create_record(workspace, name)
    if as_json:
        click.echo(json_text({"name": record.key.name, "key": record.key.text, "entries": len(record)}))
        return
    say = context.console.print
    say(f"The record {printable(record.key.name)} is ready ({len(record):,} entries). Its public key:")
    say(record.key.text)
    say(
        f"The signing key is {printable(str(workspace.root / 'record.key'))}. Back it up apart from the record; show it to nobody."
    )


@command.command()
@click.option("--case", metavar="ID", help="Only the entries of one case.")
@click.option("--last", type=click.IntRange(1), default=50, show_default=True, help="How many, the newest last.")
@click.option("--json", "as_json", is_flag=True, help="Print machine-readable JSON, one entry a line.")
@click.pass_obj
def show(context: Context, case: str | None, last: int, as_json: bool) -> None:
    """List entries: place, time, kind, who, case. What is sealed about persons stays sealed.

    \b
    Examples:
      spillkit record show
      spillkit record show --case case-7f3a --last 500
      spillkit record show --json | jq .facts
    """
    from spillkit.record.entry import leaf_of

    record = _record(context)
    if case is not None:
        found = record.of_case(case)[-last:]
    else:
        first = max(len(record) - last, 0)
        found = list(enumerate(record.entries(first), first))
    if as_json:
        for _, entry in found:
            click.echo(leaf_of(entry))
        return
    if not found:
        context.console.print("No entries yet." if case is None else "No entries of that case.")
        return
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0))
    for title in ("place", "time (UTC)", "kind", "by", "case", "facts"):
        table.add_column(title, justify="right" if title == "place" else "left", overflow="fold")
    for place, entry in found:
        facts = json_text(entry.facts) if entry.facts else ""
        sealed = f" ({len(entry.commitments)} sealed)" if entry.commitments else ""
        time = entry.at.isoformat(sep=" ", timespec="seconds").removesuffix("+00:00")
        table.add_row(str(place), time, entry.kind, entry.actor, entry.case or "-", printable(facts[:200]) + sealed)
    context.console.print(table)


@command.command()
@click.option(
    "--seen",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="CHECKPOINT",
    help="A checkpoint kept from earlier: the record must continue it.",
)
@click.option("--json", "as_json", is_flag=True, help="Print machine-readable JSON.")
@click.pass_obj
def verify(context: Context, seen: Path | None, as_json: bool) -> int:
    """Read the whole record and say whether it is as it was signed. Exit code 1 where it is not.

    \b
    Examples:
      spillkit record verify
      spillkit record verify --seen checkpoint-of-may.txt
    """
    from spillkit.record.verifier import FAILURES

    try:
        record = _record(context)
        checked = record.verify(seen=seen.read_bytes() if seen is not None else None)
    except RecordError as error:
        if not error.failure:
            raise
        if as_json:
            click.echo(json_text({"verified": False, "failure": error.failure, "message": str(error)}))
        else:
            context.console.print(f"NOT AS SIGNED: {FAILURES[error.failure]} ({error.failure}).")
            context.console.print(printable(str(error)))
        return EXIT_FINDING
    if as_json:
        click.echo(
            json_text(
                {
                    "verified": True,
                    "entries": checked.size,
                    "root": checked.root.hex(),
                    "clock_set_back": list(checked.clock_set_back),
                }
            )
        )
        return 0
    say = context.console.print
    say(f"All {checked.size:,} entries are as they were signed; none is changed, missing, doubled or in another place.")
    if checked.clock_set_back:
        places = ", ".join(str(place) for place in checked.clock_set_back[:10])
        say(f"The clock was set back before entry {places}. The order is right all the same.")
    return 0


@command.command()
@click.option("--json", "as_json", is_flag=True, help="Print machine-readable JSON.")
@click.pass_obj
def key(context: Context, as_json: bool) -> None:
    """Print the public key: what others need to check proofs. It is no secret.

    \b
    Example:
      spillkit record key > public.key
    """
    record = _record(context)
    click.echo(json_text({"name": record.key.name, "key": record.key.text}) if as_json else record.key.text)


@command.command()
@click.option("--json", "as_json", is_flag=True, help="Print machine-readable JSON.")
@click.pass_obj
def checkpoint(context: Context, as_json: bool) -> None:
    """Print the signed checkpoint. Whoever keeps a copy outside can tell later whether history was rewritten.

    \b
    Example:
      spillkit record checkpoint > checkpoint-of-may.txt
    """
    record = _record(context)
    now = record.checkpoint()
    note = record.checkpoint_note().decode()
    if as_json:
        click.echo(json_text({"origin": now.origin, "entries": now.size, "root": now.root.hex(), "note": note}))
    else:
        click.echo(note, nl=False)


@command.command()
@click.option("--json", "as_json", is_flag=True, help="Print machine-readable JSON.")
@click.pass_obj
def stamp(context: Context, as_json: bool) -> None:
    """Have the checkpoint stamped by the time-stamping service of the settings (RFC 3161).

    \b
    It proves to others that the record was so long at that time. One hash leaves this machine, nothing else.
    Name the service in spillkit.toml: [record] timestamp_url = "…", timestamp_roots = "tsa-roots.pem".
    Example:
      spillkit record stamp
    """
    from spillkit.record.timestamp import read_service
    from spillkit.record.timestamp import stamp as stamp_record

    record = _record(context)
    service = read_service(context.workspace())
    if service is None:
        raise InputError(
            "No time-stamping service is configured. `spillkit record stamp --help` shows the two lines to write."
        )
    size = len(record)
    stamped_at = stamp_record(record, service)
    if as_json:
        click.echo(json_text({"entries": size, "stamped_at": stamped_at.isoformat()}))
    else:
        context.console.print(f"Stamped: the record of {size:,} entries existed at {stamped_at:%Y-%m-%d %H:%M:%S} UTC.")


@command.command()
@click.argument("subject")
@click.option(
    "--reason", default="Asked for by the person (GDPR Art. 17).", show_default=True, help="Kept in the record."
)
@click.option(
    "--record-only", is_flag=True, help="Leave the room's database alone: the room is gone, or has another one."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print machine-readable JSON.")
@click.pass_obj
def erase(context: Context, subject: str, reason: str, record_only: bool, yes: bool, as_json: bool) -> int:
    """Destroy what is kept about a person, or what somebody wrote in an event of the room. Every proof still holds.

    \b
    It cannot be undone. SUBJECT is your own id of the person, not a name: his key and his sealed values are destroyed. Or it
    is case/CASE/EVENT, with the event's number in the timeline: the text is destroyed in the record and in the room's
    database, and an attached file or drafted report with it. The event stays, and says when it was erased. A legal hold on
    the case stops both. Backups made before keep what they have.
    Examples:
      spillkit record erase c_8f2a91
      spillkit record erase case/case-7f3a/12 --reason "Letter of 3 May"
    """
    from spillkit.case.recording import event_held_by

    record = _record(context)
    wanted = SubjectId(subject)
    of_event = event_held_by(wanted)
    if of_event is None:
        _refuse_held(record, [entry.case for entry in record.find_all(record.persons.entries_about(wanted)).values()])
    elif has_room(context.workspace()) and not record_only:
        if not yes:
            click.confirm("Destroy what was written in this event? It cannot be undone", abort=True)
        return ask_room(context.workspace(), ["erase", *of_event, "--reason", reason], as_json=as_json)
    else:
        wanted = _holder(record, *of_event)
        _refuse_held(record, [of_event[0]])
    if not record.persons.is_known(wanted):
        raise InputError(
            "The record holds nothing about that id. Was it erased already, or is it a name instead of an id?"
        )
    if not yes:
        click.confirm("Destroy this key? It cannot be undone", abort=True)
    count = record.persons.erase(wanted)
    if as_json:
        click.echo(json_text({"erased_values": count}))
    else:
        values = f"{count:,} sealed {'value' if count == 1 else 'values'}"
        context.console.print(f"Erased: the key and {values}. Nobody can read or guess them any more.")
        context.console.print(
            "Copies in backups are yours to delete. Proofs made before that show a value still show it."
        )
    return 0


def _holder(record: Record, case: str, event: str) -> SubjectId:
    """Return under whose name the texts of an event are sealed; the event by its id, or by its number in the case."""
    from spillkit.case.recording import text_holder

    ids = {str(entry.facts.get("event")): entry.id for _, entry in record.of_case(case)}
    return text_holder(case, ids.get(event, event))


def _refuse_held(record: Record, cases: list[str]) -> None:
    from spillkit.case.recording import is_held

    for case in sorted({case for case in cases if case}):
        if is_held(entry for _, entry in record.of_case(case)):
            raise InputError(
                f"A legal hold is on case {case}: nothing of it is erased. Ask counsel to lift it in the room, with the reason."
            )


def _record(context: Context) -> Record:
    from spillkit.record import open_record, record_exists

    workspace = context.workspace()
    if not record_exists(workspace):
        raise InputError("There is no record here yet. `spillkit record init` makes one; so does the first decision.")
    return open_record(workspace)
