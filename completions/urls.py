"""Addresses of the Record of Learning, of a course's people and of the organisation's defaults."""

from django.urls import path

from completions import views

urlpatterns = [
    path("settings/completions/", views.completion_settings, name="completion_settings"),
    path("people/<int:pk>/record/", views.record_of_learning, name="record_of_learning"),
    path("people/<int:pk>/record/add/", views.completion_add, name="completion_add"),
    path("courses/<int:pk>/people/", views.course_people, name="course_people"),
    path("courses/<int:pk>/people/<int:person_pk>/progress/", views.course_progress, name="course_progress"),
]
