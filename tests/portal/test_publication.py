"""What is published: it is read back whole or refused, and nobody is in it."""

from __future__ import annotations

import msgspec
import pytest

from spillkit.errors import PublicationError
from spillkit.notices.code import shown
from spillkit.notices.publication import Figure, Method, current, read_earlier, read_publication, write_publication
from tests.portal.published import CAMPAIGN, CODES, FAKES, KEYS, QUESTIONS, a_code, coded, publish, published


def test_what_is_published_is_read_back(tmp_path):
    name = publish(tmp_path, published(fakes=FAKES), more=20)
    opened = read_publication(tmp_path)
    assert current(tmp_path) == name
    assert msgspec.structs.replace(opened.publication, codes_sha256="") == published(fakes=FAKES)
    assert len(opened.codes) == 24 * (len(CODES) + 20)
    assert opened.questions_to == QUESTIONS.public_key()


def test_no_code_no_id_and_no_key_that_makes_codes_is_in_the_folder(tmp_path):
    publish(tmp_path)
    everything = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for secret in (KEYS.making, a_code("affected").encode(), shown(a_code("affected")).encode(), b"c_8f2a91", b"N7Q3"):
        assert secret not in everything
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.rglob("*") if path.is_file())


def test_a_newer_publication_takes_the_place_of_an_older_one_whole(tmp_path):
    first = publish(tmp_path)
    assert publish(tmp_path, published(fakes=FAKES)) != first
    assert read_publication(tmp_path).publication.fakes == FAKES


@pytest.mark.parametrize("file", ["codes.bin", "publication.json", "look-up.key", "questions.pub"])
@pytest.mark.parametrize("how", ["gone", "cut", "nonsense"])
def test_a_damaged_publication_is_refused_and_not_quoted(tmp_path, file, how):
    path = tmp_path / publish(tmp_path) / file
    if how == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-9] if how == "cut" else b"\xff alice@example.org")
    with pytest.raises(PublicationError) as refused:
        read_publication(tmp_path)
    assert "alice" not in str(refused.value)


def test_an_empty_folder_and_a_name_that_leads_elsewhere_are_refused(tmp_path):
    with pytest.raises(PublicationError, match="Nothing is published"):
        read_publication(tmp_path)
    (tmp_path / "current").write_text("../../etc")
    with pytest.raises(PublicationError, match="names no folder"):
        read_publication(tmp_path)


CONTRADICTIONS = {
    "no campaign": {"campaigns": ()},
    "no letterhead": {"letterheads": ()},
    "no language": {"languages": ()},
    "no such language": {"languages": ("en", "eo")},
    "answers within no time": {"answer_hours": 0},
    "another last figure": {"campaigns": (msgspec.structs.replace(CAMPAIGN, figures=CAMPAIGN.figures[:1]),)},
    "no figure": {"campaigns": (msgspec.structs.replace(CAMPAIGN, figures=()),)},
    "figures out of order": {"campaigns": (msgspec.structs.replace(
        CAMPAIGN, figures=(Figure(CAMPAIGN.figures[1].on.replace(day=30), 1, 1), *CAMPAIGN.figures)),)},
    "a share of everything": {"campaigns": (msgspec.structs.replace(CAMPAIGN, method=Method.ALL),)},
    "a field that is none": {"campaigns": (msgspec.structs.replace(CAMPAIGN, fields=("shoe size",)),)},
}  # fmt: skip


@pytest.mark.parametrize("changes", CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_what_contradicts_itself_is_not_published(tmp_path, changes):
    with pytest.raises(PublicationError):
        publish(tmp_path, published(**changes))
    assert list(tmp_path.iterdir()) == []


def test_two_notices_with_one_code_and_codes_of_nobodys_entity_are_not_published(tmp_path):
    twice = [coded("one"), coded("one", fields=("phone",))]
    elsewhere = [coded("one", entity=7)]
    for wrong in (twice, elsewhere, [coded("one", fields=("shoe size",))]):
        with pytest.raises(PublicationError):
            write_publication(tmp_path, published(), wrong, KEYS.looking_up, QUESTIONS.public_key())
    assert list(tmp_path.iterdir()) == []


def test_earlier_figures_are_read_while_codes_are_damaged_and_never_forgotten_in_silence(tmp_path):
    assert read_earlier(tmp_path) is None
    own = tmp_path / publish(tmp_path, published(fakes=FAKES))
    (own / "codes.bin").write_bytes(b"damaged")
    earlier = read_earlier(tmp_path)
    assert earlier is not None
    assert earlier.campaigns[0].figures == CAMPAIGN.figures
    for damage in (b"{", b""):
        (own / "publication.json").write_bytes(damage)
        with pytest.raises(PublicationError, match="would be forgotten"):
            read_earlier(tmp_path)
    (own / "publication.json").unlink()
    with pytest.raises(PublicationError, match="would be forgotten"):
        read_earlier(tmp_path)
