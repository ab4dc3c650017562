"""Measure an incident: from exposures and coverage to every number of the report.

In:    exposures, coverage, damages (tables or relations of spillkit.schemas), attributes of the subjects, the time.
Out:   Measurement; the affected list.
Else:  the fourteen questions are worded in `questions`; what an outsider may read is decided in `audience`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb
import msgspec
import pyarrow as pa

from spillkit import __version__
from spillkit.cause.compare import Comparison
from spillkit.scope import facts, looked_at
from spillkit.scope.measurement import Earlier, FixProof, IncidentSummary, Input, Measurement
from spillkit.scope.questions import since_when
from spillkit.scope.strata import figure

VERSION = 1
MOST_FIELD_SETS = 60
MOST_FIRST_PEOPLE = 50


@dataclass(frozen=True, slots=True)
class Caused:
    """What is known of causes, for questions 8 to 10."""

    incidents: tuple[IncidentSummary, ...]
    incident: int | None = None  # the measurement is of this one alone
    fix: FixProof | None = None
    compared: Sequence[Comparison] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """Counted exposures, ready to be asked. Made by `open_scope`."""

    connection: duckdb.DuckDBPyConnection
    directory_size: int | None

    def measure(
        self,
        *,
        now: datetime,
        inputs: Sequence[Input] = (),
        earlier: Sequence[Earlier] = (),
        undecided: int = 0,
        caused: Caused | None = None,
    ) -> Measurement:
        """Return every number of the report, for internal readers.

        now        aware; when this is measured
        inputs     the recordings that were read
        earlier    figures given before, oldest first
        undecided  people in answers whose viewer nobody knows (`ledger.Judgement.undecided_subjects`)
        caused     what is known of causes; None: none was looked for
        Raises     ValueError if `now` has no zone
        """
        if now.tzinfo is None:
            raise ValueError("the time of a measurement needs a zone")
        connection = self.connection
        confirmed, possible = facts.count_people(connection)
        attributes = facts.count_by_attributes(connection)
        viewers, viewers_possible, answers = facts.count_viewers_and_answers(connection)
        first_at, last_at, possible_outside = facts.time_span(connection)
        coverage = looked_at.measure_coverage(connection, {item.source: item.name for item in inputs})
        field_sets, field_set_count = facts.count_field_sets(connection, MOST_FIELD_SETS)
        findings = looked_at.with_coverage(connection, facts.find_findings(connection))
        measurement = Measurement(
            version=VERSION,
            tool=f"spillkit {__version__}",
            measured_at=now.astimezone(UTC),
            audience="internal",
            people=figure(connection, confirmed, possible, coverage, self.directory_size),
            viewers=viewers,
            viewers_possible=viewers_possible,
            answers_exposed=answers,
            undecided=undecided,
            first_at=first_at,
            last_at=last_at,
            possible_outside=possible_outside,
            findings=findings,
            finding_count=len(findings),
            by_country=attributes["country"],
            by_legal_entity=attributes["legal_entity"],
            by_account_type=attributes["account_type"],
            by_field=facts.count_by_field(connection),
            by_viewer_kind=facts.count_by_viewer_kind(connection),
            field_sets=field_sets,
            field_set_count=field_set_count,
            first_people=facts.people_of(facts.affected(connection, MOST_FIRST_PEOPLE)),
            histogram=facts.histogram(connection),
            coverage=coverage,
            inputs=tuple(inputs),
            earlier=tuple(earlier),
            changed_at=(),
            withheld=(),
            incident=caused.incident if caused else None,
            incidents=caused.incidents if caused else None,
            fix=caused.fix if caused else None,
            compared=tuple(caused.compared) if caused else (),
        )
        return msgspec.structs.replace(measurement, changed_at=since_when(measurement))

    def affected(self) -> pa.Table:
        """Return the affected list, sorted by subject id (see `facts.affected`)."""
        return facts.affected(self.connection)


@contextmanager
def open_scope(
    connection: duckdb.DuckDBPyConnection, subjects: pa.Table, directory_size: int | None = None
) -> Iterator[Scope]:
    """Count the exposures of a ledger once, to be asked several things.

    connection      has relations exposures, coverage and damages; temporary tables are made in it
    subjects        columns subject, country, account_type, legal_entity; those that are missing count as not known
    directory_size  subjects in the whole directory
    """
    connection.register("subject_attributes", _attributes(subjects))
    try:
        facts.prepare(connection)
        looked_at.prepare_coverage(connection)
        yield Scope(connection, directory_size)
    finally:
        connection.unregister("subject_attributes")


def measure(
    exposures: pa.Table,
    coverage: pa.Table,
    damages: pa.Table,
    subjects: pa.Table,
    *,
    now: datetime,
    directory_size: int | None = None,
    inputs: Sequence[Input] = (),
    earlier: Sequence[Earlier] = (),
) -> Measurement:
    """Measure an incident from plain Arrow tables.

    exposures, coverage, damages  columns of spillkit.schemas
    subjects                      columns subject, country, account_type, legal_entity
    Returns                       the same value for the same arguments
    """
    tables = {"exposures": exposures, "coverage": coverage, "damages": damages}
    with connected(tables) as connection, open_scope(connection, subjects, directory_size) as scope:
        return scope.measure(now=now, inputs=inputs, earlier=earlier)


@contextmanager
def connected(tables: Mapping[str, pa.Table]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a DuckDB connection in memory with these tables, closed to files and the network."""
    connection = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
    try:
        connection.execute("SET TimeZone='UTC'")
        connection.execute("SET temp_directory=''")  # Nothing of this shall end up in a file.
        connection.execute("SET enable_progress_bar=false")
        for name, table in tables.items():
            connection.register(name, table)
        connection.execute("SET enable_external_access=false")
        yield connection
    finally:
        connection.close()


def _attributes(subjects: pa.Table) -> pa.Table:
    """Return the table with exactly the columns asked for; the directory calls a subject's id "id"."""
    if "subject" not in subjects.column_names:
        subjects = subjects.rename_columns(["subject" if name == "id" else name for name in subjects.column_names])
    columns = []
    for field in facts.ATTRIBUTES:
        if field.name in subjects.column_names:
            columns.append(subjects.column(field.name).cast(field.type))
        else:
            columns.append(pa.nulls(subjects.num_rows, field.type))
    return pa.table(columns, schema=facts.ATTRIBUTES)
