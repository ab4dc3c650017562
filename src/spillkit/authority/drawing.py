"""Draw a page of ours as PDF.

In:    HTML, its style, the time and the name that stand in the PDF.
Out:   Drawn: PDF/UA-1 bytes, text that can be selected, fonts within. The same bytes each time.
Else:  what stands on the pages is `page` for reports, `spillkit.notices.channels.letter.page` for letters.

weasyprint takes seconds to load and needs pango: it is imported when a PDF is made, not before. It may fetch nothing but the
shipped fonts: no file, no network, whatever a text holds.
"""

from __future__ import annotations

import importlib
import logging
from datetime import UTC, datetime
from importlib import resources
from typing import Any, NamedTuple

from spillkit.errors import PdfUnavailable

_SCHEME = "spillkit-font:"
FONTS = ("NotoSans-Regular.ttf", "NotoSans-Bold.ttf", "Vazirmatn-Regular.ttf", "Vazirmatn-Bold.ttf")


class Drawn(NamedTuple):
    """A PDF."""

    pdf: bytes
    pages: int
    has_gaps: bool  # a character stands on them that no font here can draw


class Draughtsman:
    """Draws pages, one after the other: what they have in common is read once."""

    def __init__(self, style: str = "") -> None:
        """Take a style that all pages share; a page may bring more of its own.

        Raises  PdfUnavailable where weasyprint or its libraries are missing, or the fonts did not come with this installation
        """
        self._weasyprint = _weasyprint()
        self._fetcher = _shipped(self._weasyprint, _fonts())
        self._fonts = self._weasyprint.text.fonts.FontConfiguration()
        self._style = self._weasyprint.CSS(string=style, font_config=self._fonts, url_fetcher=self._fetcher)

    def draw(self, html: str, *, identifier: bytes, at: datetime, generator: str) -> Drawn:
        """Return a page as PDF.

        html        without anything to fetch
        identifier  16 bytes, the same for the same page
        at          aware; the only date in the PDF
        """
        gaps = _Gaps()
        logger = logging.getLogger("weasyprint")
        logger.addHandler(gaps)
        try:
            document = self._weasyprint.HTML(string=html, base_url=None, url_fetcher=self._fetcher).render(
                font_config=self._fonts, stylesheets=[self._style]
            )
            metadata = document.metadata
            metadata.created = metadata.modified = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            metadata.generator = generator
            pdf: bytes = document.write_pdf(pdf_variant="pdf/ua-1", pdf_identifier=identifier)
        finally:
            logger.removeHandler(gaps)
        return Drawn(pdf, len(document.pages), gaps.found)


class _Gaps(logging.Handler):
    """Notes that weasyprint said of a character that no font has it. What it said is not kept: the character may be a name's."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.found = False

    def emit(self, record: logging.LogRecord) -> None:
        self.found = self.found or str(record.msg).startswith(".notdef glyph")


def _shipped(weasyprint: Any, fonts: dict[str, bytes]) -> Any:
    class Shipped(weasyprint.urls.URLFetcher):  # type: ignore[misc]
        """Gives the shipped fonts, and nothing else."""

        def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
            name = url.removeprefix(_SCHEME)
            if name not in fonts or not url.startswith(_SCHEME):
                raise ValueError("a page of ours fetches nothing")
            return weasyprint.urls.URLFetcherResponse(url, fonts[name], {"Content-Type": "font/ttf"})

    return Shipped()


def _fonts() -> dict[str, bytes]:
    place = resources.files("spillkit.authority").joinpath("fonts")
    try:
        return {name: place.joinpath(name).read_bytes() for name in FONTS}
    except OSError as error:
        raise PdfUnavailable(
            "The fonts of PDFs did not come with this installation. Install Spillkit again from its wheel or source; "
            "a report as JSON can be written meanwhile (--json)."
        ) from error


def _weasyprint() -> Any:
    # Its hints about single lines of style are for its developers, and what it says of missing letters names them.
    logger = logging.getLogger("weasyprint")
    logger.setLevel(logging.WARNING)
    logger.propagate = False
    try:
        weasyprint = importlib.import_module("weasyprint")
        importlib.import_module("weasyprint.text.fonts")
    except ImportError as error:
        raise PdfUnavailable(
            "PDFs need weasyprint. Run: pip install 'spillkit[server]'. A report as JSON can be written meanwhile (--json)."
        ) from error
    except OSError as error:  # cffi did not find pango or one of its companions.
        raise PdfUnavailable(
            "PDFs need pango. On Debian run: apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0. "
            "A report as JSON can be written meanwhile (--json)."
        ) from error
    return weasyprint
