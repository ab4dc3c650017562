"""`spillkit people`: add, check, list and forget the customer list."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spillkit.cli import Context
from spillkit.errors import DirectoryError
from spillkit.printed import json_text, printable

if TYPE_CHECKING:
    from spillkit.directory.adding import Added
    from spillkit.directory.badcells import BadCells
    from spillkit.directory.manifest import Manifest
    from spillkit.directory.survey import MappedSource
    from spillkit.directory.tokens import TokenTable

_PLACES_SHOWN = 8

Decorated = Callable[..., Any]


def _reading_options(function: Decorated) -> Decorated:
    for option in reversed(
        (
            click.argument("files", nargs=-1, metavar="FILE…"),
            click.option(
                "--map",
                "said",
                multiple=True,
                metavar="ROLE=COLUMN,…",
                help="Say what a column is, where the guess is wrong.",
            ),
            click.option(
                "--tokens",
                multiple=True,
                metavar="KIND=FILE:COLUMN,OWNER",
                help="A table of orders, documents, devices, sessions and their owners.",
            ),
            click.option("--sql", metavar="SELECT", help="The query, where FILE is a database."),
            click.option(
                "--country",
                default="",
                metavar="CODE",
                help="Country of national phone numbers in rows that name none.",
            ),
            click.option("--charset", help="Charset of the text file, where the guess is wrong."),
            click.option("--delimiter", help="Delimiter of the CSV file, where the guess is wrong."),
            click.option(
                "--pseudonymise-ids",
                is_flag=True,
                help="Replace ids by keyed tokens (p_…); needed where ids are contact data.",
            ),
            click.option(
                "--bad-rows",
                type=click.Path(path_type=Path, dir_okay=False),
                metavar="FILE.csv",
                help="List every unusable cell: line, column, reason.",
            ),
            click.option("--json", "as_json", is_flag=True, help="Print machine-readable JSON."),
        )
    ):
        function = option(function)
    return function


@click.group()
def command() -> None:
    """Add, check and forget the customer list.

    \b
    The list is read, never copied. What is kept: your own ids, country, language, account type,
    legal entity, and keyed fingerprints. Names, e-mail addresses and the rest stay in your file.
    """


@command.command()
@_reading_options
@click.option("--partial", is_flag=True, help="FILE holds only some customers; those missing from it stay.")
@click.option("--allow-removals", is_flag=True, help="More than a fifth of the customers may go.")
@click.option("--no-tokens", is_flag=True, help="Forget the --tokens of last time.")
@click.pass_obj
def add(context: Context, /, files: tuple[str, ...], as_json: bool, bad_rows: Path | None, **options: Any) -> None:
    """Make the directory what FILE says; the second time only what changed is done.

    \b
    FILE is CSV, TSV, JSON lines (each also .gz, .zst), Parquet, - for standard input, or a database:
    sqlite:///shop.db or postgresql://user@host/name with --sql. Without FILE the list of last time is read again.

    \b
    Examples:
      spillkit people add customers.csv
      spillkit people add customers.csv --map id=Nr,email=Mail2 --tokens order=orders.csv:order_no,customer_id
      spillkit people add sqlite:///shop.db --sql "SELECT id, name, email FROM customers"
    """
    from spillkit.directory.adding import Wishes, add_people
    from spillkit.directory.badcells import BadCells
    from spillkit.directory.manifest import Places, read_manifest
    from spillkit.directory.opened import remembered_lists
    from spillkit.directory.preparing import prepare_workers
    from spillkit.directory.rotation import finish_rotation
    from spillkit.directory.tokens import open_tokens

    workspace = context.workspace()
    finish_rotation(workspace)
    key = workspace.key()
    places = Places(workspace.directory_dir, workspace.index_dir)
    manifest = read_manifest(places)
    pseudonymise = options["pseudonymise_ids"] or (manifest is not None and manifest.pseudonymised)
    if files:
        lists = _open_lists(files, manifest=manifest, **{**options, "pseudonymise_ids": pseudonymise})
    elif manifest is not None:
        lists = remembered_lists(manifest)
    else:
        raise DirectoryError("Name the customer list: spillkit people add customers.csv")
    token_options = options["tokens"]
    if not token_options and manifest is not None and not options["no_tokens"]:
        token_options = manifest.tokens
    tables = [open_tokens(text) for text in token_options]
    if not as_json:
        _say_mapping(context, lists, tables)
    bad = BadCells()
    with bad.listed_in(bad_rows), _progress(context, lists, "Reading") as progress, prepare_workers() as prepare:
        wishes = Wishes(
            partial=options["partial"],
            allow_removals=options["allow_removals"],
            pseudonymise_ids=pseudonymise,
            default_country=_country(options["country"]),
            prepare=prepare,
        )
        added = add_people(
            places, key, lists, tables, wishes, token_options=[t.option for t in tables], bad=bad, progress=progress
        )
    _say_added(context, added, lists, as_json=as_json)


@command.command()
@_reading_options
@click.pass_obj
def check(context: Context, /, files: tuple[str, ...], as_json: bool, bad_rows: Path | None, **options: Any) -> None:
    """Read FILE as `add` would, and say what could not be used. Nothing is written; no workspace is needed.

    \b
    Examples:
      spillkit people check customers.csv
      spillkit people check customers.csv --bad-rows bad.csv   every cell: line, column, reason
    """
    from spillkit.directory.badcells import BadCells
    from spillkit.directory.checking import check_people
    from spillkit.directory.preparing import prepare_workers
    from spillkit.directory.tokens import open_tokens

    if not files:
        raise DirectoryError("Name the customer list: spillkit people check customers.csv")
    lists = _open_lists(files, manifest=None, **options)
    tables = [open_tokens(text) for text in options["tokens"]]
    if not as_json:
        _say_mapping(context, lists, tables)
    bad = BadCells()
    with bad.listed_in(bad_rows), _progress(context, lists, "Checking") as progress, prepare_workers() as prepare:
        checked = check_people(
            lists,
            tables,
            secrets.token_bytes(16),
            pseudonymise_ids=options["pseudonymise_ids"],
            default_country=_country(options["country"]),
            prepare=prepare,
            bad=bad,
            progress=progress,
        )
    if as_json:
        _print_json(
            context,
            {
                "rows": checked.rows,
                "people": checked.people,
                "values": checked.values,
                "mapping": _mappings(lists),
                "bad": bad.to_json(),
            },
        )
        return
    context.console.print(f"{checked.people:,} people in {checked.rows:,} usable rows.")
    for label, count in checked.values.items():
        context.console.print(f"  {count:>12,}  with {label}")
    _say_bad(context, bad)
    context.console.print("Nothing was written.")


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print machine-readable JSON.")
@click.pass_obj
def list_(context: Context, as_json: bool) -> None:
    """Count the people by country, language, account type and legal entity; nobody is named.

    \b
    Example:
      spillkit people list --json
    """
    from spillkit.directory.opened import Directory

    directory = Directory.open(context.workspace())
    traits = ("country", "language", "account_type", "legal_entity")
    counts = {trait: directory.count_by(trait) for trait in traits}
    if as_json:
        _print_json(context, {"people": directory.size, **counts})
        return
    context.console.print(f"{directory.size:,} people")
    for trait, by_value in counts.items():
        context.console.print(f"\nby {trait.replace('_', ' ')}")
        for value, count in by_value.items():
            context.console.print(f"  {count:>12,}  {_harmless(value) or 'unknown'}")


@command.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID…")
@click.option("--json", "as_json", is_flag=True, help="Print machine-readable JSON.")
@click.pass_obj
def forget(context: Context, ids: tuple[str, ...], as_json: bool) -> None:
    """Remove people by their id: they are found no more, and their id is erased here.

    \b
    Remove them from your own list too: the next `people add` brings back whoever is still on it.
    Example:
      spillkit people forget c_8f2a91
    """
    from spillkit.directory.adding import forget_people
    from spillkit.directory.manifest import Places
    from spillkit.directory.opened import Directory

    workspace = context.workspace()
    directory = Directory.open(workspace)
    places = Places(workspace.directory_dir, workspace.index_dir)
    wanted = sorted({*ids, *(str(directory.subject_id(text)) for text in ids)})
    forgotten = forget_people(places, workspace.key(), wanted)
    if as_json:
        _print_json(context, {"asked": len(set(ids)), "forgotten": forgotten})
        return
    context.console.print(f"Forgot {forgotten:,} of {len(set(ids)):,}.")
    if forgotten < len(set(ids)):
        context.console.print("The others are not in the directory; ids are compared exactly.")
    context.console.print("Remove them from your own list too: the next `people add` brings back whoever is on it.")


def _open_lists(files: Sequence[str], *, manifest: Manifest | None, **options: Any) -> list[MappedSource]:
    from spillkit.directory.index import map_source
    from spillkit.directory.mapping import Mapping
    from spillkit.directory.reading import open_source
    from spillkit.directory.survey import MappedSource

    lists = []
    for file in files:
        source = open_source(file, sql=options["sql"], charset=options["charset"], delimiter=options["delimiter"])
        remembered = (
            next((s for s in manifest.sources if s.location and s.location == source.location), None)
            if manifest
            else None
        )
        if remembered is not None and not options["said"]:
            mapping = Mapping.of_json(remembered.mapping)
            if set(mapping.used) <= set(source.header):
                ignored = tuple(name for name in source.header if name not in mapping.used)
                lists.append(MappedSource(source, Mapping(mapping.columns, ignored)))
                continue
        lists.append(map_source(source, options["said"], pseudonymise_ids=options["pseudonymise_ids"]))
    return lists


def _country(text: str) -> str:
    from spillkit.directory.traits import country_code

    code = country_code(text) if text else ""
    if text and not code:
        raise DirectoryError("--country: no country is known by that code. Write two letters, such as DE.")
    return code


@contextmanager
def _progress(context: Context, lists: Sequence[MappedSource], doing: str) -> Iterator[Callable[[int], None] | None]:
    """Show how far reading has come, on a terminal. A list is read twice: who is on it, then what changed."""
    total = 2 * sum(mapped.source.stored_bytes for mapped in lists)
    if not context.progress.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=context.progress,
        transient=True,
    ) as bar:
        task = bar.add_task(doing, total=total or None)
        yield lambda count: bar.advance(task, count)


def _say_mapping(context: Context, lists: Sequence[MappedSource], tables: Sequence[TokenTable]) -> None:
    for mapped in lists:
        source = mapped.source
        charset = f", {source.charset}" if source.charset not in ("", "utf-8") else ""
        context.console.print(f"{_harmless(source.name)} ({source.kind}{charset}), columns taken for:")
        for column in mapped.mapping.columns:
            group = f" ({column.group})" if column.group else ""
            context.console.print(f"  {(column.role.value.replace('_', ' ') + group):<24} {_harmless(column.name)}")
        if mapped.mapping.ignored:
            names = ", ".join(_harmless(name) for name in mapped.mapping.ignored[:12])
            more = len(mapped.mapping.ignored) - 12
            context.console.print(f"  ignored                  {names}" + (f" and {more:,} more" if more > 0 else ""))
        if source.charset not in ("", "utf-8", "utf-16"):
            context.console.print(f"  Not UTF-8: read as {source.charset}. If letters come out wrong, say --charset.")
    for table in tables:
        owner = f"owner {_harmless(table.owner)}"
        context.console.print(f"{_harmless(table.source.name)}: {table.kind.label} {_harmless(table.value)}, {owner}")
    context.console.print(
        "If a column is taken for the wrong thing: --map ROLE=COLUMN (ignore=COLUMN leaves one out).\n"
    )


def _say_added(context: Context, added: Added, lists: Sequence[MappedSource], *, as_json: bool) -> None:
    if as_json:
        figures = {
            name: getattr(added, name)
            for name in (
                "rows",
                "people",
                "new",
                "changed",
                "removed",
                "unchanged",
                "rebuilt",
                "entries",
                "owners_unknown",
            )
        }
        _print_json(context, {**figures, "mapping": _mappings(lists), "bad": added.bad.to_json()})
        return
    context.console.print(f"{added.people:,} people are in the directory now, from {added.rows:,} usable rows.")
    context.console.print(
        f"  new {added.new:,}   changed {added.changed:,}   removed {added.removed:,}   unchanged {added.unchanged:,}"
    )
    if added.owners_unknown:
        context.console.print(f"  {added.owners_unknown:,} tokens belong to nobody on the list; they were left out.")
    _say_bad(context, added.bad)
    context.console.print(
        "The list was read, not copied. Keep it where it is: notices read the addresses from it again."
    )
    context.console.print("\nNext:  spillkit scan recording.har --viewer-from cookie:sessionid,sessions.csv")


def _say_bad(context: Context, bad: BadCells) -> None:
    if not bad.counts:
        return
    context.console.print(f"  Not as it should be: {bad.lost_rows:,} rows left out, {bad.lost_cells:,} cells noted.")
    for reason, count in bad.counts.most_common():
        first = bad.first[reason]
        places = ", ".join(f"{place.place:,}" for place in first[:_PLACES_SHOWN])
        columns = sorted({place.column for place in first if place.column})
        where = f" ({', '.join(_harmless(name) for name in columns[:3])})" if columns else ""
        more = ", …" if count > _PLACES_SHOWN else ""
        context.console.print(f"  {count:>8,}  {reason.value}{where}: line {places}{more}")
    context.console.print("  All of them, by line: --bad-rows FILE.csv")


def _mappings(lists: Sequence[MappedSource]) -> list[dict[str, object]]:
    return [
        {
            "file": m.source.name,
            "kind": m.source.kind,
            "columns": m.mapping.to_json(),
            "ignored": list(m.mapping.ignored),
        }
        for m in lists
    ]


def _print_json(context: Context, value: object) -> None:
    click.echo(json_text(value, indent=2))


def _harmless(text: str) -> str:
    """Return a name from the file, printable and not too long."""
    return printable(text[:80])
