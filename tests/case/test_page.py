"""What docs/explanation/case.md says is what the library does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from spillkit.case import commands as c
from spillkit.case.acts import MAY
from spillkit.case.roles import Role

PAGE = Path("docs/explanation/case.md").read_text(encoding="utf-8")
ROLES = (Role.ENGINEER, Role.OFFICER, Role.COUNSEL, Role.AGENT, Role.AUDITOR)
# Which commands a line of the table speaks of.
LINES: dict[str, tuple[type[c.Command], ...]] = {
    "open a case; give access": (c.OpenCase, c.GrantAccess),
    "measure, state facts, correct a figure": (c.RecordMeasurement, c.ChangeFacts, c.CorrectFigure),
    "let the engine decide; draft a report; write down protections": (c.RecordDuties, c.DraftReport, c.AddProtection),
    "propose the aware-time": (c.ProposeAware,),
    "sign or decline": (c.Sign, c.Decline),
    "answer the engine's questions": (c.AnswerQuestion,),
    "propose anything else": (c.ProposeDuty, c.ProposeWord, c.ProposeReport, c.ProposeMailing, c.ProposeClose),
    "write down that a report was sent, people were told, a duty was done": (c.RecordSent, c.RecordTold, c.RecordMet),
    "withdraw a draft; take access away; set a legal hold; open again": (
        c.WithdrawDraft,
        c.RevokeAccess,
        c.SetHold,
        c.Reopen,
    ),
    "lift a legal hold": (c.LiftHold,),
    "notes, tasks, files": (c.AddNote, c.AddTask, c.FinishTask, c.ReassignTask, c.Attach),
}


@pytest.mark.parametrize("line", LINES)
def test_the_table_of_roles_is_what_is_allowed(line):
    [row] = [row for row in PAGE.splitlines() if row.startswith(f"| {line} |")]
    allowed = {role for role, cell in zip(ROLES, row.split("|")[2:7], strict=True) if cell.strip() == "yes"}
    for kind in LINES[line]:
        assert MAY[kind] == allowed, kind.__name__


def test_every_command_of_a_person_is_in_the_table():
    named = {kind for kinds in LINES.values() for kind in kinds}
    assert named == {kind for kind, roles in MAY.items() if roles != {Role.SYSTEM}}


def test_the_example_runs():
    [example] = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    exec(compile(example, "docs/explanation/case.md", "exec"), {})
