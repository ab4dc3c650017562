"""A mailing that two people sign in a room that nobody serves: what the tests of letters and in-app lists begin with.

Runs as a process of its own, in the environment of the room: `python -m tests.server.handed` with a call as JSON.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from tests.server.mail_services import reports_of
from tests.server.prepared_mailings import NAME, NOW, UNREAD, prepare

PEOPLE = """\
id,email,name,country,language,entity,fields,street,postcode,city
c_1,ann@mail.example,Ann Roe,IT,it,shop-eu,"name, e-mail",Via Roma 3,20121,Milano
c_2,,Ben Poe,DE,en,shop-eu,"e-mail, phone number",Lange Straße 5,10115,Berlin
c_3,,هدى الخطيب,EG,ar,shop-eu,"name, address",شارع التحرير 12,11511,القاهرة
c_4,,No Street,FR,en,shop-eu,name,,75001,Paris
c_5,,=Eve<b>\u202e,SE,en,shop-eu,name,+1 Gatan,111 22,Stockholm
c_6,fay@mail.example,Fay Doe,GB,en,shop-eu,"name, e-mail",1 Mill Lane,OX1 2JD,Oxford
"""


def begin() -> dict[str, Any]:
    """Open a case, prepare a mailing in it, propose that it is sent, let another sign, and take one notice back."""
    from django.conf import settings

    from spillkit.case.commands import GrantAccess, OpenCase, ProposeMailing
    from spillkit.case.events import MailingAct
    from spillkit.case.roles import Actor, Role
    from spillkit.errors import SendingError
    from spillkit.settings import open_workspace
    from spillkit_server import cases, handing
    from spillkit_server.models import CaseRow, NoticeRow
    from spillkit_server.sending.filling import fill

    workspace, officer = open_workspace(settings.ROOM.workspace), Actor("u_olga", Role.OFFICER)
    number = cases.open_case(OpenCase(id=cases.new_id(), case="case-1", title="Cache"), [], officer, NOW)
    made = prepare(case=number, people=PEOPLE, unread=UNREAD)
    row = CaseRow.objects.get(number=number)
    fill(workspace, NAME, row, NOW)
    grant = GrantAccess(id=cases.new_id(), user="u_karim", role=Role.COUNSEL, reason="counsel")
    seen = cases.ask(number, [grant], officer, NOW).version
    propose = ProposeMailing(
        id=cases.new_id(), seen=seen, mailing=NAME, doing=MailingAct.SEND, digest=made["digest"],
        notices=len(made["notices"]), accepts=tuple(f"unread:{tag}" for tag in UNREAD), reason="They have to know.",
    )  # fmt: skip
    cases.ask(number, [propose], officer, NOW)
    try:
        handing.write_in_app(workspace, NAME, workspace.root / "before.csv", who=handing.Who(everybody=True), now=NOW)
        refused = ""
    except SendingError as error:
        refused = str(error)
    _sign(number)
    withdrawn = made["notices"][0]
    NoticeRow.objects.filter(notice=withdrawn).update(state="withdrawn", next_at=None)
    return {
        "case": number,
        "refused": refused,
        "withdrawn": withdrawn,
        "left": (workspace.root / "before.csv").exists(),
    }


def _sign(case: int) -> None:
    """Let the second person sign."""
    from spillkit.case.commands import Sign
    from spillkit.case.roles import Actor, Role
    from spillkit_server import cases

    now = cases.read_case(case)
    [proposal] = now.proposals
    command = Sign(id=cases.new_id(), seen=now.version, proposal=proposal.by.event)
    cases.ask(case, [command], Actor("u_karim", Role.COUNSEL), NOW)


def report(notice: str) -> dict[str, Any]:
    """Let every service report that a notice came back, then one of them at the room's address."""
    from django.conf import settings
    from django.test import Client, RequestFactory

    from spillkit.errors import NoticesError
    from spillkit_server.mail_service import SERVICES, read_service
    from spillkit_server.sending.service_reports import reports_in

    said: dict[str, Any] = {}
    signing = "s" * 30
    for name in SERVICES:
        service = read_service({
            "SPILLKIT_MAIL_SERVICE": name, "SPILLKIT_MAIL_SERVICE_KEY": "k" * 20 + ":" * (name == "mailjet") + "k" * 20,
            "SPILLKIT_MAIL_SERVICE_HOOK": "h" * 40, "SPILLKIT_MAIL_SERVICE_SIGNING_KEY": signing,
        })  # fmt: skip
        assert service is not None

        def post(body: bytes, service: Any = service) -> Any:
            request = RequestFactory().post("/x", body, content_type="application/json")
            try:
                return [[one.notice, one.what.value] for one in reports_in(service, request)]
            except NoticesError:
                return "refused"

        whole = reports_of(name, notice, signing)
        odd = (b"", b"[]", b"{}", b"[1]", b"null", b"\xff", whole[:-9], whole.replace(notice.encode(), b"../x y"))
        said[name] = {"whole": post(whole), "odd": [post(body) for body in odd]}
    hook, room = settings.ROOM.service.hook, Client()

    def status(secret: str, body: bytes = b"{") -> int:
        answer = room.post(f"/mail-service/{secret}/", body, content_type="application/json", HTTP_HOST="localhost")
        return int(answer.status_code)

    body = reports_of("postmark", notice, signing)
    said["room"] = [
        status("x" * 40, body),
        status(hook + "x", body),
        status(hook),
        status(hook, b"x" * (2 << 20)),
        status(hook, body),
    ]
    said["kept"] = (settings.ROOM.folder / "service-reports").read_text()
    return said


def main() -> None:
    from spillkit_server import start

    start.set_up(os.environ)
    name, given = json.loads(sys.argv[1])
    print(json.dumps({"begin": begin, "report": report}[name](**given)))


if __name__ == "__main__":
    main()
