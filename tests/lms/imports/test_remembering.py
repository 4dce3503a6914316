"""The settings of a person's last upload of a kind are the defaults of their next one (T-04)."""

import pytest

from lms.imports.importer import get_importer
from lms.imports.mapping import Mapping, remember_mapping, suggest_mapping
from lms.imports.models import HeaderMapping, State
from lms.imports.remembering import Settings, forget_settings, recall_settings, remember_settings
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from tests.lms.imports.batch_data import make_batch
from tests.lms.imports.dated_importer import DatedImporter, dated
from tests.plugins.cast import Cast

__all__ = ["dated"]
pytestmark = pytest.mark.usefixtures("dated")
GIVEN = Settings(
    options={"policy": "newest_date", "opens_retakes": True, "failure_mode": "stop_if_any", "first_row_answered": True},
    date_format="yy mm dd",
    read_options={"delimiter": ";", "quote": "", "encoding": None, "header_row": 0, "hidden_rows": "all"},
)
# What is asked anew for every file, and what was said about this one, is left out.
KEPT = Settings(
    options={"policy": "newest_date", "failure_mode": "stop_if_any"},
    date_format="yy mm dd",
    read_options={"delimiter": ";", "quote": ""},
)


def load(person: User) -> User:
    return User.objects.select_related("tenant").get(pk=person.pk)


def test_T04_the_last_settings_of_a_person_are_the_next_ones_and_nobody_elses(cast: Cast, dated: DatedImporter) -> None:
    with tenant_scope(cast.acme.pk):
        adam, owner = load(cast.adam), load(cast.alice)
        assert recall_settings(adam, dated) == Settings()
        remember_settings(adam, dated, Settings(date_format="dd/mm/yyyy"))
        remember_settings(adam, dated, GIVEN)

        assert recall_settings(adam, dated) == KEPT
        assert recall_settings(owner, dated) == Settings()
        assert recall_settings(adam, get_importer("completions")) == Settings()


def test_T04_reset_to_defaults_forgets_them(cast: Cast, dated: DatedImporter) -> None:
    with tenant_scope(cast.acme.pk):
        adam = load(cast.adam)
        remember_settings(adam, dated, GIVEN)
        forget_settings(adam, dated)

        assert recall_settings(adam, dated) == Settings()
        assert not HeaderMapping.objects.exists()


def test_T04_kinds_that_remember_by_columns_alone_keep_nothing_here(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        adam, completions = load(cast.adam), get_importer("completions")
        remember_settings(adam, completions, GIVEN)
        assert not HeaderMapping.objects.exists()
        assert recall_settings(adam, completions) == Settings()


def test_T04_a_check_is_remembered_for_files_with_any_columns(cast: Cast, dated: DatedImporter) -> None:
    sniffed = {"format": "csv", "headers": ["User", "Course"], "header_row": 1, "sample_rows": []}
    batch = make_batch(cast, kind="dated", state=State.UPLOADED, sniffed=sniffed, read_options={"encoding": "cp1252"})
    other = make_batch(
        cast, number=42, kind="dated", state=State.UPLOADED, sniffed={**sniffed, "headers": ["Name", "What"]}
    )
    with tenant_scope(cast.acme.pk):
        adam = load(cast.adam)
        mapping = Mapping(columns={"username": 0}, date_format="dd/mm/yyyy", absent=["due_on"], fixed={"x": "y"})
        remember_mapping(batch, actor=adam, mapping=mapping, options={"policy": "newest_date"})

        assert recall_settings(adam, dated) == Settings({"policy": "newest_date"}, "dd/mm/yyyy", {"encoding": "cp1252"})
        proposal = suggest_mapping(dated, batch=other, actor=adam)
        assert (proposal.mapping.date_format, proposal.memory) == ("dd/mm/yyyy", "")
        own = HeaderMapping.objects.exclude(headers_key="").get()
        assert (own.mapping["absent"], own.mapping["fixed"]) == ([], {}), "picked anew for every file (T-75)"


def test_E03_the_format_is_what_was_said_then_what_is_remembered_then_the_profile(
    cast: Cast, dated: DatedImporter
) -> None:
    sniffed = {"format": "csv", "headers": ["User", "Course"], "header_row": 1, "sample_rows": []}
    said = make_batch(cast, kind="dated", state=State.UPLOADED, sniffed=sniffed, mapping={"date_format": "yyyy-mm-dd"})
    unsaid = make_batch(cast, number=42, kind="dated", state=State.UPLOADED, sniffed=sniffed)

    def proposed() -> list[str]:
        adam = load(cast.adam)
        return [suggest_mapping(dated, batch=batch, actor=adam).mapping.date_format for batch in (said, unsaid)]

    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.adam.pk).update(date_format="dd/mm/yyyy")
        assert proposed() == ["yyyy-mm-dd", "dd/mm/yyyy"]
        User.objects.filter(pk=cast.adam.pk).update(date_format="mm/dd/yyyy")
        assert proposed() == ["yyyy-mm-dd", "yyyy-mm-dd"], "the profile's is not on offer: the first that is"
        remember_settings(load(cast.adam), dated, Settings(date_format="yy mm dd"))
        assert proposed() == ["yyyy-mm-dd", "yy mm dd"]
