"""Addresses of the Record of Learning, of a course's people and of the organisation's defaults."""

from django.urls import path

from completions.views import people, progress, record, settings

urlpatterns = [
    path("settings/completions/", settings.completion_settings, name="completion_settings"),
    path("people/<int:pk>/record/", record.record_of_learning, name="record_of_learning"),
    path("people/<int:pk>/record/add/", record.completion_add, name="completion_add"),
    path("courses/<int:pk>/people/", people.course_people, name="course_people"),
    path("courses/<int:pk>/people/<int:person_pk>/progress/", progress.course_progress, name="course_progress"),
]
