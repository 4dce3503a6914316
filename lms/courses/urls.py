"""Addresses of the catalogue, of taking courses from teams and of the course report."""

from django.urls import path

from lms.courses.views import courses, reports, teams

urlpatterns = [
    path("courses/", courses.course_list, name="course_list"),
    path("courses/new/", courses.course_create, name="course_create"),
    path("courses/<int:pk>/", courses.course, name="course"),
    path("courses/<int:pk>/archive/", courses.course_archive, name="course_archive"),
    path("teams/<int:pk>/courses/<int:course_pk>/remove/", teams.team_remove_course, name="team_remove_course"),
    path("reports/", reports.report_list, name="report_list"),
    path("reports/courses/", reports.course_report, name="course_report"),
    path("reports/courses/file.<str:file_format>", reports.course_report_file, name="course_report_file"),
]
