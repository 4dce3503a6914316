"""Chosen people are moved to their retake period, reminded or reset: first the numbers, then the reason and the choice (L-91).

The first page is asked for by GET, with what was chosen on a list in its address; nothing changes until it is posted.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from completions.compliance import Lines, Selection, list_pairs
from completions.forms import MoveForm, StandingFilterForm
from completions.moves import Move, Refusal
from completions.moving import MovePreview, apply_move, preview_move
from completions.selectors import may_send_to
from completions.views.people import find_completions_import, import_crumbs, select_course_people, select_import_people
from lms.core.text import read_ids
from lms.core.wording import say_number
from lms.courses.progress import Pair
from lms.courses.selectors import usable_courses
from lms.notifications.choices import MessageChoice
from lms.people.access import PersonRequest, requires
from lms.people.permissions import Permission
from lms.people.selectors import reaches_everybody, visible_people

# How many people the page names; the number says how many there are.
_NAMED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where the people were chosen: the list to go back to, and its place in the menu."""

    back: str
    subject: str
    crumbs: Sequence[tuple[str, str | None]]
    is_course: bool = True  # people are counted; else a person in a course is one case


@requires(Permission.IMPORT_COMPLETIONS)
@require_http_methods(["GET", "POST"])
def course_move(request: PersonRequest, pk: int) -> HttpResponse:
    """Move, remind or reset people of a course."""
    course = get_object_or_404(usable_courses(request.user, permission=Permission.IMPORT_COMPLETIONS), pk=pk)
    people = visible_people(request.user, permission=Permission.IMPORT_COMPLETIONS)
    selection = select_course_people(_filters(request.GET), course=course, tenant=request.tenant, people=people)
    back = reverse("course_people", args=[course.pk])
    crumbs = [
        (_("Courses"), reverse("course_list")),
        (course.name, reverse("course", args=[course.pk])),
        (_("People"), back),
    ]
    return _move(request, selection, place=_Place(back=back, subject=course.name, crumbs=crumbs))


@requires(Permission.IMPORT_COMPLETIONS)
@require_http_methods(["GET", "POST"])
def import_move(request: PersonRequest, number: int) -> HttpResponse:
    """The same for people and courses that an import made current; courses that the actor may not use are left out."""
    batch = find_completions_import(request.user, number)
    people = visible_people(request.user, permission=Permission.IMPORT_COMPLETIONS)
    selection = select_import_people(_filters(request.GET), batch=batch, tenant=request.tenant, people=people)
    if not reaches_everybody(request.user):
        usable = usable_courses(request.user, permission=Permission.IMPORT_COMPLETIONS)
        selection = replace(selection, courses=frozenset(usable.values_list("pk", flat=True)))
    back = reverse("import_people", args=[batch.number])
    crumbs = [*import_crumbs(batch, last="")[:-1], (_("People"), back)]
    subject = _("Import %(number)s") % {"number": batch.number}
    return _move(request, selection, place=_Place(back=back, subject=subject, crumbs=crumbs, is_course=False))


def _filters(chosen: QueryDict) -> dict[str, str]:
    return StandingFilterForm(chosen).answers()


def _move(request: PersonRequest, selection: Selection, *, place: _Place) -> HttpResponse:
    back = f"{place.back}?{_filter_query(request.GET)}".rstrip("?")
    if request.GET.get("move") not in Move.values:
        return redirect(back)
    move = Move(request.GET["move"])
    if request.GET.get("everybody") != "1":
        # One by one they are chosen by their boxes; the filter they were found by may not fit them any more.
        selection = replace(selection, group="", active_only=False, pairs=_read_pairs(request.GET.getlist("pair")))
    pairs = list_pairs(selection)
    if not pairs:
        messages.error(request, _("Choose at least one person."))
        return redirect(back)
    preview = preview_move(move, pairs=pairs, tenant=request.tenant)
    may_send = may_send_to(request.user, {person for person, _ in pairs}) if preview.messages else True
    asks = bool(preview.messages) and may_send and move != Move.REMIND
    can_go = bool(preview.applies) and (may_send or move != Move.REMIND)
    seen = _sign(preview)
    form = MoveForm(request.POST if request.method == "POST" else None, asks_messages=asks)
    has_changed = request.method == "POST" and request.POST.get("seen") != seen
    if request.method == "POST" and can_go and not has_changed and form.is_valid():
        done = apply_move(
            move,
            pairs=pairs,
            tenant=request.tenant,
            actor=request.user,
            reason=form.cleaned_data["reason"],
            messages=form.cleaned_data["messages"] if may_send else MessageChoice.SUPPRESS,
        )
        messages.success(request, _say_done(move, done, is_course=place.is_course))
        return redirect(back)
    context = {
        "move": move,
        "place": place,
        "back": back,
        "preview": preview,
        "chosen": len(pairs),
        "refused": [(Refusal(why).label, number) for why, number in sorted(preview.refused.items())],
        "lines": list(Lines(selection)[:_NAMED]),
        "more": max(len(pairs) - _NAMED, 0),
        "form": form,
        "seen": seen,
        "has_changed": has_changed,
        "may_send": may_send,
        "can_go": can_go,
        "crumbs": [*place.crumbs, (move.label, None)],
    }
    return render(request, "completions/move.html", context, status=422 if form.errors or has_changed else 200)


def _filter_query(chosen: QueryDict) -> str:
    query = QueryDict(mutable=True)
    for name in ("q", "standing"):
        if chosen.get(name):
            query[name] = str(chosen[name])
    return query.urlencode()


def _read_pairs(values: Sequence[str]) -> list[Pair]:
    found: list[Pair] = []
    for value in values:
        person, _dash, course = value.partition("-")
        found += zip(read_ids([person]), read_ids([course]), strict=False)
    return found


def _sign(preview: MovePreview) -> str:
    """Return the numbers as a text that the form carries, so that nobody confirms numbers that are not true any more."""
    numbers = [f"{count.kind}:{count.messages}" for count in preview.messages]
    return " ".join([str(preview.applies), *numbers])


def _say_done(move: Move, done: MovePreview, *, is_course: bool) -> str:
    if is_course:
        number = ngettext("%(count)s person.", "%(count)s people.", done.applies)
    else:
        number = ngettext("%(count)s case.", "%(count)s cases.", done.applies)
    said = f"{move.label}: {number % {'count': say_number(done.applies)}}"
    if done.total_messages:
        told = ngettext("%(count)s message is on its way.", "%(count)s messages are on their way.", done.total_messages)
        said = f"{said} {told % {'count': say_number(done.total_messages)}}"
    return said
