"""Keyed marks by which accounts of one person are recognised: of his mailbox, his telephone, his name, his day of birth.

In:    the cells of a customer list, batch by batch, and a key.
Out:   Marks: for each account some numbers of 64 bits. No address, name, number or date is kept.
Else:  which accounts are one person is `merging`.

Two marks of one kind are equal where the values are. That two of ten million different values share a mark has a chance of 3 in a
million (n² / 2^65), and no mark alone ever makes two accounts one person.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from numpy.typing import NDArray

from spillkit.directory.batches import Reason
from spillkit.directory.contact import email_forms, phone_forms, split_emails, split_phones, split_values
from spillkit.directory.mapping import Mapping as ColumnMapping
from spillkit.directory.mapping import Role
from spillkit.directory.survey import MappedSource, usable_rows
from spillkit.directory.traits import country_code

_INTERNATIONAL = re.compile(r"\+[1-9][0-9][0-9 .-]{5,20}")
_WITHOUT_SEPARATORS = str.maketrans("", "", " .-")
_PLAIN_MAILBOX = re.compile(r"[A-Za-z0-9_%+-]+(?:\.[A-Za-z0-9_%+-]+)*@(?:[A-Za-z0-9-]+\.)+[A-Za-z0-9-]{2,}")
_PLAIN_LENGTH = 254  # RFC 5321, 4.5.3.1.3: a path, without its brackets
_ONE_NAME = re.compile(r"[A-Za-z' .-]+")
_NOT_WORDS = re.compile(r"[\W_]")  # \w is what str.isalnum() says, and the underscore
_NOT_LETTERS = re.compile(r"[^a-z0-9]")


class Mark(IntEnum):
    """What a mark was made of."""

    MAILBOX = 0
    PHONE = 1
    NAME = 2
    BIRTH = 3
    LIKE_MAILBOX = 4  # the mailbox without dots and without what follows a plus: it proposes, and never decides


MARKS = pa.schema(
    [
        pa.field("account", pa.int32(), nullable=False),  # place in Marks.subjects
        pa.field("kind", pa.int8(), nullable=False),  # Mark
        pa.field(
            "rank", pa.int32(), nullable=False
        ),  # the order in which the list names several: the first is the usual one
        pa.field("mark", pa.uint64(), nullable=False),  # never 0
    ]
)


@dataclass(frozen=True, slots=True)
class Marks:
    """All accounts, and what each is recognised by."""

    subjects: pa.Array = field(repr=False)  # large_string, sorted, each once
    table: pa.Table = field(repr=False)  # of MARKS

    def of_kind(self, kind: Mark) -> tuple[NDArray[np.int32], NDArray[np.uint64]]:
        """Return accounts and marks of one kind: for each account in the order of rank, accounts ascending."""
        rows = self.table.filter(pc.equal(self.table.column("kind"), pa.scalar(int(kind), pa.int8())))
        account, rank, mark = (rows.column(name).to_numpy() for name in ("account", "rank", "mark"))
        order = np.lexsort((rank, mark, account))
        account, rank, mark = account[order], rank[order], mark[order]
        # The same value twice in one account (two lists name it) says nothing more: its first place counts.
        first = np.ones(len(account), dtype=np.bool_)
        first[1:] = (account[1:] != account[:-1]) | (mark[1:] != mark[:-1])
        account, rank, mark = account[first], rank[first], mark[first]
        order = np.lexsort((mark, rank, account))
        return account[order], mark[order]


def derived_key(workspace_key: bytes, use: str) -> bytes:
    """Return the key for one use, so that no key serves two.

    workspace_key  16 bytes or more, of the workspace
    use            "marks", "ids", …
    Source         RFC 5869 (HKDF with SHA-256, no salt: the workspace's key is uniformly random)
    """
    info = f"spillkit notices {use}".encode()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(workspace_key)


def canonical_mailbox(address: str) -> str:
    """Return an address as it is compared; "" where it is none.

    The domain is compared without case and as IDNA writes it (RFC 5891). The part before the @ is compared without case too,
    although RFC 5321, 2.4 leaves its case to the receiver: no large provider tells Jane@ from jane@, and the worst that can come of
    it is that two accounts get one notice without values. Dots, and what follows a plus, stay: whether they matter is up to the
    provider.

    >>> canonical_mailbox("Jane.Doe+shop@MÜLLER.example"), canonical_mailbox("nobody")
    ('jane.doe+shop@xn--mller-kva.example', '')
    """
    if _PLAIN_MAILBOX.fullmatch(address) and len(address) <= _PLAIN_LENGTH:
        return address.lower()  # Nearly all: the same, in a fifth of the time.
    forms = email_forms(address)
    if isinstance(forms, Reason):
        return ""
    local, _, domain = forms[0].rpartition("@")
    local = unicodedata.normalize("NFC", unicodedata.normalize("NFC", local).casefold())
    labels = unicodedata.normalize("NFKC", domain.replace("。", ".")).lower().split(".")
    return f"{local}@{'.'.join(_ascii_label(unicodedata.normalize('NFC', label)) for label in labels)}"


def like_mailbox(canonical: str) -> str:
    """Return a mailbox without dots and without what follows a plus: two addresses that some providers deliver to one box.

    >>> like_mailbox("jane.doe+shop@example.org")
    'janedoe@example.org'
    """
    local, _, domain = canonical.rpartition("@")
    return f"{local.partition('+')[0].replace('.', '') or local}@{domain}"


def canonical_name(text: str) -> str:
    """Return a name as it is compared: without case, accents and marks between words, and in any order of its words.

    >>> canonical_name("Doe, Jané"), canonical_name("jane DOE")
    ('doe jane', 'doe jane')
    """
    if text.isascii():
        return " ".join(sorted(_NOT_LETTERS.sub(" ", text.lower()).split()))  # The same, for most.
    decomposed = unicodedata.normalize("NFKD", text).casefold().translate(_without_accents())
    return " ".join(sorted(_NOT_WORDS.sub(" ", decomposed).split()))


def canonical_phone(text: str, country: str) -> str:
    """Return a telephone number as "+" and international digits; "" where it is none, or a national one of no known country.

    >>> canonical_phone("+33 6 39-98.12.34", ""), canonical_phone("06 39 98 12 34", "FR")
    ('+33639981234', '+33639981234')
    """
    if _INTERNATIONAL.fullmatch(text):
        # Nearly all: nothing to look up. The library would take a hundred times as long for the same digits.
        return text.translate(_WITHOUT_SEPARATORS)
    forms, _ = phone_forms(text, country)
    return forms[0] if forms and forms[0].startswith("+") else ""


def mailbox_mark(address: str, key: bytes) -> str:
    """Return the mark of a mailbox as 16 hex digits; "" where it is no address.

    A sender that reads the customer list again takes the address of this mark; where there is none, it was changed meanwhile.

    key  as `marks_of` was given
    """
    canonical = canonical_mailbox(address)
    return mark_text(_hasher(key, Mark.MAILBOX).of(canonical)) if canonical else ""


def mailbox_marks(addresses: Sequence[str], key: bytes) -> NDArray[np.uint64]:
    """Return the marks of many mailboxes, as `mailbox_mark` does of one; 0 where it is no address."""
    canonical = [canonical_mailbox(address) for address in addresses]
    marks = _hasher(key, Mark.MAILBOX).of_all(canonical)
    marks[np.array([not one for one in canonical], dtype=np.bool_)] = 0
    return marks


def mark_text(mark: int) -> str:
    """Return a mark as it is written in a table; "" for none."""
    return f"{mark:016x}" if mark else ""


def marks_of(lists: Sequence[MappedSource], key: bytes, id_key: bytes | None, default_country: str = "") -> Marks:
    """Read customer lists once and return the marks of everybody on them. Nothing else of them stays.

    key              of `derived_key(workspace_key, "marks")`
    id_key           under which ids are replaced by tokens; None: they are kept as they are
    default_country  how national telephone numbers are read where a row has no country
    Raises           DirectoryError if a list cannot be read
    """
    collected = _Collected(key)
    for mapped in lists:
        for usable in usable_rows(mapped, id_key, None):
            cells = {name: usable.rows.column(name).to_pylist() for name in mapped.mapping.used}
            collected.take(usable.ids, cells, mapped.mapping, default_country)
    return collected.marks()


class _Collected:
    """Marks while lists are read."""

    def __init__(self, key: bytes) -> None:
        self._hashers = {kind: _hasher(key, kind) for kind in Mark}
        self._ids: list[pa.Array] = []
        self._rows: list[tuple[NDArray[np.int64], Mark, NDArray[np.int32], NDArray[np.uint64]]] = []
        self._count = 0

    def take(self, ids: pa.Array, cells: Mapping[str, list[str]], mapping: ColumnMapping, default_country: str) -> None:
        self._ids.append(ids)
        for kind, of_rows in (
            (Mark.MAILBOX, _mailboxes(cells, mapping)),
            (Mark.PHONE, _phones(cells, mapping, default_country)),
            (Mark.NAME, _names(cells, mapping)),
            (Mark.BIRTH, _births(cells, mapping)),
        ):
            self._add(kind, of_rows)
        self._count += len(ids)

    def _add(self, kind: Mark, found: _Found) -> None:
        rows = np.array(found.rows, dtype=np.int64) + self._count
        ranks = np.array(found.ranks, dtype=np.int32)
        self._rows.append((rows, kind, ranks, self._hashers[kind].of_all(found.texts)))
        if kind is Mark.MAILBOX:
            like = self._hashers[Mark.LIKE_MAILBOX].of_all(map(like_mailbox, found.texts))
            self._rows.append((rows, Mark.LIKE_MAILBOX, ranks, like))

    def marks(self) -> Marks:
        if not self._ids:
            return Marks(pa.array([], pa.large_string()), MARKS.empty_table())
        coded = pa.chunked_array(self._ids).combine_chunks().dictionary_encode()
        order = pc.sort_indices(coded.dictionary).to_numpy()
        place = np.empty(len(order), dtype=np.int32)
        place[order] = np.arange(len(order), dtype=np.int32)
        account_of_row = place[coded.indices.to_numpy()]
        columns = [
            (account_of_row[rows], np.full(len(rows), int(kind), np.int8), ranks, marks)
            for rows, kind, ranks, marks in self._rows
        ]
        arrays = [pa.array(np.concatenate([part[place] for part in columns])) for place in range(4)]
        return Marks(coded.dictionary.take(pa.array(order)), pa.Table.from_arrays(arrays, schema=MARKS))


class _Hasher:
    def __init__(self, key: bytes, kind: Mark) -> None:
        self._start = hashlib.blake2b(digest_size=8, key=key, person=f"spill-{kind.name.lower()}".encode()[:16])

    def of(self, text: str) -> int:
        return int(self.of_all([text])[0])

    def of_all(self, texts: Iterable[str]) -> NDArray[np.uint64]:
        digests = []
        for text in texts:
            one = self._start.copy()
            one.update(text.encode("utf-8", "surrogatepass"))
            digests.append(one.digest())
        marks = np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64)
        marks[marks == 0] = 1  # 0 stands for "none".
        return marks


def _hasher(key: bytes, kind: Mark) -> _Hasher:
    return _Hasher(key[:64], kind)


class _Found:
    """Values of one kind, of many rows."""

    def __init__(self) -> None:
        self.rows: list[int] = []
        self.ranks: list[int] = []
        self.texts: list[str] = []

    def add(self, row: int, rank: int, text: str) -> None:
        self.rows.append(row)
        self.ranks.append(rank)
        self.texts.append(text)


def _mailboxes(cells: Mapping[str, list[str]], mapping: ColumnMapping) -> _Found:
    found = _Found()
    for column, name in enumerate(mapping.names(Role.EMAIL)):
        for row, cell in enumerate(cells[name]):
            parts = (cell,) if _PLAIN_MAILBOX.fullmatch(cell) else split_emails(cell)
            for place, text in enumerate(parts):
                if canonical := canonical_mailbox(text):
                    found.add(row, 1000 * column + place, canonical)
    return found


def _phones(cells: Mapping[str, list[str]], mapping: ColumnMapping, default_country: str) -> _Found:
    found = _Found()
    countries = next((cells[name] for name in mapping.names(Role.COUNTRY)), None)
    for name in mapping.names(Role.PHONE):
        for row, cell in enumerate(cells[name]):
            if not cell:
                continue
            if _INTERNATIONAL.fullmatch(cell):
                found.add(row, 0, canonical_phone(cell, ""))
                continue
            country = (country_code(countries[row]) if countries and countries[row] else "") or default_country
            for place, text in enumerate(split_phones(cell)):
                if number := canonical_phone(text, country):
                    found.add(row, place, number)
    return found


def _names(cells: Mapping[str, list[str]], mapping: ColumnMapping) -> _Found:
    found = _Found()
    given, family = (next(iter(mapping.names(role)), "") for role in (Role.GIVEN_NAME, Role.FAMILY_NAME))
    if given and family:
        for row, (one, two) in enumerate(zip(cells[given], cells[family])):
            if one.strip() and two.strip() and (canonical := canonical_name(f"{one} {two}")):
                found.add(row, 0, canonical)
    for name in mapping.names(Role.NAME):
        for row, cell in enumerate(cells[name]):
            for place, text in enumerate((cell,) if _ONE_NAME.fullmatch(cell) else split_values(cell), start=1):
                # A single word ("Guest", "Anna") is borne by too many to recognise anybody by.
                if " " in (canonical := canonical_name(text)) or _is_without_spaces(canonical):
                    found.add(row, place, canonical)
    return found


def _births(cells: Mapping[str, list[str]], mapping: ColumnMapping) -> _Found:
    found = _Found()
    for name in mapping.names(Role.BIRTH_DATE):
        for row, cell in enumerate(cells[name]):
            if digits := re.findall(r"\d+", cell)[:3]:
                found.add(row, 0, "-".join(part.lstrip("0") or "0" for part in digits))
    return found


@cache
def _without_accents() -> Mapping[int, None]:
    """Return a table for str.translate that takes combining marks away."""
    return {code: None for code in range(0x300, 0x1F000) if unicodedata.combining(chr(code))}


def _is_without_spaces(name: str) -> bool:
    """Whether a name is written without spaces in its script: Chinese, Japanese, Korean, Thai."""
    return len(name) >= 2 and all(
        unicodedata.name(c, "").startswith(("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "THAI")) for c in name
    )


def _ascii_label(label: str) -> str:
    return label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")
