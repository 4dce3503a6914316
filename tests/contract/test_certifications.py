"""Completion records of certifications hold to the contract of importers."""

import datetime as dt

import pytest

from certifications.kinds import OBLIGATIONS
from certifications.models import Certification, TeamCertification
from lms.imports.importer import get_importer
from lms.notifications.models import MessageSwitch
from lms.people.models import Role, RolePermission
from lms.people.permissions import Permission
from lms.tenancy.scope import tenant_scope
from tests.certifications.catalogue import TABLES, add_certification
from tests.contract.suite import FreeRowsContract
from tests.plugins.cast import Cast


class TestCertifications(FreeRowsContract):
    """Completion records of certifications."""

    kind = "certifications"
    message_kind = "certification_assigned"
    tables = TABLES
    free_item = "UNHEARD-OF"
    free_options = {"action": "certify_if_more_recent", "evidence": True, "ignore_case": False}

    @pytest.fixture(autouse=True)
    def _certify(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Good rows become current; what is saved to the history is no new current certification."""
        chosen = {"action": "certify_if_more_recent", "evidence": False, "ignore_case": False}
        monkeypatch.setattr(type(get_importer(self.kind)), "default_options", lambda _self, _tenant: chosen)

    def prepare(self, cast: Cast) -> None:
        for tenant in (cast.acme, cast.zebra):
            add_certification(tenant, "AID", "101")
            with tenant_scope(tenant.pk):  # what has expired long ago is told by other tests
                off = [MessageSwitch(tenant=tenant, kind=kind, is_on=False) for kind in OBLIGATIONS]
                MessageSwitch.objects.bulk_create(off)
        with tenant_scope(cast.acme.pk):
            RolePermission.objects.create(
                tenant=cast.acme, role=Role.TEAM_LEADER, permission=Permission.IMPORT_CERTIFICATIONS, allowed=True
            )
            TeamCertification.objects.create(
                tenant=cast.acme,
                team=cast.ward_a,
                certification=Certification.objects.get(short_name="AID"),
                assigned_on=dt.date(2021, 1, 1),
            )

    def file(self, *people: str, item: str = "", day: str = "2026-05-01") -> str:
        rows = (f"{name},{item or 'AID'},,{day},\n" for name in people)
        return "username,certificationshortname,certificationidnumber,completiondate,duedate\n" + "".join(rows)

    def close_item(self, cast: Cast) -> None:
        with tenant_scope(cast.acme.pk):
            TeamCertification.objects.all().delete()
            Certification.objects.all().delete()
