"""Write planted people as CSV or JSON, and read them back.

In:    planted people; or the text of a file that was written here.
Out:   text; or the people.
Else:  drawing them is `people`.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path

from spillkit.errors import InputError
from spillkit.plant.person import PlantedPerson

_COLUMNS = {"number": "planted_person", "locale": "planted_in"}


def csv_text(people: Iterable[PlantedPerson]) -> str:
    """Return a customer list with a header, one person a line."""
    rows = [person.row() for person in people]
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def json_list(people: Iterable[PlantedPerson]) -> str:
    """Return the same as a JSON list of objects."""
    return json.dumps([person.row() for person in people], ensure_ascii=False, indent=1) + "\n"


def read_people(path: Path) -> tuple[PlantedPerson, ...]:
    """Return the people of a file that `spillkit plant` wrote.

    Raises  InputError if it cannot be read, or is none
    """
    try:
        text = path.read_text(encoding="utf-8")
        rows: Sequence[Mapping[str, object]]
        rows = json.loads(text) if text.lstrip().startswith("[") else list(csv.DictReader(io.StringIO(text)))
        people = tuple(_person(row) for row in rows)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, csv.Error) as error:
        raise InputError(
            f"{path.name}: is no file of planted people. Write one with: spillkit plant --csv FILE"
        ) from error
    if not people:
        raise InputError(f"{path.name}: holds nobody. Write people into it with: spillkit plant --csv FILE")
    return people


def _person(row: Mapping[str, object]) -> PlantedPerson:
    values = {field.name: str(row[_COLUMNS.get(field.name, field.name)]) for field in fields(PlantedPerson)}
    return PlantedPerson(**{**values, "number": int(values["number"])})  # type: ignore[arg-type]
