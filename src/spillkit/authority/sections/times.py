"""Items about time: from when to when, when it was found, why the report is late.

In:    the material of one report.
Out:   BUILDERS: id of an item of content.toml, to what is known of it.
Else:  the law's clock is `spillkit.law`; which clock a report has is `make`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from spillkit.authority.material import Material, paragraphs
from spillkit.authority.report import Line
from spillkit.authority.sections.found import Builder, Found, fix_of, incidents_of


def _date(material: Material) -> Found:
    facts, measurement, phrases = material.facts, material.measurement, material.phrases
    lines: list[Line] = []

    def add(code: str, at: datetime | None) -> None:
        if at is not None:
            lines.append(material.time(code, at))

    seen_first = measurement.first_at if measurement is not None else None
    seen_last = measurement.last_at if measurement is not None else None
    add("began", facts.began_at if facts.began_at != seen_first else None)
    add("first-seen", seen_first)
    add("last-seen", seen_last)
    add("ended", facts.ended_at if facts.ended_at != seen_last else None)
    for summary in incidents_of(material)[:1]:
        add("clean-before", summary.incident.onset.clean_before)
        add("clean-after", summary.incident.onset.clean_after)
    if (
        measurement is not None
        and measurement.coverage.first_at is not None
        and measurement.coverage.last_at is not None
    ):
        first, last = (
            phrases.moment(at, material.zone) for at in (measurement.coverage.first_at, measurement.coverage.last_at)
        )
        lines.append(material.phrase("recorded", phrases.say("label.recorded-value", first=first, last=last)))
    fix = fix_of(material)
    goes_on = None if fix is None else bool(fix.replay_crossed or fix.later_exposed)
    if goes_on or (fix is not None and fix.proven):
        lines.append(material.words("ongoing", phrases.say("label.yes" if goes_on else "label.no")))
    if not any(line.at is not None for line in lines):
        return Found(missing=("no-times",) if measurement is not None else ("not-established",))
    is_over = facts.ended_at is not None or (fix is not None and (fix.proven or goes_on))
    return Found(lines=tuple(lines), missing=() if is_over else ("end-open",))


def _date_found(material: Material) -> Found:
    lines: list[Line] = []
    for name in ("discovered", "aware"):
        milestone = material.facts.milestones.get(name)
        if milestone is not None:
            lines.append(material.time(name, milestone.at))
            if milestone.because:
                lines.append(
                    material.words(
                        "aware-because", " ".join(paragraphs(milestone.because)), language=material.statement.language
                    )
                )
    return Found(lines=tuple(lines), missing=() if lines else ("no-aware",))


def _delay_reasons(material: Material) -> Found:
    clock, phrases = material.clock, material.phrases
    prose = material.prose(material.statement.delay)
    if clock.due_at is None:
        lines: tuple[Line, ...] = (material.words("due", phrases.say("label.due-none")),)
        if material.rule.clock.length is not None and clock.starts_at is None:
            return Found(lines=lines, prose=prose, missing=("no-aware",))
        return Found(lines=lines, prose=prose, not_needed=prose is None)
    gap = phrases.length(clock.first_made_at - clock.due_at)
    if not clock.is_late:
        return Found(lines=(material.words("in-time-by", gap),), prose=prose, not_needed=prose is None)
    return Found(
        lines=(material.words("late-by", gap),), prose=prose, missing=() if prose is not None else ("delay-not-given",)
    )


def _police_delay(material: Material) -> Found:
    place = material.duty.jurisdiction if material.duty is not None else ""
    answers: Mapping[str, str] = material.facts.answers
    answer = answers.get(f"police-delay@{place}", answers.get("police-delay", ""))
    if answer not in ("yes", "no"):
        return Found()
    return Found(lines=(material.words("waited", material.phrases.say(f"label.{answer}")),))


BUILDERS: Mapping[str, Builder] = {
    "date": _date,
    "date-found": _date_found,
    "delay-reasons": _delay_reasons,
    "law-enforcement-delay": _police_delay,
}
