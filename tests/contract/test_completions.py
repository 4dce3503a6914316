"""Course completions hold to the contract of importers."""

from lms.courses.models import Course
from lms.tenancy.scope import tenant_scope
from tests.contract.suite import RowByRowContract
from tests.plugins.cast import Cast


class TestCompletions(RowByRowContract):
    """Course completions."""

    kind = "completions"
    message_kind = "course_assigned"
    tables = (
        "completions_achievement",
        "completions_courseresult",
        "completions_resultchange",
        "completions_sighting",
        "courses_courseassignment",
    )

    def file(self, *people: str, item: str = "", day: str = "2024-05-01") -> str:
        rows = (f"{name},{item or 'SAFE-1'},{day}\n" for name in people)
        return "username,course code,completion date\n" + "".join(rows)

    def close_item(self, cast: Cast) -> None:
        with tenant_scope(cast.acme.pk):
            Course.objects.filter(pk=cast.safe.pk).update(open_for_import=False)
