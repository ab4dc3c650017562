"""Make the PDF of a report.

In:    a Report, and whether it is a draft.
Out:   PDF/UA-1 bytes: text that can be selected, fonts within, the report's own time as the only date. The same bytes each time.
Else:  what stands on the pages is `page`.

weasyprint takes seconds to load and needs pango: it is imported when a PDF is made, not before. It may fetch nothing but the
shipped fonts: no file, no network, whatever a text holds.
"""

from __future__ import annotations

import importlib
import logging
from importlib import resources
from typing import TYPE_CHECKING, Any

from spillkit.authority.canonical import digest_of
from spillkit.authority.page import made_on, write_page
from spillkit.errors import PdfUnavailable

if TYPE_CHECKING:
    from spillkit.authority.report import Report

_SCHEME = "spillkit-font:"
FONTS = ("NotoSans-Regular.ttf", "NotoSans-Bold.ttf", "Vazirmatn-Regular.ttf", "Vazirmatn-Bold.ttf")


def report_pdf(report: Report, *, is_draft: bool = True) -> bytes:
    """Return the report as PDF.

    is_draft  every page says so
    Raises    PdfUnavailable where weasyprint or its libraries are missing, or the fonts did not come with this installation
    """
    weasyprint = _weasyprint()
    fonts = _fonts()

    class Shipped(weasyprint.urls.URLFetcher):  # type: ignore[misc, name-defined]
        """Gives the shipped fonts, and nothing else."""

        def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
            name = url.removeprefix(_SCHEME)
            if name not in fonts or not url.startswith(_SCHEME):
                raise ValueError("a report fetches nothing")
            return weasyprint.urls.URLFetcherResponse(url, fonts[name], {"Content-Type": "font/ttf"})

    text = write_page(report, is_draft=is_draft)
    document = weasyprint.HTML(string=text, base_url=None, url_fetcher=Shipped()).render(
        font_config=weasyprint.text.fonts.FontConfiguration()
    )
    metadata = document.metadata
    metadata.created = metadata.modified = made_on(report.made_at)
    metadata.generator = report.tool
    pdf: bytes = document.write_pdf(pdf_variant="pdf/ua-1", pdf_identifier=bytes.fromhex(digest_of(report))[:16])
    return pdf


def _fonts() -> dict[str, bytes]:
    place = resources.files("spillkit.authority").joinpath("fonts")
    try:
        return {name: place.joinpath(name).read_bytes() for name in FONTS}
    except OSError as error:
        raise PdfUnavailable(
            "The fonts of reports did not come with this installation. Install Spillkit again from its wheel or source; "
            "the report as JSON can be written meanwhile (--json)."
        ) from error


def _weasyprint() -> Any:
    # Its hints about single lines of style are for its developers.
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    try:
        weasyprint = importlib.import_module("weasyprint")
        importlib.import_module("weasyprint.text.fonts")
    except ImportError as error:
        raise PdfUnavailable(
            "PDFs need weasyprint. Run: pip install 'spillkit[server]'. The report as JSON can be written meanwhile (--json)."
        ) from error
    except OSError as error:  # cffi did not find pango or one of its companions.
        raise PdfUnavailable(
            "PDFs need pango. On Debian run: apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0. "
            "The report as JSON can be written meanwhile (--json)."
        ) from error
    return weasyprint
