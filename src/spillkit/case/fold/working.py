"""What the events of the work change: tasks, attachments, notes and their erasing, reminders.

In:    a case, an event, and its number in the case.
Out:   FOLDINGS, one row for each event; each gives the case after it, or CaseDamaged.
Else:  which event may follow is `acts.working`.
"""

from __future__ import annotations

from collections.abc import Callable

from spillkit.case.events import (
    AttachmentAdded,
    Event,
    NoteAdded,
    ReminderSent,
    TaskAdded,
    TaskDone,
    TaskReassigned,
    TextsErased,
)
from spillkit.case.fold.step import Folding, changed, must, signature
from spillkit.case.state import Attachment, Case, Note, Reminded, Task


def _task_added(case: Case, event: TaskAdded, number: int) -> Case:
    must(case.task(event.task) is None, event, "that task is there already")
    task = Task(
        task=event.task, words=event.words, owner=event.owner, due_at=event.due_at, added=signature(event, number)
    )
    return changed(case, tasks=(*case.tasks, task))


def _task_done(case: Case, event: TaskDone, number: int) -> Case:
    done = signature(event, number)
    return _with_task(case, event, event.task, lambda task: changed(task, done=done))


def _task_reassigned(case: Case, event: TaskReassigned, number: int) -> Case:
    return _with_task(case, event, event.task, lambda task: changed(task, owner=event.owner, due_at=event.due_at))


def _with_task(case: Case, event: Event, task: str, change: Callable[[Task], Task]) -> Case:
    before = case.task(task)
    must(before is not None and before.done is None, event, "no such open task")
    return changed(case, tasks=tuple(change(each) if each.task == task else each for each in case.tasks))


def _attached(case: Case, event: AttachmentAdded, number: int) -> Case:
    added = Attachment(name=event.name, digest=event.digest, size_bytes=event.size_bytes, by=signature(event, number))
    return changed(case, attachments=(*case.attachments, added))


def _noted(case: Case, event: NoteAdded, number: int) -> Case:
    return changed(case, notes=(*case.notes, Note(words=event.words, by=signature(event, number))))


def _erased(case: Case, event: TextsErased, number: int) -> Case:
    """Note it. The texts themselves are gone from the events that are added up: their keeper takes them out first."""
    must(any(moment.id == event.erased for moment in case.timeline), event, "the case has no event that it erases")
    return changed(case, erased={**case.erased, event.erased: signature(event, number)})


def _reminded(case: Case, event: ReminderSent, number: int) -> Case:
    sent = Reminded(duty=event.duty, percent=event.percent, due_at=event.due_at)
    return changed(case, reminders=(*case.reminders, sent))


FOLDINGS: dict[type[Event], Folding] = {
    TaskAdded: _task_added,
    TaskDone: _task_done,
    TaskReassigned: _task_reassigned,
    AttachmentAdded: _attached,
    NoteAdded: _noted,
    TextsErased: _erased,
    ReminderSent: _reminded,
}
