"""The form of a report to an authority: what only people know of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import msgspec
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from spillkit.authority import Made, Report, Statement
from spillkit.authority.from_case import sent_before
from spillkit.authority.make import items_of
from spillkit.authority.page import direction_of, write_body
from spillkit.authority.phrases import LANGUAGES, Phrases, phrases
from spillkit.authority.report import Section, State
from spillkit.authority.statement import Said
from spillkit.case import Case
from spillkit.case.events import DutyRef, Phase
from spillkit.errors import CaseError, ChangedSince, InputError, KeptDamaged, NotAllowed, SpillkitError
from spillkit_server import reporting, saying, words
from spillkit_server.cases import actor_of, new_id, read_case
from spillkit_server.deciding import books
from spillkit_server.report_languages import first_language, languages_there, named
from spillkit_server.reporting import Wanted
from spillkit_server.screens.incident import frame, zones_of
from spillkit_server.screens.reports import report_of
from spillkit_server.told import refusal_words

# Items that have fields of their own in the form; every other one has a text.
_OWN_FIELDS = frozenset(
    {"contact", "identity", "measures", "prevention", "delay-reasons", "told-people", "told-others"}
)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the form, with what was typed."""

    name: str
    value: str
    error: str


@dataclass(frozen=True, slots=True)
class Item:
    """One part of the report, as the form shows it."""

    id: str
    title: str
    is_open: bool
    missing: tuple[str, ...]
    proposed: tuple[str, ...]  # words by the program that nobody has taken as his own
    changes: tuple[str, ...]
    say: Field
    because: Field
    expected: Field
    changed: Field


@require_http_methods(["GET", "HEAD", "POST"])
def report_new(request: HttpRequest, number: int) -> HttpResponse:
    """Draft a report for a duty."""
    case = read_case(number)
    duty = DutyRef(request.GET.get("rule", ""), request.GET.get("entity", ""))
    found = case.duty(duty)
    if found is None:
        raise Http404
    sent = sent_before(case, duty)
    phase = _phase(request.GET.get("phase", ""), has_sent=bool(sent))
    wanted = Wanted(duty=duty, phase=phase, statement=Statement(), also=_also(request, case, duty))
    if request.method == "POST":
        return _posted(request, number, case, wanted)
    before = _last_said(number, case, duty)
    said, kept = before if before is not None else (Statement(), None)
    said = msgspec.structs.replace(said, changed={}, withdrawn_because="")
    wanted = _with(wanted, said, kept)
    wanted = replace(wanted, language=first_language(found.duty, wanted.language))
    return _form(request, number, case, wanted, saying.fields_of(said, kept.zone if kept else "UTC"))


@require_http_methods(["GET", "HEAD", "POST"])
def report_edit(request: HttpRequest, number: int, report: str) -> HttpResponse:
    """Change a draft: a new one takes its place, and is signed anew."""
    case = read_case(number)
    found = report_of(case, report)
    if found.state != "draft":
        raise Http404
    also = _also(request, case, found.duties[0]) if request.method == "POST" else found.duties[1:]
    wanted = Wanted(
        duty=found.duties[0], phase=found.phase, statement=Statement(), also=also, report=report, was=found.digest
    )
    if request.method == "POST":
        return _posted(request, number, case, wanted)
    said = reporting.statement_of(reporting.kept_row(number, found))
    kept = reporting.read_kept(number, found)
    return _form(request, number, case, _with(wanted, said, kept), saying.fields_of(said, kept.zone))


# The form


def _posted(request: HttpRequest, number: int, case: Case, wanted: Wanted) -> HttpResponse:
    """Keep what was typed as a draft; where something is wrong, give the form back as it was typed."""
    fields = {name: str(request.POST[name]) for name in request.POST}
    language = fields.get("language", "")
    wanted = replace(
        wanted,
        was=fields.get("was", ""),
        zone=fields.get("zone", "").strip(),
        language=language if language in LANGUAGES else "en",
    )
    typed = saying.read_said(fields, _items(wanted))
    try:
        wanted = _with_taken(number, case, replace(wanted, statement=typed.statement), typed.taken)
        fields |= {
            f"say-{item}": wanted.statement.say[item].words for item in typed.taken if item in wanted.statement.say
        }
    except SpillkitError as error:
        return _form(request, number, case, wanted, fields, typed.errors, error)
    if "more" in fields:
        fields["measures"] = str(saying.measure_count(fields) + 2)
        return _form(request, number, case, wanted, fields, typed.errors)
    if "look" in fields or typed.errors:
        return _form(request, number, case, wanted, fields, typed.errors, is_shown=not typed.errors)
    try:
        name = reporting.keep_draft(number, wanted, fields.get("id", ""), actor_of(request.user), timezone.now())
    except (CaseError, InputError) as error:
        return _form(request, number, read_case(number), wanted, fields, typed.errors, error)
    messages.success(request, _("The draft is kept. Read it; then another person signs it."))
    return redirect("incident-report", number=number, report=name)


def _form(
    request: HttpRequest,
    number: int,
    case: Case,
    wanted: Wanted,
    fields: dict[str, str],
    errors: dict[str, str] | None = None,
    error: Exception | None = None,
    *,
    is_shown: bool = False,
) -> HttpResponse:
    """Show the form with what was typed, and what is still missing.

    error     why it was not kept
    is_shown  the report as it would be stands below
    """
    errors = errors or {}
    why: str = refusal_words(error) if error is not None else ""
    made: Made | None = None
    shown: Made | None
    try:
        made = shown = reporting.make(number, case, wanted, timezone.now())
    except (InputError, KeptDamaged) as refused:
        why = why or refusal_words(refused)
        shown = _without_words(number, case, wanted)
    items = _shown_items(shown, fields, errors)
    said = {
        "wanted": wanted,
        "phase_words": words.phase_words(wanted.phase),
        "duty": case.duty(wanted.duty),
        "why": why,
        "errors": errors,
        "was": _digest_now(case, wanted),
        "id": new_id(),
        "items": [item for item in items if item.id not in _OWN_FIELDS],
        "own": {item.id: item for item in items if item.id in _OWN_FIELDS},
        "has": set(_items(wanted)),
        "contact": [(part, _field(fields, errors, f"contact-{part}")) for part in saying.CONTACT],
        "company": [(part, _field(fields, errors, f"company-{part}")) for part in saying.COMPANY],
        "measures": _measures(fields, errors),
        "measure_count": saying.measure_count(fields),
        "may_have_more": saying.measure_count(fields) < saying.MOST_MEASURES,
        "states": saying.STATES,
        "aims": saying.AIMS,
        "told_states": saying.TOLD,
        "protections": case.protections,
        "told": case.told,
        "one": {name: _field(fields, errors, name) for name in _SINGLE},
        "is_late": made is not None and bool(made.report.clock.is_late),
        **_languages(case, wanted),
        "languages": [(code, name) for code, name in settings.LANGUAGES if code in LANGUAGES],
        "zone": wanted.zone or (made.report.zone if made is not None else "UTC"),
        "zones": zones_of(case),
        "also": [
            {"state": state, "is_chosen": state.ref in wanted.also}
            for state in reporting.met_together(case, wanted.duty)
        ],
        "notes": made.notes if made is not None else (),
        "made": made.report if made is not None else None,
        "body": write_body(made.report, is_draft=True, top=3) if made is not None and is_shown else "",
        "body_direction": direction_of(made.report) if made is not None else "ltr",
        "drafts": [
            each
            for each in case.reports
            if each.state == "draft" and wanted.duty in each.duties and each.drafted.event not in case.erased
        ]
        if not wanted.report
        else [],
    }
    status = 200 if not errors and error is None else 409 if isinstance(error, ChangedSince) else 400
    status = 403 if isinstance(error, NotAllowed) else status
    page = {**frame(request, number, case, "incident-reports"), **said}
    return render(request, "report_form.html", page, status=status)


def _languages(case: Case, wanted: Wanted) -> dict[str, Any]:
    """Return what is known of the language that the authority wants."""
    state, rule = case.duty(wanted.duty), books().rules.get(wanted.duty.rule)
    return {
        "there": named(languages_there(state.duty)) if state is not None else [],
        "prescribed": rule is not None and bool(rule.content.languages),
    }


_SINGLE = (
    "reference", "delay", "withdrawn", "told-others", "told-state", "told-at", "told-how", "told-words", "language", "zone",
)  # fmt: skip


def _without_words(number: int, case: Case, wanted: Wanted) -> Made | None:
    """Return the report without what was typed, so that the form has all its fields although the words cannot be taken."""
    try:
        return reporting.make(number, case, replace(wanted, statement=Statement(), zone=""), timezone.now())
    except (InputError, KeptDamaged):
        return None


def _shown_items(made: Made | None, fields: dict[str, str], errors: dict[str, str]) -> list[Item]:
    """Return the parts of the report, those that are open first."""
    if made is None:
        return []
    said = _own_phrases()
    changes: dict[str, list[str]] = {}
    for change in made.report.changes:
        changes.setdefault(change.item, []).append(f"{change.title}: {change.before} → {change.now}")
    items = [_item(section, said, changes, fields, errors) for section in made.report.sections]
    return sorted(items, key=lambda item: not item.is_open)


def _item(
    section: Section, said: Phrases, changes: dict[str, list[str]], fields: dict[str, str], errors: dict[str, str]
) -> Item:
    content = books().content.get(section.item)
    is_proposed = section.prose is not None and section.prose.by == "proposal"
    return Item(
        id=section.item,
        title=said.name("item", section.item, content.words if content is not None else section.title),
        is_open=bool(section.missing) or section.state in (State.OPEN, State.PROPOSED),
        missing=section.missing,
        proposed=section.prose.paragraphs if section.prose is not None and is_proposed else (),
        changes=tuple(changes.get(section.item, ())),
        say=_field(fields, errors, f"say-{section.item}"),
        because=_field(fields, errors, f"because-{section.item}"),
        expected=_field(fields, errors, f"expected-{section.item}"),
        changed=_field(fields, errors, f"changed-{section.item}"),
    )


def _measures(fields: dict[str, str], errors: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "place": place,
            **{part: _field(fields, errors, f"measure-{part}-{place}") for part in ("words", "state", "aim", "at")},
        }
        for place in range(1, saying.measure_count(fields) + 1)
    ]


def _field(fields: dict[str, str], errors: dict[str, str], name: str) -> Field:
    return Field(name, fields.get(name, ""), errors.get(name, ""))


def _with(wanted: Wanted, said: Statement, kept: Report | None) -> Wanted:
    """Return what is wanted with what was said before, in the same language and zone."""
    language, zone = (kept.language, kept.zone) if kept is not None else (_own_phrases().language, "")
    return replace(wanted, statement=said, language=language, zone=zone)


def _with_taken(number: int, case: Case, wanted: Wanted, taken: tuple[str, ...]) -> Wanted:
    """Return it with the program's proposed words where somebody took them as his own."""
    if not taken:
        return wanted
    sections = {each.item: each for each in reporting.make(number, case, wanted, timezone.now()).report.sections}
    say = dict(wanted.statement.say)
    for item in taken:
        section = sections.get(item)
        if section is not None and section.prose is not None and section.prose.by == "proposal":
            say[item] = Said(words="\n".join(section.prose.paragraphs))
    return replace(wanted, statement=msgspec.structs.replace(wanted.statement, say=say))


def _items(wanted: Wanted) -> tuple[str, ...]:
    """Return the items that the form asks about."""
    if wanted.phase is Phase.WITHDRAWAL:
        return ("identity", "contact")
    rule = books().rules.get(wanted.duty.rule)
    return items_of(rule) if rule is not None else ()


def _last_said(number: int, case: Case, duty: DutyRef) -> tuple[Statement, Report] | None:
    """Return what was said last in this case for the same legal entity: under this duty, else under another."""
    ours = [each for each in case.reports if any(ref.entity == duty.entity for ref in each.duties)]
    ours.sort(key=lambda each: (duty in each.duties, each.drafted.number))
    for each in reversed(ours):
        try:
            return reporting.statement_of(reporting.kept_row(number, each)), reporting.read_kept(number, each)
        except KeptDamaged:
            continue
    return None


def _also(request: HttpRequest, case: Case, duty: DutyRef) -> tuple[DutyRef, ...]:
    asked = request.POST if request.method == "POST" else request.GET
    chosen = set(asked.getlist("also"))
    return tuple(state.ref for state in reporting.met_together(case, duty) if state.duty.rule in chosen)


def _phase(text: str, *, has_sent: bool) -> Phase:
    if not text:
        return Phase.FOLLOW_UP if has_sent else Phase.FIRST
    if text not in [phase.value for phase in Phase]:
        raise Http404
    return Phase(text)


def _digest_now(case: Case, wanted: Wanted) -> str:
    found = case.report(wanted.report) if wanted.report else None
    return found.digest if found is not None else ""


def _own_phrases() -> Phrases:
    language = (get_language() or "en").partition("-")[0]
    return phrases(language if language in LANGUAGES else "en")
