"""What the settings in a form would mean, before they are saved: for the example beside it."""

from django.utils.translation import gettext as _

from offline_records.forms.activities import ActivityForm
from offline_records.forms.custom_fields import CustomFieldFormSet
from offline_records.terms import ActivityTerms, CustomTerms


def read_draft(form: ActivityForm, *, custom: CustomFieldFormSet) -> ActivityTerms:
    """Return what stands in the form, as far as it can be read; nothing else is looked at."""
    form.is_valid()
    answers = form.cleaned_data
    domains = form.chosen_domains()
    return ActivityTerms(
        code=answers.get("code") or _("CODE"),
        name=answers.get("name", ""),
        validity=answers.get("validity"),
        expiring_days=answers.get("expiring_days") or 0,
        score_minimum=answers.get("score_minimum"),
        score_maximum=answers.get("score_maximum"),
        earliest_date=answers.get("earliest_date"),
        provider=answers.get("provider", ""),
        location=answers.get("location", ""),
        fields={name.value: need for name, need in form.chosen_fields().items()},
        custom=tuple(
            # Fields that are not saved yet have no ids; each has a column of its own all the same.
            CustomTerms(id=number, label=line.label, kind=line.kind, choices=line.choices, is_required=line.is_required)
            for number, line in enumerate(custom.read_lines(), start=1)
        ),
        open_to=frozenset(domain.pk for domain in domains) if answers.get("opening") == "some" else None,
    )
