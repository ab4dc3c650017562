"""Whatever people ask, in whatever order, the case keeps its promises."""

from __future__ import annotations

import json
import random
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from spillkit.case import EMPTY, Case, act, apply, case_facts, decode, encode, facts_digest, fold, running_clocks
from spillkit.case import commands as c
from spillkit.case import events as e
from spillkit.case.fold import Stored, fold_whole
from spillkit.case.roles import DECIDERS, SIGNERS
from spillkit.case.state import Signature
from spillkit.errors import CaseDamaged, CaseError
from spillkit.law.decision import Outcome
from tests.case.room import (
    AWARE,
    COUNSEL,
    DIGEST,
    FACTS,
    GDPR_33,
    GDPR_33_5,
    GDPR_34,
    NOW,
    PEOPLE,
    SYSTEM,
    Room,
    decided,
    duty,
    new_id,
)

REPORTS = ("r-1", "r-2")


def _any_command(rng: random.Random, case: Case) -> c.Command:
    """Something that somebody might ask at this moment: mostly sensible, often too late, sometimes nonsense."""
    made = new_id()
    seen = max(0, case.version - rng.choice([0, 0, 0, 0, 1, 3]))
    ref = rng.choice([GDPR_33, GDPR_33_5, GDPR_34])
    proposal = rng.choice([proposal.by.event for proposal in case.proposals] or ["e-0"])
    report = rng.choice(REPORTS)
    reported = GDPR_33 if rng.random() < 0.9 else ref
    facts = case_facts(case)
    users = [actor.user for actor in PEOPLE]
    figures = e.Figures(confirmed=rng.randrange(50), upper=rng.choice([None, 50, 60]))
    now = case.figure.figures.upper if case.figure else None
    choices = [
        c.Sign(id=made, seen=seen, proposal=proposal),
        c.Sign(id=made, seen=seen, proposal=proposal),
        c.Sign(id=made, seen=seen, proposal=proposal),
        _about_a_mailing(rng, case, made, seen),
        _about_a_mailing(rng, case, made, seen),
        c.Decline(id=made, seen=seen, proposal=proposal, reason="no"),
        c.ProposeAware(id=made, seen=seen, aware_at=AWARE + timedelta(hours=rng.randrange(9)), reason="ticket"),
        c.ProposeDuty(id=made, seen=seen, duty=ref, binds=rng.random() < 0.7, reason="why"),
        c.ProposeDuty(id=made, seen=seen, duty=ref, binds=rng.random() < 0.7, reason="why"),
        c.ProposeWord(id=made, seen=seen, reason="why"),
        c.ProposeClose(id=made, seen=seen, reason="done"),
        c.Reopen(id=made, seen=seen, reason="more"),
        c.RecordMeasurement(
            id=made, figures=figures, coverage=0.5, method="m", digest=f"{rng.randrange(9):064x}", measured_at=AWARE
        ),
        c.CorrectFigure(id=made, seen=seen, figure=e.Figure.UPPER, old=now, new=rng.choice([None, 70, 80]), why="w"),
        c.ChangeFacts(id=made, seen=seen, facts=FACTS, why="w"),
        c.AnswerQuestion(id=made, seen=seen, question="high-risk", answer="no", reason="w"),
        c.RecordDuties(
            id=made,
            facts_digest=facts_digest(facts) if facts and rng.random() < 0.9 else DIGEST,
            decided=decided(
                duty(GDPR_33),
                duty(GDPR_34, rng.choice([Outcome.TRIGGERED, Outcome.NOT_TRIGGERED])),
                duty(GDPR_33_5),
                questions=rng.choice([(), ("high-risk",)]),
            ),
        ),
        c.DraftReport(id=made, report=report, addressee="DPC", duties=(reported,), digest=DIGEST),
        c.ProposeReport(id=made, seen=seen, report=_one(rng, case, "draft"), digest=DIGEST),
        c.RecordSent(id=made, report=_one(rng, case, "approved"), sent_at=NOW, how="form"),
        c.WithdrawDraft(id=made, report=report, reason="w"),
        c.RecordTold(id=made, duties=(ref,), people=3, told_at=NOW, how="mail"),
        c.RecordMet(id=made, duty=ref, met_at=NOW, how="w"),
        c.AddNote(id=made, words="n"),
        c.AddTask(id=made, task=rng.choice(["t-1", "t-2"]), words="w", owner=rng.choice(users)),
        c.FinishTask(id=made, task=rng.choice(["t-1", "t-2"])),
        c.GrantAccess(id=made, user=rng.choice(users), role=rng.choice(PEOPLE).role, reason="w"),
        c.RevokeAccess(id=made, user=rng.choice(users), reason="w"),
        c.SetHold(id=made, reason="w"),
        c.LiftHold(id=made, reason="w"),
        c.RecordReminder(id=made, duty=ref, percent=50, due_at=NOW),
        c.OpenCase(id=made, case="c-2", title="again"),
    ]
    return rng.choice(choices)


def _about_a_mailing(rng: random.Random, case: Case, made: str, seen: int) -> c.Command:
    doing = rng.choice(list(e.MailingAct)) if case.mailings or rng.random() < 0.1 else e.MailingAct.SEND
    return c.ProposeMailing(
        id=made,
        seen=seen,
        mailing=rng.choice(["m-1", "m-1", "m-1", "m-2"]),
        doing=doing,
        digest=rng.choice([DIGEST, "f" * 64]),
        notices=rng.choice([0, 1, 2, 2]),
        accepts=rng.choice([(), ("unread:it",), ("unread:it", "contradiction:00ff")]),
        reason="why",
    )


def _one(rng: random.Random, case: Case, state: str) -> str:
    """A report in that state, where there is one."""
    return rng.choice([report.report for report in case.reports if report.state == state] or REPORTS)


def _pairs(case: Case) -> list[tuple[Signature | None, Signature | None]]:
    """The two signatures of everything that stands decided."""
    pairs: list[tuple[Signature | None, Signature | None]] = []
    pairs += [(aware.first, aware.second) for aware in (*case.earlier_aware, *([case.aware] if case.aware else []))]
    pairs += [(state.first, state.second) for state in case.duties if state.state != "proposed"]
    pairs += [(report.first, report.second) for report in case.reports if report.state in ("approved", "sent")]
    pairs += [(each.first, each.second) for each in case.mailings]
    pairs += [pair for pair in (case.word, case.closed) if pair is not None]
    return pairs


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), steps=st.integers(1, 120))
def test_no_order_of_commands_breaks_a_promise(seed, steps):
    rng = random.Random(seed)
    room = Room().opened()
    if rng.random() < 0.8:
        room.measured().stated().asked(duty(GDPR_33, aware=None), duty(GDPR_34, aware=None))
        if rng.random() < 0.5:
            room.signed(COUNSEL, room.planned("m-1"))
    before = room.case
    for _ in range(steps):
        actor = rng.choice([*PEOPLE, SYSTEM])
        command = _any_command(rng, before)
        room.now += timedelta(minutes=rng.choice([0, 1, 5, -30]))
        try:
            made = room.do(actor, command)
        except CaseError:
            assert room.case is before  # A refusal changes nothing.
            continue
        after = room.case
        if not made:
            assert after is before
            continue
        # 1. Two people, one of whom may decide; neither an agent nor an auditor.
        for first, second in _pairs(after):
            assert first is not None
            assert second is not None
            assert first.actor != second.actor
            assert {first.role, second.role} <= SIGNERS
            assert {first.role, second.role} & DECIDERS
        # 2. Figures, aware-times and the timeline only grow.
        assert after.figures[: len(before.figures)] == before.figures
        assert after.earlier_aware[: len(before.earlier_aware)] == before.earlier_aware
        assert after.timeline[: len(before.timeline)] == before.timeline
        assert after.mailings[: len(before.mailings)] == before.mailings
        under_way = {each.mailing for each in after.mailings if each.doing is e.MailingAct.SEND}
        assert {each.mailing for each in after.mailings} <= under_way
        # 3. The same request again does nothing.
        assert act(after, command, actor, room.now) == ()
        assert fold(made, after) == after
        # 4. What was decided never disappears, and what is closed takes nothing but quiet events.
        decided_before = {state.ref for state in before.duties if state.state != "proposed"}
        assert decided_before <= {state.ref for state in after.duties}
        if before.status == "closed":
            assert isinstance(made[0], (e.Reopened, *e.QUIET))
        # 5. Somebody who may decide always has access.
        if any(member.role in DECIDERS for member in before.access.values()):
            assert any(member.role in DECIDERS for member in after.access.values())
        running_clocks(after, room.now)
        before = after
    # 6. All at once, step by step, through JSON, from the middle, and twice over: the same case.
    events = room.events
    stored = [decode(encode(event)) for event in events]
    assert fold(stored) == room.case
    step = EMPTY
    for event in stored:
        step = apply(step, event)
    assert step == room.case
    middle = rng.randrange(len(events) + 1)
    assert fold(events[middle:], fold(events[:middle])) == room.case
    assert fold([*events, *events]) == room.case
    kept = msgspec.json.decode(msgspec.json.encode(fold(events[:middle])), type=Case)
    assert fold(events[middle:], kept) == room.case
    assert [moment.number for moment in room.case.timeline] == list(range(1, len(events) + 1))


def test_the_random_people_get_far_enough():
    """The property above is worth something only if decisions are made in it."""
    reached, done = set(), set()
    for seed in range(60):
        rng = random.Random(seed)
        room = Room().opened().measured().stated().asked(duty(GDPR_33, aware=None), duty(GDPR_34, aware=None))
        if seed % 2:
            room.signed(COUNSEL, room.planned("m-1"))
        for _ in range(120):
            try:
                room.do(rng.choice([*PEOPLE, SYSTEM]), _any_command(rng, room.case))
            except CaseError:
                continue
        reached |= {type(event) for event in room.events}
        done |= {each.doing for each in room.case.mailings}
    signed = {e.AwareSigned, e.DutyAccepted, e.DutyRejected, e.ReportApproved, e.MailingSigned, e.WordSigned}
    assert {*signed, e.ReportSent} <= reached
    assert done == set(e.MailingAct)


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_events_that_were_tampered_with_are_refused_or_still_keep_the_promises(seed):
    """One value of one stored event becomes another, or two events change places, or one is gone."""
    rng = random.Random(seed)
    room = Room().opened().measured().stated().aware().asked(duty(GDPR_33), duty(GDPR_34))
    room.bound(GDPR_33).drafted().approved().sent()
    room.signed(COUNSEL, room.planned(accepts=("unread:it",)))
    stored = [json.loads(encode(event)) for event in room.events]
    at, other = rng.randrange(len(stored)), rng.randrange(len(stored))
    match rng.randrange(4):
        case 0:
            del stored[at]
        case 1:
            stored[at], stored[other] = stored[other], stored[at]
        case 2:
            name = rng.choice(list(stored[other]))
            stored[at][name] = stored[other][name]
        case _:
            name = rng.choice([name for name in stored[at] if name != "event"])
            stored[at][name] = rng.choice([None, "", "u-officer", 0, -1, [], {}, "2026-11-22T04:00:00Z", "x" * 400])
    try:
        case = fold(decode(json.dumps(event)) for event in stored)
    except CaseDamaged:
        return
    for first, second in _pairs(case):
        assert first is not None
        assert second is not None
        assert first.actor != second.actor
        assert {first.role, second.role} & DECIDERS


@settings(max_examples=300, deadline=None)
@given(data=st.one_of(st.binary(max_size=300), st.text(max_size=300)))
def test_stored_bytes_that_are_no_event_are_refused_in_words(data):
    with pytest.raises(CaseDamaged, match="prove verify"):
        decode(data)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_stored_events_that_are_not_whole_are_refused_by_number(seed):
    """Cut off, lost in the middle, twice, in another order, altered, or renumbered to hide it: the first one is named."""
    rng = random.Random(seed)
    room = Room().opened().measured().stated().aware().asked(duty(GDPR_33), duty(GDPR_34))
    for _ in range(rng.randrange(40)):
        try:
            room.do(rng.choice([*PEOPLE, SYSTEM]), _any_command(rng, room.case))
        except CaseError:
            continue
    events = [decode(encode(event)) for event in room.events]
    whole = [Stored(number, e.digest(event), event) for number, event in enumerate(events, 1)]
    version = len(whole)
    assert fold_whole(whole, version) == room.case
    at, other = sorted(rng.sample(range(version), 2))
    lost = [*whole[:at], *whole[at + 1 :]]
    swapped = [*whole[:at], whole[other], *whole[at + 1 : other], whole[at], *whole[other + 1 :]]
    later = replace(whole[at].event, at=whole[at].event.at + timedelta(seconds=1))
    damaged = {
        "cut off": (whole[:at], at + 1),
        "lost": (lost, at + 1),
        "lost and renumbered": (_renumbered(lost), None),
        "twice": ([*whole[: at + 1], *whole[at:]], at + 2),
        "twice and renumbered": (_renumbered([*whole[: at + 1], *whole[at:]]), at + 2),
        "another order": (swapped, at + 1),
        "altered": ([*whole[:at], whole[at]._replace(event=later), *whole[at + 1 :]], at + 1),
        "one too many": ([*whole, Stored(version + 1, whole[at].digest, whole[at].event)], version + 1),
    }
    for stored, number in damaged.values():
        named = r"[Ee]vent " if number is None else rf"^Event {number} of the case"
        with pytest.raises(CaseDamaged, match=named):
            fold_whole(stored, version)


def _renumbered(stored: list[Stored]) -> list[Stored]:
    return [one._replace(number=number) for number, one in enumerate(stored, 1)]
