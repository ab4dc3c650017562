"""Turn a body of any charset into UTF-8.

In:    bytes, the charset their sender named (often wrongly), their media type.
Out:   UTF-8 bytes.
Else:  what is text at all is `media`.

The order of belief is: byte order mark, valid UTF-8, the charset of the header, the one in the page's own meta tag or XML
declaration, and last windows-1252 for the bytes that are no UTF-8. Valid UTF-8 comes before the label because text of
another charset is almost never valid UTF-8 by accident, while wrong labels are everywhere; short texts of two-byte
charsets are the exception and follow their label.
"""

from __future__ import annotations

import codecs
import re

# Labels that browsers read as a larger relative (Encoding Standard, section 4.2), and the names Python knows them by.
_RELATIVES = {
    label: codec
    for codec, labels in {
        "cp1252": "iso-8859-1 iso8859-1 iso_8859-1 latin1 latin-1 l1 ascii us-ascii windows-1252 ansi_x3.4-1968 x-user-defined",
        "cp1254": "iso-8859-9 iso8859-9 latin5",
        "cp874": "tis-620 iso-8859-11 windows-874",
        "cp932": "shift_jis shift-jis sjis x-sjis windows-31j ms_kanji",
        "cp949": "euc-kr ks_c_5601-1987 ksc5601 ks_c_5601 korean windows-949",
        "gb18030": "gb2312 gbk gb_2312-80 x-gbk chinese",
        "big5hkscs": "big5 big5-hkscs cn-big5 x-x-big5",
        "euc_jp": "euc-jp x-euc-jp",
        "utf-16-le": "utf-16 unicode ucs-2",
        "utf-8": "utf8 unicode-1-1-utf-8",
        "iso8859-8": "iso-8859-8-i iso-8859-8",
        "mac_roman": "x-mac-roman macintosh",
        "mac_cyrillic": "x-mac-cyrillic",
    }.items()
    for label in labels.split()
}
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# In these an ASCII byte does not always mean its ASCII character.
_NOT_ASCII_BASED = re.compile(r"utf-?16|utf-?32|utf-?7|ucs|iso-?2022|hz|cp037|cp500|cp1140|ebcdic|unicode", re.ASCII)
_WIDE = ("utf-16", "utf-32")  # text of these without any NUL byte is not ASCII; such a label on ASCII is wrong
_NOT_TEXT_CODECS = frozenset({"undefined", "idna", "punycode", "mbcs", "oem", "raw_unicode_escape", "unicode_escape"})
_TWO_BYTES = frozenset({"cp932", "cp949", "gb18030", "big5hkscs", "euc_jp", "johab", "shift_jis_2004", "euc_kr"})
_FEW_CHARACTERS = 4
_DECLARED = re.compile(
    rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_:.-]{2,40})"""
    rb"""|<\?xml[^>]{0,100}?encoding\s*=\s*["']([A-Za-z0-9_:.-]{2,40})""",
    re.IGNORECASE,
)
_DECLARED_IN_BYTES = 4096
_MANY_ERRORS = 10_000


def to_utf8(data: bytes, label: str = "") -> bytes:
    """Return the text in UTF-8.

    data     bytes of a text
    label    charset named by the content-type header, "" if none
    Returns  the same object where it is UTF-8 already; never fails
    Source   the Encoding Standard (whatwg) for labels; the order is ours, see above
    """
    for mark, name in _BOMS:
        if data.startswith(mark):
            return data if name == "utf-8" else _decoded(data[len(mark) :], name)
    codec = _codec_of(label)
    if data.isascii():
        if codec and _NOT_ASCII_BASED.search(codec) and (b"\0" in data or not codec.startswith(_WIDE)):
            return _decoded(data, codec)
        return _escaped_japanese(data) if b"\x1b$" in data[:_DECLARED_IN_BYTES] else _wide(data, codec)
    try:
        text = data.decode()
    except UnicodeDecodeError:
        pass
    else:
        if not codec or codec == "utf-8" or codec not in _TWO_BYTES or len(data) - len(text) > _FEW_CHARACTERS:
            return _decoded(data, codec) if codec and _NOT_ASCII_BASED.search(codec) and b"\0" in data else data
        return _decoded(data, codec)
    if codec and codec != "utf-8":
        return _decoded(data, codec)
    codec = codec or _codec_of(_declared_in(data))
    if codec and codec != "utf-8":
        return _decoded(data, codec)
    return _wide(data, codec) if b"\0" in data[:64] else _as_utf8_or_windows(data)


def _codec_of(label: str) -> str:
    """Return Python's name for a label, "" if there is none."""
    name = label.strip("\"' \t;,").lower()
    if not name or len(name) > 40:
        return ""
    known = _RELATIVES.get(name)
    if known:
        return known
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        return ""
    if found.name in _NOT_TEXT_CODECS or not getattr(found, "_is_text_encoding", True):
        return ""
    return found.name


def _decoded(data: bytes, codec: str) -> bytes:
    try:
        text = _from_windows(data) if codec == "cp1252" else data.decode(codec, "replace")
        return text.encode("utf-8", "replace")
    except (UnicodeError, ValueError):
        return data


def _declared_in(data: bytes) -> str:
    found = _DECLARED.search(data, 0, _DECLARED_IN_BYTES)
    if not found:
        return ""
    label = (found[1] or found[2]).decode("ascii")
    # A declaration that we could read in ASCII cannot be in UTF-16 (HTML, 13.2.3.2).
    return "" if label.lower().startswith(("utf-16", "utf-32")) else label


def _escaped_japanese(data: bytes) -> bytes:
    """ISO-2022-JP without its label: the escape sequences are unmistakable."""
    try:
        return data.decode("iso2022_jp_ext").encode()
    except UnicodeError:
        return data


def _wide(data: bytes, codec: str) -> bytes:
    """UTF-16 without a mark or label: every second byte of its first letters is NUL."""
    head = data[:64]
    if codec or len(head) < 8 or b"\0" not in head:
        return data
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > len(head) // 4 and not even:
        return _decoded(data, "utf-16-le")
    if even > len(head) // 4 and not odd:
        return _decoded(data, "utf-16-be")
    return data


def _as_utf8_or_windows(data: bytes) -> bytes:
    """Keep what is UTF-8, read each other byte as windows-1252: bodies cut, joined or mislabelled."""
    lost = len(data) - len(data.decode("utf-8", "ignore").encode())
    if lost > _MANY_ERRORS:
        return _from_windows(data).encode() if lost * 4 > _high_bytes(data) else data
    return data.decode("utf-8", _KEEP).encode()


def _high_bytes(data: bytes) -> int:
    return len(data) - len(data.translate(None, bytes(range(128, 256))))


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return _from_windows(error.object[error.start : error.end]), error.end


# All 256 bytes mean something in windows-1252 as browsers read it; Python's own table leaves five of them out.
_WINDOWS_TABLE = "".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in range(256))
_KEEP = "spillkit-windows-1252"


def _from_windows(data: bytes) -> str:
    return codecs.charmap_decode(data, "strict", _WINDOWS_TABLE)[0]


codecs.register_error(_KEEP, _as_windows)
