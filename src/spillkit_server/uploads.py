"""Take one uploaded file into memory, and never more of it than is kept.

In:    the parts of a form, as they arrive.
Out:   the file whole, or nothing of it: too large, or from nobody who has signed in.
Else:  keeping it is `attachments`. No part of a file is ever written to the disk of the server but by the database.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload

MOST_BYTES = 20 << 20  # of one file
_WAS_TOO_LARGE = "spillkit.upload_was_too_large"


class SmallFiles(FileUploadHandler):
    """Django's settings name it: it is the only way in for files."""

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self._parts: list[bytes] = []
        self._size = 0

    def new_file(self, *given: Any, **named: Any) -> None:
        """Begin a file."""
        super().new_file(*given, **named)
        self._parts, self._size = [], 0
        if not getattr(getattr(self.request, "user", None), "is_authenticated", False):
            raise StopUpload(connection_reset=True)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Take a part of it; drop all of it once it is too large, and read the rest without keeping it."""
        self._size += len(raw_data)
        if self._size > MOST_BYTES:
            self._parts = []
            if self.request is not None:
                self.request.META[_WAS_TOO_LARGE] = True
            raise StopUpload(connection_reset=False)
        self._parts.append(raw_data)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        """Give the file."""
        body = BytesIO(b"".join(self._parts))
        self._parts = []
        return InMemoryUploadedFile(
            body, self.field_name, self.file_name or "", self.content_type, file_size, self.charset, None
        )


def was_too_large(request: Any) -> bool:
    """Return whether a file was dropped for its size."""
    return bool(request.META.get(_WAS_TOO_LARGE))
