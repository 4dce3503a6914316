"""Writing the catalogue: what stands in the way, what stays with records, and what the audit history keeps."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from lms.audit.models import AuditEvent
from lms.core.periods import Period
from lms.people.models import PeopleDomain
from lms.tenancy.scope import tenant_scope
from offline_records.choices import Field
from offline_records.models import ActivityDomain, Category, CustomField, OfflineActivity, OfflineRecord
from offline_records.services import (
    CannotSaveError,
    CustomLine,
    archive_activity,
    archive_category,
    save_activity,
    save_category,
)
from tests.offline_records.catalogue import add_activity, add_category, add_record
from tests.plugins.cast import Cast


def events() -> list[tuple[str, str, dict[str, Any]]]:
    return list(AuditEvent.objects.order_by("pk").values_list("action", "subject_label", "details"))


def fields_of(activity: OfflineActivity) -> list[tuple[str, str, list[str], bool]]:
    found = CustomField.objects.filter(activity=activity, is_active=True).order_by("position")
    return list(found.values_list("label", "kind", "choices", "is_required"))


def test_S05_a_category_is_created_renamed_moved_and_never_below_itself(cast: Cast) -> None:
    top = add_category(cast.acme, "Safety")
    other, old = add_category(cast.acme, "Care"), add_category(cast.acme, "Old", is_active=False)
    with tenant_scope(cast.acme.pk):
        fire = Category(tenant=cast.acme, name=" Fire ", parent=top)
        save_category(fire, actor=cast.adam)
        save_category(fire, actor=cast.adam)  # nothing changed: nothing is told
        fire.name, fire.parent = "Fire drills", other
        save_category(fire, actor=cast.adam)
        other.parent = fire
        with pytest.raises(CannotSaveError, match="cannot be part of itself"):
            save_category(other, actor=cast.adam)
        top.parent = top
        with pytest.raises(CannotSaveError, match="cannot be part of itself"):
            save_category(top, actor=cast.adam)
        fire.parent = old
        with pytest.raises(CannotSaveError, match="“Old” is archived"):
            save_category(fire, actor=cast.adam)
        assert events() == [
            (
                "offline_records.category.created",
                "Fire",
                {"after": {"name": "Fire", "parent_id": top.pk, "is_active": True}},
            ),
            (
                "offline_records.category.changed",
                "Fire drills",
                {
                    "after": {"name": "Fire drills", "parent_id": other.pk},
                    "before": {"name": "Fire", "parent_id": top.pk},
                },
            ),
        ]


def test_S04_a_category_is_archived_once_nothing_below_it_is_active(cast: Cast) -> None:
    top = add_category(cast.acme, "Safety")
    below = add_category(cast.acme, "Fire", parent=top)
    drill = add_activity(cast.acme, "DRILL", category=below)
    with tenant_scope(cast.acme.pk):
        with pytest.raises(CannotSaveError) as refused:
            archive_category(top, archived=True, actor=cast.adam)
        assert str(refused.value) == ("1 sub-category is still active. 1 offline activity in it is still active.")
        archive_activity(drill, archived=True, actor=cast.adam)
        archive_category(below, archived=True, actor=cast.adam)
        archive_category(top, archived=True, actor=cast.adam)
        # and the way back begins at the top
        with pytest.raises(CannotSaveError, match="“Safety” is archived"):
            archive_category(below, archived=False, actor=cast.adam)
        with pytest.raises(CannotSaveError, match="“Fire” is archived"):
            archive_activity(drill, archived=False, actor=cast.adam)
        below.refresh_from_db()
        archive_category(top, archived=False, actor=cast.adam)
        archive_category(below, archived=False, actor=cast.adam)
        archive_activity(drill, archived=False, actor=cast.adam)
        assert [(action.rpartition(".")[0], details["after"]) for action, _label, details in events()] == [
            ("offline_records.activity", {"is_active": False}),
            ("offline_records.category", {"is_active": False}),
            ("offline_records.category", {"is_active": False}),
            ("offline_records.category", {"is_active": True}),
            ("offline_records.category", {"is_active": True}),
            ("offline_records.activity", {"is_active": True}),
        ]


def test_S18_S19_S31_an_activity_is_kept_with_all_its_settings(cast: Cast) -> None:
    category = add_category(cast.acme, "Safety")
    with tenant_scope(cast.acme.pk):
        made = OfflineActivity(
            tenant=cast.acme,
            code=" FA-1 ",
            name="First aid",
            category=category,
            validity=Period.parse("2 years"),
            score_maximum=Decimal(100),
            earliest_date=dt.date(2020, 1, 1),
            is_open_to_all=False,
        )
        save_activity(
            made,
            fields={Field.SCORE: "required", Field.RESULT: "optional"},
            custom=[CustomLine(label="Shift", kind="choice", choices=("Early", "Late"), is_required=True)],
            domains=[cast.clinical],
            actor=cast.adam,
        )
        assert events() == [
            (
                "offline_records.activity.created",
                "FA-1 First aid",
                {
                    "after": {
                        "code": "FA-1",
                        "name": "First aid",
                        "category": "Safety",
                        "description": "",
                        "provider": "",
                        "location": "",
                        "validity": "2 years",
                        "expiring_days": 30,
                        "score_minimum": None,
                        "score_maximum": "100.00",
                        "earliest_date": "2020-01-01",
                        "fields": {"result": "optional", "score": "required"},
                        "is_open_to_all": False,
                        "is_active": True,
                        "domains": ["clinical"],
                        "custom_fields": [
                            {"label": "Shift", "kind": "choice", "choices": ["Early", "Late"], "is_required": True}
                        ],
                    }
                },
            )
        ]


def test_S19_user_domains_come_and_go_and_mean_nothing_where_it_is_open_to_all(cast: Cast) -> None:
    activity = add_activity(cast.acme, "LIFT", domains=(cast.clinical,))
    with tenant_scope(cast.acme.pk):
        support = PeopleDomain.objects.create(tenant=cast.acme, slug="support", name="Support")

        def opened(*, to_all: bool, domains: list[PeopleDomain]) -> list[str]:
            activity.is_open_to_all = to_all
            save_activity(activity, fields={}, custom=[], domains=domains, actor=cast.adam)
            return list(ActivityDomain.objects.order_by("domain__slug").values_list("domain__slug", flat=True))

        assert opened(to_all=False, domains=[support]) == ["support"]
        assert opened(to_all=False, domains=[support, cast.clinical]) == ["clinical", "support"]
        assert opened(to_all=True, domains=[support]) == []
        assert events()[0][2] == {"before": {"domains": ["clinical"]}, "after": {"domains": ["support"]}}


def test_S31_a_field_that_is_taken_off_stays_with_its_records(cast: Cast) -> None:
    activity = add_activity(cast.acme)
    with tenant_scope(cast.acme.pk):

        def save(*lines: CustomLine) -> list[int]:
            save_activity(activity, fields={}, custom=lines, domains=[], actor=cast.adam)
            return list(CustomField.objects.order_by("pk").values_list("pk", flat=True))

        shift, room = save(CustomLine(label="Shift"), CustomLine(label="Room", kind="number"))
    add_record(cast.bob, activity, dt.date(2024, 5, 1), custom={str(shift): "Early", str(room): "12"})
    with tenant_scope(cast.acme.pk):
        before = OfflineRecord.objects.values().get()
        # they change places and labels; then one is to hold something else, and one goes
        save(CustomLine(id=room, label="Shift", kind="number"), CustomLine(id=shift, label="Room", is_required=True))
        assert fields_of(activity) == [("Shift", "number", [], False), ("Room", "text", [], True)]
        fields = save(CustomLine(id=shift, label="Room", kind="choice", choices=("A", "B")))
        assert fields_of(activity) == [("Room", "choice", ["A", "B"], False)]
        assert len(fields) == 3  # nothing is deleted, and what holds another kind is another field
        assert CustomField.objects.get(pk=shift).is_active is False
        assert OfflineRecord.objects.values().get() == before
        # whatever an address says, a field of another activity is none of this one's
        other = add_activity_here(cast, activity)
        foreign = CustomField.objects.create(tenant=cast.acme, activity=other, label="Foreign")
        save(CustomLine(id=foreign.pk, label="Mine"))
        assert fields_of(activity) == [("Mine", "text", [], False)]
        assert fields_of(other) == [("Foreign", "text", [], False)]


def add_activity_here(cast: Cast, like: OfflineActivity) -> OfflineActivity:
    return OfflineActivity.objects.create(tenant=cast.acme, code="OTHER", name="Other", category_id=like.category_id)
