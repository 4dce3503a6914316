"""Writing the catalogue of offline activities. Runs in the open tenant scope; commits nothing.

Nothing here touches a record: changed settings hold for records from then on, and a field that is taken off stays with
those that have it. Public: `CannotSaveError`, `CustomLine`, `save_category`, `archive_category`, `find_obstacles`,
`save_activity`, `archive_activity`, `label_of`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lms.audit.services import record_event
from lms.core.periods import Period
from lms.people.models import PeopleDomain, User
from offline_records.choices import Field, Kind
from offline_records.models import ActivityDomain, Category, CustomField, OfflineActivity
from offline_records.selectors import categories_below

# What the audit history keeps of an activity, before and after.
_TOLD: Final = (
    "code",
    "name",
    "category__name",
    "description",
    "provider",
    "location",
    "validity",
    "expiring_days",
    "score_minimum",
    "score_maximum",
    "earliest_date",
    "fields",
    "is_open_to_all",
    "is_active",
)
_TOLD_OF_CATEGORY: Final = ("name", "parent_id", "is_active")


class CannotSaveError(Exception):
    """What was asked for does not go together with what is there; the text is for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomLine:
    """One custom field as it is to be; `id` of the field there is, or None. Their order is that of the template."""

    label: str
    id: int | None = None
    kind: str = Kind.TEXT.value
    choices: tuple[str, ...] = ()
    is_required: bool = False


# --- categories -----------------------------------------------------------------------------------------


def save_category(category: Category, *, actor: User) -> None:
    """Create, rename or move a category. Raises `CannotSaveError` for a move below itself or below an archived one."""
    _lock_tree()
    before = Category.objects.filter(pk=category.pk).values(*_TOLD_OF_CATEGORY).first()
    if category.parent_id is not None:
        if before is not None and category.parent_id in categories_below(category.pk):
            raise CannotSaveError(_("A category cannot be part of itself or of what is below it."))
        parent = Category.objects.get(pk=category.parent_id)
        if category.is_active and not parent.is_active:
            raise CannotSaveError(_("“%(name)s” is archived. Bring it back first.") % {"name": parent.name})
    category.save()
    after = {name: getattr(category, name) for name in _TOLD_OF_CATEGORY}
    if details := _compare(before, after):
        record_event(
            "offline_records.category.created" if before is None else "offline_records.category.changed",
            actor=actor,
            subject_kind="offline_category",
            subject_id=category.pk,
            subject_label=category.name,
            details=details,
        )


def archive_category(category: Category, *, archived: bool, actor: User) -> None:
    """Archive a category, or bring it back. Raises `CannotSaveError` with what stands in the way."""
    _lock_tree()
    if archived and (obstacles := find_obstacles(category)):
        raise CannotSaveError(" ".join(obstacles))
    category.is_active = not archived
    save_category(category, actor=actor)


def find_obstacles(category: Category) -> list[str]:
    """Return in words what is still in use in a category: it is archived only when nothing below it is."""
    inside = categories_below(category.pk)
    children = Category.objects.filter(pk__in=inside, is_active=True).exclude(pk=category.pk).count()
    activities = OfflineActivity.objects.filter(category_id__in=inside, is_active=True).count()
    obstacles = []
    if children:
        words = ngettext(
            "%(count)d sub-category is still active.", "%(count)d sub-categories are still active.", children
        )
        obstacles.append(words % {"count": children})
    if activities:
        words = ngettext(
            "%(count)d offline activity in it is still active.",
            "%(count)d offline activities in it are still active.",
            activities,
        )
        obstacles.append(words % {"count": activities})
    return obstacles


def _lock_tree() -> None:
    """Let nobody else change the tree meanwhile: two moves at once could make a ring."""
    list(Category.objects.select_for_update().order_by("pk").values_list("pk", flat=True))


# --- activities -----------------------------------------------------------------------------------------


def save_activity(
    activity: OfflineActivity,
    *,
    fields: Mapping[Field, str],
    custom: Sequence[CustomLine],
    domains: Collection[PeopleDomain],
    actor: User,
) -> None:
    """Create or change an activity with what its records carry and to which user domains it is open (S-18, S-19, S-31).

    `domains` count only where it is not open to all. A custom field that is not among `custom` is taken off; one that is
    to hold another kind is taken off too, and a new one takes its place. Raises `CannotSaveError` for an archived category.
    """
    _hold(activity)
    before = _read(activity.pk) if activity.pk else None
    activity.fields = {name.value: str(fields[name]) for name in Field if name in fields}
    activity.save()
    _save_domains(activity, set() if activity.is_open_to_all else {domain.pk for domain in domains})
    _save_custom(activity, custom)
    _tell_activity(activity, before=before, actor=actor)


def archive_activity(activity: OfflineActivity, *, archived: bool, actor: User) -> None:
    """Archive an activity, so that it takes no more records, or bring it back. Raises `CannotSaveError`."""
    activity.is_active = not archived
    _hold(activity)
    before = _read(activity.pk)
    activity.save(update_fields=["is_active"])
    _tell_activity(activity, before=before, actor=actor)


def _hold(activity: OfflineActivity) -> None:
    """Keep category and activity as they are meanwhile; refuse an archived category for an active activity.

    Imports that create records of the activity hold its row as well: they see all of a change or nothing (S-25).
    """
    category = Category.objects.select_for_update(no_key=True).get(pk=activity.category_id)
    if activity.is_active and not category.is_active:
        raise CannotSaveError(_("The category “%(name)s” is archived. Bring it back first.") % {"name": category.name})
    OfflineActivity.objects.select_for_update(no_key=True).filter(pk=activity.pk).first()


def _save_domains(activity: OfflineActivity, wanted: set[int]) -> None:
    ActivityDomain.objects.filter(activity=activity).exclude(domain_id__in=wanted).delete()
    there = set(ActivityDomain.objects.filter(activity=activity).values_list("domain_id", flat=True))
    ActivityDomain.objects.bulk_create(
        ActivityDomain(tenant_id=activity.tenant_id, activity=activity, domain_id=pk) for pk in sorted(wanted - there)
    )


def _save_custom(activity: OfflineActivity, lines: Sequence[CustomLine]) -> None:
    """Bring the custom fields in line with what is wanted; few, so one by one. What goes makes room for its label first."""
    there = {field.pk: field for field in CustomField.objects.filter(activity=activity, is_active=True)}
    kept = {line.id for line in lines if line.id in there and there[line.id].kind == line.kind}
    CustomField.objects.filter(pk__in=there.keys() - kept).update(is_active=False)
    # Two fields may change labels with each other: until each has its own, none of them counts.
    CustomField.objects.filter(pk__in=kept).update(is_active=False)
    for position, line in enumerate(lines):
        field = there[line.id] if line.id in kept else CustomField(tenant_id=activity.tenant_id, activity=activity)
        field.label, field.kind, field.is_required, field.position = line.label, line.kind, line.is_required, position
        field.choices = list(line.choices) if line.kind == Kind.CHOICE else []
        field.is_active = True
        field.save()


def _read(activity_id: int) -> dict[str, Any]:
    """Return an activity as the audit history keeps it, in JSON types."""
    (row,) = OfflineActivity.objects.filter(pk=activity_id).values(*_TOLD)
    told = {name.removesuffix("__name"): _plain(value) for name, value in row.items()}
    told["domains"] = list(
        ActivityDomain.objects.filter(activity_id=activity_id)
        .order_by("domain__slug")
        .values_list("domain__slug", flat=True)
    )
    told["custom_fields"] = list(
        CustomField.objects.filter(activity_id=activity_id, is_active=True)
        .order_by("position", "pk")
        .values("label", "kind", "choices", "is_required")
    )
    return told


def label_of(activity: OfflineActivity) -> str:
    """Return an activity as the audit history names it."""
    return f"{activity.code} {activity.name}"


def _tell_activity(activity: OfflineActivity, *, before: dict[str, Any] | None, actor: User) -> None:
    if details := _compare(before, _read(activity.pk)):
        record_event(
            "offline_records.activity.created" if before is None else "offline_records.activity.changed",
            actor=actor,
            subject_kind="offline_activity",
            subject_id=activity.pk,
            subject_label=label_of(activity),
            details=details,
        )


def _compare(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what is different, before and after; nothing if nothing is."""
    changed = [name for name in after if before is None or before[name] != after[name]]
    if before is None or not changed:
        return {"after": dict(after)} if changed else {}
    return {
        "after": {name: after[name] for name in changed},
        "before": {name: before[name] for name in changed},
    }


def _plain(value: Any) -> Any:
    """Return a setting as a JSON type."""
    return str(value) if isinstance(value, (Period, Decimal, date)) else value
