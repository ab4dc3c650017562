"""`spillkit notify genuine`: is this mail, or this code, ours?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spillkit.cli import EXIT_FINDING, Context
from spillkit.errors import InputError, NoticesError
from spillkit.printed import json_text, printable

if TYPE_CHECKING:
    from spillkit.notices.genuine import Answer
    from spillkit.notices.ours import Found, Ours

_MAX_BYTES = 2 * 1024 * 1024  # more is "cannot tell", and not read
_SHOWN = 5  # changed paragraphs that are named
# What is said, by verdict and by what it rests on; then what is to be done.
_SAID = {
    ("ours", "signature"): ("Ours. Our key signed it, and nothing was changed since.", "Tell the person that it is genuine."),
    ("ours", "text"): (
        "Ours, by its words. Its signature was lost on the way, but every paragraph is what we wrote to him.",
        "Tell the person that the words are ours. If the mail he has shows anything else, ask for it as an attachment.",
    ),
    ("changed", "text"): (
        "Changed. It was made from a notice of ours: ",
        "Treat it as a false message: nobody should click or answer. Keep it, and report it as suspected.",
    ),
    ("not-ours", ""): (
        "Not ours. No key of ours signed it, and no code or number of a notice of ours is in it.",
        "Treat it as a false message: nobody should click or answer. Keep it, and report it as suspected.",
    ),
    ("cannot-tell", ""): (
        "Nobody can tell: too little of the mail is left.",
        "Ask for the mail as it came: forwarded as an attachment, or saved as a file (.eml).",
    ),
    ("cannot-tell", "text"): (
        "Nobody can tell: it carries the code or number of a notice of ours, and its words do not decide.",
        "Ask for the mail as it came: forwarded as an attachment, or saved as a file (.eml).",
    ),
}  # fmt: skip


@click.command("genuine")
@click.argument("mail", required=False, metavar="[MAIL]")
@click.option("--code", "typed", metavar="CODE", help="A code that somebody reads out, instead of a mail.")
@click.option(
    "--mailing", "mailings", multiple=True, metavar="NAME", help="Only this mailing. More than once for several."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def genuine(context: Context, mail: str | None, typed: str | None, mailings: tuple[str, ...], as_json: bool) -> int:
    """Say whether a mail that somebody sends on, or a code that he reads out, is ours.

    MAIL is a file as mail programs save it (.eml), or - for standard input: the notice itself, a mail to which it is attached, or
    one that quotes it. A signature under one of our keys decides; where it was lost on the way, the words are compared with what
    was written to that person. Nothing of the mail and no value of a person is printed or kept.

    \b
    Examples:
      spillkit notify genuine forwarded.eml
      spillkit notify genuine --code K7M2Q-04XTB-9ZP3C
    \b
    Exit codes: 0 ours, 1 not ours, changed, or nobody can tell, 2 bad input.
    """
    from spillkit.notices.ours import Ours

    if (mail is None) == (typed is None):
        raise InputError("Name a mail or a code: spillkit notify genuine MAIL, or spillkit notify genuine --code CODE.")
    ours = Ours.open(context.workspace(), frozenset(mailings) or None)
    if not ours.names and not ours.doubts:
        raise NoticesError(
            "No mailing was prepared in this workspace, so nothing can be ours. Name the right one with -w."
        )
    is_ours = _tell_code(ours, typed, as_json) if typed is not None else _tell_mail(ours, mail or "", as_json)
    if not as_json:
        for doubt in ours.doubts:
            click.echo(printable(doubt), err=True)
    return 0 if is_ours else EXIT_FINDING


def _tell_mail(ours: Ours, place: str, as_json: bool) -> bool:
    from spillkit.notices.genuine import Verdict

    answer = ours.judge(_read(place))
    found = ours.by_notice(answer.notice_id) if answer.notice_id is not None else None
    if as_json:
        _print_json(ours, answer.verdict, answer.by, answer.changed, found)
        return answer.verdict is Verdict.OURS
    said, todo = _SAID[(answer.verdict.value, answer.by)]
    click.echo(said + (f"{_places(answer)}." if answer.verdict is Verdict.CHANGED else ""))
    if answer.verdict is Verdict.CANNOT_TELL and answer.changed:
        click.echo(f"It differs in: {_places(answer)}.")
    _print_found(found)
    click.echo(todo)
    return answer.verdict is Verdict.OURS


def _tell_code(ours: Ours, typed: str, as_json: bool) -> bool:
    from spillkit.notices.code import read_code
    from spillkit.notices.ours import Found

    read_code(typed)  # A slip of the tongue is named, and is no verdict.
    answer = ours.by_code(typed)
    found = answer if isinstance(answer, Found) else None
    if as_json:
        verdict = "ours" if found is not None else "cannot-tell" if ours.doubts else "not-ours"
        _print_json(ours, verdict, "code" if found is not None else "", (), found)
    elif found is not None:
        click.echo("Ours. This code stands in a notice of ours.")
        _print_found(found)
        click.echo(
            "A code can be copied into a false message: what the notice says is on the company's own page for codes."
        )
    elif ours.doubts:
        click.echo("Nobody can tell: no mailing that can be read has this code.")
    else:
        click.echo("Not ours. No notice here has this code.")
        click.echo(
            "Compare it once more, sign by sign. If it stays, treat the message as false, and report it as suspected."
        )
    return found is not None


def _print_json(ours: Ours, verdict: str, by: str, changed: tuple[str, ...], found: Found | None) -> None:
    said: dict[str, object] = {"verdict": str(verdict), "by": by, "changed": list(changed), "doubts": list(ours.doubts)}
    if found is not None:
        said |= {
            "mailing": found.mailing,
            "notice": found.told.id,
            "kind": found.told.kind.value,
            "entity": found.told.entity,
        }
    click.echo(json_text(said, indent=2))


def _print_found(found: Found | None) -> None:
    if found is not None:
        click.echo(
            f"mailing {printable(found.mailing)}, notice {found.told.id}, {found.told.kind}, of {printable(found.told.entity)}"
        )


def _places(answer: Answer) -> str:
    named = {
        "subject": "the subject is another",
        "sender": "the sender is another",
        "added": "something was added between our paragraphs",
        "around": "what stands around it leads elsewhere, or is long",
        "salutation": "the salutation: his name on the customer list may have changed",
    }
    paragraphs = [one for one in answer.changed if one.startswith("paragraph ")]
    said = [named[one] for one in answer.changed if one in named]
    if len(paragraphs) > _SHOWN:
        said.append(f"{len(paragraphs)} paragraphs are not what we wrote, or are missing")
    else:
        said += [f"{one} is not what we wrote, or is missing" for one in paragraphs]
    return ", ".join(said)


def _read(place: str) -> bytes:
    try:
        if place == "-":
            return sys.stdin.buffer.read(_MAX_BYTES + 1)
        with Path(place).open("rb") as file:
            return file.read(_MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or "not a name of a file"
        raise InputError(f"{printable(place)}: cannot be read ({why}). Name a mail as a file.") from None
