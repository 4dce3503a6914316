"""Course completions through the whole pipeline."""

from collections.abc import Callable

from tests.plugins.cast import Cast
from tests.plugins.running import Imported

Run = Callable[..., Imported]


def test_L24_one_wrong_username_fails_its_row_alone(cast: Cast, run_import: Run) -> None:
    imported = run_import(
        "completions", "username,course code,completion date\nbob,SAFE-1,2024-05-01\nnobody,SAFE-1,2024-05-01\n"
    )
    assert imported.rows == [(2, "created", []), (3, "rejected", ["R102"])]
    assert imported.state == "completed_with_errors"
    assert imported.counts == {"created": 1, "rejected": 1}
