"""`spillkit notify prepare`: keep a mailing, so that two people can look at it, sign it, and exactly that is sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click
import msgspec

from spillkit.cli import EXIT_FINDING, Context
from spillkit.cli.notify_asked import Asked, asks, draft_of, read_asked, tell_bad
from spillkit.cli.notify_checked import check_texts, tell_checked
from spillkit.cli.room_process import hear_room
from spillkit.errors import InputError
from spillkit.printed import json_text, printable

if TYPE_CHECKING:
    import pyarrow as pa

    from spillkit.notices.lint.mailing import CheckedMailing
    from spillkit.notices.preparing import Draft
    from spillkit.settings import Workspace


class _Opened(msgspec.Struct, frozen=True):
    """What the room says of a mailing before it is prepared."""

    name: str
    case: int
    place: str  # address of its page
    signed: tuple[str, ...] = ()  # languages whose text was signed in the room


@click.command("prepare")
@asks
@click.option("--name", default="", metavar="NAME", help="Of the mailing. Default: the campaign of the story.")
@click.option(
    "--case",
    type=click.IntRange(1),
    metavar="N",
    help="Incident of the room in which two people decide. Default: the same incident.",
)
@click.option(
    "--correction-of",
    "earlier",
    multiple=True,
    metavar="MAILING",
    help="Write to those alone who were not told by it, or were told something else. More than once for several.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def prepare(
    context: Context, /, name: str, case: int | None, earlier: tuple[str, ...], as_json: bool, **asked: Any
) -> int:
    """Plan a mailing and keep it, to be signed by two people. Nothing is sent.

    What `spillkit notify plan` shows is kept in the workspace, and every notice has its row in the outbox. Prepared again before
    it is approved, a mailing takes the place of the one before; afterwards it is refused: what changes then is a correction. With
    --incident the figures of the story must be those that were measured.

    \b
    Examples:
      spillkit notify prepare --incident 1 --company notices.toml --story story.toml
      spillkit notify prepare people.csv --case 1 --company notices.toml --story story.toml --unread it
      spillkit notify prepare --incident 1 --viewers --company notices.toml --story story.toml
      spillkit notify prepare --incident 1 --correction-of 2026-11-cache --company notices.toml --story story.toml
    \b
    Exit codes: 0 prepared, or nobody has to be told again; 1 prepared, and a text contradicts the facts; 2 bad input;
    3 the outbox cannot take it.
    """
    from spillkit.notices.lint.kept import keep_checked
    from spillkit.notices.preparing import correct
    from spillkit.notices.told_table import TOLD

    workspace, now = context.workspace(), datetime.now(UTC)
    said = Asked(**asked)
    if said.people == "-":
        raise InputError("The list is read again when it is sent, so it cannot come from standard input. Name a file.")
    wanted = read_asked(workspace, said)
    if said.viewers and earlier:
        raise InputError(
            "--viewers and --correction-of: name one of the two. Who saw it is asked once, by a mailing of its own."
        )
    name = name or (f"{wanted.story.campaign}-viewers" if said.viewers else "")
    about = ["--name", name] if name else []
    about += ["--correction"] if earlier else []
    about += ["--incident", str(said.incident)] if said.incident is not None else []
    about += ["--case", str(case)] if case is not None else []
    opened = msgspec.json.decode(hear_room(workspace, ["notify", "open", wanted.story.campaign, *about]), type=_Opened)
    signed = wanted.known.signed | frozenset(opened.signed)
    wanted = replace(wanted, known=replace(wanted.known, signed=signed))
    draft = draft_of(workspace, wanted, now)
    if earlier:
        corrected = correct(
            workspace, draft, [_told(workspace, mailing) for mailing in earlier], opened.name, wanted, now
        )
        if corrected is None:
            _tell_nobody(draft, as_json)
            return 0
        draft = corrected
        del corrected
    checked, seconds = check_texts(draft.told, wanted.story, wanted.company, now.date())
    _keep(workspace, opened, draft, said, now, tuple(one.id for one in checked.found))
    keep_checked(workspace, opened.name, checked)
    draft = replace(
        draft, told=TOLD.empty_table(), opened=()
    )  # Its rows are kept; the room needs the memory for them now.
    hear_room(workspace, ["notify", "fill", opened.name, "--case", str(opened.case)])
    if as_json:
        plan = msgspec.to_builtins(draft.plan)
        found = msgspec.to_builtins(checked)
        said_of = {"mailing": opened.name, "case": opened.case, "place": opened.place, "plan": plan, "checked": found}
        click.echo(json_text(said_of))
    else:
        _tell(opened, draft, checked, seconds)
    return EXIT_FINDING if checked.found else 0


def _told(workspace: Workspace, mailing: str) -> pa.Table:
    """Return the rows of an earlier mailing by which somebody was told, or may have been."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from spillkit.notices.prepared import read_prepared

    ready = read_prepared(workspace, mailing)
    ids = hear_room(workspace, ["notify", "told", mailing]).decode("ascii").split()
    return ready.told.filter(pc.is_in(ready.told.column("id"), value_set=pa.array(ids, pa.string())))


def _keep(
    workspace: Workspace, opened: _Opened, draft: Draft, said: Asked, now: datetime, contradictions: tuple[str, ...]
) -> None:
    from spillkit.notices.code import code_keys
    from spillkit.notices.code_index import index_of
    from spillkit.notices.marks import derived_key
    from spillkit.notices.prepared import VERSION, Prepared, write_prepared

    prepared = Prepared(
        version=VERSION,
        mailing=opened.name,
        kind=draft.kind,
        incident=said.incident,
        lists=draft.lists,
        unread=tuple(sorted(set(said.unread) - set(opened.signed))),
        prepared_at=now,
        plan=draft.plan,
        contradictions=contradictions,
    )
    try:
        story, company = said.story_file.read_bytes(), said.company_file.read_bytes()
    except OSError as error:
        raise InputError(
            f"A file was there and cannot be read any more ({error.strerror}). Prepare it again."
        ) from error
    write_prepared(workspace, prepared, draft.told, story, company)
    # Codes are found at once then, when the first caller reads his out.
    index_of(workspace, prepared, code_keys(derived_key(workspace.key(), "codes")))


def _tell(opened: _Opened, draft: Draft, checked: CheckedMailing, seconds: float) -> None:
    from spillkit.notices.plan import plan_text
    from spillkit.scope.words import count_of

    click.echo(plan_text(draft.plan), nl=False)
    click.echo()
    tell_checked(checked, seconds)
    tell_bad(draft.bad)
    if draft.because:
        why = ", ".join(f"{because.value} {count:,}" for because, count in draft.because.items())
        click.echo(f"\nA correction: {why}. {draft.unchanged:,} were told all of it, and are not written to again.")
    name = printable(opened.name)
    click.echo(f"\nPrepared: mailing {name}, {count_of(draft.plan.notices, 'notice')} in the outbox. Nothing was sent.")
    click.echo(f"Next:  look at it and propose it at {printable(opened.place)}")
    click.echo(f"       another person signs there; then  spillkit notify send {name}")


def _tell_nobody(draft: Draft, as_json: bool) -> None:
    if as_json:
        click.echo(json_text({"mailing": None, "people": draft.plan.people, "to_be_corrected": 0}))
    else:
        click.echo(
            f"All {draft.plan.people:,} were told exactly this already. No correction is needed; nothing was prepared."
        )
