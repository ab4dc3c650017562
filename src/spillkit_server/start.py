"""Make the room ready, and serve it.

In:    Room, as the environment says.
Out:   a migrated database; the first one-time link; a running server.
Else:  settings are `room` and `settings`, accounts `accounts`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime

from spillkit.case.roles import Role
from spillkit.errors import InputError, SettingsError
from spillkit_server.room import Room, read_room

# A worker that is told to end while it starts does not hear it, and Ctrl-C would wait for it for ever.
_END_SECONDS = 5


def set_up(environ: Mapping[str, str]) -> Room:
    """Read the settings, start Django on them, and bring the database to this version.

    Raises  SettingsError if a setting cannot be used or the database does not answer
    """
    os.environ.update(environ)
    room = read_room(os.environ)
    os.environ["SPILLKIT_WORKSPACE"] = str(room.workspace)
    os.environ["DJANGO_SETTINGS_MODULE"] = "spillkit_server.settings"
    import django
    from django.core.management import call_command
    from django.db import DatabaseError, connection

    django.setup()
    try:
        call_command("migrate", verbosity=0, interactive=False)
        call_command("createcachetable", verbosity=0)
    except DatabaseError as error:
        what = "PostgreSQL" if connection.vendor == "postgresql" else f"{room.folder}"
        raise SettingsError(
            f"The room's database ({what}) cannot be used ({type(error).__name__}). "
            "Check that it runs, that SPILLKIT_DATABASE is right, and that there is room on the disk."
        ) from error
    return room


def first_link(room: Room, incident: int | None = None) -> str | None:
    """Return a one-time link for the first account; None where there is an account.

    incident  of the workspace: whoever makes the account by the link opens it with the same button
    """
    from spillkit_server.models import User

    if User.objects.exists():
        return None
    link = link_for(room, "officer")
    return link if incident is None else f"{link}?incident={incident}"


def place_of(room: Room, incident: int) -> str:
    """Return the address where an incident of the workspace is read, or, where it is not in the room yet, brought in.

    Raises  InputError if the workspace has no such incident
    """
    from spillkit_server.gathering import find_incidents
    from spillkit_server.models import CaseRow

    known = [found.number for found in find_incidents(room.workspace)]
    if incident not in known:
        named = ", ".join(map(str, known[:20])) or "none: run spillkit scan, then spillkit cause"
        raise InputError(f"The workspace has no incident {incident}. It has {named}.")
    row = CaseRow.objects.filter(incident=incident).order_by("number").first()
    return f"{room.origin}/incidents/{row.number}/" if row else f"{room.origin}/incidents/open/?incident={incident}"


def link_for(room: Room, role: str) -> str:
    """Return a one-time link that makes an account of this role.

    Raises  InputError if there is no such role
    """
    from spillkit_server.accounts import invite
    from spillkit_server.permissions import ROLES

    chosen = next((known for known in ROLES if known.value == role), None)
    if chosen is None:
        raise InputError(f"There is no such role. The roles are {', '.join(ROLES)}.")
    return f"{room.origin}/start/{invite(chosen, datetime.now(UTC))}/"


def new_password_link(room: Room, name: str) -> str:
    """Return a one-time link with which somebody gives himself a new password.

    Raises  InputError if nobody signs in with this name
    """
    from spillkit_server.accounts import invite
    from spillkit_server.models import User

    user = User.objects.filter(username=name.lower()).first()
    if user is None:
        raise InputError("Nobody signs in with this name.")
    return f"{room.origin}/start/{invite(Role(user.role), datetime.now(UTC), for_user=user)}/"


def token_for(name: str, *, may_write: bool = False, may_decide: bool = False, days: int | None = None) -> str:
    """Return a new key of the API for an account. It reads; with `may_decide` what it signs counts as the person's signature.

    days    from now until it ends; None: as tokens.DAYS says
    Raises  InputError if nobody signs in with this name
    """
    from spillkit_server.models import User
    from spillkit_server.tokens import DAYS, Reach, make_token

    user = User.objects.filter(username=name.lower(), is_active=True).first()
    if user is None:
        raise InputError("Nobody signs in with this name.")
    reach = Reach.DECIDE if may_decide else Reach.WRITE if may_write else Reach.READ
    return make_token(user, datetime.now(UTC), reach=reach, days=days or DAYS)


def revoke_tokens(name: str) -> int:
    """Take back every key of the API that an account has; return how many there were.

    Raises  InputError if nobody signs in with this name
    """
    from spillkit_server.models import Token, User

    user = User.objects.filter(username=name.lower()).first()
    if user is None:
        raise InputError("Nobody signs in with this name.")
    count, _by_table = Token.objects.filter(user=user).delete()
    return int(count)


def check() -> list[str]:
    """Return what Django and the room's own checks find wrong; empty where nothing is."""
    from django.core.checks import run_checks

    return [str(message.msg) for message in run_checks(include_deployment_checks=False)]


def serve(room: Room, address: str, workers: int) -> None:
    """Serve until somebody stops it."""
    from granian.constants import Interfaces
    from granian.server import Server

    from spillkit_server.outbox import deliver
    from spillkit_server.reminders.sender import Beside

    deliver()  # What an earlier process committed and could not bring into the record any more.
    server = Server(
        "spillkit_server.wsgi:application",
        address=address,
        port=room.port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=4,
        log_access=False,
        log_enabled=False,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=_END_SECONDS,
    )
    beside = Beside()
    if room.ways.are_set_up:
        beside.start()
    try:
        server.serve()
    finally:
        beside.end()
