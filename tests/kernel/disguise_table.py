"""Print how many disguises are seen through, by kind and script.

    python -m tests.kernel.disguise_table

In:    the disguises and both matchers.
Out:   a table; the share found of e-mail addresses, phone numbers and names.
Else:  `test_disguises` requires what this page prints.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from spillkit.kernel import native, plain
from spillkit.kernel.api import Builder, Scanner
from spillkit.model import Field
from tests.kernel.disguises import EMAIL, NAME, NAME_IN_SCRIPT, PEOPLE, PHONE, TEXT, Person

KEY = bytes(range(16))


class Case(NamedTuple):
    """One value in one disguise."""

    field: Field
    kind: str
    subject: int
    page: bytes


def cases() -> Iterator[Case]:
    """Yield every value in every disguise that fits it."""
    for subject, one in enumerate(PEOPLE):
        for kind, write in TEXT.items():
            for field, value in ((Field.EMAIL, one.email), (Field.PHONE, one.phone), (Field.NAME, one.name)):
                yield Case(field, kind, subject, _page(write(value)))
        for field, kinds in (
            (Field.EMAIL, EMAIL),
            (Field.PHONE, PHONE),
            (Field.NAME, NAME | NAME_IN_SCRIPT.get(one.script, {})),
        ):
            for kind, show in kinds.items():
                yield Case(field, kind, subject, _page(show(one)))


def add_people(builder: Builder, people: Sequence[Person] = PEOPLE) -> None:
    """Put the people into a builder, as the directory would: phones in three forms, e-mail domains also in punycode."""
    for subject, one in enumerate(people):
        phones = dict.fromkeys((one.phone, one.national, "".join(one.groups)))
        local, _, domain = one.email.partition("@")
        emails = dict.fromkeys((one.email, f"{local}@{domain.encode('idna').decode()}"))
        names = (f"{one.given}\x1f{one.family}",)
        for field, values in ((Field.NAME, names), (Field.EMAIL, tuple(emails)), (Field.PHONE, tuple(phones))):
            builder.add(field, np.full(len(values), subject, np.uint32), values)


def missed(scanner: Scanner, every: Sequence[Case]) -> list[Case]:
    """Return the cases that a scanner does not find."""
    found: set[tuple[int, Field, int]] = set()
    for page, _, _, slot in scanner.scan([case.page for case in every]).tolist():
        field, _, subjects = scanner.group(slot)
        found.update((page, field, subject) for subject in subjects.tolist())
    return [case for number, case in enumerate(every) if (number, case.field, case.subject) not in found]


def _page(text: str) -> bytes:
    return f"<p>x {text} y</p>".encode()


def main() -> None:
    """Print the table."""
    every = list(cases())
    with tempfile.TemporaryDirectory() as folder:
        for name, matcher in (("plain", plain), ("native", native)):
            builder = matcher.Builder(KEY)
            add_people(builder)
            path = Path(folder) / f"{name}.idx"
            builder.write(path)
            lost = missed(matcher.Scanner([path], KEY), every)
            print(f"\n{name}: found of all cases, by script")
            for field in (Field.EMAIL, Field.PHONE, Field.NAME):
                kinds = {case.kind for case in every if case.field is field}
                print(f"  {field.label:8} {len(kinds)} kinds")
                for subject, one in enumerate(PEOPLE):
                    all_of = [case for case in every if case.field is field and case.subject == subject]
                    not_found = [case.kind for case in lost if case.field is field and case.subject == subject]
                    share = 100 * (1 - len(not_found) / len(all_of))
                    print(f"    {one.script:16} {len(all_of):4} {share:6.1f} %  {'; '.join(not_found)}")


if __name__ == "__main__":
    main()
