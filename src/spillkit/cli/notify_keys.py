"""`spillkit notify keys`: the keys with which notices are signed, and the records to publish."""

from __future__ import annotations

from pathlib import Path

import click

from spillkit.cli import EXIT_FINDING, Context
from spillkit.errors import InputError
from spillkit.printed import json_text, printable


@click.command("keys")
@click.option(
    "--company", "company_file", type=click.Path(path_type=Path), metavar="FILE", required=True, help="The letterheads."
)
@click.option(
    "--entity", "entities", multiple=True, metavar="ID", help="Only this legal entity. More than once for several."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def keys(context: Context, company_file: Path, entities: tuple[str, ...], as_json: bool) -> int:
    """Make the keys with which notices are signed, and print the DNS records to publish.

    Each sender that names a `selector` in notices.toml gets an RSA and an Ed25519 key, in the workspace under notices/keys. Keys
    that are there already are never replaced: their records are printed again. The lines are those of a zone file; where your
    provider asks for name and text apart, --json has them.

    \b
    Examples:
      spillkit notify keys --company notices.toml
      spillkit notify keys --company notices.toml --entity shop-eu --json
    \b
    Exit codes: 0 every sender has keys, 1 one has no selector, 2 bad input.
    """
    from spillkit.notices.company import read_company
    from spillkit.notices.keys import key_folder, make_keys
    from spillkit.notices.signing import zone_lines

    workspace, company = context.workspace(), read_company(company_file)
    if any(entity not in company.sender for entity in entities):
        known = printable(", ".join(company.letterhead))
        raise InputError(f"--entity: {printable(company_file.name)} has no such sender. There are: {known}.")
    chosen = entities or tuple(company.letterhead)
    without = [entity for entity in chosen if not company.sender[entity].selector]
    made = [
        (entity, *make_keys(workspace.root, company, entity)) for entity in chosen if company.sender[entity].selector
    ]
    if as_json:
        rows = [
            {"entity": entity, "selector": key.selector, "algorithm": key.algorithm, "name": key.name, "type": "TXT",
             "text": key.record, "made": is_new}
            for entity, found, is_new in made for key in found
        ]  # fmt: skip
        click.echo(json_text({"records": rows, "without_selector": without}, indent=2))
        return EXIT_FINDING if without else 0
    for entity, found, is_new in made:
        folder = printable(str(key_folder(workspace.root, entity)))
        click.echo(
            f"; {printable(entity)}: {'made now' if is_new else 'there already, nothing was changed'}, in {folder}"
        )
        click.echo(zone_lines(found))
    for entity in without:
        click.echo(
            f'{printable(entity)}: no selector. Add  selector = "notices2026"  to [sender.{printable(entity)}] in '
            f"{printable(company_file.name)} and run this again: mails without a signature are refused by many.",
            err=True,
        )
    if made:
        click.echo(
            "Publish these lines, back the keys up, then:  spillkit notify preflight --company", nl=False, err=True
        )
        click.echo(f" {printable(company_file.name)} --address IP", err=True)
    return EXIT_FINDING if without else 0
