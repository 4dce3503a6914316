"""Asks every address as everybody, and compares with the table (S24, S25; L-01, L-08, L-10, L-69)."""

import uuid
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from lms.imports.models import ImportBatch, State
from lms.notifications.models import Notice
from lms.people.models import User
from lms.tenancy.clock import today
from lms.tenancy.scope import tenant_scope
from tests.certifications.catalogue_data import certification, give_team
from tests.certifications.record_data import add_record
from tests.offline_records.catalogue import add_activity
from tests.offline_records.catalogue import add_record as add_offline_record
from tests.permission_table import RULES, Rule
from tests.plugins.cast import Cast, sign_in_as

# Served by a middleware or only where DEBUG is on.
UNLISTED = {"styleguide"}
# Asked by POST in the table, but pages as well.
READABLE = {"imports:upload", "imports:withdraw"}


def walk_names(resolver: URLResolver, *, before: str = "") -> Iterator[str]:
    """Yield the full name of every address below a resolver."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            yield f"{before}{entry.name}"
        else:
            yield from walk_names(entry, before=f"{before}{entry.namespace}:" if entry.namespace else before)


@pytest.fixture
def objects(cast: Cast) -> dict[str, object]:
    """The objects that rules name: all of acme, the import uploaded by Lea."""
    with tenant_scope(cast.acme.pk):
        batch = ImportBatch.objects.create(
            tenant=cast.acme,
            number=1,
            kind="completions",
            uploaded_by=cast.lea,
            uploader_name=cast.lea.full_name,
            uploader_role=cast.lea.role,
            uploaded_at=timezone.now(),
            idempotency_key=uuid.uuid4(),
            file_name="file.csv",
            file_key=default_storage.save("permission-table.csv", ContentFile(b"username\n")),
            state=State.COMPLETED,
            sniffed={"headers": ["username"], "header_row": 1, "delimiter": ",", "encoding": "utf-8"},
            checkpoint=1,
            checked_at=timezone.now(),
            confirmed_by=cast.lea,
            confirmed_at=timezone.now(),
            finished_at=timezone.now(),
            file_sha256="0" * 64,
            file_size=1,
            purge_on=today(cast.acme) + timedelta(days=31),
        )
        notice = Notice.objects.create(
            tenant=cast.acme,
            person=cast.bob,
            kind="import_finished",
            params={"number": batch.number, "imported": 0, "failed": 0},
            dedup_key="x",
            created_at=timezone.now(),
        )
    certified = certification(cast.acme)
    give_team(cast.ward_a, certified)
    offline = add_activity(cast.acme)
    return {
        "person": cast.ben.pk,
        "leader": cast.lea.pk,
        "team": cast.ward_a.pk,
        "course": cast.safe.pk,
        "certification": certified.pk,
        "certification_record": add_record(cast.ben, certified, "2025-01-01").pk,
        "offline_activity": offline.pk,
        "offline_record": add_offline_record(cast.ben, offline, date(2025, 1, 1)).pk,
        "offline_category": offline.category_id,
        "domain": cast.clinical.pk,
        "number": batch.number,
        "notice": notice.pk,
    }


def test_S24_every_address_has_a_row() -> None:
    names = set(walk_names(get_resolver()))

    assert names - UNLISTED - {rule.name for rule in RULES} == set()
    assert {rule.name for rule in RULES} - names == set()


def test_S25_in_every_row_somebody_gets_in() -> None:
    answers = {rule.name: {rule.anonymous, rule.learner, rule.leader, rule.administrator, rule.owner} for rule in RULES}

    assert [name for name, statuses in answers.items() if statuses <= {302, 403, 404} and 302 not in statuses] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_S24_the_answer_for_everybody(
    rule: Rule,
    cast: Cast,
    objects: dict[str, object],
    anonymous_client: Client,
    client_for: Callable[[User], Client],
) -> None:
    address = reverse(rule.name, kwargs={key: objects.get(value, value) for key, value in rule.kwargs.items()})

    def ask(client: Client) -> int:
        response = client.post(address, rule.data) if rule.post else client.get(address, rule.data)
        if response.streaming:
            response.getvalue()
        return response.status_code

    answers = {
        "anonymous": ask(anonymous_client),
        "stranger": ask(client_for(cast.charlie)),
        "learner": ask(client_for(cast.bob)),
        "leader": ask(client_for(cast.lea)),
        "administrator": ask(client_for(cast.adam)),
        "owner": ask(client_for(cast.alice)),
    }

    assert answers == {name: getattr(rule, name) for name in answers}


def test_S34_nothing_changes_without_the_forms_secret(cast: Cast, objects: dict[str, object]) -> None:
    client = Client(headers={"host": cast.acme.host}, enforce_csrf_checks=True)
    sign_in_as(client, cast.alice)

    answers = {}
    for rule in RULES:
        address = reverse(rule.name, kwargs={key: objects.get(value, value) for key, value in rule.kwargs.items()})
        answers[rule.name] = client.post(address, rule.data).status_code

    # Where only reading is known, 405 comes after the check of the secret; both refuse.
    assert {name: status for name, status in answers.items() if status != 403} == {}


def test_S34_reading_changes_nothing(
    cast: Cast, client_for: Callable[[User], Client], objects: dict[str, object]
) -> None:
    client = client_for(cast.alice)

    for rule in RULES:
        if rule.post and rule.name not in READABLE:
            address = reverse(rule.name, kwargs={key: objects.get(value, value) for key, value in rule.kwargs.items()})
            assert (rule.name, client.get(address).status_code) == (rule.name, 405)
