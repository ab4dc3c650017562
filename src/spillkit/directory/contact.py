"""Prepare e-mail addresses, phone numbers and names for the index (docs/reference/matching.md, section 4).

In:    a cell of a customer list.
Out:   the strings to be fingerprinted, or why there are none.
Else:  postal addresses are `postal`; folding and hashing are the kernel's.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Sequence

import phonenumbers

from spillkit.directory.batches import MULTIPLE, Reason
from spillkit.directory.phonecache import remembered_forms

NAME_JOINT = "\x1f"  # between given and family name, for Builder.add
_EMAIL = re.compile(r"[^\s@<>\"(),:;]+@([^\s@<>\"(),:;]+\.[^\s@<>\"(),:;.]{2,})")
_EMAIL_IN_BRACKETS = re.compile(r"<([^<>]+)>\s*$")
_MAX_EMAIL = 320
_PHONE_SEPARATORS = re.compile(r"\s*[;|\n]\s*|\s*,\s*(?=[+0(])|\s+/\s+(?=[+0])")
_EXTENSION = re.compile(r"(?i)\s*(?:ext|extn|x|durchwahl|poste|#)\.?\s*\d{1,6}\s*$")


def split_values(cell: str) -> Sequence[str]:
    """Return the several values of a cell: a JSON list, a PostgreSQL array, or text between `;`.

    >>> split_values('["a@example.org", "b@example.org"]'), split_values("a; b"), split_values("{a,b}")
    (['a@example.org', 'b@example.org'], ['a', 'b'], ['a', 'b'])
    """
    text = cell.strip()
    if MULTIPLE in text:
        return [part.strip() for part in text.split(MULTIPLE) if part.strip()]
    if text.startswith("[") and text.endswith("]"):
        try:
            items = json.loads(text)
        except ValueError:
            return [text]
        return [str(item).strip() for item in items if isinstance(item, (str, int)) and str(item).strip()]
    if text.startswith("{") and text.endswith("}"):
        text = text[1:-1].replace('"', "").replace(",", ";")
    if ";" in text:
        return [part.strip() for part in text.split(";") if part.strip()]
    return [text] if text else []


def split_emails(cell: str) -> Sequence[str]:
    """Return the addresses of a cell: `split_values`, and commas or spaces between addresses too."""
    values = split_values(cell)
    if len(values) == 1 and values[0].count("@") > 1:
        return [part for part in re.split(r"[\s,]+", values[0]) if part]
    return values


def split_phones(cell: str) -> Sequence[str]:
    """Return the numbers of a cell; a comma or slash counts where the next number begins behind it."""
    return [part for value in split_values(cell) for part in _PHONE_SEPARATORS.split(value) if part]


def email_forms(text: str) -> Sequence[str] | Reason:
    """Return an address in every form that it is shown in: as written, domain in Unicode, domain in punycode.

    text  one address; "Jane <jane@example.org>" and "mailto:jane@example.org" are understood

    >>> email_forms("zoe@xn--mller-kva.example")
    ['zoe@xn--mller-kva.example', 'zoe@müller.example']
    """
    if (match := _EMAIL_IN_BRACKETS.search(text)) is not None:
        text = match[1]
    text = text.strip().removeprefix("mailto:")
    if len(text) > _MAX_EMAIL:
        return Reason.TOO_LONG
    match = _EMAIL.fullmatch(text)
    if match is None or ".." in match[1]:
        return Reason.BAD_EMAIL
    local, _, domain = text.rpartition("@")
    if domain.isascii() and "xn--" not in domain.lower():
        return [text]
    return list(dict.fromkeys((text, *(f"{local}@{form}" for form in _domain_forms(domain)))))


def _domain_forms(domain: str) -> Sequence[str]:
    labels = domain.lower().split(".")
    forms = [".".join(_unicode_label(label) for label in labels), ".".join(_ascii_label(label) for label in labels)]
    with contextlib.suppress(UnicodeError):
        forms.append(domain.encode("idna").decode("ascii"))  # IDNA 2003, which writes ss for ß.
    return forms


def _unicode_label(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label


def _ascii_label(label: str) -> str:
    return label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")


def phone_forms(text: str, country: str) -> tuple[tuple[str, ...], Reason | None]:
    """Return the digit strings a number is matched by, and what is wrong with it.

    text     one number as written
    country  ISO 3166 code of the row, or "" if it is not known: then only international numbers are understood
    Returns  `+` and international digits; national digits as dialled; national significant number; without repeats.
             A number of the right length that nobody is assigned is matched all the same, and named: numbering plans change
    Source   Google's libphonenumber, as the phonenumbers package

    >>> phone_forms("0170 1234567", "DE")
    (('+491701234567', '01701234567', '1701234567'), None)
    """
    return remembered_forms(text, country, ask_phonenumbers)


def ask_phonenumbers(text: str, country: str) -> tuple[tuple[str, ...], Reason | None]:
    """Return phone_forms, asking the package each time."""
    try:
        number = phonenumbers.parse(_EXTENSION.sub("", text), country or None)
    except phonenumbers.NumberParseException as error:
        if error.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE and not country:
            return (), Reason.PHONE_WITHOUT_COUNTRY if _has_digits(text) else Reason.BAD_PHONE
        return (), Reason.BAD_PHONE
    is_valid = phonenumbers.is_valid_number(number)
    if (
        not is_valid
        and phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE
    ):
        return (), Reason.BAD_PHONE
    significant = phonenumbers.national_significant_number(number)
    dialled = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    national = "".join(c for c in dialled if "0" <= c <= "9")
    forms = tuple(dict.fromkeys((f"+{number.country_code}{significant}", national, significant)))
    return forms, None if is_valid else Reason.ODD_PHONE


def _has_digits(text: str) -> bool:
    return 5 <= sum(c.isdigit() for c in text) <= 17


def name_value(given: str, family: str, full: str) -> str | Reason:
    """Return the value of a NAME entry: given and family name around U+001F, or the full name.

    >>> name_value("Jane", "Doe", ""), name_value("", "", "J")
    ('Jane\\x1fDoe', <Reason.SHORT_NAME: 'a name of one letter is never matched'>)
    """
    if given and family:
        value = f"{given.replace(NAME_JOINT, ' ')}{NAME_JOINT}{family.replace(NAME_JOINT, ' ')}"
    else:
        value = (full or given or family).replace(NAME_JOINT, " ").strip()
    if not value:
        return Reason.NO_NAME
    if sum(c.isalnum() for c in value) == 1 and value.isascii():
        return Reason.SHORT_NAME
    return value
