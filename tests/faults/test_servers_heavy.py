"""Broker and database lost again and again, floods of wake-ups, and one worker shared fairly: `make faults` only."""

import time
from pathlib import Path

import pytest

from tests.faults.plant import ENDED, Plant, Twin, write_file

pytestmark = pytest.mark.faults_heavy

SLOWLY = "chunk.before_commit:sleep+0.3:*,undo.before_commit:sleep+0.3:*"
FAIR_SECONDS = 10.0


def test_F26_P27_broker_wiped_every_half_second(plant: Plant, file: Path, twin: Twin) -> None:
    slug = plant.new_tenant()
    with plant.worker(failpoint=SLOWLY, fires_once=False):
        batch = plant.upload(slug, file)
        plant.order("check", slug=slug, batch=batch)
        while plant.look(slug, batch)["state"] not in ENDED:
            plant.flush_broker()
            time.sleep(0.5)
    assert plant.order("dump", slug=slug) == twin.imported


def test_F27_broker_killed_three_times_in_check_apply_and_undo(plant: Plant, file: Path, twin: Twin) -> None:
    slug = plant.new_tenant()
    with plant.worker(failpoint=SLOWLY, fires_once=False):
        batch = plant.upload(slug, file)
        plant.order("check", slug=slug, batch=batch)
        restart_broker(plant)
        plant.wait(slug, batch, "applying", *ENDED)
        restart_broker(plant)
        plant.wait(slug, batch, *ENDED)
        assert plant.order("dump", slug=slug) == twin.imported
        plant.order("undo", slug=slug, batch=batch)
        restart_broker(plant)
        plant.wait(slug, batch, "undone", "failed")
    assert plant.order("dump", slug=slug) == twin.undone


def restart_broker(plant: Plant) -> None:
    """Kill it and start it again, empty."""
    plant.valkey.crash()
    time.sleep(1)
    plant.valkey.start()


def test_F5_confirm_answers_while_the_broker_is_down(plant: Plant, file: Path, twin: Twin) -> None:
    slug = plant.new_tenant()
    with plant.worker():
        batch = plant.upload(slug, file)
        plant.order("check", slug=slug, batch=batch, confirms=False)
        plant.wait(slug, batch, "ready")
        plant.valkey.crash()
        try:
            assert plant.order("confirm", slug=slug, batch=batch) < 3
            assert plant.look(slug, batch)["state"] == "queued"
        finally:
            plant.valkey.start()
        plant.wait(slug, batch, *ENDED)
    assert plant.order("dump", slug=slug)["rows"] == twin.imported["rows"]


def test_F31_database_crashed_in_check_apply_and_undo(plant: Plant, file: Path, twin: Twin) -> None:
    slug = plant.new_tenant()
    with plant.worker(failpoint=f"{SLOWLY},check.ordered:sleep+0.5:*", fires_once=False) as worker:
        batch = plant.upload(slug, file)
        plant.order("check", slug=slug, batch=batch)
        plant.wait_until(lambda: plant.look(slug, batch)["phase"] == "matching", seconds=20, what="matching")
        restart_database(plant)
        plant.wait(slug, batch, "applying", *ENDED)
        restart_database(plant)
        plant.wait_until(lambda: plant.look(slug, batch)["progress"] > 600, seconds=30, what="half way")
        restart_database(plant)
        plant.wait(slug, batch, *ENDED)
        assert plant.order("dump", slug=slug) == twin.imported
        plant.order("undo", slug=slug, batch=batch)
        restart_database(plant)
        plant.wait(slug, batch, "undone", "failed")
        assert worker.poll() is None
    assert plant.order("dump", slug=slug) == twin.undone


def test_F32_database_away_for_eight_seconds_burns_no_attempt(plant: Plant, file: Path, twin: Twin) -> None:
    slug = plant.new_tenant()
    with plant.worker(failpoint=SLOWLY, fires_once=False) as worker:
        batch = plant.upload(slug, file)
        plant.order("check", slug=slug, batch=batch)
        plant.wait(slug, batch, "applying", *ENDED)
        restart_database(plant, pause_seconds=8)
        plant.wait(slug, batch, *ENDED)
        assert plant.log_of(worker).count("OperationalError") < 60
    assert plant.look(slug, batch)["chunk_rows"] == 0
    assert plant.order("dump", slug=slug) == twin.imported


def restart_database(plant: Plant, *, pause_seconds: float = 0) -> None:
    """Stop it at once, as `pg_ctl stop -m immediate` does, and start it again."""
    plant.postgres.crash()
    time.sleep(pause_seconds)
    plant.postgres.start()


def test_F24_F25_fifty_doubled_wake_ups_and_wake_ups_for_nothing(plant: Plant, file: Path, twin: Twin) -> None:
    slug = plant.new_tenant()
    with plant.worker(children=2):
        plant.order("wake", times=50)
        batch = plant.upload(slug, file)
        plant.order("wake", times=50)
        plant.order("check", slug=slug, batch=batch)
        plant.order("wake", times=50)
        plant.wait(slug, batch, *ENDED)
        plant.order("wake", times=50)
        time.sleep(2)
        assert plant.order("dump", slug=slug) == twin.imported


def test_P11_P29_workers_killed_all_the_time_and_then_cancelled(plant: Plant, file: Path) -> None:
    slug = plant.new_tenant()
    batch = 0
    for turn in range(4):
        with plant.worker(failpoint=SLOWLY, fires_once=False):
            if turn == 0:
                batch = plant.upload(slug, file)
                plant.order("check", slug=slug, batch=batch)
                plant.wait(slug, batch, "applying", *ENDED)
            wait_for_progress(plant, slug, batch)
    with plant.worker():
        plant.order("cancel", slug=slug, batch=batch)
        found = plant.wait(slug, batch, *ENDED)
    imported = sum(found["counts"].get(name, 0) for name in ("created", "updated", "added_to_history"))
    completions = [row for row in plant.order("dump", slug=slug)["completions"] if row[8]]
    assert sum(found["counts"].values()) == found["data_rows"]
    assert found["state"] == "cancelled"
    assert len(completions) <= imported
    assert len({tuple(row[:3]) for row in completions}) == len(completions)


def wait_for_progress(plant: Plant, slug: str, batch: int) -> None:
    """Return when more rows are in than now."""
    before = plant.look(slug, batch)["progress"]
    plant.wait_until(lambda: plant.look(slug, batch)["progress"] > before, seconds=20, what="further")


def test_E62_P19_small_import_ends_within_ten_seconds_beside_several_large_ones(plant: Plant, tmp_path: Path) -> None:
    people, courses, large = 2_000, 20, 20_000
    busy, small = plant.new_tenant(people=people, courses=courses), plant.new_tenant()
    files = [
        write_file(tmp_path / f"{seed}.csv", rows=large, people=people, courses=courses, seed=seed)
        for seed in (1, 2, 3)
    ]
    little = write_file(tmp_path / "little.csv", rows=100)
    with plant.worker(IMPORT_CHUNK_ROWS=2_000, WORK_LEASE_SECONDS=30):
        mine = plant.upload(small, little)
        plant.order("check", slug=small, batch=mine, confirms=False)
        plant.wait(small, mine, "ready")
        theirs = [plant.upload(busy, file, seconds=120) for file in files]
        for batch in theirs:
            plant.order("check", slug=busy, batch=batch)
        plant.wait(busy, theirs[0], "applying", seconds=120)
        began = time.monotonic()
        plant.order("confirm", slug=small, batch=mine)
        plant.wait(small, mine, *ENDED, seconds=60)
        took = time.monotonic() - began
        assert plant.look(busy, theirs[-1])["state"] not in ENDED
    assert took <= FAIR_SECONDS
