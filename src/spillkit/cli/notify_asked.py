"""What `spillkit notify plan` and `prepare` are asked alike: who, by whom, about what.

In:    options and files.
Out:   Asked, read and checked; the draft of a mailing.
Else:  putting it together is `spillkit.notices.preparing`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spillkit.errors import InputError
from spillkit.printed import printable

if TYPE_CHECKING:
    from spillkit.notices.merging import Decided
    from spillkit.notices.plain_list import Bad
    from spillkit.notices.preparing import Draft, Wanted
    from spillkit.settings import Workspace

_BAD_SHOWN = 10
_OPTIONS = (
    click.argument("people", metavar="[LIST]", required=False, default=""),
    click.option("--incident", type=click.IntRange(1), metavar="N", help="Those of incident N, instead of a LIST."),
    click.option(
        "--viewers", is_flag=True, help="Ask the customers who saw it to delete it, instead of telling those who were shown."
    ),
    click.option(
        "--company", "company_file", type=click.Path(path_type=Path), metavar="FILE", required=True, help="The letterheads."
    ),
    click.option(
        "--story", "story_file", type=click.Path(path_type=Path), metavar="FILE", required=True, help="What happened."
    ),
    click.option(
        "--known",
        "known_file",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="What you know of people beside the list, by id: deceased, minors, legal holds, releases, merges.",
    ),
    click.option(
        "--unread",
        "unread",
        multiple=True,
        metavar="TAG",
        help="Send in this language although no native reader has signed its text. More than once for several.",
    ),
    click.option(
        "--zone", default="", metavar="ZONE", help="Time zone of times in the list that name none, as Europe/Rome."
    ),
    click.option(
        "--per-hour", type=click.IntRange(1), default=20_000, show_default=True, help="How many leave in an hour."
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed."""

    people: str
    incident: int | None
    viewers: bool
    company_file: Path
    story_file: Path
    known_file: Path | None
    unread: tuple[str, ...]
    zone: str
    per_hour: int


def asks(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of Asked."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def read_asked(workspace: Workspace, asked: Asked, signed: frozenset[str] = frozenset()) -> Wanted:
    """Read the files that were named.

    signed  languages whose text a native reader signed in the room
    Raises  InputError if something is missing, doubled or cannot be used
    """
    from dataclasses import replace

    from spillkit.notices.company import read_company, read_story
    from spillkit.notices.holds import Known
    from spillkit.notices.known_file import read_known
    from spillkit.notices.preparing import Wanted
    from spillkit.notices.told import Kind
    from spillkit.notices.wording import LANGUAGES

    if bool(asked.people) == (asked.incident is not None):
        raise InputError("Name a LIST of people, or --incident N of the workspace: one of the two.")
    if asked.viewers and asked.incident is None:
        raise InputError("--viewers needs --incident N: a plain list does not say who saw whom.")
    if wrong := [tag for tag in asked.unread if tag not in LANGUAGES]:
        raise InputError(f"--unread {printable(wrong[0])}: there is no text in it. There are {', '.join(LANGUAGES)}.")
    known = Known()
    decided: tuple[Decided, ...] = ()
    if asked.known_file is not None:
        known, decided = read_known(asked.known_file, workspace if asked.incident is not None else None)
    return Wanted(
        company=read_company(asked.company_file),
        story=read_story(asked.story_file),
        people=asked.people,
        incident=asked.incident,
        kind=Kind.UNINTENDED_VIEWER if asked.viewers else Kind.AFFECTED,
        known=replace(known, signed=signed),
        decided=decided,
        unread=tuple(sorted(set(asked.unread))),
        zone=asked.zone,
        per_hour=asked.per_hour,
    )


def draft_of(workspace: Workspace, wanted: Wanted, now: datetime) -> Draft:
    """Put a mailing together. With an incident its figures come from the workspace's own measurement.

    Raises  InputError if it cannot be right
    """
    from spillkit.cli.measure import measure_workspace
    from spillkit.model import ViewerKind
    from spillkit.notices.plan import Measured
    from spillkit.notices.preparing import check_story, put_together
    from spillkit.notices.told import Kind

    measured = Measured(wanted.story.people_confirmed, wanted.story.people_upper)
    if wanted.incident is not None:
        found = measure_workspace(workspace, "internal", UTC, incident=wanted.incident)
        measured = Measured(found.people.confirmed or 0, found.people.upper_bound)
        check_story(wanted.story, measured, wanted.incident)
        if wanted.kind is Kind.UNINTENDED_VIEWER:
            seen_by = sum(one.viewers or 0 for one in found.by_viewer_kind if one.kind == ViewerKind.SUBJECT.value)
            measured = Measured(seen_by, seen_by)
    return put_together(workspace, wanted, measured, now)


def tell_bad(bad: Bad) -> None:
    """Say which rows of a plain list could not be used, by line."""
    for row in bad.first[:_BAD_SHOWN]:
        lost = "left out" if row.is_lost else "kept without it"
        click.echo(f"line {row.line}: {printable(row.column) or 'the row'}: {printable(row.reason)} ({lost})", err=True)
    if len(bad.first) > _BAD_SHOWN:
        click.echo(f"and {len(bad.first) - _BAD_SHOWN:,} more", err=True)
