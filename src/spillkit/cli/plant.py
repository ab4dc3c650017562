"""`spillkit plant`: write unmistakable synthetic people for a test-suite.

In:    how many, locales, a seed.
Out:   CSV or JSON, into a file or on standard output.
Else:  drawing them is `spillkit.plant`; the how-to is docs/how-to/guard-your-tests.md.
"""

from __future__ import annotations

from pathlib import Path

import click

from spillkit.errors import InputError


@click.command("plant")
@click.option("--count", default=6, show_default=True, type=click.IntRange(1), help="How many people.")
@click.option("--locale", "locales", multiple=True, help="Taken in turn; may be repeated: fr_FR, ar_EG, zh_Hant_TW.")
@click.option("--seed", default=0, show_default=True, help="Another seed, other people.")
@click.option("--csv", "csv_file", type=click.Path(path_type=Path, dir_okay=False), help="Write CSV into this file.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of CSV.")
def command(count: int, locales: tuple[str, ...], seed: int, csv_file: Path | None, as_json: bool) -> None:
    """Write synthetic people, the same for the same seed.

    They are made to be found: nobody bears their names, and no value of theirs belongs to anybody. A test-suite stores them
    as its users, and the fixture spillkit_guard watches what each of them is shown.

    \b
    Examples:
      spillkit plant --count 6 --locale fr_FR --locale ar_EG --csv people.csv
      spillkit plant --json
    """
    from spillkit.plant import DEFAULT_LOCALES, plant_people
    from spillkit.plant.files import csv_text, json_list

    if csv_file is not None and as_json:
        raise InputError("--csv writes CSV and --json prints JSON. Choose one of them.")
    people = plant_people(count, locales or DEFAULT_LOCALES, seed)
    if csv_file is None:
        click.echo(json_list(people) if as_json else csv_text(people), nl=False)
        return
    try:
        csv_file.write_text(csv_text(people), encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"{csv_file.name}: cannot be written ({error.strerror}). Choose a folder you may write to."
        ) from error
    click.echo(f"{len(people):,} planted people are in {csv_file.name}.")
