"""A batch of rows of a customer list: what every reader hands on.

In:    nothing.
Out:   Batch, and the texts of the reasons why a row or a cell cannot be used.
Else:  the readers are `delimited`, `jsonrows`, `columnar`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

MULTIPLE = "\x1e"  # stands between the values of a cell that held a list
BATCH_ROWS = 50_000


class Reason(StrEnum):
    """Why a row or a cell could not be used, in words that hold no value."""

    COLUMNS = "not as many cells as there are column names"
    NOT_JSON = "the line is not a JSON object"
    CHARSET = "not UTF-8; read as windows-1252"
    NO_ID = "no id"
    ID_TWICE = "the id was used before; its values are taken for the same person"
    ID_IS_EMAIL = "the id is an e-mail address"
    ID_IS_PHONE = "the id is a phone number"
    ID_IS_CONTACT = "the id is a name, an e-mail address or a phone number of the same row"
    ID_UNFIT = "the id has over 200 characters, or characters that cannot be printed"
    NO_NAME = "no name"
    SHORT_NAME = "a name of one letter is never matched"
    BAD_NAME = "nothing in the name can be matched"
    BAD_EMAIL = "not an e-mail address"
    BAD_PHONE = "not a phone number"
    ODD_PHONE = "not a number in use in its country; matched as it is"
    PHONE_WITHOUT_COUNTRY = "a national phone number, and the row has no country"
    BAD_ADDRESS = "an address needs a number and two words"
    BAD_COUNTRY = "no country is known by that name"
    BAD_LANGUAGE = "no language is known by that name"
    BAD_ACCOUNT_TYPE = "neither consumer nor business"
    BAD_LEGAL_ENTITY = "not the name of a company"
    BAD_BIRTH_DATE = "not a date of birth"
    TOO_LONG = "too long to be matched"
    SHORT_TOKEN = "under 6 letters and digits; it would match everywhere"  # noqa: S105 - a reason


# The row itself is left out; any other reason costs only the cell.
LOST_ROW = frozenset(
    {
        Reason.COLUMNS,
        Reason.NOT_JSON,
        Reason.NO_ID,
        Reason.ID_IS_EMAIL,
        Reason.ID_IS_PHONE,
        Reason.ID_IS_CONTACT,
        Reason.ID_UNFIT,
    }
)


@dataclass(frozen=True, slots=True)
class Damage:
    """A row that the reader could not take, or had to mend."""

    place: int  # line number in the file, counted from 1
    reason: Reason


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of a list, as text."""

    rows: pa.RecordBatch  # string columns, named like the header; never printed
    places: NDArray[np.int64]  # for each row the line (text files) or row number, counted from 1
    damages: Sequence[Damage] = ()

    def __repr__(self) -> str:
        return f"Batch({self.rows.num_rows} rows)"


def batch_of_rows(
    header: Sequence[str], rows: Sequence[Sequence[str]], places: Sequence[int], damages: Sequence[Damage]
) -> Batch:
    """Return rows that were read one by one as a batch.

    rows    each as many texts as the header has names
    places  for each row its line, counted from 1
    """
    columns = list(zip(*rows, strict=True)) or [()] * len(header)
    arrays = [pa.array(column, pa.string()) for column in columns]
    return Batch(
        pa.RecordBatch.from_arrays(arrays, names=list(header)), np.array(places, dtype=np.int64), tuple(damages)
    )
