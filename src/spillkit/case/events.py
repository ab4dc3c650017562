"""What can happen to a case: one frozen value for each kind of event.

In:    nothing.
Out:   Event and its kinds; `encode` and `decode` turn them into JSON and back, `digest` names one by its content.
Else:  deciding which event follows a command is `acts`; what events add up to is `fold`.

Every decision stands in two events: a proposal by one person, and a signature by another. What a person wrote may name people:
such fields are of the type `Text`, and `spoken_fields` lists them, so that they can be kept apart from what is proved for ever.
"""

from __future__ import annotations

import hashlib
import typing
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Annotated

import msgspec

from spillkit.case.roles import Role
from spillkit.errors import CaseDamaged
from spillkit.law.decision import Decided
from spillkit.law.facts import Facts, Milestone
from spillkit.law.floats import as_floats

TEXT_CHARACTERS = 20_000  # of one text
NAME_CHARACTERS = 300  # of a title, a file's name
EVENT_BYTES = 16 * 1024 * 1024  # of one event as JSON: a thousand duties with their reasons are 3 MB

_SPOKEN = "may name people"

# (?!\n) because $ lets a line end pass; written so, it means the same in JSON Schema.
Id = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.:-]{1,64}(?!\n)$")]  # opaque: no address, no name with a space
Digest = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}(?!\n)$")]  # SHA-256
Text = Annotated[str, msgspec.Meta(max_length=TEXT_CHARACTERS, extra={_SPOKEN: True})]
Name = Annotated[str, msgspec.Meta(max_length=NAME_CHARACTERS, extra={_SPOKEN: True})]
Word = Annotated[str, msgspec.Meta(max_length=NAME_CHARACTERS)]  # of ours or of the law's: names nobody
Utc = Annotated[datetime, msgspec.Meta(tz=True)]
Whole = Annotated[int, msgspec.Meta(ge=0)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
MailingName = Annotated[
    str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]{0,59}(?!\n)$")
]  # the name of its folder, too
# What people let pass with a mailing, by a word of ours and an id: unread:it, contradiction:3f0a…. No address fits in.
Accepted = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9.-]{0,39}(:[A-Za-z0-9._-]{1,64})?(?!\n)$")]


class Figures(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many people: confirmed ≤ estimate ≤ upper wherever they are known; None: nobody can say."""

    confirmed: Whole | None
    possible: Whole | None = None
    estimate: Whole | None = None
    upper: Whole | None = None


class Figure(StrEnum):
    """One of the figures, by name."""

    CONFIRMED = "confirmed"
    POSSIBLE = "possible"
    ESTIMATE = "estimate"
    UPPER = "upper"


class DutyRef(msgspec.Struct, frozen=True, order=True, forbid_unknown_fields=True):
    """Which duty: a rule, for one legal entity."""

    rule: Word
    entity: Word


class Phase(StrEnum):
    """Which report of a row of reports to one authority (GDPR Art. 33(4): in phases)."""

    FIRST = "first"
    FOLLOW_UP = "follow-up"
    WITHDRAWAL = "withdrawal"


class MailingAct(StrEnum):
    """What two people decide about a mailing."""

    SEND = "send"  # the mailing leaves, exactly as planned
    GO_ON = "go-on"  # it stopped by itself or was stopped, and leaves further
    SEND_AGAIN = "send-again"  # notices whose answer was lost: rather twice than never
    GIVE_UP = "give-up"  # notices whose answer was lost: rather never than twice


class Event(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="event", omit_defaults=True
):
    """Something that happened.

    at              what the clock said, UTC
    recorded_after  set where the clock says less than it said before: this event came after that time, whatever `at` says
    """

    id: Id
    at: Utc
    actor: Id
    role: Role
    recorded_after: Utc | None = None


# The life of the case


class Opened(Event, frozen=True, kw_only=True, tag="opened"):
    case: Id
    title: Name
    incident: Whole | None = None  # number in the workspace
    discovered_at: Utc | None = None


class CloseProposed(Event, frozen=True, kw_only=True, tag="close-proposed"):
    reason: Text


class Closed(Event, frozen=True, kw_only=True, tag="closed"):
    proposal: Id


class Reopened(Event, frozen=True, kw_only=True, tag="reopened"):
    reason: Text


class HoldSet(Event, frozen=True, kw_only=True, tag="hold-set"):
    """Legal hold: nothing of this case is deleted until it is lifted."""

    reason: Text


class HoldLifted(Event, frozen=True, kw_only=True, tag="hold-lifted"):
    reason: Text


class AccessGranted(Event, frozen=True, kw_only=True, tag="access-granted"):
    user: Id
    user_role: Role
    reason: Text


class AccessRevoked(Event, frozen=True, kw_only=True, tag="access-revoked"):
    user: Id
    reason: Text


# What is known


class Measured(Event, frozen=True, kw_only=True, tag="measured"):
    """A measurement. The measurement itself is kept by its digest."""

    figures: Figures
    coverage: Share | None  # of the traffic; None: nobody can say
    method: Text
    digest: Digest
    measured_at: Utc
    complete: bool = False  # every answer on the routes in question was looked at

    def __post_init__(self) -> None:
        as_floats(self, "coverage")


class Corrected(Event, frozen=True, kw_only=True, tag="corrected"):
    """One figure was wrong. The old one stays in sight."""

    figure: Figure
    old: Whole | None
    new: Whole | None
    why: Text


class FactsChanged(Event, frozen=True, kw_only=True, tag="facts-changed"):
    facts: Facts
    why: Text


class QuestionAnswered(Event, frozen=True, kw_only=True, tag="question-answered"):
    question: Word  # id, or id@jurisdiction
    answer: typing.Literal["yes", "no"]
    reason: Text


# Decisions: proposed by one, signed by another


class AwareProposed(Event, frozen=True, kw_only=True, tag="aware-proposed"):
    """When the company became aware (GDPR Art. 33(1); EDPB Guidelines 9/2022: reasonable certainty)."""

    aware_at: Utc
    reason: Text


class AwareSigned(Event, frozen=True, kw_only=True, tag="aware-signed"):
    proposal: Id
    aware_at: Utc


class DutiesDecided(Event, frozen=True, kw_only=True, tag="duties-decided"):
    """What the engine says. A proposal, whoever asked for it."""

    facts_digest: Digest
    decided: Decided


class DutyProposed(Event, frozen=True, kw_only=True, tag="duty-proposed"):
    """One person says that a duty binds the company, or that it does not."""

    duty: DutyRef
    binds: bool
    reason: Text


class DutyAccepted(Event, frozen=True, kw_only=True, tag="duty-accepted"):
    proposal: Id
    duty: DutyRef


class DutyRejected(Event, frozen=True, kw_only=True, tag="duty-rejected"):
    proposal: Id
    duty: DutyRef


class DutyMet(Event, frozen=True, kw_only=True, tag="duty-met"):
    """A duty was done that is neither a report nor telling people: the record of GDPR Art. 33(5), the credit bureaus."""

    duty: DutyRef
    met_at: Utc
    how: Text


class WordProposed(Event, frozen=True, kw_only=True, tag="word-proposed"):
    """One person says that this is what the law calls by its grave name."""

    reason: Text


class WordSigned(Event, frozen=True, kw_only=True, tag="word-signed"):
    """From here on the word may be used in this case."""

    proposal: Id


class ProposalDeclined(Event, frozen=True, kw_only=True, tag="proposal-declined"):
    """Taken back by who made it, or declined by another."""

    proposal: Id
    reason: Text


# What is said, to whom


class ReportDrafted(Event, frozen=True, kw_only=True, tag="report-drafted"):
    report: Id
    addressee: Word  # official name
    duties: tuple[DutyRef, ...]
    phase: Phase
    digest: Digest  # of the report's bytes
    follows: Id | None = None  # the report that this one follows or withdraws


class ReportProposed(Event, frozen=True, kw_only=True, tag="report-proposed"):
    report: Id
    digest: Digest
    reason: Text = ""


class ReportApproved(Event, frozen=True, kw_only=True, tag="report-approved"):
    proposal: Id
    report: Id
    digest: Digest


class ReportSent(Event, frozen=True, kw_only=True, tag="report-sent"):
    report: Id
    sent_at: Utc
    how: Text
    receipt: Name = ""  # the authority's file number


class ReportWithdrawn(Event, frozen=True, kw_only=True, tag="report-withdrawn"):
    """Not sent, and will not be. What was sent is withdrawn by a report of the phase `withdrawal`."""

    report: Id
    reason: Text


class PeopleTold(Event, frozen=True, kw_only=True, tag="people-told"):
    duties: tuple[DutyRef, ...]
    people: Whole
    told_at: Utc  # when the last of them was told
    how: Text


class MailingProposed(Event, frozen=True, kw_only=True, tag="mailing-proposed"):
    """One person says what is to be done with a mailing, and what is accepted although a check speaks against it.

    digest   of what was looked at. To send and to go on: of the plan. To send again and to give up: `mailings.ids_digest`
    notices  how many it concerns
    """

    mailing: MailingName
    doing: MailingAct
    digest: Digest
    notices: Whole
    accepts: tuple[Accepted, ...] = ()  # in order, each once
    reason: Text


class MailingSigned(Event, frozen=True, kw_only=True, tag="mailing-signed"):
    """The second person says so, of exactly the same."""

    proposal: Id
    mailing: MailingName
    doing: MailingAct
    digest: Digest
    notices: Whole
    accepts: tuple[Accepted, ...] = ()


class ProtectionAdded(Event, frozen=True, kw_only=True, tag="protection-added"):
    """What is done to protect people."""

    words: Text
    since: Utc | None = None  # None: planned
    public: bool = False  # may be told to everybody


# The work


class TaskAdded(Event, frozen=True, kw_only=True, tag="task-added"):
    task: Id
    words: Text
    owner: Id
    due_at: Utc | None = None


class TaskDone(Event, frozen=True, kw_only=True, tag="task-done"):
    task: Id


class TaskReassigned(Event, frozen=True, kw_only=True, tag="task-reassigned"):
    task: Id
    owner: Id
    due_at: Utc | None = None


class AttachmentAdded(Event, frozen=True, kw_only=True, tag="attachment-added"):
    """The bytes are kept elsewhere, by their digest."""

    name: Name
    digest: Digest
    size_bytes: Whole


class NoteAdded(Event, frozen=True, kw_only=True, tag="note-added"):
    words: Text


class TextsErased(Event, frozen=True, kw_only=True, tag="texts-erased"):
    """What a person wrote in an earlier event was destroyed. The event itself stays, and is proved as before."""

    erased: Id  # that event
    erased_number: Whole  # its number in the case
    reason: Text


class ReminderSent(Event, frozen=True, kw_only=True, tag="reminder-sent"):
    duty: DutyRef
    percent: int
    due_at: Utc


AnyEvent = (
    Opened
    | CloseProposed
    | Closed
    | Reopened
    | HoldSet
    | HoldLifted
    | AccessGranted
    | AccessRevoked
    | Measured
    | Corrected
    | FactsChanged
    | QuestionAnswered
    | AwareProposed
    | AwareSigned
    | DutiesDecided
    | DutyProposed
    | DutyAccepted
    | DutyRejected
    | DutyMet
    | WordProposed
    | WordSigned
    | ProposalDeclined
    | ReportDrafted
    | ReportProposed
    | ReportApproved
    | ReportSent
    | ReportWithdrawn
    | PeopleTold
    | MailingProposed
    | MailingSigned
    | ProtectionAdded
    | TaskAdded
    | TaskDone
    | TaskReassigned
    | AttachmentAdded
    | NoteAdded
    | TextsErased
    | ReminderSent
)

# These change nothing that a decision rests on: a signature is good although one came in between.
QUIET = (
    HoldSet,
    HoldLifted,
    AccessGranted,
    AccessRevoked,
    TaskAdded,
    TaskDone,
    TaskReassigned,
    AttachmentAdded,
    NoteAdded,
    TextsErased,
    ReminderSent,
)

_encoder = msgspec.json.Encoder(order="deterministic")
_decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)


def encode(event: Event) -> bytes:
    """Return an event as JSON: the same event gives the same bytes."""
    return _encoder.encode(event)


def decode(data: bytes | str) -> AnyEvent:
    """Return the event that JSON holds.

    Raises  CaseDamaged if it is none that this Spillkit knows
    """
    try:
        return _decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise CaseDamaged(
            "A stored event is none that this Spillkit knows. It was written by a newer one, or altered: "
            "check the record with spillkit prove verify."
        ) from error


def digest(event: Event) -> str:
    """Return the SHA-256 of an event without what a person wrote in it, in hex.

    It stands in the record for ever. Were the texts in it, whoever guesses a short one could prove that it was said, also after it
    was erased. The texts are sealed in the record one by one (`recording`).
    """
    return hashlib.sha256(encode(bare(event))).hexdigest()


def bare(event: Event) -> Event:
    """Return an event without what a person wrote in it."""
    empty: dict[str, object] = dict.fromkeys(spoken_fields(type(event)), "")
    if isinstance(event, FactsChanged):
        empty["facts"] = bare_facts(event.facts)
    return msgspec.structs.replace(event, **empty) if empty else event


def bare_facts(facts: Facts) -> Facts:
    """Return facts without what a person wrote in them: who said a milestone, and why."""
    milestones = {name: Milestone(at=milestone.at) for name, milestone in facts.milestones.items()}
    return msgspec.structs.replace(facts, milestones=milestones)


def texts_of(event: Event) -> dict[str, str]:
    """Return what a person wrote in an event, by field; empty texts are left out."""
    texts = {name: str(getattr(event, name)) for name in spoken_fields(type(event))}
    if isinstance(event, FactsChanged):
        for name, milestone in event.facts.milestones.items():
            texts[f"milestone-{name}-by"] = milestone.by
            texts[f"milestone-{name}-because"] = milestone.because
    return {name: text for name, text in texts.items() if text}


def with_texts(event: Event, texts: Mapping[str, str]) -> Event:
    """Return an event with what a person wrote in it: what `texts_of` took apart. What is not among the texts stays as it is.

    >>> note = NoteAdded(id="1", at=datetime(2026, 1, 1), actor="u1", role=Role.OFFICER, words="seen")
    >>> with_texts(bare(note), texts_of(note)) == note
    True
    """
    given: dict[str, object] = {name: texts[name] for name in spoken_fields(type(event)) if name in texts}
    if isinstance(event, FactsChanged):
        milestones = {
            name: msgspec.structs.replace(
                milestone,
                by=texts.get(f"milestone-{name}-by", milestone.by),
                because=texts.get(f"milestone-{name}-because", milestone.because),
            )
            for name, milestone in event.facts.milestones.items()
        }
        given["facts"] = msgspec.structs.replace(event.facts, milestones=milestones)
    return msgspec.structs.replace(event, **given) if given else event


def kind_of(event: Event | type[Event]) -> str:
    """Return an event's kind as JSON names it.

    >>> kind_of(WordSigned(id="1", at=datetime(2026, 1, 1), actor="u1", role=Role.OFFICER, proposal="0"))
    'word-signed'
    """
    return str(event.__struct_config__.tag)


@cache
def spoken_fields(kind: type[msgspec.Struct]) -> tuple[str, ...]:
    """Return the fields in which people write freely, and so may name somebody.

    >>> spoken_fields(AwareProposed)
    ('reason',)
    """
    hints = typing.get_type_hints(kind, include_extras=True)
    return tuple(
        name
        for name in kind.__struct_fields__
        for meta in getattr(hints[name], "__metadata__", ())
        if (meta.extra or {}).get(_SPOKEN)
    )
