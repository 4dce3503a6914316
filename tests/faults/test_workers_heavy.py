"""Workers killed at every point, frozen past their lease, and poisoned by rows: `make faults` only."""

import time
from pathlib import Path

import pytest

from tests.faults.plant import (
    ENDED,
    LEASE_SECONDS,
    ROWS,
    Plant,
    Twin,
    stopped_children,
    wake_up,
    write_offline_records,
)

pytestmark = pytest.mark.faults_heavy

POISON = 777


def run_import(plant: Plant, slug: str, file: Path, *, seconds: float = 60, failure_mode: str = "") -> int:
    """Import the file to its end; return the batch's id."""
    batch = plant.upload(slug, file)
    plant.order("check", slug=slug, batch=batch, failure_mode=failure_mode)
    plant.wait(slug, batch, *ENDED, seconds=seconds)
    return batch


def run_undo(plant: Plant, slug: str, batch: int) -> None:
    """Undo the import to its end."""
    plant.order("undo", slug=slug, batch=batch)
    plant.wait(slug, batch, "undone", "failed")


@pytest.mark.parametrize(
    "point",
    [
        "check.staged:kill:1",
        "check.ordered:kill:1",
        "check.block:kill:1",
        "check.before_finish:kill:1",
        "chunk.begin:kill:1",
        "chunk.begin:kill:4",
        "chunk.before_commit:kill:1",
        "chunk.before_commit:kill:4",
        "chunk.after_commit:kill:1",
        "chunk.after_commit:kill:4",
        "finish.before_commit:kill:1",
    ],
)
def test_F17_F19_F20_F21_F52_killed_once_at_any_point_of_check_or_apply(
    plant: Plant, file: Path, twin: Twin, point: str
) -> None:
    slug = plant.new_tenant()
    with plant.worker(failpoint=point, children=2):
        run_import(plant, slug, file)
    assert len(plant.fired) == 1
    assert plant.order("dump", slug=slug) == twin.imported
    assert plant.order("count_work") == 0


@pytest.mark.parametrize(
    "point",
    ["undo.begin:kill:1", "undo.begin:kill:4", "undo.before_commit:kill:1", "undo.before_finish:kill:1"],
)
def test_E33_killed_once_at_any_point_of_undo(plant: Plant, file: Path, twin: Twin, point: str) -> None:
    slug = plant.new_tenant()
    with plant.worker(failpoint=point, children=2):
        run_undo(plant, slug, run_import(plant, slug, file))
    assert len(plant.fired) == 1
    assert plant.order("dump", slug=slug) == twin.undone


@pytest.mark.parametrize(
    "point",
    [
        "check.staged:stop:1",
        "check.block:stop:1",
        "chunk.begin:stop:2",
        "chunk.before_commit:stop:2",
        "chunk.after_commit:stop:2",
        "undo.before_commit:stop:2",
    ],
)
def test_F23_frozen_worker_is_overtaken_and_commits_nothing_afterwards(
    plant: Plant, file: Path, twin: Twin, point: str
) -> None:
    slug = plant.new_tenant()
    with plant.worker(failpoint=point) as frozen, plant.worker():
        batch = run_import(plant, slug, file)
        if point.startswith("undo"):
            run_undo(plant, slug, batch)
        # Whichever of the two was hit: only the armed one stops, and only if it had the work.
        stopped = stopped_children(frozen)
        wake_up(stopped)
        time.sleep(2 * LEASE_SECONDS)
        expected = twin.undone if point.startswith("undo") else twin.imported
        assert plant.order("dump", slug=slug) == expected
        if stopped:
            log = plant.log_of(frozen)
            assert "another worker took over" in log or "waits for the database" in log
        # Both go on working afterwards.
        other = plant.new_tenant()
        run_import(plant, other, file)
        assert plant.order("dump", slug=other) == twin.imported


def test_F38_E63_poison_row_that_raises_fails_alone(plant: Plant, file: Path, twin: Twin) -> None:
    slug = plant.new_tenant()
    with plant.worker(failpoint=f"chunk.rows:raise:row{POISON}", fires_once=False):
        batch = run_import(plant, slug, file)
        assert_only_poison_is_missing(plant, slug, batch, twin)


def test_F39_E63_poison_row_that_kills_fails_alone(plant: Plant, file: Path, twin: Twin) -> None:
    slug = plant.new_tenant()
    with plant.worker(failpoint=f"chunk.rows:kill:row{POISON}", fires_once=False, children=2) as worker:
        batch = run_import(plant, slug, file, seconds=180)
        assert_only_poison_is_missing(plant, slug, batch, twin)
        assert plant.log_of(worker).count("WorkerLostError('") <= 15


def assert_only_poison_is_missing(plant: Plant, slug: str, batch: int, twin: Twin) -> None:
    """Compare with the twin, row by row: the poison group is errored, every other row is as it would have been."""
    found = {row[1]: row for row in plant.order("dump", slug=slug)["rows"]}
    expected = {row[1]: row for row in twin.imported["rows"]}
    group = expected[str(POISON)][3:5]
    poisoned = {number for number, row in expected.items() if row[3:5] == group and row[2]}
    assert {number: row for number, row in found.items() if number not in poisoned} == {
        number: row for number, row in expected.items() if number not in poisoned
    }
    assert {found[number][8] for number in poisoned} == {"errored"}
    assert all("R902" in found[number][9] for number in poisoned)
    counts = plant.look(slug, batch)["counts"]
    assert counts["errored"] == len(poisoned)
    assert sum(counts.values()) == ROWS


def test_F40_memory_error_leaves_the_worker_alive(plant: Plant, file: Path, twin: Twin) -> None:
    slug = plant.new_tenant()
    points = "check.block:memory:1,chunk.begin:memory:2,undo.begin:memory:2"
    with plant.worker(failpoint=points) as worker:
        batch = run_import(plant, slug, file)
        assert plant.order("dump", slug=slug) == twin.imported, plant.log_of(worker)
        run_undo(plant, slug, batch)
        assert worker.poll() is None
    assert len(plant.fired) == 3
    assert plant.order("dump", slug=slug) == twin.undone


@pytest.mark.parametrize("action", ["raise", "kill"])
def test_T61_P18_everything_failing_ends_as_failed_and_goes_on_when_the_fault_is_gone(
    plant: Plant, file: Path, twin: Twin, action: str
) -> None:
    slug = plant.new_tenant()
    with plant.worker(failpoint=f"chunk.begin:{action}:*", fires_once=False, children=2):
        batch = run_import(plant, slug, file, seconds=240)
    found = plant.look(slug, batch)
    assert (found["state"], found["failed_in"], bool(found["reference"])) == ("failed", "applying", True)
    assert sum(found["counts"].values()) == ROWS
    assert plant.order("count_work") == 0
    lost = found["counts"].get("errored", 0)
    with plant.worker():
        plant.order("go_on", slug=slug, batch=batch)
        plant.wait(slug, batch, *ENDED)
    found = plant.look(slug, batch)
    assert found["state"] == "completed_with_errors"
    assert found["counts"].get("errored", 0) == lost
    assert "not_processed" not in found["counts"]
    if not lost:
        assert plant.order("dump", slug=slug)["rows"] == twin.imported["rows"]


@pytest.mark.parametrize("action", ["raise", "kill"])
def test_T61_P18_check_that_always_fails_ends_as_failed_and_can_be_made_again(
    plant: Plant, file: Path, twin: Twin, action: str
) -> None:
    slug = plant.new_tenant()
    with plant.worker(failpoint=f"check.ordered:{action}:*", fires_once=False, children=2):
        batch = run_import(plant, slug, file, seconds=120)
    found = plant.look(slug, batch)
    assert (found["state"], found["failed_in"], bool(found["reference"])) == ("failed", "checking", True)
    with plant.worker():
        plant.order("go_on", slug=slug, batch=batch)
        plant.wait(slug, batch, *ENDED)
    assert plant.order("dump", slug=slug)["rows"] == twin.imported["rows"]


@pytest.mark.parametrize("action", ["raise", "kill"])
def test_T61_P18_undo_that_always_fails_ends_as_failed_and_goes_on(
    plant: Plant, file: Path, twin: Twin, action: str
) -> None:
    slug = plant.new_tenant()
    with plant.worker(failpoint=f"undo.begin:{action}:*", fires_once=False, children=2):
        batch = run_import(plant, slug, file)
        plant.order("undo", slug=slug, batch=batch)
        found = plant.wait(slug, batch, "undone", "failed", seconds=120)
    assert (found["state"], found["failed_in"], bool(found["reference"])) == ("failed", "undoing", True)
    with plant.worker():
        plant.order("go_on", slug=slug, batch=batch)
        plant.wait(slug, batch, "undone", "failed")
    assert plant.order("dump", slug=slug)["completions"] == twin.undone["completions"]


def test_E58_whole_file_killed_before_its_commit_is_all_or_nothing(plant: Plant, tmp_path: Path) -> None:
    good = tmp_path / "good.csv"
    lines = [f"p{number % 300:05d},C-{number // 300:02d},2024-05-01" for number in range(900)]
    good.write_text("username,course code,completion date\n" + "\n".join(lines) + "\n", encoding="utf-8")
    slug = plant.new_tenant()
    with plant.worker(failpoint="finish.before_commit:kill:1", WORK_LEASE_SECONDS=1, children=2):
        batch = plant.upload(slug, good)
        plant.order("check", slug=slug, batch=batch, failure_mode="stop_if_any")
        plant.wait(slug, batch, *ENDED)
    assert len(plant.fired) == 1
    found = plant.look(slug, batch)
    assert (found["state"], sum(found["counts"].values())) == ("completed", 900)
    assert len([row for row in plant.order("dump", slug=slug)["completions"] if row[8]]) == 900


OFFLINE_ROWS = 700
# Everything is written, and for a moment nothing is committed.
UNCOMMITTED = "finish.before_commit:sleep+0.5:1"


@pytest.fixture(scope="module")
def offline_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of offline records that all of these import: every row is right."""
    return write_offline_records(tmp_path_factory.mktemp("files") / "offline.csv", rows=OFFLINE_ROWS)


@pytest.fixture(scope="module")
def offline_twin(plant: Plant, offline_file: Path) -> Twin:
    """What an undisturbed import of offline records leaves, and what undoing it does."""
    slug = plant.new_tenant()
    with plant.worker(failpoint=UNCOMMITTED):
        batch = import_offline(plant, slug, offline_file)
        imported = plant.order("dump", slug=slug)
        run_undo(plant, slug, batch)
        return Twin(imported, plant.order("dump", slug=slug))


def import_offline(plant: Plant, slug: str, file: Path) -> int:
    """Import it to its end, looking all the time: whoever looks sees nothing of it, or all of it (S-20)."""
    batch = plant.upload(slug, file, kind="offline_records")
    plant.order("check", slug=slug, batch=batch)
    seen: list[list[object]] = []

    def is_over() -> bool:
        seen.append(plant.order("glance", slug=slug))
        return seen[-1][0] in ENDED

    plant.wait_until(is_over, seconds=60, what="over")
    assert seen.pop() == ["completed", OFFLINE_ROWS, {"created": OFFLINE_ROWS}, OFFLINE_ROWS, 300], plant.tail()
    assert {state for state, *_ in seen} >= {"applying"}
    assert [parts for _, *parts in seen] == [[0, {}, 0, 0]] * len(seen)
    return batch


@pytest.mark.parametrize(
    "point", ["chunk.begin:kill:1", "chunk.rows:kill:1", "chunk.rows:kill:3", "finish.before_commit:kill:1"]
)
def test_S20_E63_one_transaction_killed_anywhere_leaves_nothing_and_goes_on_by_itself(
    plant: Plant, offline_file: Path, offline_twin: Twin, point: str
) -> None:
    slug = plant.new_tenant()
    with plant.worker(failpoint=f"{point},undo.before_commit:kill:2,{UNCOMMITTED}", children=2):
        batch = import_offline(plant, slug, offline_file)
        assert plant.order("dump", slug=slug) == offline_twin.imported
        run_undo(plant, slug, batch)
    assert plant.order("dump", slug=slug) == offline_twin.undone
    assert len(offline_twin.imported["offline"]) == OFFLINE_ROWS
    assert offline_twin.undone["offline"] == []
    assert plant.order("count_work") == 0
    assert len(plant.fired) == 3
