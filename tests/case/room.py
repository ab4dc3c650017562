"""The people of the incident room, and a case at each step of its life.

An officer, a counsel, two engineers, an agent who answers customers and an auditor appear under the opaque ids of their accounts
only. The clock stands at NOW unless a test moves it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

from spillkit.case import EMPTY, Actor, Case, Role, act, case_facts, facts_digest, fold
from spillkit.case import commands as c
from spillkit.case.events import DutyRef, Event, Figures, MailingAct
from spillkit.law.decision import Deadline, Decided, Duty, Outcome
from spillkit.law.facts import Entity, Facts, Population
from spillkit.law.rule import DutyKind, Status

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
AWARE = datetime(2026, 11, 20, 16, 20, tzinfo=UTC)
DIGEST = "0123456789abcdef" * 4
MAILING = "2026-11-cache"

OFFICER = Actor("u-officer", Role.OFFICER)
COUNSEL = Actor("u-counsel", Role.COUNSEL)
ENGINEER = Actor("u-engineer", Role.ENGINEER)
SECOND_ENGINEER = Actor("u-engineer-2", Role.ENGINEER)
AGENT = Actor("u-agent", Role.AGENT)
AUDITOR = Actor("u-auditor", Role.AUDITOR)
SYSTEM = Actor("spillkit", Role.SYSTEM)
PEOPLE = (OFFICER, COUNSEL, ENGINEER, SECOND_ENGINEER, AGENT, AUDITOR)

GDPR_33 = DutyRef("eu-gdpr-33", "shop")
GDPR_34 = DutyRef("eu-gdpr-34", "shop")
GDPR_33_5 = DutyRef("eu-gdpr-33-5", "shop")
_KINDS = {GDPR_34: DutyKind.TELL_PEOPLE, GDPR_33_5: DutyKind.KEEP_RECORD}
FACTS = Facts(
    version=1,
    incident="1",
    entities=(Entity(id="shop", established=("IE",), main_establishment="IE"),),
    populations=(Population(entity="shop", country="IE", people=988, fields=("name", "email"), people_upper=1014),),
)

_numbers = count(1)


def new_id() -> str:
    return f"e-{next(_numbers)}"


def duty(
    ref: DutyRef = GDPR_33,
    outcome: Outcome = Outcome.TRIGGERED,
    aware: datetime | None = AWARE,
    hours: int | None = 72,
) -> Duty:
    """One duty as the engine would say it."""
    due = aware + timedelta(hours=hours) if aware and hours else None
    deadline = Deadline(
        words="not later than 72 hours",
        starts="aware",
        starts_at=aware,
        due_at=due,
        due_local=due.isoformat() if due else "",
        zone="UTC",
    )
    return Duty(
        rule=ref.rule,
        jurisdiction="EU",
        jurisdiction_name="European Union",
        entity=ref.entity,
        duty=_KINDS.get(ref, DutyKind.NOTIFY_AUTHORITY),
        outcome=outcome,
        people=988,
        people_upper=1014,
        reasons=(),
        flips=(),
        deadline=deadline if outcome is not Outcome.NOT_TRIGGERED else None,
        addressees=("Data Protection Commission",),
        order="",
        citation="GDPR Art. 33",
        status=Status.CONFIRMED,
        not_confirmed=(),
    )


def decided(*duties: Duty, questions: tuple[str, ...] = ()) -> Decided:
    return Decided(
        version=1,
        decided_at=NOW,
        law_digest="l" * 64,
        law_on="2026-11-20",
        duties=duties,
        severity=None,
        questions=questions,
        words="a proposal",
    )


class Room:
    """A case in the making: each step is a command of somebody, and the events are kept."""

    def __init__(self) -> None:
        self.case: Case = EMPTY
        self.events: list[Event] = []
        self.now = NOW

    def do(self, actor: Actor, command: c.Command, now: datetime | None = None) -> tuple[Event, ...]:
        made = act(self.case, command, actor, now or self.now)
        self.events.extend(made)
        self.case = fold(made, self.case)
        return made

    def opened(self) -> Room:
        self.do(ENGINEER, c.OpenCase(id=new_id(), case="c-1", title="Names on account pages", incident=1))
        for actor in PEOPLE:
            if actor is not ENGINEER:
                self.do(ENGINEER, c.GrantAccess(id=new_id(), user=actor.user, role=actor.role, reason="works on it"))
        return self

    def measured(self, confirmed: int = 988, upper: int = 1014) -> Room:
        self.do(
            ENGINEER,
            c.RecordMeasurement(
                id=new_id(),
                figures=Figures(confirmed=confirmed, possible=4, estimate=confirmed, upper=upper),
                coverage=0.97,
                method="97 % of the answers were looked at",
                digest=f"{confirmed:032x}{upper:032x}",
                measured_at=NOW - timedelta(hours=1),
            ),
        )
        return self

    def stated(self, facts: Facts = FACTS) -> Room:
        self.do(ENGINEER, c.ChangeFacts(id=new_id(), seen=self.case.version, facts=facts, why="as measured"))
        return self

    def aware(self, at: datetime = AWARE) -> Room:
        [proposed] = self.do(
            ENGINEER, c.ProposeAware(id=new_id(), seen=self.case.version, aware_at=at, reason="the ticket said so")
        )
        return self.signed(COUNSEL, proposed)

    def asked(self, *duties: Duty, questions: tuple[str, ...] = ()) -> Room:
        facts = case_facts(self.case)
        assert facts is not None
        said = decided(*(duties or (duty(GDPR_33), duty(GDPR_34))), questions=questions)
        self.do(ENGINEER, c.RecordDuties(id=new_id(), facts_digest=facts_digest(facts), decided=said))
        return self

    def signed(self, actor: Actor, proposed: Event) -> Room:
        self.do(actor, c.Sign(id=new_id(), seen=self.case.version, proposal=proposed.id))
        return self

    def bound(self, ref: DutyRef = GDPR_33, binds: bool = True) -> Room:
        [proposed] = self.do(
            OFFICER,
            c.ProposeDuty(id=new_id(), seen=self.case.version, duty=ref, binds=binds, reason="strangers saw names"),
        )
        return self.signed(COUNSEL, proposed)

    def drafted(self, report: str = "r-1", **more: object) -> Room:
        self.do(
            ENGINEER,
            c.DraftReport(
                id=new_id(),
                report=report,
                addressee="Data Protection Commission",
                duties=(GDPR_33,),
                digest=DIGEST,
                **more,  # type: ignore[arg-type]
            ),
        )
        return self

    def approved(self, report: str = "r-1") -> Room:
        [proposed] = self.do(
            OFFICER, c.ProposeReport(id=new_id(), seen=self.case.version, report=report, digest=DIGEST)
        )
        return self.signed(COUNSEL, proposed)

    def sent(self, report: str = "r-1", at: datetime = NOW) -> Room:
        self.do(OFFICER, c.RecordSent(id=new_id(), report=report, sent_at=at, how="web form", receipt="DPC-1"))
        return self

    def planned(self, mailing: str = MAILING, digest: str = DIGEST, accepts: tuple[str, ...] = ()) -> Event:
        """The proposal to send a mailing."""
        [proposed] = self.do(
            OFFICER,
            c.ProposeMailing(
                id=new_id(),
                seen=self.case.version,
                mailing=mailing,
                doing=MailingAct.SEND,
                digest=digest,
                notices=980,
                accepts=accepts,
                reason="twenty samples were read",
            ),
        )
        return proposed


def decided_room() -> Room:
    """A case with figures, a signed aware-time and two triggered duties, nothing of them decided by people."""
    return Room().opened().measured().stated().aware().asked()
