"""Rules of the work: tasks, attachments, notes and their erasing, reminders.

In:    a case, a command, who asks, the stamp of its event.
Out:   RULES, one row for each command.
Else:  which reminder is due is `spillkit.case.reminders`; the case afterwards is `fold.working`.
"""

from __future__ import annotations

from datetime import UTC

from spillkit.case import commands as c
from spillkit.case import events as e
from spillkit.case.acts.rule import Rule, Stamp, check_duties, check_reason
from spillkit.case.roles import HELPERS, Actor, Role
from spillkit.case.state import Case
from spillkit.errors import ChangedSince, NotNow


def _add_task(case: Case, command: c.AddTask, actor: Actor, stamp: Stamp) -> e.Event:
    if case.task(command.task) is not None:
        raise NotNow("A task of this id is there already. Give it another id.")
    _check_owner(case, command.owner)
    due = command.due_at.astimezone(UTC) if command.due_at else None
    return e.TaskAdded(**stamp.head, task=command.task, words=command.words, owner=command.owner, due_at=due)


def _finish_task(case: Case, command: c.FinishTask, actor: Actor, stamp: Stamp) -> e.Event:
    _open_task(case, command.task)
    return e.TaskDone(**stamp.head, task=command.task)


def _reassign(case: Case, command: c.ReassignTask, actor: Actor, stamp: Stamp) -> e.Event:
    if _open_task(case, command.task) != command.was:
        raise ChangedSince("The task went to somebody else since you looked. Look again.")
    _check_owner(case, command.owner)
    due = command.due_at.astimezone(UTC) if command.due_at else None
    return e.TaskReassigned(**stamp.head, task=command.task, owner=command.owner, due_at=due)


def _open_task(case: Case, task: str) -> str:
    found = case.task(task)
    if found is None or found.done is not None:
        raise NotNow("No such task is open. Look at the list of tasks again.")
    return found.owner


def _check_owner(case: Case, owner: str) -> None:
    if owner not in case.access:
        raise NotNow("The owner of a task must have access to the case. Give access first, with the reason.")


def _attach(case: Case, command: c.Attach, actor: Actor, stamp: Stamp) -> e.Event:
    return e.AttachmentAdded(**stamp.head, name=command.name, digest=command.digest, size_bytes=command.size_bytes)


def _note(case: Case, command: c.AddNote, actor: Actor, stamp: Stamp) -> e.Event:
    check_reason(command.words)
    return e.NoteAdded(**stamp.head, words=command.words)


def _erase(case: Case, command: c.EraseTexts, actor: Actor, stamp: Stamp) -> e.Event | None:
    check_reason(command.reason)
    if case.hold is not None:
        raise NotNow(
            "A legal hold is on this case since {day}: nothing of it is erased. Ask counsel to lift it in the room, under “Team "
            "and tasks”, with the reason.",
            day=f"{case.hold.at:%Y-%m-%d}",
        )
    erased = next((moment for moment in case.timeline if moment.id == command.event), None)
    if erased is None:
        raise NotNow("The case has no such event. The timeline shows the number of each.")
    if case.proposal(command.event) is not None:
        raise NotNow(
            "That event waits for a second person, who must read what it says. Have it signed or declined first."
        )
    if command.event in case.erased:
        return None
    return e.TextsErased(**stamp.head, erased=erased.id, erased_number=erased.number, reason=command.reason)


def _remind(case: Case, command: c.RecordReminder, actor: Actor, stamp: Stamp) -> e.Event:
    check_duties(case, (command.duty,))
    return e.ReminderSent(
        **stamp.head, duty=command.duty, percent=command.percent, due_at=command.due_at.astimezone(UTC)
    )


RULES: dict[type[c.Command], Rule] = {
    c.AddTask: Rule(HELPERS, (e.TaskAdded,), _add_task),
    c.FinishTask: Rule(HELPERS, (e.TaskDone,), _finish_task),
    c.ReassignTask: Rule(HELPERS, (e.TaskReassigned,), _reassign),
    c.Attach: Rule(HELPERS, (e.AttachmentAdded,), _attach),
    c.AddNote: Rule(HELPERS, (e.NoteAdded,), _note),
    c.EraseTexts: Rule(frozenset({Role.SYSTEM}), (e.TextsErased,), _erase),
    c.RecordReminder: Rule(frozenset({Role.SYSTEM}), (e.ReminderSent,), _remind),
}
