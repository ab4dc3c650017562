"""`spillkit prove`: one file that proves the record to somebody else, and the check of such a file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spillkit.cli import EXIT_FINDING, Context
from spillkit.errors import InputError
from spillkit.model import SubjectId
from spillkit.printed import json_text, printable

if TYPE_CHECKING:
    from spillkit.record.verifier import Proven, PublicKey


@click.group()
def command() -> None:
    """Prove what was recorded, offline and anywhere: with one file and the public key.

    \b
    Examples:
      spillkit prove bundle incident.spillproof
      spillkit prove verify incident.spillproof --key public.key
    """


@command.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), metavar="OUT.spillproof")
@click.option("--case", metavar="ID", help="Only the entries of one case. Default: the whole record.")
@click.option(
    "--show",
    "subjects",
    multiple=True,
    metavar="SUBJECT",
    help="Show in the clear what is sealed about this person (may be repeated). The file then holds personal data.",
)
@click.option(
    "--seen",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="CHECKPOINT",
    help="An older checkpoint that the reader has: the file shows that the record continues it.",
)
@click.option("--json", "as_json", is_flag=True, help="Print machine-readable JSON.")
@click.pass_obj
def bundle(
    context: Context, file: Path, case: str | None, subjects: tuple[str, ...], seen: Path | None, as_json: bool
) -> None:
    """Write one file that proves the record, or one case of it, to somebody who has only the public key.

    Values about persons stay sealed in it, unless --show names the person.

    \b
    Examples:
      spillkit prove bundle record.spillproof
      spillkit prove bundle case.spillproof --case case-7f3a
      spillkit prove bundle case.spillproof --case case-7f3a --seen checkpoint-of-may.txt
    """
    from spillkit.record import open_record, record_exists
    from spillkit.record.bundle import Wishes, write_bundle

    workspace = context.workspace()
    if not record_exists(workspace):
        raise InputError("There is no record here yet. `spillkit record init` makes one; so does the first decision.")
    record = open_record(workspace)
    wishes = Wishes(case, [SubjectId(subject) for subject in subjects], _read(seen) if seen is not None else None)
    count = write_bundle(record, file, wishes, datetime.now(UTC))
    if as_json:
        click.echo(json_text({"file": str(file), "entries": count, "case": case, "key": record.key.text}))
        return
    what = "the whole record" if case is None else "one case"
    context.console.print(f"written: {printable(str(file))} ({count:,} entries, {what})")
    context.console.print(
        "Whoever is to check it needs this public key, on a way of its own (a letter, your web site):"
    )
    context.console.print(record.key.text)


@command.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--key", required=True, metavar="KEY", help="The record's public key, or a file that holds it.")
@click.option(
    "--seen",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="CHECKPOINT",
    help="A checkpoint that you kept from earlier: the record must continue it.",
)
@click.option(
    "--tsa-roots",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="PEM",
    help="Certificates of the time-stamping service that you trust: the time stamp must be there and be its own.",
)
@click.option("--json", "as_json", is_flag=True, help="Print machine-readable JSON.")
@click.pass_obj
def verify(context: Context, file: Path, key: str, seen: Path | None, tsa_roots: Path | None, as_json: bool) -> int:
    """Check a file written by `spillkit prove bundle`. Needs no network and no workspace.

    Ends with exit code 0 where everything is as it was signed, 1 where anything is not, and says what.

    \b
    Examples:
      spillkit prove verify record.spillproof --key public.key
      spillkit prove verify record.spillproof --key 'shop.example/record+1f2e3d4c+AY…'
      spillkit prove verify case.spillproof --key public.key --seen checkpoint-of-may.txt
    """
    from spillkit.record.verifier import FAILURES, ProofError, verify_bundle

    public = _public_key(key)
    try:
        proven = verify_bundle(file, public, _read(seen) if seen is not None else None)
        stamped_at = _stamped_at(proven, tsa_roots) if tsa_roots is not None else None
    except ProofError as error:
        if as_json:
            click.echo(json_text({"proven": False, "failure": error.failure, "message": str(error)}))
        else:
            context.console.print(f"NOT PROVEN: {FAILURES[error.failure]} ({error.failure}).")
            context.console.print(f"{printable(str(error)[0].upper() + str(error)[1:])}.")
        return EXIT_FINDING
    if as_json:
        click.echo(json_text(_as_json(proven, public, stamped_at)))
    else:
        _print(context, proven, public, stamped_at)
    return 0


def _stamped_at(proven: Proven, roots: Path) -> datetime:
    from spillkit.record.timestamp import read_roots, verify_timestamp
    from spillkit.record.verifier import ProofError

    if not proven.timestamp:
        raise ProofError("bad-timestamp", "the file holds no time stamp. `spillkit record stamp`, then a new file")
    return verify_timestamp(proven.timestamp, proven.checkpoint_note, read_roots(roots))


def _as_json(proven: Proven, key: PublicKey, stamped_at: datetime | None) -> dict[str, object]:
    return {
        "proven": True,
        "key": key.text,
        "case": proven.case,
        "entries": proven.entries,
        "log_entries": proven.checkpoint.size,
        "root": proven.checkpoint.root.hex(),
        "first_at": proven.first_at,
        "last_at": proven.last_at,
        "clock_set_back": proven.clock_set_back,
        "continues": proven.continues,
        "opened": [{"entry": one.index, "name": one.name, "value": one.value} for one in proven.opened],
        "has_timestamp": bool(proven.timestamp),
        "stamped_at": stamped_at.isoformat() if stamped_at is not None else None,
    }


def _print(context: Context, proven: Proven, key: PublicKey, stamped_at: datetime | None) -> None:
    say = context.console.print
    checkpoint = proven.checkpoint
    say("PROVEN.", style="bold")
    say(f"Record:      {printable(key.name)}, {checkpoint.size:,} entries, root {checkpoint.root.hex()}")
    if proven.case is None:
        say(f"This file:   all {proven.entries:,} entries; none is changed, missing, doubled or in another place")
    else:
        say(
            f"This file:   {proven.entries:,} entries of case {printable(proven.case)}; none is changed, and none between them is"
        )
        say("             missing. Whether later ones of this case exist is told by a file of the whole record only.")
    if proven.entries:
        say(f"From, to:    {printable(proven.first_at)}, {printable(proven.last_at)}, as the clock of the record said")
    if proven.clock_set_back:
        places = ", ".join(str(place) for place in proven.clock_set_back[:10])
        say(f"Clock:       set back before entry {places}; the order is that of the record all the same")
    if proven.continues is not None:
        say(f"Continues:   the checkpoint of {proven.continues:,} entries that you kept")
    if stamped_at is not None:
        say(f"Time stamp:  the service that you trust saw this record at {stamped_at:%Y-%m-%d %H:%M:%S} UTC")
    elif proven.timestamp:
        say("Time stamp:  there is one; it was not checked. Give --tsa-roots to check it.")
    for one in proven.opened:
        say(f"Opened:      entry {one.index}, {printable(one.name)}: {printable(one.value)}")


def _public_key(text: str) -> PublicKey:
    from spillkit.record.verifier import ProofError, read_public_key

    try:
        return read_public_key(text)
    except ProofError:
        pass
    try:
        return read_public_key(_read(Path(text)).decode("utf-8"))
    except (InputError, UnicodeDecodeError, ProofError) as error:
        raise InputError(
            "--key: neither a public key of the form NAME+KEYID+BASE64 nor a file that holds one. `spillkit record key` prints it."
        ) from error


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(1_000_001)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read. Check the path.") from error
