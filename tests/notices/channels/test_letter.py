"""Letters: what stands on paper, where, and that a folder is safe to print whole."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
import unicodedata
from pathlib import Path

import pypdf
import pytest

from spillkit.directory.postal import PostalAddress
from spillkit.errors import InputError
from spillkit.notices.channels.channel import Addressed, NotGiven, Receipt, Why, digest_of
from spillkit.notices.channels.letter.folder import COLUMNS, LIST, LetterFolder
from tests.notices.channels.shop import AT, MAIN_STREET, addressed, words
from tests.notices.hostile import NAMES

ENGLISH = addressed("en", id="english")
ARABIC = addressed("ar", id="arabic", name="هدى الخطيب", country="EG",
                   postal=PostalAddress(street="شارع التحرير", house_number="12", postcode="11511", city="القاهرة"))  # fmt: skip
HOSTILE = addressed(
    "de", "en", id="hostile", name='=HYPERLINK("http://a.example")<script>alert(1)</script>\u202e', country="DE",
    postal=PostalAddress(street="+1 <b>Straße</b> \r\nBcc: {{7*7}}", postcode="@10115", city="👩‍👩‍👧‍👦 Berlin \x1b[2J"),
)  # fmt: skip
TOO_LONG = PostalAddress(street="B" * 400, city="C" * 400)
NOT_GIVEN = {
    "no address": (addressed("en", id="a1", postal=PostalAddress()), Why.NO_POSTAL_ADDRESS),
    "an address that no window shows": (addressed("en", id="a2", name="A" * 10_000, postal=TOO_LONG), Why.LONG_ADDRESS),
    "a mailbox of several people": (addressed("en", id="a3", is_shared=True, people=2), Why.SEVERAL_PEOPLE),
    "a name that no font has": (addressed("en", id="a4", name="Alice \U0003106c"), Why.NOT_DRAWN),
}  # fmt: skip
EVERYBODY = [ENGLISH, ARABIC, HOSTILE, *(one for one, _ in NOT_GIVEN.values())]


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> tuple[Path, dict[str, Receipt | NotGiven]]:
    folder = tmp_path_factory.mktemp("letters") / "to-post"
    channel = LetterFolder(folder, words(), AT, {one.told.id for one in EVERYBODY})
    came = {one.told.id: channel.give(one) for one in EVERYBODY}
    channel.finish()
    return folder, came


def _pdf(folder: Path, notice: str) -> pypdf.PdfReader:
    return pypdf.PdfReader(folder / f"{notice}.pdf")


def _text(folder: Path, notice: str) -> str:
    text = " ".join(page.extract_text() for page in _pdf(folder, notice).pages)
    return " ".join("".join(c for c in text if unicodedata.category(c) != "Cf").split())


def test_a_letter_says_what_the_notice_says_to_its_person(written):
    folder, came = written
    text = _text(folder, "english")
    assert "12 Main Street Springfield CA 90210 UNITED STATES" in text
    for said in (
        "Hello Alice Roe,",
        "22 November 2026",
        words().code(ENGLISH.told),
        "shop.example/check",
        "e-mail address",
    ):
        assert said in text, said
    assert "click" not in text, "what is true of mail only is not on paper"
    reader = _pdf(folder, "english")
    assert (reader.trailer["/Root"]["/Lang"], len(reader.pages)) == ("en", 2)
    assert isinstance(came["english"], Receipt)
    assert came["english"].digest == digest_of((folder / "english.pdf").read_bytes())


def test_the_code_is_the_largest_text_beside_nothing(written):
    folder, _ = written
    sizes: dict[str, float] = {}

    def seen(text, _cm, matrix, _font, size):
        for word in ("1TDYM", words().code(ENGLISH.told).split("-")[0], "Hello"):
            if word in text:
                sizes[word] = max(sizes.get(word, 0), size * abs(matrix[0]))

    for page in _pdf(folder, "english").pages:
        page.extract_text(visitor_text=seen)
    code = sizes[words().code(ENGLISH.told).split("-")[0]]
    assert code >= 1.5 * sizes["Hello"]


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler's pdftotext is not here")
def test_the_address_stands_in_the_window_of_din_5008(written):
    folder, _ = written
    for notice, first, last in (("english", "Alice", "UNITED"), ("arabic", None, "EGYPT")):
        words_at = _boxes(folder / f"{notice}.pdf")
        bottom = next(box for word, box in words_at if word == last)
        window = [box for _word, box in words_at if 62 <= box[1] <= bottom[1] + 0.1 and box[0] < 105]
        assert len(window) >= 5
        # Form B: 20 to 105 mm from the left, its lines 62.7 to 90 mm from above.
        assert all(left >= 20 and right <= 105 and top >= 62.2 and below <= 90 for left, top, right, below in window)
        assert first is None or any(word == first for word, box in words_at if box in window)


def _boxes(path: Path) -> list[tuple[str, tuple[float, ...]]]:
    """Words of the first page, each with left, top, right, bottom in millimetres."""
    done = subprocess.run(["pdftotext", "-bbox", "-l", "1", path, "-"], capture_output=True, text=True, check=True)
    found = re.findall(r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">([^<]*)<', done.stdout)
    return [(word, tuple(float(point) * 25.4 / 72 for point in box)) for *box, word in found]


def test_an_arabic_letter_runs_right_to_left_and_its_address_reads_back(written):
    folder, _ = written
    assert _pdf(folder, "arabic").trailer["/Root"]["/Lang"] == "ar"
    text = _text(folder, "arabic")
    assert "التحرير" in text or "ريرحتلا" in text
    assert words().code(ARABIC.told) in text


def test_what_a_list_holds_stays_text_on_paper_and_in_the_list(written):
    folder, came = written
    assert isinstance(came["hostile"], Receipt)
    text = _text(folder, "hostile")
    assert "pt>alert(1)</script>" in text
    assert "{{7*7}}" in text
    reader = _pdf(folder, "hostile")
    assert all("/Annots" not in page for page in reader.pages), "no links"
    assert "/JavaScript" not in str(reader.trailer["/Root"])
    raw = (folder / LIST).read_text(encoding="utf-8")
    assert raw.isprintable() or not {"\u202e", "\x1b", "\r"} & set(raw)
    for row in csv.reader(io.StringIO(raw)):
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row)


def test_the_list_names_each_letter_once_and_nobody_who_has_none(written):
    folder, came = written
    rows = list(csv.DictReader((folder / LIST).open(encoding="utf-8", newline="")))
    assert tuple(rows[0]) == COLUMNS
    assert [row["file"] for row in rows] == ["arabic.pdf", "english.pdf", "hostile.pdf"]
    assert {path.name for path in folder.iterdir()} == {LIST, *(row["file"] for row in rows)}
    for row in rows:
        pdf = (folder / row["file"]).read_bytes()
        assert (row["sha256"], int(row["pages"])) == (digest_of(pdf), len(pypdf.PdfReader(io.BytesIO(pdf)).pages))
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.iterdir() if path.suffix == ".pdf")
    assert came.keys() - {row["file"].removesuffix(".pdf") for row in rows} == {
        one.told.id for one, _ in NOT_GIVEN.values()
    }


@pytest.mark.parametrize(("one", "why"), NOT_GIVEN.values(), ids=NOT_GIVEN)
def test_who_gets_no_letter_is_named_with_the_reason(written, one, why):
    assert written[1][one.told.id] == NotGiven(one.told.id, why)


def test_writing_again_gives_the_same_bytes_and_takes_away_who_gets_none_any_more(written, tmp_path):
    folder = tmp_path / "again"
    shutil.copytree(written[0], folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    channel = LetterFolder(folder, words(), AT, {one.told.id for one in EVERYBODY})
    for one in (ENGLISH, Addressed(ARABIC.told, ARABIC.reader, PostalAddress(), "EG")):
        channel.give(one)
    channel.finish()
    assert {path.name for path in folder.iterdir()} == {LIST, "english.pdf"}
    assert (folder / "english.pdf").read_bytes() == before["english.pdf"]


def test_a_folder_with_letters_of_others_is_refused(tmp_path):
    (tmp_path / "other.pdf").write_bytes(b"%PDF-")
    with pytest.raises(InputError, match="1 other PDF lie") as refused:
        LetterFolder(tmp_path, words(), AT, {"english"})
    assert "other.pdf" not in str(refused.value)
    assert (tmp_path / "other.pdf").exists()


def test_no_name_of_a_bad_day_ends_the_writing(tmp_path):
    """Names go through all that is done before drawing; one page of all of them would take minutes."""
    from spillkit.notices.channels.letter.address import Window, window_of
    from spillkit.notices.channels.letter.page import write_letter

    for name in NAMES:
        one = addressed("en", name=name, postal=MAIN_STREET)
        window = window_of(one)
        if isinstance(window, Window):
            page = write_letter(words().document(one), words().company.letterhead["lu"], window, "n1")
            assert "<script" not in page
            assert page.count("\u2068") + page.count("\u2066") == page.count("\u2069")
