"""Write the report: one HTML file that opens offline, without scripts and without asking anybody for anything.

In:    a measurement, cut down for its reader.
Out:   the page as text.
Else:  its words are `questions`, its pictures `charts` and `worldmap`, its look templates/report.css.

Every value is escaped by the template engine, freed of characters that drive or turn text, and set apart with <bdi>. The page's own
policy (CSP) forbids scripts, and any style but the one it carries.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from importlib import resources
from typing import Any, Literal

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from spillkit.printed import printable
from spillkit.scope import charts, worldmap
from spillkit.scope.audience import OTHER
from spillkit.scope.incident_page import show_incidents
from spillkit.scope.measurement import Count, Coverage, Histogram, Measurement
from spillkit.scope.questions import answer_questions, headline, looked_at_words, viewer_kind_words
from spillkit.scope.words import count_of, country_name, listed, measured, moment, number, percent, span_words

Direction = Literal["ltr", "rtl"]

_OPEN_ROWS = 30
_AUDIENCE_WORDS = {
    "internal": "internal: with ids and routes, for those who work on this",
    "authority": "for an authority: every number, no ids",
    "public": "public version",
}


def write_report(measurement: Measurement, *, zone: tzinfo = UTC, direction: Direction = "ltr") -> str:
    """Return the report as one HTML page; the same text for the same measurement.

    zone       in which times are written; each is followed by its offset
    direction  of the page's text
    """
    incidents, incident_axis = show_incidents(measurement.incidents, zone)
    style = resources.files("spillkit.scope").joinpath("templates/report.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return (
        _environment(zone)
        .get_template("report.html")
        .render(
            m=measurement,
            style=Markup(style),  # noqa: S704 - our own file, and no value is in it.
            policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
            direction=direction,
            headline=headline(measurement),
            audience=_AUDIENCE_WORDS[measurement.audience],
            answers=answer_questions(measurement, zone),
            looked_at=looked_at_words(measurement),
            not_looked_at=not_looked_at(measurement, zone),
            tables=_tables(measurement),
            fields=[count.label for count in measurement.by_field],
            country_map=_country_map(measurement),
            axis=_axis(measurement.histogram, zone),
            strip_axis=_strip_axis(measurement.coverage, zone),
            incidents=incidents,
            incident_axis=incident_axis,
            source_names={item.source: item.name for item in measurement.inputs},
            open_rows=_OPEN_ROWS,
            patterns=charts.patterns(),
            charts=charts,
        )
    )


def not_looked_at(measurement: Measurement, zone: tzinfo = UTC) -> list[str]:
    """Return, in sentences, what these numbers cannot speak of."""
    coverage = measurement.coverage
    said = []
    if coverage.first_at is None or coverage.last_at is None:
        said.append("No recording tells its times.")
    else:
        first, last = (moment(value, zone, seconds=False) for value in (coverage.first_at, coverage.last_at))
        said.append(f"Anything before {first} or after {last}: nothing was recorded then.")
    unseen = coverage.known + coverage.lost - coverage.looked_at
    if unseen > 0:
        said.append(
            f"{count_of(unseen, 'answer')} that are known to have been sent, and were not looked at whole with a known viewer. "
            "Why (one answer may have several reasons):"
        )
    bodies = coverage.known - coverage.with_body
    for value, words in (
        (bodies, "without a whole body in any recording (lost hours, sampling, bodies not kept)"),
        (coverage.recorded - coverage.with_viewer, "recorded without telling who received them"),
        (coverage.damaged, "with a body that was cut, too large, or could not be decoded"),
        (coverage.lost, "in damaged parts of recordings"),
    ):
        if value > 0:
            said.append(f"{count_of(value, 'answer')} {words}.")
    if measurement.undecided:
        apart = count_of(measurement.undecided, "person occurs", "people occur")
        said.append(
            f"Besides all these, {apart} in answers whose viewer nobody knows. "
            "Whether they were shown to themselves or to somebody else cannot be told, so they are in no number here."
        )
    if coverage.lost_unknown:
        said.append(
            f"{count_of(coverage.lost_unknown, 'damaged part')} of recordings; nobody can say how many answers were in them."
        )
    sampled = [source for source in coverage.sources if source.sampled_share < 1]
    if sampled:
        least = min(source.sampled_share for source in sampled)
        said.append(
            f"{count_of(len(sampled), 'recording')} held a sample only, at the least {percent(least)} of the answers."
        )
    said += [
        f"Nothing is known of {moment(gap.from_at, zone, seconds=False)} to {moment(gap.to_at, zone, seconds=False)}: "
        "no answers at all are on record. There may have been none, or a recording may be missing."
        for gap in coverage.gaps
    ]
    if coverage.bodiless:
        said.append(
            f"{count_of(coverage.bodiless, 'answer')} carry no body by their nature (HEAD, 204, 304) and are in no count."
        )
    said.append("Pictures, sound, and text inside pictures; copies that viewers or search engines kept.")
    return said


def _environment(zone: tzinfo) -> Environment:
    environment = Environment(
        loader=PackageLoader("spillkit.scope", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        number=number,
        percent=percent,
        coded=_coded,
        measured=measured,
        listed=listed,
        span=span_words,
        country=country_name,
    )
    environment.globals["moment"] = lambda value, seconds=True: moment(value, zone, seconds=seconds)
    environment.globals["count_of"] = count_of
    return environment


def _coded(text: str) -> Markup:
    """Return a sentence with what stands between ` set as code; everything in it is escaped."""
    parts = printable(text).split("`")
    if len(parts) % 2 == 0:  # A ` without its other half: it stands for itself.
        return escape(printable(text))
    code = Markup("<code><bdi>{}</bdi></code>")
    return Markup("").join(code.format(part) if place % 2 else escape(part) for place, part in enumerate(parts))


def _finalize(value: Any) -> Any:
    """Free every printed value of characters that drive, turn or hide text; our own markup passes."""
    if value is None:
        return "–"
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _tables(measurement: Measurement) -> list[dict[str, Any]]:
    """The tables with bars: title, heading of the first column, rows of (label, confirmed, possible, bar)."""
    other = "others, put together"

    def rows(counts: Iterable[Count], named: Any) -> list[tuple[str, int | None, int | None, Markup]]:
        shown = list(counts)
        largest = max(((c.confirmed or 0) + (c.possible or 0) for c in shown), default=0)
        return [
            (
                other if c.label == OTHER else named(c.label),
                c.confirmed,
                c.possible,
                charts.bar(c.confirmed or 0, c.possible or 0, largest),
            )
            for c in shown
        ]

    def plain(label: str) -> str:
        return label or "not known"

    return [
        {"id": "country", "title": "By country", "head": "Country", "rows": rows(measurement.by_country, country_name)},
        {
            "id": "entity",
            "title": "By legal entity",
            "head": "Legal entity",
            "rows": rows(measurement.by_legal_entity, plain),
        },
        {
            "id": "account",
            "title": "By account type",
            "head": "Account type",
            "rows": rows(measurement.by_account_type, plain),
        },
        {"id": "field", "title": "By field", "head": "Field", "rows": rows(measurement.by_field, plain)},
        {"id": "kind", "title": "By kind of viewer", "head": "Viewers", "rows": _viewer_rows(measurement)},
    ]


def _viewer_rows(measurement: Measurement) -> list[tuple[str, int | None, int | None, Markup]]:
    kinds = measurement.by_viewer_kind
    largest = max(((k.confirmed or 0) + (k.possible or 0) or (k.viewers or 0) for k in kinds), default=0)
    return [
        (
            f"{number(k.viewers)} {viewer_kind_words(k.kind, k.viewers)}",
            k.confirmed,
            k.possible,
            charts.bar(k.confirmed if k.confirmed is not None else k.viewers or 0, k.possible or 0, largest),
        )
        for k in kinds
    ]


def _country_map(measurement: Measurement) -> dict[str, Any] | None:
    people = {
        c.label.upper(): (c.confirmed or 0) + (c.possible or 0)
        for c in measurement.by_country
        if len(c.label) == 2 and (c.confirmed or c.possible)
    }
    return {"svg": worldmap.draw_map(people), "legend": worldmap.legend(people)} if people else None


def _axis(histogram: Histogram, zone: tzinfo) -> list[str]:
    """First, middle and last time under the histogram."""
    if not histogram.bins:
        return []
    first = histogram.bins[0].start_at
    last = histogram.bins[-1].start_at + timedelta(seconds=histogram.bin_seconds)
    return _three(first, first + (last - first) / charts.histogram_share(histogram), zone)


def _strip_axis(coverage: Coverage, zone: tzinfo) -> list[str]:
    if coverage.first_at is None or coverage.last_at is None:
        return []
    return _three(coverage.first_at, coverage.last_at, zone)


def _three(first: datetime, last: datetime, zone: tzinfo) -> list[str]:
    return [moment(value, zone, seconds=False) for value in (first, first + (last - first) / 2, last)]
