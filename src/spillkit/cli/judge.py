"""`spillkit judge`: apply changed rules to what was already scanned."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from spillkit.cli import Context
from spillkit.cli.scan import finding_line
from spillkit.entitlement import Rules, read_rules
from spillkit.errors import InputError
from spillkit.ledger import JudgeReport, Ledger, judge
from spillkit.printed import json_text, printable


@click.command()
@click.option("--rules", "rules_file", type=click.Path(path_type=Path), help="Another rules file than the workspace's.")
@click.option("--json", "as_json", is_flag=True, help="Print the judgement and its changes as JSON.")
@click.pass_obj
def command(context: Context, rules_file: Path | None, as_json: bool) -> None:
    """Apply the rules of who may see whom to every sighting, again, without the recordings.

    Prints what changed, and proposes rules for what a route shows to everybody. Proposals are never applied by themselves.

    \b
    Examples:
      spillkit judge                          after rules.toml was changed
      spillkit judge --rules strict.toml      to see what other rules would say (this judgement counts until the next)
    """
    workspace = context.workspace()
    if rules_file is not None and not rules_file.is_file():
        raise InputError(f"{rules_file}: there is no such rules file. Check the path.")
    rules = load_rules(context, rules_file or workspace.rules_file)
    ledger = Ledger(workspace.ledger_dir)
    if not ledger.sources():
        raise InputError("Nothing was scanned yet, so there is nothing to judge. Run `spillkit scan RECORDING` first.")
    with context.progress.status("judging") if context.progress.is_terminal else _Quiet():
        report = judge(ledger, rules)
    if as_json:
        click.echo(_as_json(report))
        return
    for line in describe_report(report):
        context.console.print(line)
    if lacking := ledger.sources_without_exchanges():
        names = ", ".join(printable(source.name) for source in lacking[:3]) + (", …" if len(lacking) > 3 else "")
        context.console.print(
            f"  {names}: scanned before Spillkit kept how answers came about. To find causes and sessions that were handed over, "
            "scan it again with the same options"
        )


def load_rules(context: Context, path: Path) -> Rules:
    """Return the rules of a file, with ids as the workspace's directory keeps them (it may keep pseudonyms of them)."""
    from spillkit.directory import Directory, Places
    from spillkit.directory.manifest import read_manifest

    workspace = context.workspace()
    manifest = read_manifest(Places(workspace.directory_dir, workspace.index_dir))
    if manifest is None or not manifest.pseudonymised:
        return read_rules(path)
    return read_rules(path, Directory.open(workspace).subject_id)


def describe_report(report: JudgeReport) -> list[str]:
    """Return the lines that tell a judgement: findings, what else was seen, what changed, proposals."""
    judgement = report.judgement
    lines = [f"  {finding_line(finding)}" for finding in judgement.findings]
    if not judgement.findings:
        lines.append("  no finding: nobody's data was shown to a viewer who is known and was not entitled")
    lines.append(
        f"  judged {judgement.sightings:,} sightings: {judgement.own:,} own data, {judgement.allowed:,} allowed by a rule, "
        f"{judgement.exposures:,} exposures, {judgement.undecided:,} undecided"
    )
    if judgement.undecided:
        lines.append(
            f"  undecided: {judgement.undecided_subjects:,} people were shown to viewers whom nobody knows. "
            "Say how viewers are found: spillkit scan … --viewer-from cookie:NAME,FILE"
        )
    if judgement.corrected:
        lines.append(
            f"  viewer corrected in {judgement.corrected:,} answers: their sessions had been handed to somebody else. "
            "`spillkit explain` says in which answer; handed_over_sessions in the rules file turns it off"
        )
    if not report.is_first:
        lines.append(
            "  changed since the last judgement:" if report.changes else "  nothing changed since the last judgement"
        )
        for change in report.changes:
            lines.append(
                f"    {printable(f'{change.method} {change.route}')}   {change.new:,} new   {change.vanished:,} vanished"
            )
    for suggestion in judgement.suggestions:
        lines.append(f"  proposal: {printable(suggestion.words)} If it is, add to the rules file:")
        lines.extend(f"    {printable(line)}" for line in suggestion.rule.splitlines())
    return lines


def _as_json(report: JudgeReport) -> str:
    built = {
        "judgement": msgspec.to_builtins(report.judgement),
        "is_first": report.is_first,
        "changes": [
            {name: getattr(change, name) for name in ("channel", "method", "route", "new", "vanished")}
            for change in report.changes
        ],
    }
    return json_text(built, indent=1)


class _Quiet:
    """Stands in for the progress display where there is no terminal."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_ignored: object) -> None:
        return None
