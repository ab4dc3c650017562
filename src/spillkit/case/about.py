"""The small values of an event: what a sentence of the timeline, and an entry of the record, say of it.

In:    an event.
Out:   words by name; nothing that a person wrote. No name is one that an entry of the record has for itself (`recording`).
Else:  the sentences are `words`; the entry is `recording`.
"""

from __future__ import annotations

from spillkit.case.events import (
    AccessGranted,
    AccessRevoked,
    AttachmentAdded,
    AwareProposed,
    AwareSigned,
    Corrected,
    DutiesDecided,
    DutyAccepted,
    DutyMet,
    DutyProposed,
    DutyRef,
    DutyRejected,
    Event,
    MailingProposed,
    MailingSigned,
    Measured,
    PeopleTold,
    QuestionAnswered,
    ReminderSent,
    ReportApproved,
    ReportDrafted,
    ReportProposed,
    ReportSent,
    ReportWithdrawn,
    TaskAdded,
    TaskDone,
    TaskReassigned,
    TextsErased,
)

_MOST_ACCEPTS = 6  # named in a sentence; the event has them all


def about(event: Event) -> dict[str, str]:
    """Return small values for a sentence of the timeline; nothing that a person wrote."""
    match event:
        case Measured():
            return {"confirmed": _said(event.figures.confirmed), "upper": _said(event.figures.upper)}
        case Corrected():
            return {"figure": event.figure.value, "old": _said(event.old), "new": _said(event.new)}
        case AwareProposed() | AwareSigned():
            return {"aware_at": event.aware_at.isoformat()}
        case QuestionAnswered():
            return {"question": event.question, "answer": event.answer}
        case DutiesDecided():
            return {"duties": str(len(event.decided.duties)), "law": event.decided.law_digest[:12]}
        case DutyProposed():
            return {**_duty_words(event.duty), "binds": "yes" if event.binds else "no"}
        case DutyAccepted() | DutyRejected() | DutyMet():
            return _duty_words(event.duty)
        case ReminderSent():
            return {**_duty_words(event.duty), "percent": str(event.percent)}
        case ReportDrafted():
            return {"report": event.report, "addressee": event.addressee, "phase": event.phase.value}
        case ReportProposed() | ReportApproved() | ReportSent() | ReportWithdrawn():
            return {"report": event.report}
        case PeopleTold():
            return {"people": str(event.people)}
        case MailingProposed() | MailingSigned():
            return {
                "mailing": event.mailing,
                "doing": event.doing.value,
                "notices": str(event.notices),
                "accepts": _accepts(event.accepts),
                "mailing_digest": event.digest,
            }
        case TaskAdded() | TaskReassigned():
            return {"task": event.task, "owner": event.owner}
        case TaskDone():
            return {"task": event.task}
        case AttachmentAdded():
            return {"file_digest": event.digest, "bytes": str(event.size_bytes)}
        case TextsErased():
            return {"number": str(event.erased_number)}
        case AccessGranted():
            return {"user": event.user, "user_role": event.user_role.value}
        case AccessRevoked():
            return {"user": event.user}
        case _:
            return {}


def _duty_words(ref: DutyRef) -> dict[str, str]:
    return {"rule": ref.rule, "entity": ref.entity}


def _accepts(words: tuple[str, ...]) -> str:
    """Return how many exceptions there are, and the first of them."""
    named = [*words[:_MOST_ACCEPTS], *(["…"] if len(words) > _MOST_ACCEPTS else [])]
    return f"{len(words)} ({', '.join(named)})" if words else "0"


def _said(value: int | None) -> str:
    return "unknown" if value is None else str(value)
