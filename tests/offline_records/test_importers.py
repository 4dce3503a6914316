"""The importer of offline records, from the bytes of a file to the last outcome."""

from collections.abc import Callable

from lms.tenancy.scope import tenant_scope
from offline_records.models import OfflineRecord
from tests.offline_records.catalogue import HEAD, KIND, add_activity, choose
from tests.plugins.cast import Cast
from tests.plugins.running import Imported

Run = Callable[..., Imported]


def test_S23_good_rows_become_records(cast: Cast, run_import: Run) -> None:
    activity = add_activity(cast.acme, fields={"score": "optional"})
    options = choose(activity, cast.clinical)
    content = f"{HEAD},score\nbob,LIFT,clinical,2024-05-01,87\nben,,,2024-05-02,\n"
    checked = run_import(KIND, content, options=options, check_only=True)
    assert (checked.state, checked.planned) == ("ready", {"created": 2})
    done = run_import(KIND, content, options=options)
    assert (done.state, done.counts, done.rows) == (
        "completed",
        {"created": 2},
        [(2, "created", []), (3, "created", [])],
    )
    with tenant_scope(cast.acme.pk):
        assert OfflineRecord.objects.count() == 2
