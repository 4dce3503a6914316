"""What every answer carries, and what happens at the edges: faults, limits, forged hosts and targets (S35 to S41)."""

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from lms.imports.models import ImportBatch
from lms.people.models import Team, User
from lms.people.views import profile
from lms.tenancy.scope import tenant_scope
from tests.permission_table import RULES
from tests.plugins.cast import Cast

pytestmark = pytest.mark.django_db
Browser = Callable[[User], Client]
EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def test_S9_S35_S46_every_page_without_an_argument_has_the_headers(cast: Cast, client_for: Browser) -> None:
    client = client_for(cast.alice)
    for rule in RULES:
        if rule.kwargs or rule.post:
            continue
        response = client.get(reverse(rule.name))
        found = {name: response.headers.get(name) for name in EVERYWHERE}
        found["Cache-Control"] = "no-store" if "no-store" in str(found["Cache-Control"]) else found["Cache-Control"]
        policy = response.headers.get("Content-Security-Policy", "")
        assert (rule.name, found) == (rule.name, EVERYWHERE)
        assert "default-src 'none'" in policy, rule.name
        assert "unsafe" not in policy, rule.name


def test_S36_a_fault_of_ours_shows_no_trace_and_leaves_nothing_behind(
    cast: Cast, client_for: Browser, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    def write_and_fail(*_: object, **__: object) -> None:
        Team.objects.create(tenant=cast.acme, name="Half written")
        message = "secret of the inside"
        raise RuntimeError(message)

    settings.DEBUG = False
    monkeypatch.setattr(profile, "render", write_and_fail)
    client = client_for(cast.alice)
    client.raise_request_exception = False
    response = client.get(reverse("profile"))
    text = response.content.decode()
    assert (response.status_code, "secret of the inside" in text, "Traceback" in text) == (500, False, False)
    with tenant_scope(cast.acme.pk):
        assert not Team.objects.filter(name="Half written").exists()


def test_S36_a_nul_is_no_fault_of_ours(cast: Cast, client_for: Browser) -> None:
    client = client_for(cast.adam)
    assert [client.get(f"{path}?q=%00a").status_code for path in ("/search/", "/people/", "/offline/upload/")] == [
        400
    ] * 3


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "http:///evil.example"],
)
def test_S41_signing_in_leads_nowhere_else(cast: Cast, client_for: Browser, target: str) -> None:
    response = client_for(cast.alice).get(reverse("sign_in"), {"next": target})
    assert (response.status_code, response.headers["Location"]) == (302, reverse("dashboard"))


def test_S39_who_uploads_without_end_has_to_wait(cast: Cast, client_for: Browser, settings: Settings) -> None:
    settings.IMPORT_UPLOADS_PER_HOUR = 2
    client = client_for(cast.adam)
    answers = []
    for number in range(3):
        file = SimpleUploadedFile(
            "people.csv", f"username,course code,completion date\nbob,SAFE-1,2024-05-0{number + 1}\n".encode()
        )
        answers.append(client.post(reverse("imports:upload"), {"kind": "completions", "file": file, "header": "auto"}))
    assert [answer.status_code for answer in answers] == [302, 302, 429]
    assert answers[2].headers["Retry-After"] == "3600"
    assert "2 files within an hour" in answers[2].content.decode()
    with tenant_scope(cast.acme.pk):
        assert ImportBatch.objects.count() == 2
    assert client_for(cast.alice).post(reverse("imports:upload"), {"kind": "completions"}).status_code == 422
