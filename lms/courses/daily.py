"""The catalogue's part of the daily job: courses of teams that somebody in them does not have yet."""

from collections.abc import Mapping

from lms.courses.memberships import expand_team_courses
from lms.daily.parts import DailyContext


def assign_missing(context: DailyContext) -> Mapping[str, int]:  # noqa: ARG001 - it does not depend on the day
    """Assign what follows from teams: to people and courses that have come back, and whatever else was missed."""
    return {"assigned": expand_team_courses()}
