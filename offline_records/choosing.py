"""What somebody has chosen on Upload Offline Records, and what is on offer for the next answer (S-04 to S-10, S-42).

The answers come from an address, a sent form or an import's options, are held against what there is for this person
now, and what does not fit is not taken over. Public: `Answers`, `read_answers`, `Choice`, `make_choice`,
`people_to_import`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, Q, QuerySet

from lms.core.text import clean_text, match_key
from lms.people.domains import Domain, domains_in_reach, narrow_to_domain, people_of_grant
from lms.people.models import User
from lms.people.permissions import Permission
from offline_records.categories import CategoryPlace, count_below, list_active_places
from offline_records.choices import Identifier
from offline_records.models import OfflineActivity
from offline_records.selectors import load_terms, records_in_reach, search_activities, usable_activities

PERMISSION: Final = Permission.IMPORT_OFFLINE_RECORDS
ROWS_SHOWN: Final = 20
_MOST_ROWS: Final = 500
_MOST_DIGITS: Final = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What was said, not yet held against what there is. None and "": nothing."""

    category: int | None = None
    text: str = ""
    rows: int = ROWS_SHOWN
    activity: int | str = ""  # its code as addresses and forms name it, or its id as an import's options do
    domain: int | str = ""  # its short name, or its id
    identifier: str = ""


def read_answers(data: Mapping[str, Any], *, before: Mapping[str, Any] | None = None) -> Answers:
    """Return the answers of an address or a form; one that is not among them at all is the one given `before`.

    An empty answer takes the one before back.
    """
    said = {**(before or {}), **{name: data[name] for name in data}}
    rows = _read_number(said.get("rows")) or ROWS_SHOWN
    return Answers(
        category=_read_number(said.get("category")),
        text=_read_text(said.get("q")),
        rows=max(ROWS_SHOWN, min(rows, _MOST_ROWS)),
        activity=_read_name(said.get("activity")),
        domain=_read_name(said.get("domain")),
        identifier=str(said.get("identifier") or ""),
    )


def _read_number(value: object) -> int | None:
    text = "" if value is None else str(value)
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS else None


def _read_name(value: object) -> int | str:
    return value if isinstance(value, int) else _read_text(value)


def _read_text(value: object) -> str:
    return clean_text(str(value or "").replace("\x00", ""))[:200]


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryOffer:
    """A category one may choose, with the number of activities in it and below that the person may use."""

    place: CategoryPlace
    activities: int

    @property
    def id(self) -> int:
        """Its id."""
        return self.place.category.pk

    @property
    def name(self) -> str:
        """Its name, with the way to it."""
        return self.place.path_text


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityOffer:
    """An activity one may choose, with the number of its records of people in reach (S-06)."""

    activity: OfflineActivity
    records: int
    path: str  # of its category


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifierOffer:
    """A way to name people (S-10), and how many people of the user domain cannot be named by it; None: not asked yet."""

    value: str
    label: Any
    missing: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The answers that hold, and what is on offer. Each part opens once the one before has an answer."""

    asked: Answers  # as they were given: what belongs to a part that is closed again is not lost
    categories: list[CategoryOffer]
    category: CategoryOffer | None = None
    offers: list[ActivityOffer]  # those found, as far as they are shown; none while an activity is chosen
    found: int = 0
    more: int = 0  # rows to show next time; 0: all are shown
    activity: ActivityOffer | None = None
    domains: list[Domain]  # granted to the person, and the activity is open to them
    closed: list[Domain]  # granted to the person, but the activity is not open to them (S-19)
    domain: Domain | None = None
    kept_domain: str = ""  # the short name of the one asked for, whether or not its part is open
    has_domains: bool = True  # whether any user domain is granted to the person at all
    identifiers: list[IdentifierOffer]
    identifier: IdentifierOffer | None = None

    @property
    def is_complete(self) -> bool:
        """Whether everything is said that a template, or a file without signature, needs."""
        return self.activity is not None and self.domain is not None and self.identifier is not None

    @property
    def named(self) -> dict[str, str]:
        """What is said, by the names that addresses and forms use: those of the options of an import."""
        said: dict[str, str] = {}
        if self.activity is not None:
            said["activity"] = self.activity.activity.code
        if self.domain is not None:
            said["domain"] = self.domain.code
        if self.identifier is not None:
            said["identifier"] = self.identifier.value
        return said

    @property
    def options(self) -> dict[str, Any]:
        """What is said, as an import keeps its options."""
        ids: dict[str, Any] = {}
        if self.activity is not None:
            ids["activity"] = self.activity.activity.pk
        if self.domain is not None:
            ids["domain"] = self.domain.id
        return {**self.named, **ids}

    @property
    def is_category_alone(self) -> bool:
        """Whether there is nothing to choose about the category."""
        return len(self.categories) == 1

    @property
    def is_domain_alone(self) -> bool:
        """Whether there is nothing to choose about the user domain."""
        return len(self.domains) == 1

    @property
    def open_part(self) -> int:
        """The number of the first part without an answer; 5 is the template, which asks nothing."""
        answers = (self.category, self.activity, self.domain, self.identifier)
        return next((number for number, answer in enumerate(answers, start=1) if answer is None), len(answers) + 1)


def make_choice(answers: Answers, *, actor: User) -> Choice:
    """Hold the answers against what there is for the actor now. A constant number of queries.

    Where there is only one category or user domain, it is chosen by itself.
    """
    granted = domains_in_reach(actor, permission=PERMISSION)
    places = list_active_places()
    usable = usable_activities(actor, permission=PERMISSION)
    categories = _offer_categories(places, usable)
    chosen = _find_activity(usable, answers)
    category = _find_category(categories, answers, chosen)
    inside = _ids_below(places, category.id) if category else set()
    if chosen is not None and chosen.category_id not in inside:
        chosen = None
    found: QuerySet[OfflineActivity] = usable.none()
    if category is not None and chosen is None:
        found = search_activities(usable.filter(category_id__in=inside), answers.text).order_by("name", "pk")
    number = found.count() if category is not None and chosen is None else 0
    listed = [chosen] if chosen is not None else list(found[: answers.rows])
    offers = _offer_activities(listed, places, actor=actor)
    domains, closed = _split_domains(granted, chosen)
    kept = _named_domain(granted, answers)
    domain = _find_domain(domains, kept) if chosen is not None else None
    identifiers = _offer_identifiers(domain, actor=actor)
    return Choice(
        asked=answers,
        categories=categories,
        category=category,
        offers=[] if chosen is not None else offers,
        found=number,
        more=answers.rows + ROWS_SHOWN if number > answers.rows and answers.rows < _MOST_ROWS else 0,
        activity=offers[0] if chosen is not None else None,
        domains=domains,
        closed=closed,
        domain=domain,
        kept_domain=kept.code if kept is not None else "",
        has_domains=bool(granted),
        identifiers=identifiers,
        identifier=next((offer for offer in identifiers if offer.value == answers.identifier), None),
    )


def _find_activity(usable: QuerySet[OfflineActivity], answers: Answers) -> OfflineActivity | None:
    if not answers.activity:
        return None
    if isinstance(answers.activity, int):
        return usable.filter(pk=answers.activity).first()
    return usable.filter(code_key=match_key(answers.activity)).first()


def _offer_categories(places: list[CategoryPlace], usable: QuerySet[OfflineActivity]) -> list[CategoryOffer]:
    counts = count_below(places, activities=usable)
    return [CategoryOffer(place=place, activities=counts[place.category.pk]) for place in places]


def _ids_below(places: list[CategoryPlace], category_id: int) -> set[int]:
    """Return the category and those below it (S-05): they follow it in the order of the tree, deeper than itself."""
    start = next(number for number, place in enumerate(places) if place.category.pk == category_id)
    inside = {category_id}
    for place in places[start + 1 :]:
        if place.depth <= places[start].depth:
            break
        inside.add(place.category.pk)
    return inside


def _find_category(
    categories: list[CategoryOffer], answers: Answers, chosen: OfflineActivity | None
) -> CategoryOffer | None:
    """Return the category that was named, else that of the activity, else the only one there is."""
    wanted = answers.category
    if wanted is None and chosen is not None:
        wanted = chosen.category_id
    named = next((offer for offer in categories if offer.id == wanted), None)
    return named or (categories[0] if len(categories) == 1 else None)


def _offer_activities(
    listed: list[OfflineActivity], places: list[CategoryPlace], *, actor: User
) -> list[ActivityOffer]:
    records = records_in_reach(actor).filter(activity__in=[activity.pk for activity in listed])
    counts = dict(records.order_by().values_list("activity_id").annotate(Count("pk"))) if listed else {}
    paths = {place.category.pk: place.path_text for place in places}
    return [
        ActivityOffer(activity=found, records=counts.get(found.pk, 0), path=paths.get(found.category_id, ""))
        for found in listed
    ]


def _split_domains(granted: list[Domain], chosen: OfflineActivity | None) -> tuple[list[Domain], list[Domain]]:
    """Return the user domains the activity is open to, and the others (S-08, S-19)."""
    if chosen is None:
        return [], []
    terms = load_terms([chosen.pk])[chosen.pk]
    opened = [domain for domain in granted if terms.is_open_to(domain.id)]
    return opened, [domain for domain in granted if not terms.is_open_to(domain.id)]


def _named_domain(granted: list[Domain], answers: Answers) -> Domain | None:
    asked = answers.domain
    fits = (domain for domain in granted if asked == (domain.id if isinstance(asked, int) else domain.code))
    return next(fits, None)


def _find_domain(domains: list[Domain], named: Domain | None) -> Domain | None:
    """Return the one that was named, if the activity is open to it, else the only one there is."""
    if named in domains:
        return named
    return domains[0] if len(domains) == 1 else None


def people_to_import(domain: Domain, *, actor: User) -> QuerySet[User]:
    """Return the active people of a user domain whose records the actor may import."""
    people = people_of_grant(actor, permission=PERMISSION, domain_id=domain.id)
    return narrow_to_domain(people, domain_id=domain.id).filter(is_active=True)


def _offer_identifiers(domain: Domain | None, *, actor: User) -> list[IdentifierOffer]:
    """Return the three identifiers, with the number of people of the user domain who have none (S-10)."""
    if domain is None:
        return [IdentifierOffer(value=one.value, label=one.label) for one in Identifier]
    counted = people_to_import(domain, actor=actor).aggregate(
        email=Count("pk", filter=Q(email_key="")), employee_id=Count("pk", filter=Q(employee_id_key=""))
    )
    return [IdentifierOffer(value=one.value, label=one.label, missing=counted.get(one.value, 0)) for one in Identifier]
