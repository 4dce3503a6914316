"""Courses > Upload Completion Records: the page a file of certification records is dropped on (T-02, T-05, T-76)."""

from typing import Final

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from lms.imports.views.uploading import find_importer, show_start
from lms.people.access import PersonRequest

_KIND: Final = "certifications"


@require_GET
def certification_upload(request: PersonRequest) -> HttpResponse:
    """The start page of the certifications importer, under the address of the reference path."""
    return show_start(request, find_importer(request, _KIND))
