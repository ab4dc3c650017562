"""The facts that a command is asked about: typed into a file, or measured; with answers given on the command line.

In:    FACTS or --incident, and --answer, as the shared options read them.
Out:   Facts.
Else:  what a command does with them is its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spillkit.cli import Context
from spillkit.errors import InputError

if TYPE_CHECKING:
    from spillkit.law.books import Books
    from spillkit.law.facts import Facts

facts_argument = click.argument("facts_file", required=False, type=click.Path(path_type=Path), metavar="[FACTS]")
answer_option = click.option(
    "--answer",
    "answers",
    multiple=True,
    metavar="QUESTION=yes|no",
    help="Answer a question; with QUESTION@JP=no for one jurisdiction alone. May be given several times.",
)


def given_facts(context: Context, path: Path | None, incident: int | None, books: Books, now: datetime) -> Facts:
    """Return the facts of a file, else of what the workspace measured.

    incident  only this one; None: all exposures together
    Raises    InputError if both are named, or neither is there
    """
    if path is not None:
        if incident is not None:
            raise InputError("Either a file of facts or --incident: name one of them.")
        from spillkit.law.facts_file import read_facts

        return read_facts(path)
    from spillkit.law.measured import measure_facts

    return measure_facts(context.workspace(), books, now=now, incident=incident)


def with_answers(before: Mapping[str, str], answers: Iterable[str]) -> dict[str, str]:
    """Return the answers of the facts with those of the command line, which go before.

    >>> with_answers({"high-risk": "yes"}, ["high-risk=no"])
    {'high-risk': 'no'}
    """
    said = dict(before)
    for answer in answers:
        question, equals, value = answer.partition("=")
        if not equals or value not in ("yes", "no"):
            raise InputError("--answer: write QUESTION=yes or QUESTION=no, as risk-unlikely=no.")
        said[question] = value
    return said
