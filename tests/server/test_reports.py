"""A report to an authority: drafted, signed by two, sent, followed up, withdrawn; the same bytes each time."""

from __future__ import annotations

import re
from html import unescape

import pytest

from tests.server.conftest import make_workspace
from tests.server.rooms import serve


@pytest.fixture(scope="module")
def own_room(tmp_path_factory):
    with serve(make_workspace(tmp_path_factory.mktemp("reports"))) as served:
        yield served


@pytest.fixture(scope="module")
def case(own_room):
    """An incident, with an aware-time that two have signed."""
    officer, counsel = own_room.somebody("officer"), own_room.somebody("counsel")
    number = officer.open_incident()
    own_room.let_in(number, counsel, own_room.somebody("agent"), own_room.somebody("auditor"))
    officer.act(number, "propose-aware", aware_at="2026-11-20T09:30", zone="Europe/Rome", reason="Support saw it.")
    sign(counsel, number)
    return number


def sign(somebody, number, page=""):
    shown = somebody.get(f"/incidents/{number}/{page}").text
    proposal = re.search(r'name="proposal" value="([^"]+)"', shown)
    assert proposal, shown
    return somebody.act(number, "sign", page, proposal=proposal[1])


def draft_link(somebody, number, law="GDPR"):
    page = somebody.get(f"/incidents/{number}/reports/").text
    links = [unescape(link) for link in re.findall(r'href="([^"]+/reports/new/\?[^"]+)"', page)]
    assert links, page
    return next(link for link in links if law in link or "eu-gdpr-33&" in link)


def hidden(page):
    return {
        name: unescape(value)
        for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    }


def test_a_report_is_drafted_and_can_be_had_as_pdf(own_room, case):
    officer = own_room.somebody("officer")
    link = draft_link(officer, case)
    form = officer.get(link)
    assert form.status_code == 200, form.text
    given = {name: value for name, value in hidden(form.text).items() if name in ("id", "was", "measures")}
    kept = officer.post(link, zone="Europe/Rome", language="en", **given)
    assert kept.status_code == 302, kept.text
    page = officer.get(kept.headers["location"])
    assert page.status_code == 200
    pdf = officer.get(kept.headers["location"] + "report.pdf")
    assert pdf.content.startswith(b"%PDF"), pdf.text
