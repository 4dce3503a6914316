"""The tasks: their messages only say "look" (F5, F26)."""

import pytest

from lms.imports import tasks
from tests.plugins.cast import Cast
from tests.plugins.running import Imports
from tests.plugins.standing import completions

CONTENT = "username,course code,completion date\nbob,SAFE-1,2024-05-01\n"


@pytest.mark.parametrize("task", [tasks.wake, tasks.reconcile], ids=["wake", "reconcile"])
def test_a_task_does_whatever_is_due_however_often_it_comes(cast: Cast, imports: Imports, task: object) -> None:
    uploaded = imports.upload("completions", CONTENT)
    imports.check(uploaded, confirm_with={"actor": cast.adam.pk, "answers": {}}, works=False)
    for _ in range(3):
        task()  # type: ignore[operator]
    assert imports.load(uploaded.batch).state == "completed"
    assert completions(cast.acme) == [("bob", "SAFE-1", "2024-05-01")]


def test_more_than_a_message_can_do_gets_another_message(
    cast: Cast, imports: Imports, monkeypatch: pytest.MonkeyPatch
) -> None:
    imports.check(imports.upload("completions", CONTENT), works=False)
    monkeypatch.setattr(tasks, "WORK_SECONDS", 0)
    woken = []
    monkeypatch.setattr(tasks, "wake_workers", lambda: woken.append(cast.acme.slug))
    tasks.wake()
    assert woken == ["acme"]
