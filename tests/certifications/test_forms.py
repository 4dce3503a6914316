"""What the settings of a certification may be (T-24, T-70; dates: W <= M <= A)."""

from typing import Any

import pytest

from certifications.forms import CertificationForm
from certifications.models import Certification
from lms.core.periods import Period
from lms.tenancy.scope import tenant_scope
from tests.certifications.catalogue_data import certification
from tests.plugins.cast import Cast


def answers(**fields: str) -> dict[str, str]:
    """What a browser sends; periods as "12 months"."""
    values = {
        "name": "Immediate Life Support",
        "short_name": "ILS",
        "id_number": "",
        "method": "completion_date",
        "active_period": "12 months",
        "recertification_window": "1 month",
        "minimum_active_period": "",
        "expiring_days": "30",
    } | fields
    sent: dict[str, str] = {}
    for name, value in values.items():
        if name.endswith(("period", "window")):
            number, _, unit = value.partition(" ")
            sent |= {f"{name}_0": number, f"{name}_1": unit.removesuffix("s") + "s" if unit else "months"}
        else:
            sent[name] = value
    return sent


def errors(cast: Cast, found: Certification | None = None, /, **fields: str) -> dict[str, list[str]]:
    with tenant_scope(cast.acme.pk):
        form = CertificationForm(answers(**fields), instance=found or Certification(tenant=cast.acme))
        return {str(name): [str(words) for words in found] for name, found in form.errors.items()}


def test_settings_that_go_together_are_taken(cast: Cast) -> None:
    assert errors(cast) == {}
    fixed: dict[str, str] = {"method": "fixed_date", "minimum_active_period": "6 months"}
    assert errors(cast, **fixed) == {}
    assert errors(cast, **fixed, active_period="6 months", recertification_window="6 months") == {}
    assert errors(cast, active_period="1 year", recertification_window="12 months") == {}


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"recertification_window": "13 months"}, "recertification_window"),
        ({"active_period": "1 month", "recertification_window": "30 days"}, "recertification_window"),  # February
        ({"method": "fixed_date"}, "minimum_active_period"),
        ({"method": "fixed_date", "minimum_active_period": "13 months"}, "minimum_active_period"),
        ({"method": "fixed_date", "minimum_active_period": "2 weeks"}, "minimum_active_period"),
        ({"active_period": ""}, "active_period"),
        ({"recertification_window": ""}, "recertification_window"),
        ({"method": "another"}, "method"),
        ({"expiring_days": "0"}, "expiring_days"),
        ({"expiring_days": "32"}, "expiring_days"),
        ({"recertification_window": "2 weeks"}, "expiring_days"),
        ({"expiring_days": "99999"}, "expiring_days"),
        ({"name": " "}, "name"),
        ({"short_name": "\u200b"}, "short_name"),
        ({"short_name": "IL\u202eS"}, "short_name"),
        ({"id_number": "1\u20662"}, "id_number"),
        ({"short_name": "x" * 256}, "short_name"),
        ({"id_number": "x" * 101}, "id_number"),
    ],
)
def test_settings_that_do_not_go_together_are_refused_beside_the_field(
    cast: Cast, fields: dict[str, str], wrong: str
) -> None:
    assert list(errors(cast, **fields)) == [wrong]


def test_expiring_soon_may_lie_in_the_longest_form_of_the_window(cast: Cast) -> None:
    assert errors(cast, expiring_days="31") == {}
    assert errors(cast, recertification_window="2 weeks", expiring_days="14") == {}


def test_the_minimum_is_kept_for_the_fixed_date_alone(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        for method, expected in (("fixed_date", Period.parse("6 months")), ("expiry_date", None)):
            sent = answers(method=method, minimum_active_period="6 months")
            form = CertificationForm(sent, instance=Certification(tenant=cast.acme))
            assert (form.is_valid(), form.instance.minimum_active_period) == (True, expected), method


def test_T24_references_are_unique_without_regard_to_case_but_not_across_tenants(cast: Cast) -> None:
    known = certification(cast.acme, "Straße-1", id_number="A1", name="Known")
    certification(cast.zebra, "Other", id_number="Z9")
    taken = "“Known” already has it; upper and lower case are the same."
    assert errors(cast, short_name=" STRASSE-1 ") == {"short_name": [taken]}
    assert errors(cast, id_number="a1") == {"id_number": [taken]}
    assert errors(cast, short_name="Other", id_number="Z9") == {}
    assert errors(cast, known, short_name="straße-1", id_number="A1") == {}


def test_two_certifications_without_an_id_number_are_fine(cast: Cast) -> None:
    certification(cast.acme, "First")
    assert errors(cast, short_name="Second") == {}


def test_whether_dates_can_be_worked_out_depends_on_periods_and_method_alone(cast: Cast) -> None:
    def is_wrong(**fields: Any) -> bool:
        with tenant_scope(cast.acme.pk):
            return CertificationForm(answers(**fields), instance=Certification(tenant=cast.acme)).has_wrong_terms()

    assert (is_wrong(name="", short_name=""), is_wrong(active_period=""), is_wrong(method="fixed_date")) == (
        False,
        True,
        True,
    )
