"""What is read of a person again, from the company's own list, while his text is made.

In:    a name as the list writes it.
Out:   Reader; the name as it may stand in a letter.
Else:  reading the list is `addressees`; what is said of the person is `told`.
"""

from __future__ import annotations

import re
import unicodedata

import msgspec

from spillkit.printed import printable

NAME_CHARACTERS = 80  # of a name that is printed; the rest is cut
_MARKS_IN_A_ROW = 4  # combining marks on one letter; more of them only draw over the lines beside it
_JOINERS = "\u200c\u200d"  # Persian and Indic names and emoji are spelled with them, and they drive nothing
# Mail programs make a link of such a name by themselves: "Hello www.evil.example," would be ours.
_LIKE_A_LINK = re.compile(r"://|@|\bwww\b|\w\.\w{2,}|\w[。．｡]\w", re.IGNORECASE)


class Reader(msgspec.Struct, frozen=True):
    """What is read of a person again, from the company's own list, while his text is made. Never stored, never logged."""

    name: str = ""  # "": greeted without
    region: str = ""  # ISO 3166-2, "US-CA"; "": not known


NOBODY = Reader()


def printed_name(name: str) -> str:
    """Return a name as it may stand in a letter; "" where greeting without one is safer.

    Printable, on one line, at most 80 characters. Whatever a mail program would make a link of is no name to us.

    >>> printed_name("  Alice\\r\\nBcc: everybody "), printed_name("www.example.org"), printed_name("\\u202e")
    ('Alice Bcc: everybody', '', '')
    """
    if not (name.isascii() and name.isprintable() and len(name) <= NAME_CHARACTERS):
        name = _tamed(name[: NAME_CHARACTERS * 50])
    name = " ".join(name.split())
    if len(name) > NAME_CHARACTERS:
        name = name[: NAME_CHARACTERS - 1].rstrip() + "…"
    if _LIKE_A_LINK.search(name) or not any(character.isalnum() for character in name):
        return ""
    return name


def _tamed(name: str) -> str:
    spaced = " ".join(name.split())
    kept = "".join(c if c in _JOINERS else printable(c) for c in unicodedata.normalize("NFC", spaced))
    shown, marks = [], 0
    for character in kept:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= _MARKS_IN_A_ROW:
            shown.append(character)
    return "".join(shown).strip(_JOINERS + "\ufffd ")
