"""The lines of custom fields: read as a browser sends them, with and without scripts. No database."""

from collections.abc import Mapping

import pytest

from offline_records.forms.custom_fields import CustomFieldFormSet, make_custom_formset
from offline_records.models import OfflineActivity
from offline_records.services import CustomLine


def sent(*lines: Mapping[str, str], initial: int = 0) -> CustomFieldFormSet:
    data = {"custom-TOTAL_FORMS": str(len(lines)), "custom-INITIAL_FORMS": str(initial)}
    data |= {f"custom-{number}-{name}": value for number, line in enumerate(lines) for name, value in line.items()}
    return make_custom_formset(data, activity=OfflineActivity())


def line(label: str, kind: str = "text", **more: str) -> dict[str, str]:
    return {"label": label, "kind": kind, **more}


def wrong(formset: CustomFieldFormSet) -> list[dict[str, list[str]]]:
    formset.is_valid()
    return [{name: list(errors) for name, errors in form.errors.items()} for form in formset]


def test_S18_lines_are_read_in_their_order_and_empty_ones_are_none() -> None:
    formset = sent(
        line(" Shift ", "choice", choices="Early\r\n\r\n Late ", is_required="on", ORDER="3"),
        line("", ORDER="1"),  # the empty line of a browser without scripts
        {},  # a line that a script has taken away
        line("Room", "number", choices="left over", ORDER="2"),
        line("Last"),
        line("", "date"),
    )
    assert formset.is_valid()
    assert formset.read_lines() == [
        CustomLine(label="Room", kind="number"),
        CustomLine(label="Shift", kind="choice", choices=("Early", "Late"), is_required=True),
        CustomLine(label="Last"),
    ]


def test_a_line_that_is_taken_off_is_left_out_whatever_stands_in_it() -> None:
    formset = sent(line("", "choice", choices="a\na", id="7", DELETE="on"), line("Room", id="8"), line("Twice", id="8"))
    assert formset.is_valid()
    assert formset.read_lines() == [CustomLine(id=8, label="Room"), CustomLine(label="Twice")]


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        (line("", choices="x"), {"label": ["This field is required."]}),
        (line("---"), {"label": ["Give it a label with letters or digits."]}),
        (
            line("Sh\u202eift"),
            {"label": ["There is an invisible character in it (U+202E at position 3)."]},
        ),
        (line("Certificate-Number"), {"label": ["Another column of templates is called so. Choose another label."]}),
        (line("E-Mail"), {"label": ["Another column of templates is called so. Choose another label."]}),
        (line("Valid until"), {"label": ["Another column of templates is called so. Choose another label."]}),
        (line("Gültig bis"), {"label": ["Another column of templates is called so. Choose another label."]}),
        (line("Rollbook row"), {"label": ["Another column of templates is called so. Choose another label."]}),
        (line("Name"), {"label": ["Another column of templates is called so. Choose another label."]}),
        (
            line("=cmd"),
            {"label": ["Begin it with a letter or a digit: a spreadsheet takes this for a formula."]},
        ),
        (line("Shift", "choice", choices=" \n "), {"choices": ["Give at least one choice."]}),
        (
            line("Shift", "choice", choices="a\nA"),
            {"choices": ["One of the choices stands there twice; upper and lower case are the same."]},
        ),
        (
            line("Shift", "choice", choices="\n".join(map(str, range(101)))),
            {"choices": ["There can be 100 choices at most."]},
        ),
        (line("Shift", "choice", choices="x" * 101), {"choices": ["A choice can be 100 characters long."]}),
        (line("Shift", "colour"), {"kind": ["Select a valid choice. colour is not one of the available choices."]}),
    ],
)
def test_S18_what_could_not_head_a_column_is_refused(given: dict[str, str], errors: dict[str, list[str]]) -> None:
    assert wrong(sent(given)) == [errors]


def test_two_columns_that_a_file_could_not_tell_apart_are_refused() -> None:
    assert wrong(sent(line("Ward no"), line("ward_No"))) == [{}, {"label": ["Another field has this label."]}]
    # unless one of them goes
    assert sent(line("Ward no", DELETE="on"), line("ward_No")).is_valid()


def test_there_are_not_endlessly_many() -> None:
    formset = sent(*(line(f"Field {number}") for number in range(21)))
    assert not formset.is_valid()
    assert list(formset.non_form_errors()) == ["Please submit at most 20 forms."]
