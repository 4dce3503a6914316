"""Pages of long lists without counting to the end: above 10,000 a list says "10,000+" and asks to narrow it down.

Public surface: `CAP`, `CappedPaginator`, `take_page`.
"""

from typing import Any, Final

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.functional import cached_property

CAP: Final = 10_000


class CappedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts and pages through at most `CAP` entries."""

    @cached_property
    def _counted(self) -> int:
        queryset: QuerySet[Any] = self.object_list  # type: ignore[assignment]
        return queryset.order_by()[: CAP + 1].count()

    @cached_property
    def count(self) -> int:
        """How many entries can be paged through."""
        return min(self._counted, CAP)

    @property
    def is_capped(self) -> bool:
        """Whether there are more entries than can be paged through."""
        return self._counted > CAP

    @property
    def count_text(self) -> str:
        """The number of entries for people: 1,204, or 10,000+."""
        text = number_format(self.count, use_l10n=True, force_grouping=True)
        return f"{text}+" if self.is_capped else text


def take_page(request: HttpRequest, queryset: QuerySet[Any], *, per_page: int = 50) -> "Page[Any]":
    """Return the page of an ordered `queryset` that the query parameter `page` asks for; a wrong number is a near one."""
    return CappedPaginator(queryset, per_page).get_page(request.GET.get("page"))
