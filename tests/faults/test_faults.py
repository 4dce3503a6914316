"""Killed workers, a wiped broker and a crashed database change nothing but the time: the quick part of the matrix."""

import time
from pathlib import Path

import pytest

from tests.faults.plant import ENDED, ROWS, Plant, Twin, write_certifications

pytestmark = pytest.mark.faults


def test_twin_is_a_real_import(twin: Twin) -> None:
    imported, undone = twin.imported, twin.undone
    assert len(imported["rows"]) == ROWS
    assert {row[1] for row in imported["batches"]} == {"completed_with_errors"}
    assert len(imported["completions"]) > 1_000
    assert {row[1] for row in undone["batches"]} == {"undone"}
    assert len(undone["completions"]) < 100


def test_F19_F20_F21_F52_killed_at_seven_points_ends_exactly_once(plant: Plant, file: Path, twin: Twin) -> None:
    slug = plant.new_tenant()
    points = (
        "check.block:kill:1,chunk.begin:kill:2,chunk.before_commit:kill:2,chunk.after_commit:kill:1,"
        "finish.before_commit:kill:1,undo.before_commit:kill:2,undo.before_finish:kill:1"
    )
    with plant.worker(failpoint=points, children=2):
        batch = plant.upload(slug, file)
        plant.order("check", slug=slug, batch=batch)
        plant.wait(slug, batch, *ENDED)
        assert plant.order("dump", slug=slug) == twin.imported
        plant.order("undo", slug=slug, batch=batch)
        plant.wait(slug, batch, "undone", "failed")
        assert plant.order("dump", slug=slug) == twin.undone
    assert len(plant.fired) == 7
    assert plant.order("count_work") == 0


def test_F26_F27_wiped_and_crashed_broker_delays_and_loses_nothing(plant: Plant, file: Path, twin: Twin) -> None:
    slug = plant.new_tenant()
    with plant.worker(failpoint="chunk.after_commit:sleep+0.3:*", fires_once=False):
        batch = plant.upload(slug, file)
        plant.flush_broker()
        plant.order("check", slug=slug, batch=batch)
        plant.flush_broker()
        plant.wait(slug, batch, "applying", *ENDED)
        plant.flush_broker()
        plant.valkey.crash()
        plant.valkey.start()
        plant.wait(slug, batch, *ENDED)
        assert plant.order("dump", slug=slug) == twin.imported
        # With the broker away the request still answers; the sweep starts the work when the broker is back.
        plant.valkey.crash()
        plant.order("undo", slug=slug, batch=batch)
        plant.valkey.start()
        plant.wait(slug, batch, "undone", "failed")
        assert plant.order("dump", slug=slug) == twin.undone


def test_F31_crashed_database_is_gone_on_with_where_it_was(plant: Plant, file: Path, twin: Twin) -> None:
    slug = plant.new_tenant()
    with plant.worker(failpoint="chunk.before_commit:sleep+0.3:*", fires_once=False):
        batch = plant.upload(slug, file)
        plant.order("check", slug=slug, batch=batch)
        plant.wait(slug, batch, "applying", *ENDED)
        plant.postgres.crash()
        plant.postgres.start()
        plant.wait(slug, batch, *ENDED)
    assert plant.order("dump", slug=slug) == twin.imported


CERTIFICATION_PARTS = ("records", "statuses", "status links", "held by", "evidence", "seen")


def test_T61_E33_certifications_killed_amid_imports_and_undoing_end_exactly_once(plant: Plant, tmp_path: Path) -> None:
    """The same file twice, then the first undone, which makes the second decide anew; then that one, too."""
    file = write_certifications(tmp_path / "certifications.csv")
    pictures = []
    points = "chunk.begin:kill:2,chunk.before_commit:kill:2,undo.begin:kill:2,undo.before_commit:kill:2"
    for failpoint in ("", points):
        slug = plant.new_tenant()
        with plant.worker(failpoint=failpoint, children=2):
            batches = [plant.upload(slug, file, kind="certifications") for _ in range(2)]
            for batch in batches:
                plant.order("check", slug=slug, batch=batch)
                plant.wait(slug, batch, *ENDED)
            pictures.append([plant.order("dump", slug=slug)])
            for batch in batches:
                plant.order("undo", slug=slug, batch=batch)
                plant.wait(slug, batch, "undone", "failed")
                pictures[-1].append(plant.order("dump", slug=slug))
    calm, killed = pictures
    assert len(plant.fired) == 4
    assert killed == calm
    imported, handed_on, undone = ([len(picture[part]) for part in CERTIFICATION_PARTS] for picture in calm)
    assert imported[-1] == imported[0] + imported[4] > 500, "the second saw everything of the first"
    assert handed_on == [*imported[:5], 0]
    assert undone == [0] * 6


@pytest.mark.parametrize("point", ["push.before_commit", "daily.after_completions", "daily.before_commit"])
def test_E61_L92_changed_settings_and_the_daily_job_killed_happen_once(plant: Plant, point: str) -> None:
    calm, hit = plant.new_tenant(), plant.new_tenant()
    for slug, failpoint in ((calm, ""), (hit, f"{point}:kill:1")):
        with plant.worker(failpoint=failpoint, children=2, queues="maint"):
            plant.order("assign", slug=slug)
            plant.order("change_settings", slug=slug)
            repeat(plant, "push_settings", slug=slug, until="is_pushed")
            plant.order("push_settings")
            repeat(plant, "run_day", slug=slug, until="has_run_day")
            plant.order("run_day", slug=slug)
            plant.order("push_settings")
            time.sleep(1)
    assert len(plant.fired) == 1
    expected, found = plant.order("dump", slug=calm), plant.order("dump", slug=hit)
    assert found == expected
    kinds = {mail[1] for mail in expected["outbox"]}
    assert kinds - {"retake_open"} == {"overdue", "non_compliant"}
    assert len(expected["pushes"]) == len(expected["days"]) == 1


def repeat(plant: Plant, what: str, *, slug: str, until: str) -> None:
    """Order it again and again, as the schedule does, until it is done."""

    def is_done() -> bool:
        if plant.order(until, slug=slug):
            return True
        plant.order(what, slug=slug)
        time.sleep(1)
        return False

    plant.wait_until(is_done, seconds=60, what=until)
