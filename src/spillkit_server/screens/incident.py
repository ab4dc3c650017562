"""The pages of one incident: overview, figures, timeline, record, team; its duties are `duties`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from spillkit.case import Actor, Case, may_ask, may_sign, must_decide_again, running_clocks
from spillkit.case.commands import Attach, DraftReport
from spillkit.case.events import Event, spoken_fields
from spillkit.case.roles import Role
from spillkit.case.state import Proposal
from spillkit.scope import charts, worldmap
from spillkit.scope.measurement import Measurement
from spillkit.settings import open_workspace
from spillkit_server import words
from spillkit_server.asking import ACTS
from spillkit_server.cases import actor_of, new_id, read_case, read_events
from spillkit_server.cells import cells_of
from spillkit_server.duty_matrix import duty_counts
from spillkit_server.mailing_words import exceptions_words
from spillkit_server.measurements import measurement_of
from spillkit_server.models import EventRow, User
from spillkit_server.next_steps import next_steps
from spillkit_server.reminders.shown import reminding_of
from spillkit_server.told import noted_words

_FIRST_CLOCKS = 12
_NEWEST = 100  # lines of the timeline and of the record; older ones by a link


@dataclass(frozen=True, slots=True)
class Waiting:
    """A proposal, as the page shows it."""

    proposal: Proposal
    words: str
    exceptions: list[str]  # accepted with it although a check speaks against it
    reason: str
    may_sign: bool
    is_mine: bool


def frame(request: HttpRequest, number: int, case: Case, here: str) -> dict[str, Any]:
    """Return what every page of an incident carries."""
    actor = actor_of(request.user)
    allowed = {name.replace("-", "_"): may_ask(case, act.command, actor) for name, act in ACTS.items()}
    allowed |= {"draft_report": may_ask(case, DraftReport, actor), "attach": may_ask(case, Attach, actor)}
    return {
        "case": case,
        "number": number,
        "here": here,
        "may": allowed,
        "is_open": case.status == "open",
        "may_measure": may_see(request, "measure-again"),
        "may_read_reports": may_see(request, "incident-reports"),
        "names": names_of(case),
        "new_id": new_id,
        "back": request.path,
        "tabs": [(name, label) for name, label in words.tabs() if may_see(request, name)],
        "now": timezone.now(),
    }


def may_see(request: HttpRequest, name: str) -> bool:
    """Return whether this account may open a page."""
    from spillkit_server.gate import role_of
    from spillkit_server.permissions import may

    return may(role_of(request.user), name)


def names_of(case: Case) -> dict[str, str]:
    """Return the names of the accounts that a case speaks of, by opaque id."""
    known = {moment.actor for moment in case.timeline} | set(case.access)
    return dict(User.objects.filter(opaque__in=known).values_list("opaque", "username"))


@require_safe
def incident(request: HttpRequest, number: int) -> HttpResponse:
    """Show the fourteen questions, the clocks, and what waits for a signature."""
    case, now = read_case(number), timezone.now()
    actor = actor_of(request.user)
    measurement = measurement_of(number, case)
    clocks = running_clocks(case, now)
    dated = [clock for clock in clocks if clock.due_at is not None]
    said = {
        "next": next_steps(case, actor),
        "cells": cells_of(number, case, measurement),
        "measurement": measurement,
        "clocks": [words.clock_words(clock) for clock in dated[:_FIRST_CLOCKS]],
        "more_clocks": max(0, len(dated) - _FIRST_CLOCKS),
        "undated": [words.clock_words(clock) for clock in clocks if clock.due_at is None],
        "waiting": waiting_for(case, actor),
        "question_count": len(case.open_questions),
        "range_bar": charts.range_bar(measurement.people) if measurement else "",
        "patterns": charts.patterns(),
        "counts": duty_counts(case),
        "zones": zones_of(case),
        "must_decide": must_decide_again(case),
        "reminding": reminding_of(number, case, request.user, now),
    }
    return render(request, "incident.html", {**frame(request, number, case, "incident"), **said})


@require_safe
def figures(request: HttpRequest, number: int) -> HttpResponse:
    """Show the numbers with their charts, and every earlier number."""
    case = read_case(number)
    measurement = measurement_of(number, case)
    said = {
        "m": measurement,
        "rows": tuple(reversed(case.figures)),
        "correctable": words.figure_lines(case.figure.figures) if case.figure else (),
        "patterns": charts.patterns(),
        **_drawn(measurement),
    }
    return render(request, "figures.html", {**frame(request, number, case, "incident-figures"), **said})


@require_safe
def timeline(request: HttpRequest, number: int) -> HttpResponse:
    """Show everything that happened, newest first, with what people wrote."""
    case = read_case(number)
    names = names_of(case)
    moments = tuple(reversed(case.timeline))
    shown = moments if request.GET.get("show") == "all" else moments[:_NEWEST]
    events = read_events(number, shown[-1].number if shown else 0)
    written = {event.id: _written(event) for event in events}
    noted = {event.id: noted_words(event) for event in events}
    lines = [
        {
            "moment": moment,
            "words": words.moment_words(moment, names),
            "written": written.get(moment.id, []),
            "noted": noted.get(moment.id, ""),
            "erased": case.erased.get(moment.id),
        }
        for moment in shown
    ]
    said = {"lines": lines, "older": len(moments) - len(shown)}
    return render(request, "timeline.html", {**frame(request, number, case, "incident-timeline"), **said})


@require_safe
def record(request: HttpRequest, number: int) -> HttpResponse:
    """Show what of this case is in the record, and how it is proved."""
    from spillkit.record import open_record

    case = read_case(number)
    log = open_record(open_workspace(settings.ROOM.workspace))
    entries = log.of_case(case.id)
    known = {row.event_id: row for row in EventRow.objects.filter(case__number=number).defer("body")}
    lines = [
        {
            "place": place,
            "entry": entry,
            "is_same": (row := known.get(entry.id)) is not None and row.digest == entry.facts.get("digest"),
        }
        for place, entry in reversed(entries)
    ]
    newest = lines if request.GET.get("show") == "all" else lines[:_NEWEST]
    said = {
        # Every entry is compared; one that differs is shown, however old it is.
        "lines": [*newest, *(line for line in lines[len(newest) :] if not line["is_same"])],
        "older": len(lines) - len(newest),
        "waiting_count": sum(not row.is_recorded for row in known.values()),
        "checkpoint": log.checkpoint(),
        "note": log.checkpoint_note().decode("utf-8", "replace"),
    }
    return render(request, "record.html", {**frame(request, number, case, "incident-record"), **said})


@require_safe
def team(request: HttpRequest, number: int) -> HttpResponse:
    """Show who needs to know, and what is to do."""
    case = read_case(number)
    names = names_of(case)
    others = User.objects.filter(is_active=True).exclude(opaque__in=case.access).order_by("username")
    said = {
        "members": [
            (member, names.get(member.user, member.user), words.role_words(member.role))
            for member in case.access.values()
        ],
        "others": [(user, words.role_words(Role(user.role))) for user in others],
        "zones": zones_of(case),
    }
    return render(request, "team.html", {**frame(request, number, case, "incident-team"), **said})


def waiting_for(case: Case, actor: Actor) -> list[Waiting]:
    """Return the proposals that wait for a second person."""
    return [waiting_of(case, proposal, actor) for proposal in case.proposals]


def waiting_of(case: Case, proposal: Proposal, actor: Actor) -> Waiting:
    """Return one of them, as this reader may sign it or take it back."""
    return Waiting(
        proposal=proposal,
        words=words.proposal_words(case, proposal),
        exceptions=exceptions_words(proposal.accepts),
        reason=proposal.by.reason,
        may_sign=may_sign(proposal, actor),
        is_mine=proposal.by.actor == actor.user,
    )


def zones_of(case: Case) -> list[str]:
    """Return the zones in which people of this case read clocks; that of whoever looks comes first."""
    zones = {entity.zone for entity in case.facts.entities} if case.facts else set()
    own = timezone.get_current_timezone_name()
    return list(dict.fromkeys((own, "UTC", *sorted(zones))))


def _written(event: Event) -> list[tuple[str, str]]:
    """Return what a person wrote in an event, with what it was asked as."""
    if noted_words(event):
        return []
    found = [(name, getattr(event, name)) for name in spoken_fields(type(event))]
    return [(words.written_words(name), text) for name, text in found if text]


def _drawn(m: Measurement | None) -> dict[str, Any]:
    """Return the charts of a measurement, each beside its table."""
    if m is None:
        return {}
    people = {
        count.label.upper(): (count.confirmed or 0) + (count.possible or 0)
        for count in m.by_country
        if len(count.label) == 2 and (count.confirmed or count.possible)
    }

    def rows(counts: Any, named: Any) -> list[dict[str, Any]]:
        largest = max(((one.confirmed or 0) + (one.possible or 0) for one in counts), default=0)
        return [
            {
                "label": named(one.label),
                "confirmed": one.confirmed,
                "possible": one.possible,
                "bar": charts.bar(one.confirmed or 0, one.possible or 0, largest),
            }
            for one in counts
        ]

    def plain(label: str) -> str:
        return label or _("not known")

    return {
        "range_bar": charts.range_bar(m.people),
        "share_bar": charts.share_bar(m.coverage.share),
        "histogram": charts.histogram(m.histogram),
        "axis": _axis(m),
        "map": {"svg": worldmap.draw_map(people), "legend": worldmap.legend(people)} if people else None,
        "tables": [
            (_("By country"), _("Country"), rows(m.by_country, words.country_words)),
            (_("By legal entity"), _("Legal entity"), rows(m.by_legal_entity, plain)),
            (_("By account type"), _("Account type"), rows(m.by_account_type, plain)),
            (_("By field"), _("Field"), rows(m.by_field, words.field_words)),
        ],
        "strips": [(source, charts.coverage_strip(source, m.coverage)) for source in m.coverage.sources],
    }


def _axis(m: Measurement) -> list[datetime]:
    from datetime import timedelta

    if not m.histogram.bins:
        return []
    first = m.histogram.bins[0].start_at
    last = m.histogram.bins[-1].start_at + timedelta(seconds=m.histogram.bin_seconds)
    end = first + (last - first) / charts.histogram_share(m.histogram)
    return [first, first + (end - first) / 2, end]
