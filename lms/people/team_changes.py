"""Apps that give people something by their teams, and what they add to a team's page. People know none of these apps.

Public: `register_follower`, `follow_teams`, `TeamPanel`, `register_team_panel`, `list_team_panels`.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from lms.people.models import Team, User

# (ids of people) -> brings what they have by teams in line with the teams they are in now.
Follower = Callable[[Collection[int]], None]
_followers: list[Follower] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamPanel:
    """A part of a team's page: a template, and what it shows as `panel`."""

    template: str
    context: Mapping[str, Any] = field(default_factory=dict)


PanelAnswer = Callable[[User, Team], TeamPanel | None]
_panels: list[PanelAnswer] = []


def register_follower(follow: Follower) -> None:
    """Let an app hear when people come into a team or leave one, or a team moves. Called when the app is ready."""
    if follow not in _followers:
        _followers.append(follow)


def follow_teams(people: Collection[int]) -> None:
    """Tell every app that these people are in other teams now, in the open transaction."""
    if not people:
        return
    for follow in _followers:
        follow(people)


def register_team_panel(answer: PanelAnswer) -> None:
    """Let an app add a part to the page of a team; it is asked with whoever looks, and may answer None."""
    if answer not in _panels:
        _panels.append(answer)


def list_team_panels(actor: User, team: Team) -> list[TeamPanel]:
    """Return what the apps add to the page of a team for this person."""
    return [panel for answer in _panels if (panel := answer(actor, team)) is not None]
