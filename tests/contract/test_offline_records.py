"""Offline records hold to the contract of importers, as a kind of all or nothing."""

from collections.abc import Mapping
from typing import Any

import pytest

from lms.imports.importer import get_importer
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from offline_records.models import OfflineActivity
from tests.contract.suite import AllOrNothingContract
from tests.offline_records.catalogue import TABLES, add_activity, allow_leader, choose
from tests.plugins.cast import Cast


class TestOfflineRecords(AllOrNothingContract):
    """Offline records."""

    kind = "offline_records"
    message_kind = "offline_record_created"
    tables = TABLES
    unknown_item_code = "R209"
    closed_codes = ("R206", "R903")

    @pytest.fixture(autouse=True)
    def _choose(self, _prepare: None, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        """The activity and the user domain are chosen, as on the upload page."""
        with tenant_scope(cast.acme.pk):
            chosen = choose(OfflineActivity.objects.get(), cast.clinical)
        monkeypatch.setattr(type(get_importer(self.kind)), "default_options", lambda _self, _tenant: chosen)

    def prepare(self, cast: Cast) -> None:
        for tenant in (cast.acme, cast.zebra):
            add_activity(tenant, "LIFT")
        with tenant_scope(cast.acme.pk):
            User.objects.filter(pk=cast.carl.pk).update(domain=cast.clinical)
        allow_leader(cast.acme, cast.lea, cast.clinical)

    def crowd_fields(self, cast: Cast) -> Mapping[str, Any]:
        return {"domain": cast.clinical}

    def file(self, *people: str, item: str = "", day: str = "2024-05-01") -> str:
        rows = (f"{name},{item or 'LIFT'},clinical,{day}\n" for name in people)
        return "username,activity,domain,completed_on\n" + "".join(rows)

    def close_item(self, cast: Cast) -> None:
        with tenant_scope(cast.acme.pk):
            OfflineActivity.objects.update(is_active=False)
