"""Health probes on every host, private pages out of caches (S9, S46)."""

import pytest
from django.db import OperationalError, connection
from django.test import Client

from tests.plugins.cast import Cast


def test_livez_says_that_the_process_runs_on_any_host(client: Client) -> None:
    response = client.get("/livez", headers={"host": "nowhere.localhost"})
    assert (response.status_code, response.content) == (200, b"alive\n")


@pytest.mark.django_db
def test_readyz_says_that_the_database_answers(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.get("/readyz", headers={"host": "nowhere.localhost"}).content == b"ready\n"

    def refuse(*_args: object, **_kwargs: object) -> None:
        raise OperationalError

    monkeypatch.setattr(connection, "cursor", refuse)
    response = client.get("/readyz", headers={"host": "nowhere.localhost"})
    assert (response.status_code, response.content) == (503, b"database unreachable\n")


def test_S46_pages_stay_out_of_caches_and_of_other_origins(cast: Cast, anonymous_client: Client) -> None:
    response = anonymous_client.get("/sign-in/", headers={"host": cast.acme.host}, follow=True)
    assert response.headers["Cache-Control"].startswith(("no-store", "max-age=0"))
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
