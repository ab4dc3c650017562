"""Make the PDF of a report.

In:    a Report, and whether it is a draft.
Out:   PDF/UA-1 bytes, the report's own time as the only date. The same bytes each time.
Else:  what stands on the pages is `page`; drawing them is `drawing`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spillkit.authority.canonical import digest_of
from spillkit.authority.drawing import Draughtsman
from spillkit.authority.page import write_page

if TYPE_CHECKING:
    from spillkit.authority.report import Report


def report_pdf(report: Report, *, is_draft: bool = True) -> bytes:
    """Return the report as PDF.

    is_draft  every page says so
    Raises    PdfUnavailable where weasyprint or its libraries are missing, or the fonts did not come with this installation
    """
    drawn = Draughtsman().draw(
        write_page(report, is_draft=is_draft),
        identifier=bytes.fromhex(digest_of(report))[:16],
        at=report.made_at,
        generator=report.tool,
    )
    return drawn.pdf
