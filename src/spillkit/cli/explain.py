"""`spillkit explain`: say which rule decided, in words."""

from __future__ import annotations

from pathlib import Path

import click

from spillkit.cli import Context
from spillkit.cli.judge import load_rules
from spillkit.entitlement.verdict import Outcome
from spillkit.errors import InputError
from spillkit.ledger import Ledger, read_judgement
from spillkit.ledger.explaining import Explanation, explain
from spillkit.printed import json_text, printable


@click.command()
@click.argument("finding", type=click.IntRange(min=1))
@click.option("--subject", required=True, metavar="ID", help="Whose data: the id of the customer list.")
@click.option("--viewer", metavar="ID", help="Only what this viewer was shown.")
@click.option("--all", "everything", is_flag=True, help="Also what is no exposure: own data, what a rule allows.")
@click.option("--rules", "rules_file", type=click.Path(path_type=Path), help="Another rules file than the workspace's.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines.")
@click.pass_obj
def command(
    context: Context,
    finding: int,
    subject: str,
    viewer: str | None,
    everything: bool,
    rules_file: Path | None,
    as_json: bool,
) -> None:
    """Say for one subject in FINDING why it is an exposure, which rule came nearest, and why it is certain or not.

    \b
    Examples:
      spillkit explain 1 --subject c_8f2a
      spillkit explain 1 --subject c_8f2a --viewer c_17 --all
    """
    workspace = context.workspace()
    ledger = Ledger(workspace.ledger_dir)
    judgement = read_judgement(ledger)
    if judgement is None:
        raise InputError("Nothing was judged yet. Run `spillkit scan RECORDING`, or `spillkit judge`.")
    chosen = judgement.finding(finding)
    rules = load_rules(context, rules_file or workspace.rules_file)
    explanations = explain(ledger, rules, chosen, subject, viewer, everything=everything)
    if not explanations:
        hint = "" if everything else " With --all you also see what is no exposure."
        raise InputError(
            f"Finding {finding} ({printable(f'{chosen.method} {chosen.route}')}) shows no such exposure of this subject.{hint}"
        )
    if as_json:
        for explanation in explanations:
            click.echo(json_text(_as_dict(explanation)))
        return
    context.console.print(
        f"finding {finding}  {printable(chosen.method)} {printable(chosen.route)}   subject {printable(subject)}"
    )
    if rules.digest != judgement.rules:
        context.console.print("  the rules have changed since they were applied: run `spillkit judge`")
    for explanation in explanations:
        for line in describe_explanation(explanation):
            context.console.print(line)


def describe_explanation(explanation: Explanation) -> list[str]:
    """Return the lines that tell one verdict."""
    verdict = explanation.verdict
    level = f", {verdict.evidence}" if verdict.outcome is Outcome.EXPOSURE else ""
    times = "once" if explanation.times == 1 else f"{explanation.times:,} times"
    when = f", first {explanation.first_at:%Y-%m-%d %H:%M:%S} UTC" if explanation.first_at is not None else ""
    corrected = [f"    viewer corrected: session {printable(explanation.corrected)}"] if explanation.corrected else []
    viewer = f"{printable(explanation.viewer)} ({explanation.viewer_kind}, known by {explanation.viewer_from})"
    return [
        f"  {explanation.field.label} shown to {viewer} {times}{when}",
        f"    {verdict.outcome}{level}   rule: {verdict.rule}   {printable(verdict.words)}",
        *corrected,
        f"    seen as: {explanation.because}   for example {printable(explanation.source)}, entry {explanation.entry}",
    ]


def _as_dict(explanation: Explanation) -> dict[str, object]:
    verdict = explanation.verdict
    return {
        "outcome": verdict.outcome.value,
        "rule": verdict.rule,
        "words": verdict.words,
        "evidence": verdict.evidence.value,
        "viewer": explanation.viewer,
        "viewer_kind": explanation.viewer_kind.value,
        "viewer_from": explanation.viewer_from,
        "viewer_corrected": explanation.corrected,
        "field": explanation.field.label,
        "because": explanation.because,
        "times": explanation.times,
        "source": explanation.source,
        "entry": explanation.entry,
        "first_at": explanation.first_at.isoformat() if explanation.first_at else None,
        "last_at": explanation.last_at.isoformat() if explanation.last_at else None,
    }
