"""Clean-up after people: old sign-in tries and ended sessions. Neither has a wall; both hold ids and digests only."""

from celery import shared_task
from django.utils import timezone

from lms.people.limits import delete_old_tries
from lms.people.models import Session


@shared_task(name="people.delete_old")
def delete_old() -> None:
    """Delete tries that no limit looks at any more, and sessions that have run out. Safe to repeat."""
    delete_old_tries()
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
