"""The way to the pages of offline activities, as the menu shows it (S-02), and the tabs of an activity."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from lms.core.components import Tab
from lms.people.models import User
from lms.people.permissions import Permission, may
from offline_records.models import OfflineActivity

Crumb = tuple[str, str | None]


def make_crumbs(*last: Crumb) -> list[Crumb]:
    """Return Management Console > Offline Activities, and on to `last`."""
    return [(_("Management Console"), None), (_("Offline Activities"), None), *last]


def activity_crumbs(activity: OfflineActivity, *last: str) -> list[Crumb]:
    """Return the way from the list of activities to one, and on to the page called `last`."""
    own = reverse("offline_activity", args=[activity.pk]) if last else None
    return make_crumbs(
        (_("Activities"), reverse("offline_activity_list")), (activity.name, own), *((words, None) for words in last)
    )


def activity_tabs(activity: OfflineActivity, *, active: str, actor: User) -> list[Tab]:
    """Return the tabs of an activity's pages; `active` is the URL name of the open one."""
    tabs = [("offline_activity", _("Overview")), ("offline_activity_records", pgettext("offline records", "Records"))]
    if may(actor, Permission.MANAGE_OFFLINE_ACTIVITIES):
        tabs.append(("offline_activity_edit", _("Settings")))
    return [Tab(label, reverse(name, args=[activity.pk]), active=name == active) for name, label in tabs]
