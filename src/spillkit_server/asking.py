"""Turn forms into commands of a case.

In:    the name of an act, the fields of its form.
Out:   a command of `spillkit.case`.
Else:  whether it may be is the library's to say; the addresses are `urls`, who may use them `permissions`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from spillkit.case import commands as c
from spillkit.case.acts import MAY
from spillkit.case.events import DutyRef, Figure, MailingAct
from spillkit.case.roles import Role
from spillkit.errors import NotTaken
from spillkit_server.models import User
from spillkit_server.times import read_time

Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Act:
    """One act: the command it asks, and how its form is read."""

    command: type[c.Command]
    read: Callable[[Fields], dict[str, Any]]

    @property
    def roles(self) -> frozenset[Role]:
        """Who may ask it at all, as the library says."""
        return MAY[self.command]


def command_of(act: Act, fields: Fields) -> c.Command:
    """Return the command that a form asks for.

    Raises  NotTaken if a field is missing or cannot be read
    """
    given = {"id": _text(fields, "id"), **act.read(fields)}
    if issubclass(act.command, c.Seen):
        given["seen"] = _whole(fields, "seen")
    return act.command(**given)


def _text(fields: Fields, name: str) -> str:
    value = fields.get(name, "").strip().replace("\r\n", "\n")
    if not value:
        raise NotTaken("{name}: this is empty. Fill it in.", name=name)
    return value


def _whole(fields: Fields, name: str) -> int:
    value = fields.get(name, "").strip()
    if not (value.isascii() and value.isdigit() and len(value) < 16):
        raise NotTaken("{name}: this is no whole number.", name=name)
    return int(value)


def _time(fields: Fields, name: str) -> datetime:
    return read_time(_text(fields, name), fields.get("zone", "UTC"))


def _maybe_time(fields: Fields, name: str) -> datetime | None:
    return _time(fields, name) if fields.get(name, "").strip() else None


def _choice(fields: Fields, name: str, among: Mapping[str, Any]) -> Any:
    value = fields.get(name, "")
    if value not in among:
        raise NotTaken("{name}: choose one of the answers.", name=name)
    return among[value]


def _duty(fields: Fields) -> DutyRef:
    return DutyRef(_text(fields, "rule"), _text(fields, "entity"))


def _someone(fields: Fields) -> User:
    """Return the account that a form names, by its opaque id or its name."""
    said = _text(fields, "user")
    user = User.objects.filter(opaque=said).first() or User.objects.filter(username=said.lower()).first()
    if user is None or not user.is_active:
        raise NotTaken("user: nobody signs in with this name.")
    return user


def _grant(fields: Fields) -> dict[str, Any]:
    user = _someone(fields)
    return {"user": user.opaque, "role": Role(user.role), "reason": _text(fields, "reason")}


def _task(fields: Fields) -> dict[str, Any]:
    return {
        "task": "t-" + _text(fields, "id"),
        "words": _text(fields, "words"),
        "owner": _someone(fields).opaque,
        "due_at": _maybe_time(fields, "due_at"),
    }


def _mailing(fields: Fields) -> dict[str, Any]:
    lines = fields.get("accepts", "").splitlines()
    return {
        "mailing": _text(fields, "mailing"),
        "doing": _choice(fields, "doing", {each.value: each for each in MailingAct}),
        "digest": _text(fields, "digest"),
        "notices": _whole(fields, "notices"),
        "accepts": tuple(line.strip() for line in lines if line.strip()),
        **_reason(fields),
    }


def _reason(fields: Fields) -> dict[str, Any]:
    return {"reason": _text(fields, "reason")}


def _correction(fields: Fields) -> dict[str, Any]:
    figure = _choice(fields, "figure", {each.value: each for each in Figure})
    old = fields.get("old", "").strip()
    return {
        "figure": figure,
        "old": _whole(fields, "old") if old else None,
        "new": _whole(fields, "new"),
        "why": _text(fields, "why"),
    }


_YES_NO = {"yes": True, "no": False}

ACTS: Mapping[str, Act] = {
    "propose-aware": Act(c.ProposeAware, lambda f: {"aware_at": _time(f, "aware_at"), **_reason(f)}),
    "propose-duty": Act(
        c.ProposeDuty, lambda f: {"duty": _duty(f), "binds": _choice(f, "binds", _YES_NO), **_reason(f)}
    ),
    "propose-word": Act(c.ProposeWord, _reason),
    "propose-close": Act(c.ProposeClose, _reason),
    "sign": Act(c.Sign, lambda f: {"proposal": _text(f, "proposal")}),
    "decline": Act(c.Decline, lambda f: {"proposal": _text(f, "proposal"), **_reason(f)}),
    "reopen": Act(c.Reopen, _reason),
    "answer": Act(
        c.AnswerQuestion,
        lambda f: {
            "question": _text(f, "question"),
            "answer": _choice(f, "answer", {"yes": "yes", "no": "no"}),
            **_reason(f),
        },
    ),
    "correct": Act(c.CorrectFigure, _correction),
    "met": Act(c.RecordMet, lambda f: {"duty": _duty(f), "met_at": _time(f, "met_at"), "how": _text(f, "how")}),
    "told": Act(
        c.RecordTold,
        lambda f: {
            "duties": (_duty(f),),
            "people": _whole(f, "people"),
            "told_at": _time(f, "told_at"),
            "how": _text(f, "how"),
        },
    ),
    "propose-report": Act(
        c.ProposeReport,
        lambda f: {
            "report": _text(f, "report"),
            "digest": _text(f, "digest"),
            "reason": f.get("reason", "").strip().replace("\r\n", "\n"),
        },
    ),
    "propose-mailing": Act(c.ProposeMailing, _mailing),
    "sent": Act(
        c.RecordSent,
        lambda f: {
            "report": _text(f, "report"),
            "sent_at": _time(f, "sent_at"),
            "how": _text(f, "how"),
            "receipt": f.get("receipt", "").strip(),
        },
    ),
    "withdraw-report": Act(c.WithdrawDraft, lambda f: {"report": _text(f, "report"), **_reason(f)}),
    "protect": Act(
        c.AddProtection,
        lambda f: {
            "words": _text(f, "words"),
            "since": _maybe_time(f, "since"),
            "public": f.get("public", "") == "yes",
        },
    ),
    "note": Act(c.AddNote, lambda f: {"words": _text(f, "words")}),
    "task": Act(c.AddTask, _task),
    "task-done": Act(c.FinishTask, lambda f: {"task": _text(f, "task")}),
    "grant": Act(c.GrantAccess, _grant),
    "revoke": Act(c.RevokeAccess, lambda f: {"user": _someone(f).opaque, **_reason(f)}),
    "hold": Act(c.SetHold, _reason),
    "lift-hold": Act(c.LiftHold, _reason),
}


def parse_command(data: bytes) -> c.Command:
    """Return the command that a program sends as JSON.

    Raises  NotTaken if it is none
    """
    try:
        return msgspec.json.decode(data, type=c.AnyCommand)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise NotTaken("This is no command of a case. The description of the API names them.") from None
