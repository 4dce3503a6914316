"""What an uploaded file is for is said anew: it is looked at and checked as if it had just come."""

from lms.imports.choosing_options import choose_options, may_choose_options
from lms.imports.models import ImportBatch
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast
from tests.plugins.running import Imports

ROWS = "username,course code,completion date\nbob,SAFE-1,2024-05-01\n"


def test_S36_a_checked_import_is_looked_at_again_with_other_options(cast: Cast, imports: Imports) -> None:
    ready = imports.run("completions", ROWS, check_only=True)
    with tenant_scope(cast.acme.pk):
        ImportBatch.objects.filter(pk=ready.batch.pk).update(left_out_rows=[2], left_out_by="Adam Admin")
        assert choose_options(ready.batch, options={"opens_retakes": True})
        waiting = ready.batch
        assert (waiting.sniffed, waiting.planned, waiting.left_out_rows, waiting.left_out_by) == (None, {}, [], "")
        assert not may_choose_options(waiting)
        assert not choose_options(waiting, options={"opens_retakes": False})  # a worker is about to look at it
    imports.work()
    again = imports.load(ready.batch)

    assert (again.state, again.planned) == ("ready", {"created": 1})
    assert again.batch.options == {**ready.batch.options, "opens_retakes": True}


def test_S36_an_import_that_waits_for_nobody_keeps_its_options(cast: Cast, imports: Imports) -> None:
    done = imports.run("completions", ROWS)
    with tenant_scope(cast.acme.pk):
        assert not choose_options(done.batch, options={"opens_retakes": True})

    assert imports.load(done.batch).batch.options == done.batch.options
