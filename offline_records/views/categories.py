"""The tree of categories of offline activities: list, create, rename, move, archive (S-04, S-05)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lms.people.access import PersonRequest, requires
from lms.people.permissions import Permission
from offline_records.categories import count_below, list_places
from offline_records.forms.categories import CategoryForm
from offline_records.models import Category, OfflineActivity
from offline_records.services import CannotSaveError, archive_category, find_obstacles, save_category
from offline_records.views.crumbs import make_crumbs


@requires(Permission.MANAGE_OFFLINE_ACTIVITIES)
@require_GET
def offline_category_list(request: PersonRequest) -> HttpResponse:
    """The whole tree, with the number of active activities in each category and below it."""
    places = list_places()
    counts = count_below(places, activities=OfflineActivity.objects.filter(is_active=True))
    context = {
        "rows": [(place, counts[place.category.pk]) for place in places],
        "crumbs": make_crumbs((_("Categories"), None)),
    }
    return render(request, "offline_records/category_list.html", context)


@requires(Permission.MANAGE_OFFLINE_ACTIVITIES)
@require_http_methods(["GET", "POST"])
def offline_category_new(request: PersonRequest) -> HttpResponse:
    """A new category; `?parent=` says what it is to be part of."""
    category = Category(tenant=request.tenant)
    form = CategoryForm(
        request.POST if request.method == "POST" else None,
        instance=category,
        initial={"parent": request.GET.get("parent", "")},
    )
    if request.method == "POST" and form.is_valid() and _save(request, form):
        messages.success(request, _("%(name)s is added.") % {"name": category.name})
        return redirect("offline_category_list")
    return _show_form(request, form, title=_("New category"))


@requires(Permission.MANAGE_OFFLINE_ACTIVITIES)
@require_http_methods(["GET", "POST"])
def offline_category_edit(request: PersonRequest, pk: int) -> HttpResponse:
    """Rename or move a category; it keeps what is in it."""
    category = get_object_or_404(Category, pk=pk)
    stored = Category.objects.get(pk=pk)  # validation writes into the other one
    form = CategoryForm(request.POST if request.method == "POST" else None, instance=category)
    if request.method == "POST" and form.is_valid() and _save(request, form):
        messages.success(request, _("%(name)s is saved.") % {"name": category.name})
        return redirect("offline_category_list")
    return _show_form(request, form, title=stored.name, category=stored)


def _save(request: PersonRequest, form: CategoryForm) -> bool:
    try:
        save_category(form.save(commit=False), actor=request.user)
    except CannotSaveError as error:
        form.add_error(None, str(error))
        return False
    return True


def _show_form(
    request: PersonRequest, form: CategoryForm, *, title: str, category: Category | None = None
) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "category": category,
        "obstacles": find_obstacles(category) if category and category.is_active else [],
        "crumbs": make_crumbs((_("Categories"), reverse("offline_category_list")), (title, None)),
    }
    return render(request, "offline_records/category_form.html", context, status=422 if form.errors else 200)


@requires(Permission.MANAGE_OFFLINE_ACTIVITIES)
@require_POST
def offline_category_archive(request: PersonRequest, pk: int) -> HttpResponse:
    """Archive a category, or bring it back (form field `archived`: 1 or 0); say what stands in the way."""
    category = get_object_or_404(Category, pk=pk)
    archived = request.POST.get("archived") == "1"
    try:
        archive_category(category, archived=archived, actor=request.user)
    except CannotSaveError as error:
        messages.error(request, str(error))
        return redirect("offline_category_edit", pk=pk)
    words = _("%(name)s is archived.") if archived else _("%(name)s is active again.")
    messages.success(request, words % {"name": category.name})
    return redirect("offline_category_list")
