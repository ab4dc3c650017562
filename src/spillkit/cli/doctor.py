"""`spillkit doctor`: check this installation and workspace, and say what to mend."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

import click

from spillkit import __version__
from spillkit.cli import EXIT_CANNOT, Context
from spillkit.errors import SettingsError, SpillkitError
from spillkit.printed import printable

_FASTER = "For the fast one install cargo (Debian: apt-get install cargo), then install Spillkit again."


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at."""

    name: str
    is_well: bool
    words: str


@click.command()
@click.option("--index", "whole_index", is_flag=True, help="Also read the whole index and compare its checksums.")
@click.option("--json", "as_json", is_flag=True, help="Print the checks as JSON.")
@click.pass_obj
def command(context: Context, whole_index: bool, as_json: bool) -> int:
    """Check this installation and workspace: matcher, key, index, ledger.

    \b
    Example:
      spillkit doctor --index
    Exit codes: 0 all well, 3 something to mend.
    """
    checks = list(_run(context, whole_index=whole_index))
    if as_json:
        click.echo(json.dumps([asdict(check) for check in checks], indent=2))
    else:
        for check in checks:
            context.console.print(f"{'well  ' if check.is_well else 'MEND  '}{check.name}: {printable(check.words)}")
    return 0 if all(check.is_well for check in checks) else EXIT_CANNOT


def _run(context: Context, *, whole_index: bool) -> Iterator[Check]:
    yield Check("spillkit", True, f"{__version__} on Python {platform.python_version()}")
    yield _look("matcher", _matcher)
    try:
        workspace = context.workspace()
    except SettingsError as error:
        yield Check("workspace", False, str(error))
        return
    yield Check("workspace", True, str(workspace.root))

    def key() -> str:
        workspace.key()
        return f"128 bits from {workspace.key_source}"

    def people() -> str:
        from spillkit.directory import Directory

        directory = Directory.open(workspace)
        scanner = directory.scanner()
        words = f"{directory.size:,} subjects; the index opens under this key"
        if not whole_index:
            return words
        check = getattr(
            scanner, "check", None
        )  # The plain matcher would take minutes for what the native one does in a blink.
        if check is None:
            return f"{words}; its checksums were not compared, which takes the native matcher"
        check()
        return f"{words}; every checksum of it is right"

    def rules() -> str:
        from spillkit.entitlement import read_rules

        found = read_rules(workspace.rules_file)
        return f"{len(found.routes)} by route, {len(found.tables)} by table, {len(found.viewers)} of viewers"

    def ledger() -> str:
        from spillkit.ledger import Ledger

        book = Ledger(workspace.ledger_dir)
        [row] = book.query("SELECT count(*) AS sightings FROM sightings").to_pylist()
        unfinished = len(book.open_sources())
        words = f"{len(book.sources()):,} recordings, {row['sightings']:,} sightings"
        return words + (f"; {unfinished} not read to the end: scan them again" if unfinished else "")

    yield _look("key", key)
    yield _look("people", people)
    yield _look("rules", rules)
    yield _look("ledger", ledger)


def _look(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, True, look())
    except SpillkitError as error:
        return Check(name, False, str(error))


def _matcher() -> str:
    from spillkit.kernel import engine

    found = engine()
    return found if found.startswith("native") else f"{found} (right, and slow). {_FASTER}"
