"""Write letters into a folder: one PDF a person, and letters.csv for whoever prints and posts them.

In:    notices, each with what was read of its person.
Out:   `<id of the notice>.pdf`, and letters.csv: file, pages, country, the lines of the address, the PDF's digest.
Else:  the page is `page`, drawing it `spillkit.authority.drawing`.

The same notices give the same bytes, on a machine with the same fonts. A folder holds the letters of one call: one with other
PDFs in it is refused, since whoever prints a folder prints all of it.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
from collections.abc import Container
from datetime import datetime
from pathlib import Path

import msgspec

from spillkit import __version__
from spillkit.authority.drawing import Draughtsman
from spillkit.errors import InputError
from spillkit.notices.channels.channel import Addressed, NotGiven, Receipt, Why, digest_of
from spillkit.notices.channels.letter.address import JOINERS, SIZES, paper_line, window_of
from spillkit.notices.channels.letter.page import letter_style, write_letter
from spillkit.notices.channels.words import Words
from spillkit.notices.reader import Reader
from spillkit.printed import printable, safe_cell

LIST = "letters.csv"
MOST_LINES = max(most for _points, most in SIZES)
_UNSEEN = dict.fromkeys(map(ord, JOINERS))  # they only shape letters, and a spreadsheet shows none
COLUMNS = ("file", "pages", "country", *(f"address_{number}" for number in range(1, MOST_LINES + 1)), "sha256")


class LetterFolder:
    """The channel of letters."""

    name = "letters"
    is_final = False

    def __init__(self, folder: Path, words: Words, at: datetime, notices: Container[str]) -> None:
        """Take a folder; made where there is none.

        at       the only date in the PDFs, aware
        notices  ids of all that may be written
        Raises   InputError if the folder cannot be made or holds other PDFs; PdfUnavailable if none can be drawn here
        """
        self._folder, self._words, self._at = folder, words, at
        self._rows: list[tuple[str, ...]] = []
        shown = printable(str(folder))
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            others = sum(path.stem not in notices for path in folder.glob("*.pdf"))
        except OSError as error:
            raise InputError(f"{shown}: cannot be made ({error.strerror}). Name another folder.") from error
        if others:
            raise InputError(
                f"{shown}: {others} other PDF{'s' * (others > 1)} lie there, which would be posted as well. Name an empty folder."
            )
        self._draughtsman = Draughtsman(letter_style())

    def give(self, one: Addressed) -> Receipt | NotGiven:
        told = one.told
        if told.is_shared or told.people > 1:
            return NotGiven(told.id, Why.SEVERAL_PEOPLE)
        window = window_of(one)
        if isinstance(window, Why):
            return NotGiven(told.id, window)
        named = msgspec.structs.replace(one, reader=Reader(paper_line(one.reader.name), one.reader.region))
        page = write_letter(self._words.document(named), self._words.company.letterhead[told.entity], window, told.id)
        identifier = hashlib.sha256(page.encode()).digest()[:16]
        drawn = self._draughtsman.draw(page, identifier=identifier, at=self._at, generator=f"Spillkit {__version__}")
        if drawn.has_gaps:
            return NotGiven(told.id, Why.NOT_DRAWN)
        name, digest = f"{told.id}.pdf", digest_of(drawn.pdf)
        self._put(name, drawn.pdf)
        lines = (*window.lines, *("" for _ in range(MOST_LINES - len(window.lines))))
        self._rows.append((name, str(drawn.pages), one.country, *lines, digest))
        return Receipt(told.id, digest)

    def finish(self) -> None:
        """Put the list in place, and take away what an earlier call wrote for people who get no letter by this one."""
        file = io.StringIO(newline="")
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in sorted(self._rows):
            writer.writerow([safe_cell(cell.translate(_UNSEEN)) for cell in row])
        written = {row[0] for row in self._rows}
        try:
            for path in self._folder.glob("*.pdf"):
                if path.name not in written:
                    path.unlink()
        except OSError as error:
            raise InputError(
                f"{printable(str(self._folder))}: an old letter cannot be taken away ({error.strerror}). Delete the folder."
            ) from error
        self._put(LIST, file.getvalue().encode())

    def _put(self, name: str, content: bytes) -> None:
        """Put a file in place, whole or not at all, readable by its owner only."""
        draft = self._folder / f".{name}.draft"
        try:
            with os.fdopen(os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
                file.write(content)
            draft.replace(self._folder / name)
        except OSError as error:
            draft.unlink(missing_ok=True)
            raise InputError(
                f"{printable(str(self._folder))}: cannot be written ({error.strerror}). Make room, or name another folder."
            ) from error
