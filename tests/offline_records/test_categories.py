"""The tree of categories: its order, its paths, and how many activities are below each."""

from lms.tenancy.scope import tenant_scope
from offline_records.categories import count_below, list_active_places, list_places
from offline_records.models import OfflineActivity
from tests.offline_records.catalogue import add_activity, add_category
from tests.plugins.cast import Cast


def test_S04_S05_the_tree_of_this_tenant_with_the_activities_below_each(cast: Cast) -> None:
    top = add_category(cast.acme, "Safety")
    deep = add_category(cast.acme, "Extinguishers", parent=add_category(cast.acme, "Fire", parent=top))
    old = add_category(cast.acme, "Old", is_active=False)
    add_category(cast.acme, "First aid", parent=top)
    add_category(cast.zebra, "ZZB Stable")
    add_activity(cast.acme, "A", category=top)
    add_activity(cast.acme, "B", category=deep)
    add_activity(cast.acme, "GONE", category=deep, is_active=False)
    add_activity(cast.acme, "KEPT", category=old, is_active=False)

    with tenant_scope(cast.acme.pk):
        places = list_places()
        counts = count_below(places, activities=OfflineActivity.objects.filter(is_active=True))
        active = [place.category.name for place in list_active_places()]

    assert [(place.path_text, place.depth, counts[place.category.pk]) for place in places] == [
        ("Old", 0, 0),
        ("Safety", 0, 2),
        ("Safety \u203a Fire", 1, 1),
        ("Safety \u203a Fire \u203a Extinguishers", 2, 1),
        ("Safety \u203a First aid", 1, 0),
    ]
    assert places[3].indented == "\u2003\u2003Extinguishers"
    assert active == ["Safety", "Fire", "Extinguishers", "First aid"]
