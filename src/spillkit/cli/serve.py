"""`spillkit serve`: open the incident room."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys

import click

from spillkit.cli import Context
from spillkit.errors import InputError

LOOPBACK = "127.0.0.1"
NOT_INSTALLED = "The incident room is not installed. Install it with: pip install 'spillkit[server]'"


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=None, help="Port on this machine. Default: 8700.")
@click.option(
    "--address",
    default=LOOPBACK,
    show_default=True,
    help="Listen there. Other machines reach the room only with SPILLKIT_ORIGIN=https://… and a proxy that ends TLS.",
)
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes that answer.")
@click.option("--open/--no-open", "opens", default=None, help="Open it in a browser. Default: on a desktop.")
@click.option(
    "--incident", type=click.IntRange(1), metavar="N", help="Lead to incident N of the workspace, and bring it in."
)
@click.option("--check", "checks", is_flag=True, help="Say whether the room can open, and end.")
@click.option("--invite", metavar="ROLE", help="Print a one-time link that makes an account, and end.")
@click.option("--new-password", metavar="NAME", help="Print a one-time link to a new password, and end.")
@click.option("--token", metavar="NAME", help="Print a key of the API for an account, and end. It may read.")
@click.option("--may-write", is_flag=True, help="With --token: the key may write notes as well.")
@click.option(
    "--may-decide", is_flag=True, help="With --token: what the key proposes and signs counts as the person's own."
)
@click.option(
    "--days", type=click.IntRange(1, 366), metavar="N", help="With --token: how long it is good. Default: 90."
)
@click.option("--revoke-tokens", metavar="NAME", help="Take back every key of an account, and end.")
@click.option("--json", "as_json", is_flag=True, help="With what prints and ends: print JSON.")
@click.pass_obj
def command(
    context: Context,
    port: int | None,
    address: str,
    workers: int,
    opens: bool | None,
    incident: int | None,
    checks: bool,
    invite: str | None,
    new_password: str | None,
    token: str | None,
    may_write: bool,
    may_decide: bool,
    days: int | None,
    revoke_tokens: str | None,
    as_json: bool,
) -> int:
    """Open the incident room: a web server on this machine, with its database in the workspace.

    The first start prints a link that makes the first account; it works once. With --incident the same button opens that incident,
    in the name of whoever presses it. Further accounts: --invite, with one of the roles engineer, officer, counsel, agent, auditor.
    There is no default password.

    \b
    Examples:
      spillkit serve
      spillkit serve --incident 1
      spillkit serve --invite counsel
      SPILLKIT_DATABASE=postgres://room:secret@db/room spillkit serve --check
    """
    if address != LOOPBACK and not os.environ.get("SPILLKIT_ORIGIN"):
        raise InputError(
            "Other machines would send passwords in the clear. Set SPILLKIT_ORIGIN=https://… and put a proxy with TLS in front, "
            "or leave out --address."
        )
    workspace = context.workspace()
    if not is_installed():
        raise InputError(NOT_INSTALLED)
    environment = os.environ | {"SPILLKIT_WORKSPACE": str(workspace.root.resolve())}
    if port is not None:
        environment["SPILLKIT_PORT"] = str(port)
    program = [sys.executable, "-m", "spillkit_server"]
    if (may_write or may_decide or days) and not token:
        raise InputError(
            "--may-write, --may-decide and --days say what a key is like. Name its account with --token NAME."
        )
    given = {"invite": invite, "new-password": new_password, "token": token, "revoke-tokens": revoke_tokens}
    like = [*["--may-write"] * may_write, *["--may-decide"] * may_decide, *(["--days", str(days)] if days else [])]
    asked = ["check"] if checks else next(([name, value] for name, value in given.items() if value), [])
    if asked:
        return subprocess.run(
            [*program, *asked, *like, *(["--json"] if as_json else [])], env=environment, check=False
        ).returncode
    wants_browser = opens if opens is not None else _has_desktop()
    program += ["serve", "--address", address, "--workers", str(workers), *(["--open"] if wants_browser else [])]
    program += ["--incident", str(incident)] if incident is not None else []
    sys.stdout.flush()
    return os.execve(sys.executable, program, environment)  # noqa: S606 - our own program, no shell


def is_installed() -> bool:
    """True if what the room needs is here."""
    return all(importlib.util.find_spec(name) for name in ("django", "allauth", "granian", "spillkit_server"))


def _has_desktop() -> bool:
    return sys.stdout.isatty() and bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
