"""What certifications add to the page of a team: those it holds, itself or by a team above."""

from certifications.models import TeamCertification
from lms.people.models import Team, User
from lms.people.permissions import Permission, may
from lms.people.selectors import teams_above
from lms.people.team_changes import TeamPanel


def show_team_certifications(actor: User, team: Team) -> TeamPanel:
    """Return the list of a team's certifications, with add and remove for who may."""
    held = TeamCertification.objects.filter(team_id__in=teams_above([team.pk])).select_related("certification", "team")
    return TeamPanel(
        template="certifications/_team_panel.html",
        context={
            "held": held.order_by("certification__name", "pk"),
            "may_manage": may(actor, Permission.MANAGE_CERTIFICATIONS),
        },
    )
