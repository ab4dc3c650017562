"""Cut a measurement down to what its reader may see.

In:    a measurement, and who will read it.
Out:   the same with numbers, ids and routes taken out; what was taken out is said in words.
Else:  the rules are explained in docs/reference/report.md.

*Authority*: every number and every cause; no ids, routes, file names or texts of changes. *Public*: besides that, no cause, no
group of fewer than five people, and none that could be worked out from the others: small groups are put together into one line,
never just left out.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from spillkit.cause.compare import Comparison
from spillkit.cause.incident import Change, Statistic
from spillkit.scope.measurement import (
    Audience,
    Bin,
    Count,
    Coverage,
    Earlier,
    Figure,
    Histogram,
    IncidentSummary,
    Input,
    Measurement,
    SourceCoverage,
    ViewerCount,
)

SMALLEST = 5
OTHER = "other"


def for_audience(measurement: Measurement, audience: Audience) -> Measurement:
    """Return the measurement as this reader may see it.

    Raises  ValueError if it was cut down already for another reader: what is gone cannot come back
    """
    if measurement.audience != "internal" and measurement.audience != audience:
        raise ValueError("cut down the internal measurement, not one that was cut down before")
    if audience == "internal" or measurement.audience == audience:
        return measurement
    told = _for_authority(measurement)
    return told if audience == "authority" else _for_public(told)


def _for_authority(measurement: Measurement) -> Measurement:
    return msgspec.structs.replace(
        measurement,
        audience="authority",
        findings=tuple(msgspec.structs.replace(f, method=None, route=None) for f in measurement.findings),
        first_people=(),
        coverage=_without_names(measurement.coverage),
        inputs=tuple(Input(source=i.source, name="", digest=i.digest) for i in measurement.inputs),
        earlier=tuple(msgspec.structs.replace(e, answers=()) for e in measurement.earlier),
        incidents=None if measurement.incidents is None else tuple(_incident(each) for each in measurement.incidents),
        compared=tuple(_comparison(each) for each in measurement.compared),
        withheld=("Ids of people, routes, file names and what was changed are left out of this version.",),
    )


def _incident(summary: IncidentSummary) -> IncidentSummary:
    """An incident without anything that tells how to do it again: routes, examples, texts of changes."""
    incident = summary.incident
    cause, onset = incident.cause, incident.onset

    def routeless(text: str) -> str:
        # A route may stand in a sentence with its method, or without.
        paths = {part for route in incident.routes for part in (route, route.partition(" ")[2]) if len(part) > 1}
        for part in sorted(paths, key=len, reverse=True):
            text = text.replace(part, "a route")
        return text

    def signs(told: Sequence[Statistic]) -> tuple[Statistic, ...]:
        return tuple(msgspec.structs.replace(sign, words=routeless(sign.words)) for sign in told)

    return msgspec.structs.replace(
        summary,
        changes=tuple(_wordless(change) for change in summary.changes),
        traits=None,
        incident=msgspec.structs.replace(
            incident,
            routes=(),
            examples=(),
            cause=msgspec.structs.replace(
                cause,
                evidence_for=signs(cause.evidence_for),
                evidence_against=signs(cause.evidence_against),
                missing=routeless(cause.missing),
                facts=tuple(routeless(fact) for fact in cause.facts),
                remedy=routeless(cause.remedy),
            ),
            onset=msgspec.structs.replace(
                onset,
                began_with=_wordless(onset.began_with) if onset.began_with else None,
                ended_with=_wordless(onset.ended_with) if onset.ended_with else None,
            ),
        ),
    )


def _wordless(change: Change) -> Change:
    return Change(at=change.at, what="")


def _comparison(comparison: Comparison) -> Comparison:
    """A comparison without routes, and without the other report's file name."""
    second = comparison.second.partition(" of ")
    return msgspec.structs.replace(
        comparison, routes_shared=(), second=f"{second[0]} of another report" if second[1] else second[0]
    )


def _without_names(coverage: Coverage) -> Coverage:
    def nameless(source: SourceCoverage) -> SourceCoverage:
        return msgspec.structs.replace(source, name="")

    return msgspec.structs.replace(
        coverage,
        sources=tuple(nameless(source) for source in coverage.sources),
        damages=tuple(msgspec.structs.replace(damage, entry=None, offset=None) for damage in coverage.damages),
    )


def _for_public(measurement: Measurement) -> Measurement:
    people = publish_figure(measurement.people)
    has_total = people.confirmed is not None
    total = measurement.people.confirmed or 0
    return msgspec.structs.replace(
        measurement,
        audience="public",
        people=people,
        viewers=_shown(measurement.viewers) if has_total else None,
        viewers_possible=None,
        answers_exposed=None,
        undecided=None,
        first_at=measurement.first_at.replace(second=0, microsecond=0) if measurement.first_at else None,
        last_at=measurement.last_at.replace(second=0, microsecond=0) if measurement.last_at else None,
        findings=(),
        by_country=publish_groups(measurement.by_country) if has_total else (),
        by_legal_entity=publish_groups(measurement.by_legal_entity) if has_total else (),
        by_account_type=publish_groups(measurement.by_account_type) if has_total else (),
        by_field=publish_fields(measurement.by_field, total),
        by_viewer_kind=_publish_viewers(measurement.by_viewer_kind)
        if has_total and _shown(measurement.viewers)
        else (),
        field_sets=(),
        field_set_count=0,
        histogram=publish_histogram(measurement.histogram) if has_total else _no_histogram(measurement.histogram),
        coverage=msgspec.structs.replace(measurement.coverage, damages=()),
        earlier=publish_earlier(measurement.earlier, people.confirmed),
        incident=None,
        incidents=None,
        fix=None,
        compared=(),
        withheld=(
            "This is the public version. Ids, routes and file names are left out.",
            f"Groups of fewer than {SMALLEST} people are put together with others, so that nobody can be singled out; "
            "people who are only possible are not broken down.",
        ),
    )


def publish_figure(figure: Figure) -> Figure:
    """Return the figure so that neither a small confirmed nor a small possible number can be worked out from the rest.

    Where a number is hidden, what depends on it is given for the largest value that it may have.
    """
    if figure.confirmed is None or figure.possible is None:
        return figure
    if 0 < figure.confirmed < SMALLEST:
        return msgspec.structs.replace(
            figure,
            confirmed=None,
            possible=None,
            estimate=None,
            interval_low=None,
            interval_high=None,
            upper_bound=None,
            unseen_allowance=None,
            method="The number is small and is not given, to protect those concerned.",
        )
    if 0 < figure.possible < SMALLEST:
        hidden = SMALLEST - 1
        bound = figure.confirmed + hidden + (figure.unseen_allowance or 0) if figure.upper_bound is not None else None
        return msgspec.structs.replace(figure, possible=None, upper_bound=bound, unseen_allowance=None)
    return msgspec.structs.replace(figure, unseen_allowance=None)


def publish_groups(counts: Sequence[Count]) -> tuple[Count, ...]:
    """Return groups that share out one total, so that no group of 1 to 4 can be worked out.

    Small groups become one line "other", and the smallest of the large ones join it, all that are equally small: so that
    whoever knows all groups, the total and this rule can exchange any two hidden groups and be none the wiser. How many groups
    it stands for is not told: "5 people in 5 countries" would tell each. Where nothing but "other" is left, the table is
    not shown.
    """
    groups = sorted((c for c in counts if c.confirmed), key=lambda c: (-(c.confirmed or 0), c.label))
    small = [c for c in groups if (c.confirmed or 0) < SMALLEST]
    large = groups[: len(groups) - len(small)]
    if small and large:
        joining = large[-1].confirmed
        small += [c for c in large if c.confirmed == joining]
        large = [c for c in large if c.confirmed != joining]
    if small and not large:
        return ()
    shown = [Count(label=c.label, confirmed=c.confirmed, possible=None) for c in large]
    if small:
        shown.append(Count(label=OTHER, confirmed=sum(c.confirmed or 0 for c in small), possible=None))
    return tuple(shown)


def publish_fields(counts: Sequence[Count], total: int) -> tuple[Count, ...]:
    """Return the fields that were shown, with numbers only if no field was shown of very few people, or of all but very few.

    Fields overlap, so that leaving out one number does not hide it: either all are told or none.
    """
    confirmed = [c.confirmed or 0 for c in counts if c.confirmed]
    safe = total >= SMALLEST and all(n >= SMALLEST and (n == total or total - n >= SMALLEST) for n in confirmed)
    return tuple(
        Count(label=c.label, confirmed=c.confirmed if safe else None, possible=None)
        for c in sorted(counts, key=lambda c: c.label if not safe else "")
        if c.confirmed
    )


def _publish_viewers(kinds: Sequence[ViewerCount]) -> tuple[ViewerCount, ...]:
    groups = publish_groups([Count(label=k.kind, confirmed=k.viewers, possible=None) for k in kinds])
    return tuple(ViewerCount(kind=g.label, viewers=g.confirmed, confirmed=None, possible=None) for g in groups)


def publish_histogram(histogram: Histogram) -> Histogram:
    """Return the histogram without its answers; without its slices as well if one of them has 1 to 4 people."""
    if any(b.people < SMALLEST for b in histogram.bins):
        return _no_histogram(histogram)
    bins = tuple(Bin(start_at=b.start_at, answers=None, people=b.people) for b in histogram.bins)
    return Histogram(bin_seconds=histogram.bin_seconds, bins=bins, untimed_answers=0)


def _no_histogram(histogram: Histogram) -> Histogram:
    return Histogram(bin_seconds=histogram.bin_seconds, bins=(), untimed_answers=0)


def publish_earlier(earlier: Sequence[Earlier], confirmed_now: int | None) -> tuple[Earlier, ...]:
    """Return earlier figures, the confirmed number only, and none that differs by 1 to 4 from the one shown after it."""
    after, shown = confirmed_now, []
    for figure in reversed(earlier):
        if after is None or figure.confirmed is None or 0 < figure.confirmed < SMALLEST:
            continue
        if figure.confirmed == after or abs(figure.confirmed - after) >= SMALLEST:
            shown.append(
                Earlier(
                    measured_at=figure.measured_at,
                    confirmed=figure.confirmed,
                    possible=None,
                    estimate=None,
                    upper_bound=None,
                )
            )
            after = figure.confirmed
    return tuple(reversed(shown))


def _shown(count: int | None) -> int | None:
    return None if count is None or 0 < count < SMALLEST else count
