"""Decide what may stand as a subject's id, and replace ids that may not.

In:    the id column of a batch, and the columns it must not repeat.
Out:   ids fit for the ledger and for reports; which rows have none, and why.
Else:  ids of ownership tokens' owners go the same way (`tokens`).

Ids appear in the ledger, in reports and in rules, so they must not be contact data themselves.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from spillkit.directory.batches import Reason
from spillkit.directory.mapping import Mapping, Role
from spillkit.errors import DirectoryError

_EMAIL = r"^[^\s@]+@[^\s@]+\.[^\s@]+$"
_INTERNATIONAL_PHONE = r"^\+[0-9][0-9 ()./-]{6,20}$"
_MAX_CHARACTERS = 200
_LIKE_PHONE = r"^[0-9 +()./-]{7,}$"
_REFUSED_SHARE = 0.5
_PSEUDONYM_BYTES = 10
_PERSON = b"spill-subject-id"[:16]

_ADVICE = (
    "Choose another column with --map id=COLUMN, or let --pseudonymise-ids replace them by keyed tokens (p_…) that stay the same "
    "from run to run."
)


def clean_ids(column: pa.Array) -> pa.Array:
    """Return ids without white space around them."""
    return pc.utf8_trim_whitespace(column)


def refused_ids(rows: pa.RecordBatch, mapping: Mapping, *, pseudonymise: bool) -> dict[Reason, NDArray[np.bool_]]:
    """Return for each reason which rows have no usable id; a row has at most one reason.

    pseudonymise  ids will be replaced, so that contact data in them does no harm
    """
    ids = clean_ids(rows.column(mapping.id_column))
    checks = {Reason.NO_ID: _mask(pc.equal(ids, ""))}
    if not pseudonymise:
        # The plain search comes first: it rules out nearly all in a tenth of the time.
        checks[Reason.ID_IS_EMAIL] = _matching(ids, pc.match_substring(ids, "@"), _EMAIL)
        checks[Reason.ID_IS_PHONE] = _matching(ids, pc.starts_with(ids, "+"), _INTERNATIONAL_PHONE)
        checks[Reason.ID_IS_CONTACT] = _repeats_contact(ids, rows, mapping)
        too_long = pc.greater(pc.utf8_length(ids), _MAX_CHARACTERS)
        checks[Reason.ID_UNFIT] = _mask(too_long) | ~_mask(pc.utf8_is_printable(ids))
    taken = np.zeros(len(ids), dtype=np.bool_)
    for reason, mask in checks.items():
        checks[reason] = mask & ~taken
        taken |= mask
    return {reason: mask for reason, mask in checks.items() if mask.any()}


def refuse_contact_ids(rows: pa.RecordBatch, mapping: Mapping) -> None:
    """Refuse a list most of whose first ids are contact data; DirectoryError says what to do."""
    filled = rows.num_rows - int(_mask(pc.equal(clean_ids(rows.column(mapping.id_column)), "")).sum())
    if not filled:
        return
    what = {
        Reason.ID_IS_EMAIL: "e-mail addresses",
        Reason.ID_IS_PHONE: "phone numbers",
        Reason.ID_IS_CONTACT: "names, e-mail addresses or phone numbers",
    }
    for reason, mask in refused_ids(rows, mapping, pseudonymise=False).items():
        if reason in what and mask.sum() > filled * _REFUSED_SHARE:
            raise DirectoryError(
                f"The ids in the column {mapping.id_column!r} are {what[reason]}. Ids are printed and kept, contact data never is. "
                + _ADVICE
            )


def pseudonyms(ids: pa.Array, key: bytes) -> pa.Array:
    """Return a keyed token for each id: `p_` and 16 letters and digits, the same for the same id and key."""
    return pa.array([pseudonym(text, key) for text in ids.to_pylist()], pa.string())


def pseudonym(text: str, key: bytes) -> str:
    """Return the keyed token of one id."""
    digest = hashlib.blake2b(
        text.encode("utf-8", "replace"), key=key, digest_size=_PSEUDONYM_BYTES, person=_PERSON
    ).digest()
    return "p_" + base64.b32encode(digest).decode("ascii").lower()


def _repeats_contact(ids: pa.Array, rows: pa.RecordBatch, mapping: Mapping) -> NDArray[np.bool_]:
    repeats = np.zeros(len(ids), dtype=np.bool_)
    for role in (Role.NAME, Role.EMAIL):
        for name in mapping.names(role):
            repeats |= _mask(pc.equal(ids, clean_ids(rows.column(name)))) & ~_mask(pc.equal(ids, ""))
    like_phone = _mask(pc.match_substring_regex(ids, _LIKE_PHONE))
    if like_phone.any():
        digits = _digits(ids)
        for name in mapping.names(Role.PHONE):
            repeats |= like_phone & _mask(pc.equal(digits, _digits(rows.column(name))))
    return repeats


def _matching(ids: pa.Array, maybe: pa.Array, pattern: str) -> NDArray[np.bool_]:
    mask = _mask(maybe)
    return mask & _mask(pc.match_substring_regex(ids, pattern)) if mask.any() else mask


def _digits(column: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(column, r"[^0-9]", "")


def _mask(column: pa.Array) -> NDArray[np.bool_]:
    return np.asarray(pc.fill_null(column, False).to_numpy(zero_copy_only=False), dtype=np.bool_)


def subject_ids(column: pa.Array, key: bytes | None) -> pa.Array:
    """Return the ids as they are kept: cleaned, and replaced by keyed tokens if a key is given."""
    ids = clean_ids(column)
    return ids if key is None else pseudonyms(ids, key)


__all__: Sequence[str] = ["clean_ids", "pseudonym", "refuse_contact_ids", "refused_ids", "subject_ids"]
