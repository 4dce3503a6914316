"""The way to the pages of offline records, for those too who may not open the activity itself."""

from django.urls import reverse
from django.utils.translation import pgettext

from lms.people.models import User
from lms.people.permissions import Permission, may
from offline_records.models import OfflineActivity
from offline_records.selectors import usable_activities
from offline_records.views.crumbs import Crumb, activity_crumbs, make_crumbs


def may_open(actor: User, activity: OfflineActivity) -> bool:
    """Return whether the actor may open the page of the activity itself; its records may be for more people."""
    usable = usable_activities(actor, with_archived=may(actor, Permission.MANAGE_OFFLINE_ACTIVITIES))
    return usable.filter(pk=activity.pk).exists()


def records_crumbs(activity: OfflineActivity, *last: Crumb, is_open: bool) -> list[Crumb]:
    """Return the way to the records of an activity and on to `last`; `is_open`: `may_open` says so."""
    records = (
        pgettext("offline records", "Records"),
        reverse("offline_activity_records", args=[activity.pk]) if last else None,
    )
    if not is_open:
        return make_crumbs((activity.name, None), records, *last)
    return [*activity_crumbs(activity, str(records[0]))[:-1], records, *last]
