"""`spillkit notify send`, `status`, `pause`, `reconcile`: what two people signed leaves, and how far it is."""

from __future__ import annotations

import os
from pathlib import Path

import click

from spillkit.cli import Context
from spillkit.cli.room_process import ask_room, become_room
from spillkit.errors import InputError


@click.command("send")
@click.argument("mailing", metavar="MAILING")
@click.option(
    "--until-over/--once",
    "until_over",
    default=True,
    show_default=True,
    help="Stay until nothing of it moves by itself any more; or end when nothing may leave at this moment.",
)
@click.option("--connections", type=click.IntRange(1, 64), default=8, show_default=True, help="To the mail server.")
@click.option(
    "--per-minute-domain", type=click.IntRange(1), default=3_000, show_default=True, help="Mails to one domain at most."
)
@click.option(
    "--no-warm-up", is_flag=True, help="The servers that receive know this sender: no slow first hours for each domain."
)
@click.option("--canary", type=click.IntRange(1), default=100, show_default=True, help="So many leave first.")
@click.option(
    "--canary-wait",
    type=click.IntRange(0),
    default=900,
    show_default=True,
    metavar="SECONDS",
    help="So long their bounces are waited for.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON when it ends; how far it is goes to standard error.")
@click.pass_obj
def send(
    context: Context,
    mailing: str,
    until_over: bool,
    connections: int,
    per_minute_domain: int,
    no_warm_up: bool,
    canary: int,
    canary_wait: int,
    as_json: bool,
) -> int:
    """Send a MAILING that two people signed, each notice once.

    The mail server is that of SPILLKIT_SMTP, as for reminders; From is that of the letterhead, and the `from` of SPILLKIT_SMTP
    names the room only. With SPILLKIT_MAIL_SERVICE an e-mail service takes its place. Several may send the same mailing, and each
    may be ended or killed at any moment: nobody gets two. Ctrl-C ends it once what is in hand was answered. Where the answer of a
    server was lost, the notice is held for people to decide.

    \b
    Examples:
      SPILLKIT_SMTP='smtp://user:password@mail.example.org/?from=room@example.org' spillkit notify send 2026-11-cache
      spillkit notify send 2026-11-cache --once --no-warm-up
    \b
    Exit codes: 0 over, 1 paused or held, 2 bad input or not signed, 3 the database is older than what was sent.
    """
    given = [mailing, "--until-over" if until_over else "--once", *(["--no-warm-up"] if no_warm_up else [])]
    for name, value in (
        ("connections", connections),
        ("per-minute-domain", per_minute_domain),
        ("canary", canary),
        ("canary-wait", canary_wait),
    ):
        given += [f"--{name}", str(value)]
    become_room(context.workspace(), ["notify", "send", *given, *(["--json"] if as_json else [])])


@click.command("status")
@click.argument("mailing", metavar="[MAILING]", required=False, default="")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def status(context: Context, mailing: str, as_json: bool) -> int:
    """Say where the notices of a MAILING are, or of all. The counts add up to the plan.

    \b
    Examples:
      spillkit notify status
      spillkit notify status 2026-11-cache --json
    \b
    Exit codes: 0 nothing is held or paused, 1 something is, 2 bad input, 3 the counts do not add up.
    """
    return ask_room(context.workspace(), ["notify", "status", *([mailing] if mailing else [])], as_json=as_json)


@click.command("pause")
@click.argument("mailing", metavar="MAILING")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def pause(context: Context, mailing: str, as_json: bool) -> int:
    """Stop a MAILING. One person may stop it; two let it go on, in the room.

    What a sender has in hand still leaves, at most a few hundred; nothing else does.

    \b
    Examples:
      spillkit notify pause 2026-11-cache
    """
    return ask_room(context.workspace(), ["notify", "pause", mailing], as_json=as_json)


@click.command("settle")
@click.argument("mailing", metavar="[MAILING]", required=False, default="")
@click.option(
    "--server-log",
    "logs",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="FILE",
    help="The mail log of your Postfix, packed or not. More than once for several.",
)
@click.option("--zone", default="UTC", show_default=True, help="Of times in the log that name none, as Europe/Rome.")
@click.option("--bounces", is_flag=True, help="Read the mailbox that SPILLKIT_MAILBOX names, for all mailings.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def settle(context: Context, mailing: str, logs: tuple[Path, ...], zone: str, bounces: bool, as_json: bool) -> int:
    """Find out what became of notices: from the mail server's log, or from what came back.

    A log settles held notices of a MAILING: what stands in it was taken. What does not was not taken, and leaves again, only where
    the log is whole for that time. Bounces and complaints are read from a Maildir, an mbox file or
    imaps://user:password@host/INBOX; nothing is deleted there. Who is still held after that waits for two people.

    \b
    Examples:
      spillkit notify settle 2026-11-cache --server-log /var/log/mail.log --server-log /var/log/mail.log.1
      SPILLKIT_MAILBOX=/var/mail/notices spillkit notify settle --bounces
    \b
    Exit codes: 0 settled, 1 some are still held, 2 bad input, 3 the database is older than what was sent.
    """
    if bool(logs) == bounces:
        raise InputError("Name --server-log FILE, or --bounces: one of the two.")
    if logs and not mailing:
        raise InputError("Name the MAILING whose held notices the log is to settle.")
    if bounces and not os.environ.get("SPILLKIT_MAILBOX"):
        raise InputError(
            "SPILLKIT_MAILBOX names no mailbox: a Maildir, an mbox file, or imaps://user:password@mail.example.org/INBOX."
        )
    given = [part for path in logs for part in ("--server-log", str(path.absolute()))]
    about = [mailing, *given, "--zone", zone] if logs else ["--bounces"]
    return ask_room(context.workspace(), ["notify", "settle", *about], as_json=as_json)


@click.command("reconcile")
@click.option(
    "--lost",
    multiple=True,
    metavar="JOURNAL",
    help="A sent journal that is lost for good: what its sender had in hand is held. More than once for several.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def reconcile(context: Context, lost: tuple[str, ...], as_json: bool) -> int:
    """Replay the sent journals into a database that is older than they are. End all senders first.

    After a database was restored from a backup it does not know of mails that were sent since, and nothing is sent until this was
    done. Every mailing is paused afterwards: that somebody had stopped it may be forgotten as well.

    \b
    Examples:
      spillkit notify reconcile
    \b
    Exit codes: 0 done, 3 a sender runs or a journal cannot be trusted.
    """
    given = [part for name in lost for part in ("--lost", name)]
    return ask_room(context.workspace(), ["notify", "reconcile", *given], as_json=as_json)
