"""`spillkit notify`: tell people; here the check of the texts that are to go out, before anybody reads them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from spillkit.cli import EXIT_FINDING, Context
from spillkit.cli.notify_answer import answer
from spillkit.cli.notify_catch import catch
from spillkit.cli.notify_checked import lint_mailing
from spillkit.cli.notify_forwarded import forwarded
from spillkit.cli.notify_genuine import genuine
from spillkit.cli.notify_in_app import in_app
from spillkit.cli.notify_keys import keys
from spillkit.cli.notify_letters import letters
from spillkit.cli.notify_plan import example, plan
from spillkit.cli.notify_preflight import preflight
from spillkit.cli.notify_prepare import prepare
from spillkit.cli.notify_publish import publish
from spillkit.cli.notify_send import pause, reconcile, send, settle, status
from spillkit.cli.notify_story import story
from spillkit.errors import InputError
from spillkit.printed import json_text, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from spillkit.notices.lint.claims import Text
    from spillkit.notices.lint.contradictions import Checked, Contradiction

_PURPOSES = ("notice", "correction", "unaffected", "unintended-viewer", "statement", "report", "portal", "agent")
_QUOTED = 60  # characters of the text that --show prints


@click.group()
def command() -> None:
    """Tell the right people: once, in their language, and so that anybody can check it.

    \b
    Examples:
      spillkit notify story 1 --campaign 2026-11-cache
      spillkit notify prepare --incident 1 --company notices.toml --story story.toml
      spillkit notify send 2026-11-cache
      spillkit notify genuine forwarded.eml
    """


command.add_command(example)
command.add_command(plan)
command.add_command(prepare)
command.add_command(send)
command.add_command(status)
command.add_command(pause)
command.add_command(reconcile)
command.add_command(settle)
command.add_command(story)
command.add_command(catch)
command.add_command(keys)
command.add_command(preflight)
command.add_command(genuine)
command.add_command(publish)
command.add_command(letters)
command.add_command(in_app)
command.add_command(answer)
command.add_command(forwarded)


@command.command("lint")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="FILE...")
@click.option(
    "--facts",
    "facts_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="What was measured and signed, as JSON or TOML (see --example). Without it the texts are held against each other only.",
)
@click.option(
    "--as", "purpose", type=click.Choice(_PURPOSES), help="What the files are for. Default: as their names say."
)
@click.option(
    "--language", "languages", multiple=True, metavar="TAG", help="Their language; twice for a bilingual text."
)
@click.option("--entity", default="", metavar="ID", help="The legal entity that speaks, where the facts hold several.")
@click.option(
    "--mailing", default="", metavar="NAME", help="Hold them against every notice of a prepared mailing, and its facts."
)
@click.option("--show", is_flag=True, help="Print the words in question. They may hold personal data.")
@click.option("--example", is_flag=True, help="Print an example of a facts file, and nothing else.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def lint(
    context: Context,
    files: tuple[Path, ...],
    facts_file: Path | None,
    purpose: str | None,
    languages: tuple[str, ...],
    entity: str,
    mailing: str,
    show: bool,
    example: bool,
    as_json: bool,
) -> int:
    """Hold texts against the facts, and against each other.

    A FILE is text, Markdown, HTML, a mail (.eml) or an authority report (.json). Its name says what it is for and its language:
    notice.de.txt, statement.en.html, agent.txt. Numbers, days, fields, one or several, promises, hedges, missing items, foreign
    domains and words that need a signed decision are checked in fifteen languages. A text is quoted only with --show.
    With --mailing the story, letterheads and fields of that mailing are the facts, and FILE may be left out.

    \b
    Examples:
      spillkit notify lint --example > facts.json
      spillkit notify lint notice.en.txt statement.en.txt --facts facts.json
      spillkit notify lint mail.eml --as notice --language de --facts facts.json --json
      spillkit notify lint statement.en.txt agent.en.txt --mailing 2026-11-cache
    \b
    Exit codes: 0 nothing contradicts, 1 something does, 2 bad input.
    """
    if example:
        from importlib import resources

        words = resources.files("spillkit.notices.lint").joinpath("example_facts.json").read_text("utf-8")
        click.echo(words, nl=False)
        return 0
    if not files and not mailing:
        raise InputError("Name the files to check: spillkit notify lint notice.en.txt --facts facts.json")
    from spillkit.notices.lint.compare import check
    from spillkit.notices.lint.facts_of import Known, read_known

    known = read_known(facts_file) if facts_file is not None else Known()
    texts = _texts(files, purpose, languages, entity)
    if mailing:
        if show:
            raise InputError("--show is for files alone: with --mailing, look at the notices that are named.")
        return lint_mailing(context.workspace(), mailing, texts, known, as_json=as_json)
    checked = check(texts, known)
    if as_json:
        click.echo(json_text(_as_json(checked, texts, show=show), indent=2))
    else:
        _print(context.console, checked, texts, show=show, has_facts=facts_file is not None)
    return EXIT_FINDING if checked.contradictions else 0


def _texts(files: Sequence[Path], purpose: str | None, languages: tuple[str, ...], entity: str) -> list[Text]:
    import msgspec

    from spillkit.notices.lint.claims import Purpose
    from spillkit.notices.lint.given import read_texts
    from spillkit.notices.lint.read_claims import base_language
    from spillkit.notices.lint.vocabulary import LANGUAGES

    if not all(base_language(language) for language in languages):
        raise InputError(f"--language: there are words for {', '.join(LANGUAGES)}. Name one of them.")
    chosen = Purpose(purpose) if purpose else None
    texts = [text for path in files for text in read_texts(path, purpose=chosen, languages=languages, entity=entity)]
    named: list[Text] = []
    for text in texts:
        twice = sum(other.name == text.name for other in texts[: len(named)])
        named.append(msgspec.structs.replace(text, name=f"{text.name} #{twice + 1}") if twice else text)
    return named


def _as_json(checked: Checked, texts: Sequence[Text], *, show: bool) -> dict[str, object]:
    import msgspec

    found = []
    for one in checked.contradictions:
        row = {"id": one.id, **msgspec.to_builtins(one)}
        if show:
            row["text"], row["other_text"] = _quote(one, texts)
        found.append(row)
    return {
        "contradictions": found,
        "unchecked": msgspec.to_builtins(checked.unchecked),
        "languages": {name: list(languages) for name, languages in checked.languages.items()},
        "claims": checked.claims,
    }


def _print(console: Console, checked: Checked, texts: Sequence[Text], *, show: bool, has_facts: bool) -> None:
    from rich.text import Text as Line

    from spillkit.notices.lint.rules import RULES

    for text in texts:
        read_in = ", ".join(checked.languages[text.name]) or "no language that is known here"
        claims = checked.claims[text.name]
        console.print(
            f"{printable(text.name)}: a {text.purpose}, read in {read_in}; {claims} claim{'' if claims == 1 else 's'}",
            style="dim",
        )
    for one in checked.contradictions:
        where = f"line {one.line}, characters {one.start}-{one.end}" if one.line else "missing"
        console.print()
        console.print(Line(f"{printable(one.document)}, {where}: {one.rule}", style="bold"))
        console.print(f"  says   {printable(one.says)}")
        against = f" ({printable(one.other_document)})" if one.other_document else ""
        console.print(f"  but    {printable(one.other)}{against}")
        demand, source = RULES[one.rule]
        console.print(f"  rule   {demand}" + (f" ({source})" if source else ""), style="dim")
        if show:
            for quote in _quote(one, texts):
                if quote:
                    console.print(f"  text   {printable(quote)}")
    console.print()
    left = len(checked.unchecked)
    if left:
        console.print(f"{left} claim{'s' if left > 1 else ''} that no fact decides; --json lists them.", style="dim")
    if not has_facts:
        console.print("No facts were given: the texts were held against each other only.", style="dim")
    count = len(checked.contradictions)
    said = f"{count} contradiction{'s' if count > 1 else ''}. Two people decide before it goes out."
    console.print(said if count else "Nothing contradicts, as far as it was read.", style="bold")


def _quote(one: Contradiction, texts: Sequence[Text]) -> tuple[str, str]:
    by_name = {text.name: text.text for text in texts}
    here = by_name[one.document][one.start : one.end][:_QUOTED]
    there = by_name[one.other_document][one.other_start : one.other_end][:_QUOTED] if one.other_document else ""
    return " ".join(here.split()), " ".join(there.split())
