"""Addresses of certifications, of the people who hold them, and of their import."""

from django.urls import path

from certifications.views import assign, attention, catalogue, checker, messages, people, record, report, teams, upload

urlpatterns = [
    path("certifications/", catalogue.certification_list, name="certification_list"),
    path("certifications/file.<str:file_format>", catalogue.certification_export, name="certification_export"),
    path("certifications/new/", catalogue.certification_new, name="certification_new"),
    path("certifications/example/", catalogue.certification_example, name="certification_example"),
    path("certifications/check/", checker.certification_check, name="certification_check"),
    path("certifications/<int:pk>/", catalogue.certification, name="certification"),
    path("certifications/<int:pk>/settings/", catalogue.certification_edit, name="certification_edit"),
    path("certifications/<int:pk>/archive/", catalogue.certification_archive, name="certification_archive"),
    path("certifications/<int:pk>/messages/", messages.certification_messages, name="certification_messages"),
    path(
        "certifications/<int:pk>/messages/<slug:text>/<slug:language>/",
        messages.certification_words,
        name="certification_words",
    ),
    path(
        "certifications/<int:pk>/messages/<slug:text>/<slug:language>/preview/",
        messages.certification_words_preview,
        name="certification_words_preview",
    ),
    path("certifications/<int:pk>/people/", people.certification_people, name="certification_people"),
    path("certifications/<int:pk>/assign/", assign.certification_assign, name="certification_assign"),
    path(
        "certifications/<int:pk>/assign/<int:person_pk>/remove/",
        assign.certification_unassign,
        name="certification_unassign",
    ),
    path("teams/<int:pk>/certifications/", teams.team_add_certifications, name="team_add_certifications"),
    path(
        "teams/<int:pk>/certifications/<int:certification_pk>/remove/",
        teams.team_remove_certification,
        name="team_remove_certification",
    ),
    path(
        "people/<int:pk>/certifications/<int:certification_pk>/",
        record.certification_record,
        name="certification_record",
    ),
    path(
        "people/<int:pk>/certifications/<int:certification_pk>/add/",
        record.certification_record_add,
        name="certification_record_add",
    ),
    path(
        "people/<int:pk>/certifications/<int:certification_pk>/records/<int:record_pk>/",
        record.certification_record_edit,
        name="certification_record_edit",
    ),
    path("reports/certification-imports/", report.certification_report, name="certification_report"),
    path(
        "reports/certification-imports/file.<str:file_format>",
        report.certification_report_export,
        name="certification_report_export",
    ),
    path("courses/upload-completion-records/", upload.certification_upload, name="certification_upload"),
    path("reports/certifications/", attention.certification_attention, name="certification_attention"),
    path(
        "reports/certifications/file.<str:file_format>",
        attention.certification_attention_file,
        name="certification_attention_file",
    ),
]
