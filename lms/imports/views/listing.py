"""The list of imports: own ones for team roles, all for owners and administrators, with filters (L-69, E-41)."""

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from lms.core.paging import take_page
from lms.imports.importer import all_importers
from lms.imports.models import ImportBatch, Outcome, State
from lms.imports.selectors import allowed_importers, list_batches, present_batches
from lms.imports.views.guarding import needs_imports
from lms.people.access import PersonRequest
from lms.people.permissions import Permission, may


class ImportFilter(django_filters.FilterSet):  # type: ignore[misc] # the package has no types
    """What the list can be narrowed down by."""

    q = django_filters.CharFilter(label=_("File, note or number"), method="search")
    kind = django_filters.ChoiceFilter(label=_("Kind"), empty_label=_("All kinds"))
    state = django_filters.ChoiceFilter(label=_("State"), choices=State.choices, empty_label=_("All states"))
    person = django_filters.CharFilter(label=_("Uploaded by"), field_name="uploader_name", lookup_expr="icontains")
    since = django_filters.DateFilter(
        label=_("From"),
        field_name="uploaded_at",
        lookup_expr="date__gte",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    until = django_filters.DateFilter(
        label=_("To"),
        field_name="uploaded_at",
        lookup_expr="date__lte",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    failed = django_filters.BooleanFilter(label=_("Has failed rows"), method="keep_failed", widget=forms.CheckboxInput)

    class Meta:
        model = ImportBatch
        fields: list[str] = []

    def __init__(self, *args: Any, shows_others: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["kind"].extra["choices"] = [(importer.key, importer.label) for importer in all_importers()]
        if not shows_others:
            del self.filters["person"]

    def search(self, queryset: QuerySet[ImportBatch], name: str, value: str) -> QuerySet[ImportBatch]:
        """Find by file name, note or number."""
        found = Q(file_name__icontains=value) | Q(note__icontains=value)
        digits = value.strip().lstrip("#")
        if digits.isdecimal() and len(digits) < 10:
            found |= Q(number=int(digits))
        return queryset.filter(found)

    def keep_failed(self, queryset: QuerySet[ImportBatch], name: str, value: bool | None) -> QuerySet[ImportBatch]:  # noqa: FBT001
        """Keep imports with failed rows, where the box is ticked."""
        if not value:
            return queryset
        return queryset.filter(Q(**{f"counts__{Outcome.REJECTED}__gt": 0}) | Q(**{f"counts__{Outcome.ERRORED}__gt": 0}))


@require_GET
@needs_imports
def import_list(request: PersonRequest) -> HttpResponseBase:
    """All imports the person may see, newest first."""
    shows_others = may(request.user, Permission.SEE_OTHERS_IMPORTS)
    found = ImportFilter(request.GET or None, queryset=list_batches(request.user), shows_others=shows_others)
    page = take_page(request, found.qs, per_page=25)
    context = {
        "filter": found,
        "page_obj": page,
        "lines": present_batches(page.object_list, actor=request.user),
        "is_filtered": any(value for key, value in request.GET.items() if key != "page"),
        "shows_others": shows_others,
        "importers": allowed_importers(request.user),
    }
    return render(request, "imports/list.html", context)
