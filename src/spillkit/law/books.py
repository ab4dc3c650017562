"""Read the books of law: every rule of every jurisdiction, and the words that they share.

In:    a folder of TOML files: one book for each jurisdiction in `rules/`, and the words beside it.
Out:   Books: frozen, with a digest that names exactly these files.
Else:  whether the books make sense is `check`, what they say of an incident is `decide`, what changed in them is `diff`.
"""

from __future__ import annotations

import functools
import hashlib
import tomllib
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import TypeVar

import msgspec

from spillkit.errors import LawError
from spillkit.law.rule import Jurisdiction, Rule, Status

BUILT_IN = Path(__file__).parent / "data"
WORDS_FILES = ("authorities.toml", "content.toml", "fields.toml", "questions.toml", "sectors.toml")
_MOST_BYTES = 4 << 20  # of one file; the longest book has some tens of thousands
_MOST_FILES = 2000


class FieldKind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of data that laws tell apart."""

    words: str
    ledger: str = ""  # the field of the ledger that is this kind; "": the ledger knows none


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What only a human can answer, with yes or no."""

    ask: str
    help: str
    source: str


class ContentItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a notice or a report may have to say."""

    words: str
    answer: int  # which of the fourteen questions holds it, 1 to 14; 0: none


class Authority(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is told in a country."""

    name: str  # official name, in the country's own language first
    status: Status
    for_: str = msgspec.field(name="for", default="")  # whose authority it is, where a country has more than one
    table: str = ""  # another table of authorities that decides between them


class Books(msgspec.Struct, frozen=True):
    """All books that were read together."""

    jurisdictions: dict[str, Jurisdiction]  # by code, in the order of codes
    rules: dict[str, Rule]  # by id
    fields: dict[str, FieldKind]  # by kind: "name", "ssn", …
    sectors: dict[str, str]  # id -> words
    questions: dict[str, Question]  # by id
    content: dict[str, ContentItem]  # by id
    authorities: dict[str, dict[str, tuple[Authority, ...]]]  # table -> country or region -> who is told there
    digest: str  # SHA-256 of all files that were read, 64 hex digits
    code_of: dict[str, str]  # rule id -> code of the jurisdiction whose book has it

    def jurisdictions_of(self, country: str, region: str = "") -> tuple[Jurisdiction, ...]:
        """Return whose books count a resident.

        country  ISO 3166-1 alpha-2, "US"
        region   ISO 3166-2, "US-CA"; "" where it is not known: books that count that region alone are then left out
        Returns  jurisdictions in the order of their codes; none for a country without a book
        """
        home = {country, region} - {""}
        return tuple(book for book in self.jurisdictions.values() if not home.isdisjoint(book.residents))

    def regions_of(self, country: str) -> tuple[Jurisdiction, ...]:
        """Return the books that count residents of one region of a country: the states of "US", the provinces of "CA"."""
        return tuple(
            book
            for book in self.jurisdictions.values()
            if any(home.startswith(f"{country}-") for home in book.residents)
        )


def stem(rule_id: str) -> str:
    """Return what all versions of a rule have in common.

    >>> stem("us-ca-people-v2"), stem("eu-gdpr-33")
    ('us-ca-people', 'eu-gdpr-33')
    """
    head, _, tail = rule_id.rpartition("-v")
    return head if head and tail.isdecimal() else rule_id


def read_books(folder: Path | None = None) -> Books:
    """Read all books of a folder.

    folder   holds `rules/*.toml` and the five files of words; None: the books that come with Spillkit
    Returns  Books, the same for the same bytes
    Raises   LawError that names file, rule and place, if a file is missing, cannot be read, or says what no rule can say
    """
    return _built_in() if folder is None else _read(folder)


@functools.cache
def _built_in() -> Books:
    """The books that come with Spillkit do not change while it runs: a quarter of a second of reading is spent once."""
    return _read(BUILT_IN)


def _read(place: Path) -> Books:
    rules_files = _rules_files(place)
    texts = {name: _text(place / name) for name in (*WORDS_FILES, *rules_files)}
    words = _words(texts)
    books = sorted((_book(name, texts[name]) for name in rules_files), key=lambda book: book.code)
    rules: dict[str, Rule] = {}
    code_of: dict[str, str] = {}
    jurisdictions: dict[str, Jurisdiction] = {}
    for book in books:
        if book.code in jurisdictions:
            raise LawError(
                f"Two books have the code {book.code}. Keep one of them, or give the other a code of its own."
            )
        jurisdictions[book.code] = book
        for rule in book.rule:
            if rule.id in rules:
                raise LawError(
                    f"The rule {rule.id} stands twice: in the book of {code_of[rule.id]} and in the book of {book.code}. "
                    "An id is never reused; give one of them another."
                )
            rules[rule.id] = rule
            code_of[rule.id] = book.code
    return Books(
        jurisdictions=jurisdictions,
        rules=rules,
        fields=words.fields,
        sectors=words.sectors,
        questions=words.questions,
        content=words.content,
        authorities=words.authorities,
        digest=_digest(texts),
        code_of=code_of,
    )


class _Words(msgspec.Struct, frozen=True):
    fields: dict[str, FieldKind]
    sectors: dict[str, str]
    questions: dict[str, Question]
    content: dict[str, ContentItem]
    authorities: dict[str, dict[str, tuple[Authority, ...]]]


class _FieldsFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: int
    field: dict[str, FieldKind]


class _SectorsFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: int
    sector: dict[str, str]


class _QuestionsFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: int
    question: dict[str, Question]


class _ContentFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: int
    item: dict[str, ContentItem]


def _words(texts: dict[str, bytes]) -> _Words:
    tables = _table("authorities.toml", texts["authorities.toml"])
    tables.pop("version", None)
    return _Words(
        fields=_value("fields.toml", _table("fields.toml", texts["fields.toml"]), _FieldsFile).field,
        sectors=_value("sectors.toml", _table("sectors.toml", texts["sectors.toml"]), _SectorsFile).sector,
        questions=_value("questions.toml", _table("questions.toml", texts["questions.toml"]), _QuestionsFile).question,
        content=_value("content.toml", _table("content.toml", texts["content.toml"]), _ContentFile).item,
        authorities=_value("authorities.toml", tables, dict[str, dict[str, tuple[Authority, ...]]]),
    )


def _book(name: str, text: bytes) -> Jurisdiction:
    book = _value(name, _table(name, text), Jurisdiction)
    if book.version != 1:
        raise LawError(
            f"{name}: version {book.version} is not read by this Spillkit, which reads version 1. Update Spillkit."
        )
    return book


def _rules_files(place: Path) -> tuple[str, ...]:
    folder = place / "rules"
    if not folder.is_dir():
        raise LawError(
            "The folder of books: there is no folder rules/ in it. Name the folder that holds rules/ and the five files of "
            f"words ({', '.join(WORDS_FILES)})."
        )
    names = sorted(f"rules/{path.name}" for path in folder.glob("*.toml"))
    if len(names) > _MOST_FILES:
        raise LawError(f"rules/: {len(names)} files; more than {_MOST_FILES} are not read. Name another folder.")
    return tuple(names)


def _text(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        raise LawError(f"{path.name}: is missing. Copy it from the books that come with Spillkit.") from None
    except OSError as error:
        raise LawError(f"{path.name}: cannot be read ({error.strerror}). Check the file and its rights.") from error
    if len(text) > _MOST_BYTES:
        raise LawError(f"{path.name}: is longer than {_MOST_BYTES >> 20} MiB, which no book is. Name another file.")
    return text


def _table(name: str, text: bytes) -> dict[str, object]:
    try:
        return tomllib.loads(text.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise LawError(f"{name}: byte {error.start} is not UTF-8. Save the file as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise LawError(f"{name}: {error}. Mend that line; TOML's rules are at toml.io.") from error
    except RecursionError as error:
        raise LawError(
            f"{name}: is nested too deeply. A book has tables within tables, never more than five deep."
        ) from error


_T = TypeVar("_T")


def _value(name: str, table: object, kind: type[_T]) -> _T:
    try:
        return msgspec.convert(table, kind, builtin_types=(date, datetime, time), str_keys=True)
    except msgspec.ValidationError as error:
        rule = _rule_at(str(error), table)
        where = f"{name}, rule {rule}" if rule else name
        raise LawError(f"{where}: {error}. Mend it; docs/reference/law.md explains every key.") from error


def _rule_at(message: str, table: object) -> str:
    """Return the id of the rule that msgspec's message points at ("… - at `$.rule[3].clock.length`"); "" if at none."""
    _, found, path = message.partition("`$.rule[")
    number = path.partition("]")[0]
    if not found or not number.isdecimal() or not isinstance(table, dict):
        return ""
    return _id_of(table.get("rule"), int(number))


def _id_of(rows: object, number: int) -> str:
    row = rows[number] if isinstance(rows, list) and number < len(rows) else None
    said = row.get("id") if isinstance(row, dict) else None
    return said if isinstance(said, str) else f"number {number + 1}"


def _digest(texts: dict[str, bytes]) -> str:
    """Return the SHA-256 over names and bytes of all files, in the order of their names."""
    digest = hashlib.sha256()
    for part in _parts(texts):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()


def _parts(texts: dict[str, bytes]) -> Iterator[bytes]:
    for name in sorted(texts):
        yield name.encode()
        yield texts[name]
