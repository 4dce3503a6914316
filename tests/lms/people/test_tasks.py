"""Clean-up after people."""

from collections.abc import Callable
from datetime import timedelta

from django.test import Client
from django.utils import timezone

from lms.people.models import Session, SignInAttempt, User
from lms.people.tasks import delete_old
from tests.plugins.cast import Cast


def test_S50_old_tries_and_ended_sessions_go(cast: Cast, client_for: Callable[[User], Client]) -> None:
    client_for(cast.bob)
    client_for(cast.ben)
    Session.objects.filter(user_id=cast.bob.pk).update(expire_date=timezone.now() - timedelta(seconds=1))
    SignInAttempt.objects.bulk_create([SignInAttempt(bucket="old"), SignInAttempt(bucket="new")])
    SignInAttempt.objects.filter(bucket="old").update(at=timezone.now() - timedelta(days=1, seconds=1))

    delete_old()
    delete_old()

    assert list(Session.objects.values_list("user_id", flat=True)) == [cast.ben.pk]
    assert list(SignInAttempt.objects.values_list("bucket", flat=True)) == ["new"]
