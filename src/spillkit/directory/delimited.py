"""Read CSV and TSV: any delimiter, quoted line breaks, rows of the wrong length.

In:    a TextFile.
Out:   the column names and batches of rows with their line numbers.
Else:  charsets and compression are `opening`; what columns mean is `mapping`.

Blocks without anything odd in them are parsed by pyarrow; any other block by Python's csv module, which is the reference.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from spillkit.directory.batches import BATCH_ROWS, Batch, Damage, Reason, batch_of_rows
from spillkit.directory.opening import ReadProgress, TextFile, decode_line
from spillkit.errors import DirectoryError

DELIMITERS = ",;\t|"
MAX_COLUMNS = 20_000
_DATA_IN_HEADER = re.compile(r"@|\d[\d /.-]{5,}")


@dataclass(frozen=True, slots=True)
class Delimited:
    """A CSV or TSV file whose header was read."""

    file: TextFile
    delimiter: str
    header: tuple[str, ...]

    def batches(self, progress: ReadProgress | None = None) -> Iterator[Batch]:
        """Yield the rows in order. Raises DirectoryError if a quote is never closed."""
        line = 1
        blocks = self.file.blocks(progress)
        for whole in blocks:
            first, block = line == 1, whole
            if first and _is_plain_line(whole[: whole.find(b"\n") + 1]):
                # The line of column names goes, so that the fast parser can take the rest of the first block.
                first, line, block = False, 2, whole[whole.find(b"\n") + 1 :]
                if not block:
                    continue
            fast = None if first else self._parse_plain_block(block, line)
            if fast is not None:
                yield fast
                line += fast.rows.num_rows
                continue
            if _may_end_inside_quotes(block):
                yield from self._parse_rest(block, blocks, line)
                return
            for batch, line_after in self._parse_lines(iter((block,)), line, skip_header=first):
                if batch is not None:
                    yield batch
                line = line_after

    def _parse_plain_block(self, block: bytes, line: int) -> Batch | None:
        """Parse a block in which every line is one row; None if it is not that plain."""
        lines = block.count(b"\n")
        if not block.endswith(b"\n") or (b"\r" in block and block.count(b"\r\n") != block.count(b"\r")):
            return None
        try:
            table = pacsv.read_csv(
                pa.BufferReader(block),
                read_options=pacsv.ReadOptions(column_names=list(_numbered(self.header)), block_size=len(block) + 1),
                parse_options=pacsv.ParseOptions(
                    delimiter=self.delimiter, newlines_in_values=False, ignore_empty_lines=True
                ),
                convert_options=pacsv.ConvertOptions(
                    column_types=dict.fromkeys(_numbered(self.header), pa.string()),
                    strings_can_be_null=False,
                    check_utf8=True,
                ),
            )
        except pa.ArrowInvalid:
            return None
        if table.num_rows != lines:
            return None
        [batch] = table.combine_chunks().to_batches() or [None]
        if batch is None:
            return None
        rows = pa.RecordBatch.from_arrays(batch.columns, names=list(self.header))
        return Batch(rows, np.arange(line, line + lines, dtype=np.int64))

    def _parse_rest(self, block: bytes, blocks: Iterator[bytes], line: int) -> Iterator[Batch]:
        def chained() -> Iterator[bytes]:
            yield block
            yield from blocks

        for batch, _ in self._parse_lines(chained(), line, skip_header=line == 1):
            if batch is not None:
                yield batch

    def _parse_lines(
        self, blocks: Iterator[bytes], line: int, *, skip_header: bool
    ) -> Iterator[tuple[Batch | None, int]]:
        """Parse with the csv module; yield each batch with the line number after it."""
        mended: list[int] = []
        reader = csv.reader(_lines(blocks, line, mended), delimiter=self.delimiter)
        rows: list[list[str]] = []
        places: list[int] = []
        damages: list[Damage] = []
        width = len(self.header)
        place = line
        try:
            for row in reader:
                started, place = place, line + reader.line_num
                if skip_header:
                    skip_header = False
                elif not row:
                    continue  # A blank line is nobody.
                elif len(row) == width:
                    rows.append(row)
                    places.append(started)
                elif len(row) > width and not any(row[width:]):
                    rows.append(row[:width])  # Spreadsheets leave empty cells behind the last column.
                    places.append(started)
                else:
                    damages.append(Damage(started, Reason.COLUMNS))
                if len(rows) >= BATCH_ROWS:
                    damages += [Damage(number, Reason.CHARSET) for number in mended]
                    yield batch_of_rows(self.header, rows, places, damages), place
                    rows, places, damages = [], [], []
                    mended.clear()
        except csv.Error as error:
            raise DirectoryError(
                f"{self.file.name}, line {place}: a cell of more than 128 KiB begins here; most likely a quotation mark "
                "is never closed. Mend that line, or export the list again."
            ) from error
        damages += [Damage(number, Reason.CHARSET) for number in mended]
        yield (batch_of_rows(self.header, rows, places, damages) if rows or damages else None), place


def open_delimited(file: TextFile, delimiter: str | None = None) -> Delimited:
    """Read the header of a CSV or TSV file.

    delimiter  one character; None: found out from the first lines
    Raises     DirectoryError if there is no header, or there are more than 20,000 columns
    """
    text = file.first_lines().decode("utf-8", "replace")
    if delimiter is None:
        delimiter = _sniff_delimiter(text)
    try:
        first = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
    except csv.Error as error:
        raise DirectoryError(
            f"{file.name}, line 1: the line of column names cannot be read. Check its quotation marks."
        ) from error
    if not any(name.strip() for name in first):
        raise DirectoryError(
            f"{file.name}, line 1: there are no column names. Add a first line that names the columns."
        )
    if len(first) > MAX_COLUMNS:
        raise DirectoryError(
            f"{file.name}: more than {MAX_COLUMNS:,} columns. Export only the columns of the customer list."
        )
    if any(looks_like_data(name) for name in first):
        # A first row of data would otherwise be printed as column names.
        raise DirectoryError(
            f"{file.name}, line 1: looks like data, not like column names. Add a first line that names the columns."
        )
    return Delimited(file, delimiter, unique_names(first))


def unique_names(names: Sequence[str]) -> tuple[str, ...]:
    """Return column names without repeats: a second "email" becomes "email#2", an empty one "column 7".

    >>> unique_names(["id", "email", "email", ""])
    ('id', 'email', 'email#2', 'column 4')
    """
    seen: dict[str, int] = {}
    unique = []
    for position, name in enumerate(names, start=1):
        clean = " ".join(name.split()) or f"column {position}"
        seen[clean] = seen.get(clean, 0) + 1
        unique.append(clean if seen[clean] == 1 else f"{clean}#{seen[clean]}")
    return tuple(unique)


def looks_like_data(name: str) -> bool:
    """Return whether a column name is rather an e-mail address, a phone number or a date; column names are printed."""
    return _DATA_IN_HEADER.search(name) is not None


def _sniff_delimiter(text: str) -> str:
    """Return the delimiter that cuts the first lines into the most columns, equally many on each."""
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        rows = []
        try:
            for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
                if row:
                    rows.append(len(row))
                if len(rows) == 50:
                    break
        except csv.Error:
            continue
        if not rows or rows[0] < 2:
            continue
        score = sum(width == rows[0] for width in rows) / len(rows) * 1000 + min(rows[0], 999)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _numbered(header: Sequence[str]) -> Iterator[str]:
    return (str(position) for position in range(len(header)))


def _is_plain_line(line: bytes) -> bool:
    return line != b"" and line.count(b'"') % 2 == 0 and b"\r" not in line.rstrip(b"\r\n") and line.strip() != b""


def _may_end_inside_quotes(block: bytes) -> bool:
    return block.count(b'"') % 2 == 1


def _lines(blocks: Iterator[bytes], line: int, mended: list[int]) -> Iterator[str]:
    """Yield lines as text with their ends; note the numbers of those that were not UTF-8."""
    number = line
    for block in blocks:
        for raw in block.splitlines(keepends=True) if b"\r" in block else _split_lines(block):
            text, was_utf8 = decode_line(raw)
            if not was_utf8:
                mended.append(number)
            yield text
            number += 1


def _split_lines(block: bytes) -> Iterator[bytes]:
    return iter(io.BytesIO(block))
