"""Counts an upload while it is received, so that a file that is too large never fills the disk (E-53)."""

from typing import Any, Final

from django.conf import settings
from django.core.files.uploadhandler import StopUpload, TemporaryFileUploadHandler
from django.http import HttpRequest

# What a form holds besides its file: its other fields, boundaries and headers.
_FORM_BYTES: Final = 64 * 1024
# Up to this many times the limit the rest of a body is read and thrown away, so that the person gets an answer.
_PATIENCE: Final = 4


class CappedUploadHandler(TemporaryFileUploadHandler):
    """Writes an upload to a temporary file and stops at the operator's ceiling; `is_too_large` then says so."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.received = 0
        self.is_too_large = False

    def receive_data_chunk(self, raw_data: bytes, start: int) -> Any:
        self.received += len(raw_data)
        if self.received > settings.IMPORT_UPLOAD_BYTES:
            self.is_too_large = True
            raise StopUpload(connection_reset=False)
        return super().receive_data_chunk(raw_data, start)


def is_hopeless(request: HttpRequest) -> bool:
    """Return whether the request says itself that it is far too large to be read to its end."""
    announced = request.META.get("CONTENT_LENGTH") or "0"
    size = int(announced) if str(announced).isdecimal() else 0
    return size > _PATIENCE * settings.IMPORT_UPLOAD_BYTES + _FORM_BYTES
