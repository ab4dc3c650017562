"""Turn rows of a customer list into the values of the index and the few traits that are remembered.

In:    rows of text, their mapping, and the subject number of each row.
Out:   values by field, ready for Builder.add; traits; bad cells by column and reason.
Else:  one cell's rules are in `contact`, `postal`, `traits`; numbers are given by `adding`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import partial

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from spillkit.directory import traits
from spillkit.directory.batches import Reason
from spillkit.directory.contact import email_forms, name_value, phone_forms, split_emails, split_phones, split_values
from spillkit.directory.mapping import Mapping, Role
from spillkit.directory.postal import PostalAddress, address_runs
from spillkit.model import Field

OWN_TOKENS = {
    Role.ORDER: Field.ORDER,
    Role.DOCUMENT: Field.DOCUMENT,
    Role.DEVICE: Field.DEVICE,
    Role.SESSION: Field.SESSION,
    Role.TOKEN: Field.TOKEN,
}


@dataclass(slots=True)
class Values:
    """Values of one field, of many subjects."""

    rows: list[int] = field(default_factory=list)  # index into the batch
    texts: list[str] = field(default_factory=list, repr=False)
    columns: list[str] = field(default_factory=list, repr=False)

    def add(self, row: int, text: str, column: str) -> None:
        self.rows.append(row)
        self.texts.append(text)
        self.columns.append(column)


@dataclass(slots=True)
class Traits:
    """What is remembered of each row: short codes from closed lists."""

    country: list[str]
    language: list[str]
    account_type: list[str]
    legal_entity: list[str]
    minor: NDArray[np.int8]  # 1 minor, 0 not, -1 unknown; as of the day the row was added


@dataclass(slots=True)
class Prepared:
    """A batch ready for the index."""

    values: dict[tuple[Field, bool], Values]  # (field, weak)
    traits: Traits
    bad: list[tuple[int, str, Reason]]  # row, column, reason


@dataclass(frozen=True, slots=True)
class Preparer:
    """Prepares batches of one list."""

    mapping: Mapping
    default_country: str = ""
    today: date = field(default_factory=date.today)
    with_ids: bool = True  # put the id itself into the index (not where ids are keyed tokens)

    def prepare(self, rows: pa.RecordBatch) -> Prepared:
        """Return the values and traits of some rows; bad cells cost themselves and nothing else."""
        cells = {name: rows.column(name).to_pylist() for name in self.mapping.used}
        done = Prepared({}, _traits(self.mapping, cells, rows.num_rows, self.today), [])
        own = done.traits.country
        self._names(cells, rows.num_rows, done)
        self._emails(cells, done)
        self._phones(cells, [country or self.default_country for country in own], done)
        self._addresses(cells, rows.num_rows, done)
        if self.with_ids:
            self._tokens(cells[self.mapping.id_column], self.mapping.id_column, Field.CUSTOMER_ID, done)
        for role, token_field in OWN_TOKENS.items():
            for name in self.mapping.names(role):
                self._tokens(cells[name], name, token_field, done)
        _note_bad_traits(self.mapping, cells, done)
        return done

    def _names(self, cells: dict[str, list[str]], count: int, done: Prepared) -> None:
        given, family = (next(iter(self.mapping.names(role)), "") for role in (Role.GIVEN_NAME, Role.FAMILY_NAME))
        full = self.mapping.names(Role.NAME)
        column = given or family or next(iter(full), "")
        if not column:
            return
        values = _values(done, Field.NAME)
        blank = [""] * count
        for row, (one, two) in enumerate(zip(cells.get(given, blank), cells.get(family, blank))):
            alone = [text for name in full for cell in (cells[name][row],) for text in split_values(cell)]
            found = [name_value(one.strip(), two.strip(), "")] if one.strip() or two.strip() else []
            found += [name_value("", "", text) for text in alone]
            if not found:
                done.bad.append((row, column, Reason.NO_NAME))
            for value in found:
                if isinstance(value, Reason):
                    done.bad.append((row, column, value))
                else:
                    values.add(row, value, column)

    def _emails(self, cells: dict[str, list[str]], done: Prepared) -> None:
        values = _values(done, Field.EMAIL)
        for name in self.mapping.names(Role.EMAIL) + (() if self.with_ids else (self.mapping.id_column,)):
            is_id = name == self.mapping.id_column
            for row, cell in enumerate(cells[name]):
                if not cell or (is_id and "@" not in cell):
                    continue
                for text in split_emails(cell):
                    forms = email_forms(text)
                    if isinstance(forms, Reason):
                        done.bad.append((row, name, forms))
                    else:
                        for form in forms:
                            values.add(row, form, name)

    def _phones(self, cells: dict[str, list[str]], countries: list[str], done: Prepared) -> None:
        values = _values(done, Field.PHONE)
        for name in self.mapping.names(Role.PHONE) + (() if self.with_ids else (self.mapping.id_column,)):
            is_id = name == self.mapping.id_column
            for row, cell in enumerate(cells[name]):
                if not cell or (is_id and not cell.lstrip().startswith("+")):
                    continue
                for text in split_phones(cell):
                    forms, reason = phone_forms(text, countries[row])
                    if reason is not None:
                        done.bad.append((row, name, reason))
                    for form in forms:
                        values.add(row, form, name)

    def _addresses(self, cells: dict[str, list[str]], count: int, done: Prepared) -> None:
        strong, weak = _values(done, Field.ADDRESS), _values(done, Field.ADDRESS, weak=True)
        for parts in self.mapping.address_groups().values():
            column = parts.get(Role.STREET) or parts.get(Role.ADDRESS)
            if column is None:
                continue
            blank = [""] * count
            pick = partial(_column_of, parts, cells, blank)
            roles = (Role.ADDRESS, Role.STREET, Role.LINE2, Role.HOUSE_NUMBER, Role.POSTCODE, Role.CITY, Role.REGION)
            for row, (whole, street, line2, house, postcode, city, region) in enumerate(zip(*map(pick, roles))):
                if not whole and not street:
                    continue
                runs = address_runs(PostalAddress(whole, street, line2, house, postcode, city, region))
                if isinstance(runs, Reason):
                    done.bad.append((row, column, runs))
                    continue
                for run in runs[0]:
                    strong.add(row, run, column)
                for run in runs[1]:
                    weak.add(row, run, column)

    def _tokens(self, column: list[str], name: str, token_field: Field, done: Prepared) -> None:
        values = _values(done, token_field)
        for row, cell in enumerate(column):
            for text in split_values(cell) if token_field is not Field.CUSTOMER_ID else (cell.strip(),):
                if text:
                    values.add(row, text, name)


def _column_of(parts: dict[Role, str], cells: dict[str, list[str]], blank: list[str], role: Role) -> list[str]:
    return cells[parts[role]] if role in parts else blank


def _values(done: Prepared, of: Field, *, weak: bool = False) -> Values:
    return done.values.setdefault((of, weak), Values())


def _traits(mapping: Mapping, cells: dict[str, list[str]], count: int, today: date) -> Traits:
    def read(role: Role, rule: Callable[[str], str]) -> list[str]:
        result = [""] * count
        for name in mapping.names(role):  # Of several countries (billing, shipping) the first known one counts.
            known = {text: rule(text) if text.strip() else "" for text in set(cells[name])}
            result = [kept or known[text] for kept, text in zip(result, cells[name])]
        return result

    minor = np.full(count, -1, dtype=np.int8)
    for name in mapping.names(Role.BIRTH_DATE):
        for row, text in enumerate(cells[name]):
            if text and (answer := traits.is_minor(text, today)) is not None:
                minor[row] = answer
    return Traits(
        read(Role.COUNTRY, traits.country_code),
        read(Role.LANGUAGE, traits.language_tag),
        read(Role.ACCOUNT_TYPE, traits.account_type),
        read(Role.LEGAL_ENTITY, traits.legal_entity),
        minor,
    )


def _note_bad_traits(mapping: Mapping, cells: dict[str, list[str]], done: Prepared) -> None:
    for role, rule, reason in (
        (Role.COUNTRY, traits.country_code, Reason.BAD_COUNTRY),
        (Role.LANGUAGE, traits.language_tag, Reason.BAD_LANGUAGE),
        (Role.ACCOUNT_TYPE, traits.account_type, Reason.BAD_ACCOUNT_TYPE),
        (Role.LEGAL_ENTITY, traits.legal_entity, Reason.BAD_LEGAL_ENTITY),
    ):
        for name in mapping.names(role):
            unknown = {text for text in set(cells[name]) if text.strip() and not rule(text)}
            if unknown:
                done.bad += [(row, name, reason) for row, text in enumerate(cells[name]) if text in unknown]
    for name in mapping.names(Role.BIRTH_DATE):
        for row, text in enumerate(cells[name]):
            if text.strip() and done.traits.minor[row] < 0:
                done.bad.append((row, name, Reason.BAD_BIRTH_DATE))
