"""Write the offline activities of an organisation, in the open scope: categories, activities, records, who may upload.

Public: `load_offline`, `make_activity_terms`, `sign_sheet`.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from typing import Any, Final

from lms.core.json_text import encode_json
from lms.demo.bulk import insert_rows
from lms.demo.organisation import DemoActivity, Organisation, PastOffline, loading_day
from lms.imports.importer import get_importer
from lms.people.models import PeopleDomain, Promotion, PromotionDomain, RolePermission, User
from lms.people.permissions import Permission
from lms.tenancy.clock import today
from lms.tenancy.models import Tenant
from lms.tenancy.scope import current_tenant_id, tenant_scope
from offline_records.choices import Field, Identifier, Origin, Result
from offline_records.models import ActivityDomain, Category, CustomField, OfflineActivity, OfflineRecord
from offline_records.terms import ActivityTerms

_RECORD: Final = (
    *("person_id", "activity_id", "completed_on", "result", "score", "hours", "cpd_points", "provider", "location"),
    *("certificate_number", "notes", "expires_on", "is_expiry_stated", "custom", "origin", "date_text"),
    *("recorded_by_id", "recorded_at", "messages_suppressed_through"),
)


def load_offline(organisation: Organisation, *, people: Mapping[str, int], domains: Mapping[str, int]) -> None:
    """Write everything an organisation has of offline activities. The catalogue is small and goes one by one."""
    tenant_id = current_tenant_id()
    categories: dict[str, Category] = {}
    for path in organisation.categories:
        above, _, name = path.rpartition("/")
        categories[path] = Category.objects.create(tenant_id=tenant_id, name=name, parent=categories.get(above))
    activities = {
        made.code: _load_activity(made, category=categories[made.category], domains=domains)
        for made in organisation.activities
    }
    _grant_domains(organisation, people=people, domains=domains)
    recorder = people.get(organisation.recorder)
    terms = {made.code: make_activity_terms(made) for made in organisation.activities}
    custom = {
        (field.activity_id, field.label): field.pk
        for field in CustomField.objects.filter(activity__in=activities.values())
    }

    def write_records() -> Iterator[tuple[Any, ...]]:
        for made in organisation.offline:
            activity = activities[made.activity]
            own = {
                str(custom[activity.pk, label]): value
                for label, value in made.values.items()
                if (activity.pk, label) in custom
            }
            yield (
                *(people[made.username], activity.pk, made.completed_on, *_write_fields(made, terms[made.activity])),
                *(_last_day(made, terms[made.activity]), False, encode_json(own), Origin.MANUAL.value, ""),
                *(recorder, _moment(made.completed_on), loading_day()),
            )

    insert_rows(OfflineRecord, _RECORD, write_records())


def make_activity_terms(made: DemoActivity) -> ActivityTerms:
    """Return what an activity of the demo says; its custom fields are not part of it."""
    return ActivityTerms(
        code=made.code,
        name=made.name,
        validity=made.validity,
        expiring_days=made.expiring_days,
        provider=made.provider,
        location=made.location,
        fields=dict(made.fields),
    )


def sign_sheet(*, slug: str, username: str, activity: str, domain: str) -> str:
    """Return the signature that a template of the organisation has, for people found by their username; "" without it."""
    tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None:
        return ""
    with tenant_scope(tenant.pk):
        actor = User.objects.get(username=username)
        said = {"activity": activity, "domain": domain, "identifier": Identifier.USERNAME.value}
        importer = get_importer("offline_records")
        form = importer.options_form(said, tenant=tenant, initial={})
        fitted = importer.fit(form.cleaned_data if form.is_valid() else {})
        return fitted.sign_template(today=today(actor.tenant))


def _load_activity(made: DemoActivity, *, category: Category, domains: Mapping[str, int]) -> OfflineActivity:
    activity = OfflineActivity.objects.create(
        tenant_id=category.tenant_id,
        code=made.code,
        name=made.name,
        category=category,
        provider=made.provider,
        location=made.location,
        validity=made.validity,
        expiring_days=made.expiring_days,
        fields=dict(made.fields),
        is_open_to_all=not made.domains,
        is_active=made.is_active,
    )
    for slug in made.domains:
        ActivityDomain.objects.create(tenant_id=category.tenant_id, activity=activity, domain_id=domains[slug])
    for position, own in enumerate(made.custom):
        CustomField.objects.create(
            tenant_id=category.tenant_id,
            activity=activity,
            label=own.label,
            kind=own.kind,
            choices=list(own.choices),
            position=position,
        )
    return activity


def _grant_domains(organisation: Organisation, *, people: Mapping[str, int], domains: Mapping[str, int]) -> None:
    """Let team roles upload for the user domains that are named for them."""
    tenant_id = current_tenant_id()
    for made in organisation.promotions:
        for slug in made.domains:
            promotion = Promotion.objects.get(person_id=people[made.username], role=made.role)
            domain = PeopleDomain.objects.get(pk=domains[slug])
            PromotionDomain.objects.create(tenant_id=tenant_id, promotion=promotion, domain=domain)
            RolePermission.objects.get_or_create(
                tenant_id=tenant_id,
                role=made.role,
                permission=Permission.IMPORT_OFFLINE_RECORDS,
                defaults={"allowed": True},
            )


def _write_fields(made: PastOffline, terms: ActivityTerms) -> tuple[str | None, ...]:
    """Return the values of the fields every record can have, in the order of the columns."""
    said = made.values.get
    return (
        said(Field.RESULT, ""),
        *(said(name) for name in (Field.SCORE, Field.HOURS, Field.CPD_POINTS)),
        said(Field.PROVIDER) or terms.provider,
        said(Field.LOCATION) or terms.location,
        said(Field.CERTIFICATE_NUMBER, ""),
        said(Field.NOTES, ""),
    )


def _last_day(made: PastOffline, terms: ActivityTerms) -> date | None:
    """Whoever failed has nothing that is valid."""
    return None if made.values.get(Field.RESULT) == Result.FAILED else terms.expires_on(made.completed_on)


def _moment(day: date) -> datetime:
    return datetime.combine(day, time(16), tzinfo=UTC)
