"""Addresses of completions by hand, of a course's people and of the organisation's defaults."""

from django.urls import path

from completions.views import assign, compliance, moves, people, progress, push, record, settings

urlpatterns = [
    path("settings/completions/", settings.completion_settings, name="completion_settings"),
    path("people/<int:pk>/record/add/", record.completion_add, name="completion_add"),
    path("courses/<int:pk>/compliance/", push.course_compliance, name="course_compliance"),
    path("courses/<int:pk>/compliance/example/", push.course_compliance_example, name="course_compliance_example"),
    path("courses/<int:pk>/assign/", assign.course_assign, name="course_assign"),
    path("courses/<int:pk>/assign/<int:person_pk>/remove/", assign.course_unassign, name="course_unassign"),
    path("teams/<int:pk>/courses/", assign.team_add_courses, name="team_add_courses"),
    path("courses/<int:pk>/people/", people.course_people, name="course_people"),
    path("courses/<int:pk>/people/move/", moves.course_move, name="course_move"),
    path("imports/<int:number>/people/", people.import_people, name="import_people"),
    path("imports/<int:number>/people/move/", moves.import_move, name="import_move"),
    path("reports/compliance/", compliance.compliance_list, name="compliance_list"),
    path("reports/compliance/file.<str:file_format>", compliance.compliance_file, name="compliance_file"),
    path("courses/<int:pk>/people/<int:person_pk>/progress/", progress.course_progress, name="course_progress"),
]
