"""The room's words for what the library says in values.

In:    roles, moments, clocks, proposals, codes.
Out:   words in the language of the page.
Else:  whole pages stand in the templates; the fourteen answers are `cells`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop
from markupsafe import Markup

from spillkit.case.clocks import ClockState, Running
from spillkit.case.events import Figures, Phase
from spillkit.case.roles import Role
from spillkit.case.state import Case, Moment, Proposal
from spillkit.case.words import DOING_WORDS, SENTENCES
from spillkit.printed import printable
from spillkit_server.mailing_words import mailing_words

_DAY, _HOUR, _MINUTE = 86_400, 3_600, 60

# What people are asked for in forms, and so what they wrote there.
_WRITTEN = {
    "reason": noop("Reason"),
    "why": noop("Why"),
    "how": noop("How"),
    "words": noop("Words"),
    "title": noop("Title"),
    "name": noop("Name"),
    "method": noop("How it was counted"),
    "receipt": noop("Receipt"),
}
_FIELDS = {
    "name": noop("name"),
    "email": noop("e-mail"),
    "e-mail": noop("e-mail"),
    "phone": noop("phone"),
    "address": noop("address"),
    "customer-id": noop("customer number"),
}
_DUTIES = {
    "notify-authority": noop("Tell the authority"),
    "tell-people": noop("Tell the people"),
    "tell-others": noop("Tell others"),
    "keep-record": noop("Keep a record"),
    "follow-up": noop("Report again"),
}
_MILESTONES = {
    "aware": noop("becoming aware"),
    "discovered": noop("discovery"),
    "determined": noop("determination"),
    "assessed": noop("the end of the assessment"),
    "authority-told": noop("telling the authority"),
    "people-told": noop("telling the people"),
    "material": noop("finding it material"),
    "year-end": noop("the end of the year"),
}
_CONFIDENCES = {"confirmed": noop("confirmed"), "possible": noop("possible"), "unknown": noop("unknown")}
_READERS = {
    "internal": noop("internal"),
    "authority": noop("authority"),
    "public": noop("public"),
    "the person": noop("the person"),
    "person": noop("the person"),
}
_STATES = {
    ClockState.NOT_STARTED: noop("not started"),
    ClockState.RUNNING: noop("running"),
    ClockState.MISSED: noop("missed"),
    ClockState.MET: noop("met"),
    ClockState.MET_LATE: noop("met late"),
    ClockState.NO_FIXED_PERIOD: noop("no fixed period"),
}
_STATUS = {
    "confirmed": noop("confirmed"),
    "partly confirmed": noop("partly confirmed"),
    "not confirmed": noop("not confirmed"),
}
_ACCOUNTS = {"consumer": noop("consumer"), "business": noop("business")}
_PARTY = {
    "name": noop("Name"),
    "function": noop("Function"),
    "email": noop("E-mail"),
    "phone": noop("Phone"),
    "address": noop("Postal address"),
    "identifier": noop("Register or tax number"),
}
_MEASURE = {
    "taken": noop("done"),
    "proposed": noop("planned"),
    "stop": noop("to stop it"),
    "mitigate": noop("to lessen the harm"),
    "prevent": noop("so that it does not happen again"),
}
_TOLD = {
    "yes": noop("They were told"),
    "planned": noop("They will be told"),
    "undecided": noop("Not decided yet"),
    "not needed": noop("They need not be told"),
}
_TRUTHS = {"yes": noop("holds"), "no": noop("does not hold"), "unknown": noop("is not known")}


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock, as a page shows it."""

    running: Running
    left: str
    state: str
    css: str
    bar: Markup


def role_words(role: Role) -> str:
    """Return what a role is called."""
    return {
        Role.ENGINEER: _("engineer"),
        Role.OFFICER: _("data protection officer"),
        Role.COUNSEL: _("counsel"),
        Role.AGENT: _("customer care"),
        Role.AUDITOR: _("auditor"),
        Role.SYSTEM: "Spillkit",
    }[role]


def tabs() -> tuple[tuple[str, str], ...]:
    """Return the pages of an incident, in their order."""
    return (
        ("incident", _("Overview")),
        ("incident-duties", _("Duties")),
        ("incident-reports", _("Reports")),
        ("incident-notices", _("Notices")),
        ("incident-figures", _("Figures")),
        ("incident-timeline", _("Timeline")),
        ("incident-record", _("Record")),
        ("incident-team", _("Team and tasks")),
        ("incident-files", _("Files")),
    )


def looked_up(table: str, code: str) -> str:
    """Return the word for a code of the library; the code itself where there is none."""
    tables: dict[str, Mapping[str, str]] = {
        "duty": _DUTIES,
        "milestone": _MILESTONES,
        "confidence": _CONFIDENCES,
        "reader": _READERS,
        "status": _STATUS,
        "truth": _TRUTHS,
        "party": _PARTY,
        "measure": _MEASURE,
        "told": _TOLD,
        "account": _ACCOUNTS,
    }
    word = tables[table].get(str(code))
    return _(word) if word else printable(str(code))


def written_words(name: str) -> str:
    """Return what something was asked as that a person wrote."""
    return _(_WRITTEN.get(name, name))


def field_words(name: str) -> str:
    """Return what a field is called."""
    return _(_FIELDS[name]) if name in _FIELDS else printable(name) or _("not known")


def phase_words(phase: Phase) -> str:
    """Return which report of a row it is."""
    return {
        Phase.FIRST: _("first report"),
        Phase.FOLLOW_UP: _("follow-up report"),
        Phase.WITHDRAWAL: _("withdrawal"),
    }[phase]


def figure_lines(figures: Figures) -> tuple[tuple[str, str, int | None], ...]:
    """Return the figures by name, with what each is called."""
    return (
        ("confirmed", _("Confirmed"), figures.confirmed),
        ("possible", _("Possible"), figures.possible),
        ("estimate", _("Estimate"), figures.estimate),
        ("upper", _("At most"), figures.upper),
    )


def country_words(code: str) -> str:
    """Return the name of a country in the language of the page."""
    from spillkit.scope.words import country_name

    return country_name(code, (get_language() or "en").partition("-")[0]) if code else _("not known")


def apart(text: str) -> str:
    """Return a value set apart from the sentence it stands in, whichever way both are read (UAX 9: FSI, PDI)."""
    return f"\u2068{printable(text)}\u2069"


def moment_words(moment: Moment, names: Mapping[str, str]) -> str:
    """Return what happened, in one sentence, with the names of accounts instead of their ids."""
    template = SENTENCES.get(moment.kind)
    if template is None:
        return printable(moment.kind)
    about = {name: apart(value) for name, value in moment.about.items()}
    for name in ("user", "owner"):
        if name in about:
            about[name] = apart(names.get(moment.about[name], moment.about[name]))
    if "user_role" in about:
        about["user_role"] = role_words(Role(moment.about["user_role"]))
    if "aware_at" in about:
        about["aware_at"] = _time_apart(datetime.fromisoformat(moment.about["aware_at"])) + " UTC"
    if "phase" in about:
        about["phase"] = phase_words(Phase(moment.about["phase"]))
    if "doing" in about:
        doing = DOING_WORDS[moment.about["doing"]]
        about["doing"] = _(doing)
    for name in ("binds", "answer"):
        if name in about:
            about[name] = _("yes") if about[name] == "yes" else _("no")
    return _(template).format(**about)


def proposal_words(case: Case, proposal: Proposal) -> str:
    """Return what is proposed, as a sentence to sign."""
    if proposal.kind == "aware" and proposal.aware_at is not None:
        return _("The company became aware on %(at)s UTC.") % {"at": _time_apart(proposal.aware_at)}
    if proposal.kind == "duty" and proposal.duty is not None:
        state = case.duty(proposal.duty)
        about = {
            "duty": looked_up("duty", state.duty.duty) if state else "",
            "law": apart(state.duty.citation if state else proposal.duty.rule),
            "entity": apart(proposal.duty.entity),
        }
        if proposal.binds:
            return _("“%(duty)s” (%(law)s) binds %(entity)s.") % about
        return _("“%(duty)s” (%(law)s) does not bind %(entity)s.") % about
    if proposal.kind == "report":
        found = case.report(proposal.report)
        about = {"report": proposal.report, "to": apart(found.addressee if found else "")}
        return _("%(report)s is to be sent to %(to)s.") % about
    if proposal.kind == "mailing" and proposal.doing is not None:
        return mailing_words(proposal.mailing, proposal.doing, proposal.notices)
    if proposal.kind == "word":
        return _("The law’s word for such an incident may be used from here on.")
    return _("The case is to be closed.")


def _time_apart(at: datetime) -> str:
    return f"\u2066{at:%Y-%m-%d %H:%M}\u2069"  # LRI: from left to right


def clock_words(clock: Running) -> Clock:
    """Return a clock with its time in words and its bar."""
    css = {ClockState.RUNNING: "running", ClockState.MISSED: "missed", ClockState.MET_LATE: "late"}.get(clock.state, "")
    if clock.is_asked:
        css += " asked"
    share = 100 * min(max(clock.share or 0.0, 0.0), 1.0)
    bar = Markup(
        '<svg class="elapsed" viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        '<rect class="solid" x="0" y="0" width="{}" height="100"/></svg>'
    ).format(f"{share:.2f}")
    left = "" if clock.left_seconds is None or clock.met_at is not None else time_left(clock.left_seconds)
    return Clock(clock, left, _(_STATES[clock.state]), css, bar if clock.share is not None else Markup(""))


def time_left(seconds: int) -> str:
    """Return how long is left, or since when it is over, to the minute below two days and to the hour above."""
    length = span_words(abs(seconds))
    return (_("%(length)s left") if seconds >= 0 else _("over for %(length)s")) % {"length": length}


def span_words(seconds: int) -> str:
    """Return a length of time in its two largest units."""
    days, hours, minutes = seconds // _DAY, seconds % _DAY // _HOUR, seconds % _HOUR // _MINUTE
    parts = []
    if days:
        parts.append(ngettext("%(count)d day", "%(count)d days", days) % {"count": days})
    if hours:
        parts.append(ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours})
    if not days and (minutes or not hours):
        parts.append(ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes})
    return " ".join(parts)
