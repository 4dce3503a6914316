"""The tree of categories, read in two queries (S-04, S-05). The tree of an organisation is small: it is read as a whole.

Public: `CategoryPlace`, `list_places`, `list_active_places`, `count_below`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from offline_records.models import Category, OfflineActivity


@dataclass(frozen=True, slots=True)
class CategoryPlace:
    """A category and its place in the tree: `depth` 0 at the top; `path` from the top, itself included."""

    category: Category
    depth: int
    path: tuple[str, ...]

    @property
    def indented(self) -> str:
        """The name for a drop-down list, moved in by its depth."""
        return "\u2003" * self.depth + self.category.name

    @property
    def path_text(self) -> str:
        """The way from the top in words."""
        return " \u203a ".join(self.path)


def list_places() -> list[CategoryPlace]:
    """Return every category in the order of the tree, each below what it is part of; archived ones too."""
    return _arrange(Category.objects.order_by("name", "pk"))


def list_active_places() -> list[CategoryPlace]:
    """Return the categories that take activities, in the order of the tree (S-04)."""
    return [place for place in list_places() if place.category.is_active]


def _arrange(categories: Iterable[Category]) -> list[CategoryPlace]:
    below: dict[int | None, list[Category]] = defaultdict(list)
    for category in categories:
        below[category.parent_id].append(category)
    places: list[CategoryPlace] = []
    waiting = [CategoryPlace(category, 0, (category.name,)) for category in reversed(below[None])]
    while waiting:
        place = waiting.pop()
        places.append(place)
        waiting.extend(
            CategoryPlace(child, place.depth + 1, (*place.path, child.name))
            for child in reversed(below[place.category.pk])
        )
    return places


def count_below(places: Sequence[CategoryPlace], *, activities: QuerySet[OfflineActivity]) -> dict[int, int]:
    """Return how many of `activities` are in each of these categories and in what is below it (S-05). One query."""
    own = dict(activities.order_by().values_list("category_id").annotate(Count("pk")))
    parents = {place.category.pk: place.category.parent_id for place in places}
    counts = dict.fromkeys(parents, 0)
    for category_id, number in own.items():
        for above in _way_up(category_id, parents):
            counts[above] += number
    return counts


def _way_up(category_id: int, parents: Mapping[int, int | None]) -> list[int]:
    way: list[int] = []
    here: int | None = category_id
    while here is not None and here in parents:
        way.append(here)
        here = parents[here]
    return way
