"""Make words that nobody bears and no word list holds, in the letters of a script.

In:    a script's four-letter code (ISO 15924), a draw.
Out:   a word, and how names of the script are joined.
Else:  who bears the words is `people`.

The syllables are such as their script can spell but its languages avoid: zv, kx, qy. tests/plant holds the words against the lists
of common words and of names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from spillkit.plant.drawing import Draw


@dataclass(frozen=True, slots=True)
class Script:
    """How words are made: so many syllables, each a head and a tail."""

    heads: Sequence[str]
    tails: Sequence[str] = ("",)
    syllables: int = 3
    joint: str = " "  # between given and family name
    family_first: bool = False
    has_case: bool = False

    def word(self, draw: Draw) -> str:
        """Return a word; capitalised where the script has capitals."""
        text = "".join(draw.one_of(self.heads) + draw.one_of(self.tails) for _ in range(self.syllables))
        return text[0].upper() + text[1:] if self.has_case else text


def _letters(first: int, last: int) -> tuple[str, ...]:
    return tuple(chr(code) for code in range(first, last + 1))


# The blocks of India's scripts are laid out alike (ISCII): the same letter stands at the same offset in each.
_INDIC_HEADS = (0x19, 0x1A, 0x1E, 0x1F, 0x23, 0x24, 0x28, 0x2A, 0x2E, 0x2F, 0x30, 0x32)
_INDIC_TAILS = (0x3E, 0x3F, 0x40, 0x41, 0x42)


def _indic(base: int) -> Script:
    return Script(tuple(chr(base + at) for at in _INDIC_HEADS), tuple(chr(base + at) for at in _INDIC_TAILS), 4)


LATIN = Script(
    "zv vr kz xr qv dz mj tsk zg vlk kv zl xh gz mv tv zr bv".split(),
    "a e i o u y ai oe".split(),
    has_case=True,
)

SCRIPTS: Mapping[str, Script] = {
    "Latn": LATIN,
    "Cyrl": Script("жв кз хр фз дз мж цк зг шк вц гз тф".split(), "уж ож эх юф ыз якс ац иф".split(), has_case=True),
    "Grek": Script("ζβ ξρ ψκ δζ μξ τζ γζ κζ χξ φζ".split(), "αξ ιψ οξ υζ εψ ωξ".split(), has_case=True),
    "Armn": Script("ժվ կզ խր ձմ ցկ զղ շջ վց գժ տփ".split(), "ուժ օխ էխ իփ ազ ոկս".split(), has_case=True),
    "Geor": Script("ჟვ კზ ხჯ ძმ ცკ ზღ შჯ ვც გჟ ტფ".split(), "უჟ ოხ ეჯ იფ აზ".split()),
    "Arab": Script("ظ ض ذ ث غ ط ژ خ".split(), "وظ اض يذ وث اغ يط وخ".split()),
    "Hebr": Script("צ ט ז ג ק פ ח".split(), "וצ יט וז יג וק יפ".split()),
    "Syrc": Script(_letters(0x0712, 0x071C), ("",), 6),
    "Thaa": Script(_letters(0x0780, 0x0796), _letters(0x07A6, 0x07AF)),
    "Nkoo": Script(_letters(0x07D3, 0x07E6), _letters(0x07CA, 0x07D0)),
    "Deva": _indic(0x0900),
    "Beng": _indic(0x0980),
    "Guru": _indic(0x0A00),
    "Gujr": _indic(0x0A80),
    "Orya": _indic(0x0B00),
    "Taml": _indic(0x0B80),
    "Telu": _indic(0x0C00),
    "Knda": _indic(0x0C80),
    "Mlym": _indic(0x0D00),
    "Sinh": Script("ක ඟ ච ඤ ට ණ ත ඳ ප ඹ ය ළ".split(), _letters(0x0DCF, 0x0DD1), 4),
    "Thai": Script("ฆ ฌ ฏ ฒ ฬ ฮ ฐ ฑ".split(), "ู ี ื ุ ิ".split(), 3),
    "Laoo": Script("ຂ ງ ຊ ຍ ຖ ຜ ຝ ຟ ຢ".split(), "ູ ີ ື ຸ ິ".split(), 3),
    "Khmr": Script(_letters(0x1783, 0x1798), "ា ិ ី ឹ ឺ ុ ូ".split(), 4),
    "Mymr": Script(_letters(0x1003, 0x1018), "ာ ိ ီ ု ူ".split(), 4),
    "Tibt": Script((*_letters(0x0F44, 0x0F47), *_letters(0x0F49, 0x0F4C)), "ི ུ ེ ོ".split(), 4),
    "Ethi": Script((*_letters(0x1328, 0x132E), *_letters(0x1338, 0x133E), *_letters(0x12E0, 0x12E6)), ("",), 5),
    "Cher": Script(_letters(0x13A0, 0x13EF), ("",), 5),
    "Cans": Script(_letters(0x1403, 0x1450), ("",), 5),
    "Tfng": Script(_letters(0x2D30, 0x2D60), ("",), 6),
    "Vaii": Script(_letters(0xA500, 0xA5FF), ("",), 5),
    "Yiii": Script(_letters(0xA000, 0xA0FF), ("",), 4),
    "Olck": Script(_letters(0x1C5A, 0x1C77), ("",), 6),
    "Hans": Script("龘 靐 齉 爨 罍 鬯 黼 黻 麤 鱻 灪 癵 饕 瓛 鬻 虋 蠿 籱 讟 齾".split(), ("",), 2, "", family_first=True),
    "Jpan": Script("ヌ ヴ ヲ ネ ペ ゾ ヂ ヅ ヘ ヨ".split(), "ュ ェ ォ ァ ョ".split(), 3, " ", family_first=True),
    "Kore": Script("뷁 쀍 뚫 퀨 쫧 쀼 꿻 뛟 쒧 췕 튊 핥 휌 겷 뉅 뤬".split(), ("",), 2, " ", family_first=True),
}  # fmt: skip


def script_of(code: str) -> Script:
    """Return how words are made in a script; Latin for scripts that are not here."""
    return SCRIPTS.get("Hans" if code == "Hant" else code, LATIN)


# Letters that the Latin alphabet has in some languages only, for the last syllable: tests meet them before customers do.
ACCENTED: Mapping[str, str] = {
    "fr": "é", "de": "ü", "es": "ñ", "pt": "ã", "tr": "ğ", "pl": "ł", "cs": "ř", "sk": "ľ", "hu": "ő", "ro": "ș", "sv": "å",
    "da": "ø", "nb": "ø", "nn": "ø", "fi": "ä", "is": "þ", "lt": "ė", "lv": "ķ", "et": "õ", "hr": "č", "sl": "č", "bs": "č",
    "vi": "ơ", "it": "ò", "ca": "ç", "sq": "ë", "mt": "ħ", "ga": "á", "cy": "ŵ", "eo": "ŝ", "az": "ə",
}  # fmt: skip
