"""Who may see and do what with which import (G-01, L-69). Reads only."""

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone

from lms.imports.importer import Importer
from lms.imports.models import ImportBatch
from lms.people.models import User
from lms.people.permissions import LARGE_IMPORT_ROWS, Permission, may

UPLOAD_WINDOW: Final = timedelta(hours=1)


def may_import(actor: User, importer: Importer) -> bool:
    """Return whether the actor may use this kind of import at all."""
    return may(actor, importer.permission)


def has_uploaded_often(actor: User) -> bool:
    """Return whether the actor has to wait before the next upload (S39): a limit against scripts, not against work."""
    since = timezone.now() - UPLOAD_WINDOW
    uploads = ImportBatch.objects.filter(uploaded_by_id=actor.pk, uploaded_at__gt=since)
    return uploads.count() >= settings.IMPORT_UPLOADS_PER_HOUR


def visible_batches(actor: User) -> QuerySet[ImportBatch]:
    """Return the imports the actor may see: all of the tenant for owners and administrators, else own ones (L-69)."""
    if may(actor, Permission.SEE_OTHERS_IMPORTS):
        return ImportBatch.objects.all()
    return ImportBatch.objects.filter(uploaded_by_id=actor.pk)


def get_batch(actor: User, number: int) -> ImportBatch:
    """Return the import with this number if the actor may see it; else 404, the same for absent and not theirs (G-06)."""
    batch = visible_batches(actor).filter(number=number).first()
    if batch is None:
        raise Http404
    return batch


def may_manage(batch: ImportBatch, actor: User) -> bool:
    """Return whether the actor may map, confirm, cancel and go on with this import (G-01)."""
    if batch.uploaded_by_id != actor.pk:
        return may(actor, Permission.TAKE_OVER_IMPORTS)
    return may(actor, _needed(batch))


def may_undo(batch: ImportBatch, actor: User) -> bool:
    """Return whether the actor may undo this import (G-01)."""
    if may(actor, Permission.UNDO_ANY_IMPORT):
        return True
    return batch.uploaded_by_id == actor.pk and may(actor, _needed(batch))


def _needed(batch: ImportBatch) -> Permission:
    is_large = batch.data_rows > LARGE_IMPORT_ROWS
    return Permission.MANAGE_OWN_LARGE_IMPORTS if is_large else Permission.MANAGE_OWN_IMPORTS
