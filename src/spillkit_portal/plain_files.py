"""Write the pages as plain files, which a web server shows while the portal does not run.

In:    a publication, an empty or earlier folder.
Out:   one folder for each language with its pages; index.html leads to them. Forms are replaced by whom to write to or to call.
Else:  the pages are `pages`.
"""

from __future__ import annotations

from html import escape
from pathlib import Path

from spillkit.errors import PublicationError
from spillkit.notices.publication import Publication
from spillkit.notices.wording import RIGHT_TO_LEFT
from spillkit_portal.look import STYLE
from spillkit_portal.page import DOORS
from spillkit_portal.pages import write_pages
from spillkit_portal.words import own_name


def write_files(publication: Publication, folder: Path) -> int:
    """Write all pages; return how many. Each file is replaced whole.

    Raises  PublicationError if the folder cannot be written
    """
    count = 0
    try:
        for language in publication.languages:
            pages = write_pages(publication, language).without_forms
            (folder / language).mkdir(parents=True, exist_ok=True)
            for name in ("", *DOORS):
                _replace(folder / language / f"{name or 'index'}.html", pages[name])
                count += 1
        _replace(folder / "index.html", _languages(publication))
    except OSError as error:
        raise PublicationError(
            "The pages cannot be written. Check the folder, its rights, and the room on the disk."
        ) from error
    return count + 1


def _languages(publication: Publication) -> bytes:
    links = "".join(
        f'<li><a href="{tag}/" lang="{tag}" dir="{"rtl" if tag in RIGHT_TO_LEFT else "ltr"}">{escape(own_name(tag))}</a></li>\n'
        for tag in publication.languages
    )
    brand = escape(publication.letterheads[0].brand)
    return (
        f'<!DOCTYPE html>\n<html lang="{publication.languages[0]}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<title>{brand}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main><h1><bdi>{brand}</bdi></h1>\n<ul class="doors">'
        f"{links}</ul></main>\n</body>\n</html>\n"
    ).encode()


def _replace(path: Path, content: bytes) -> None:
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(content)
    beside.replace(path)
