"""An organisation's defaults for completions."""

from collections.abc import Callable

from django.test import Client
from django.urls import reverse

from completions.selectors import default_policy
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast

SignIn = Callable[[User], Client]


def test_L44_an_owner_sets_the_default_for_the_current_completion(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.alice)
    wrong = client.post(reverse("completion_settings"), {"default_policy": "whatever"})
    right = client.post(reverse("completion_settings"), {"default_policy": "newest_date"})

    assert (wrong.status_code, right.status_code) == (422, 302)
    with tenant_scope(cast.acme.pk):
        assert default_policy() == "newest_date"
    with tenant_scope(cast.zebra.pk):
        assert default_policy() == "latest_import"
