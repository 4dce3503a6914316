"""Writing the catalogue: what the audit history keeps, and what a certification that comes back brings (T-80)."""

from typing import Any

from certifications.models import Certification, CertificationRecord
from certifications.services import save_certification, set_archived
from lms.audit.models import AuditEvent
from lms.core.periods import Period
from lms.tenancy.scope import tenant_scope
from tests.certifications.catalogue_data import YEAR, assignments, certification, certify, give_team
from tests.plugins.cast import Cast


def events(cast: Cast) -> list[tuple[str, str, dict[str, Any]]]:
    with tenant_scope(cast.acme.pk):
        found = AuditEvent.objects.order_by("pk")
        return list(found.values_list("action", "subject_label", "details"))


def test_a_new_certification_is_kept_with_all_its_settings(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        made = Certification(
            tenant=cast.acme,
            short_name=" ILS ",
            name="Life Support",
            active_period=YEAR,
            recertification_window=Period.parse("3 months"),
        )
        save_certification(made, actor=cast.adam)
    assert events(cast) == [
        (
            "certifications.certification.created",
            "ILS Life Support",
            {
                "after": {
                    "short_name": "ILS",
                    "id_number": "",
                    "name": "Life Support",
                    "method": "completion_date",
                    "active_period": "12 months",
                    "recertification_window": "3 months",
                    "minimum_active_period": None,
                    "expiring_days": 30,
                    "is_active": True,
                }
            },
        )
    ]


def test_a_change_is_kept_before_and_after_and_no_change_is_none(cast: Cast) -> None:
    ils = certification(cast.acme)
    with tenant_scope(cast.acme.pk):
        save_certification(ils, actor=cast.adam)
        ils.active_period, ils.method = Period.parse("24 months"), "expiry_date"
        save_certification(ils, actor=cast.adam)
    assert events(cast) == [
        (
            "certifications.certification.changed",
            "ILS ILS certification",
            {
                "before": {"method": "completion_date", "active_period": "12 months"},
                "after": {"method": "expiry_date", "active_period": "24 months"},
            },
        )
    ]


def test_changed_settings_leave_what_is_recorded_alone(cast: Cast) -> None:
    ils = certification(cast.acme)
    certify(cast.bob, ils, "2026-02-01")
    with tenant_scope(cast.acme.pk):
        before = CertificationRecord.objects.values().get()
        ils.active_period = Period.parse("24 months")
        save_certification(ils, actor=cast.adam)
        assert CertificationRecord.objects.values().get() == before


def test_T80_a_certification_that_comes_back_is_assigned_by_its_teams(cast: Cast) -> None:
    ils = certification(cast.acme)
    give_team(cast.ward_a, ils)
    with tenant_scope(cast.acme.pk):
        set_archived(ils, archived=True, actor=cast.adam)
    assert assignments(cast.acme) == []
    with tenant_scope(cast.acme.pk):
        set_archived(ils, archived=False, actor=cast.adam)
    assert [name for name, *_ in assignments(cast.acme)] == ["ben", "bob"]
    assert [details for *_, details in events(cast)] == [
        {"before": {"is_active": True}, "after": {"is_active": False}},
        {"before": {"is_active": False}, "after": {"is_active": True}},
    ]
