"""Killed workers, a wiped broker and a crashed database change nothing but the time: the quick part of the matrix."""

from pathlib import Path

import pytest

from tests.faults.plant import ENDED, ROWS, Plant, Twin

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults")]


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
