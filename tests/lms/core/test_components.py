from lms.core.components import Bar, DrawnBar, Step, draw_bars, draw_parts, steps_until


def test_steps_before_the_current_one_are_done_and_lead_back() -> None:
    assert steps_until(["Upload", "Map Fields", "Check"], current=1, urls=["/1/", "/2/", "/3/"]) == [
        Step("Upload", "done", "/1/"),
        Step("Map Fields", "current"),
        Step("Check", "todo"),
    ]


def test_bars_are_measured_against_the_longest_and_stay_visible() -> None:
    many, few, none = Bar("many", 10_000), Bar("few", 1), Bar("none", 0)
    assert draw_bars([many, few, none]) == [
        DrawnBar(many, length="100.00", share="99 %"),
        DrawnBar(few, length="0.80", share="<1 %"),
        DrawnBar(none, length="0", share="0 %"),
    ]


def test_parts_stand_side_by_side() -> None:
    imported, failed = Bar("Imported", 3), Bar("Failed", 1)
    assert draw_parts([imported, failed]) == [
        DrawnBar(imported, length="75.000", offset="0.000", share="75 %"),
        DrawnBar(failed, length="25.000", offset="75.000", share="25 %"),
    ]


def test_a_chart_of_nothing() -> None:
    nothing = Bar("Imported", 0)
    assert (draw_bars([]), draw_parts([nothing])) == (
        [],
        [DrawnBar(nothing, length="0.000", offset="0.000", share="0 %")],
    )
