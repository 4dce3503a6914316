"""Addresses of sign-in, people, teams, user domains and role permissions."""

from django.urls import path

from lms.people.views import people, permissions, profile, sign_in, teams

urlpatterns = [
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("password/", sign_in.password_change, name="password_change"),
    path("password/forgotten/", sign_in.password_forgotten, name="password_forgotten"),
    path("password/forgotten/sent/", sign_in.password_forgotten_sent, name="password_forgotten_sent"),
    path("password/set/<str:uidb64>/<str:token>/", sign_in.PasswordSetView.as_view(), name="password_set"),
    path("profile/", profile.profile, name="profile"),
    path("people/", people.people_list, name="people_list"),
    path("people/new/", people.person_create, name="person_create"),
    path("people/<int:pk>/", people.person, name="person"),
    path("people/<int:pk>/edit/", people.person_edit, name="person_edit"),
    path("people/<int:pk>/password-link/", people.person_send_link, name="person_send_link"),
    path("teams/", teams.team_list, name="team_list"),
    path("teams/new/", teams.team_create, name="team_create"),
    path("teams/<int:pk>/", teams.team, name="team"),
    path("teams/<int:pk>/edit/", teams.team_edit, name="team_edit"),
    path("teams/<int:pk>/people/", teams.team_add_people, name="team_add_people"),
    path("teams/<int:pk>/people/<int:person_pk>/remove/", teams.team_remove_member, name="team_remove_member"),
    path("teams/<int:pk>/roles/<int:person_pk>/remove/", teams.team_remove_role, name="team_remove_role"),
    path("teams/<int:pk>/roles/<int:person_pk>/domains/", teams.team_role_domains, name="team_role_domains"),
    path("settings/permissions/", permissions.role_permissions, name="role_permissions"),
    path("settings/domains/", permissions.domain_list, name="domain_list"),
    path("settings/domains/<int:pk>/", permissions.domain_edit, name="domain_edit"),
]
