"""Addresses of the Record of Learning and of a course's people."""

from django.urls import path

from completions import views

urlpatterns = [
    path("people/<int:pk>/record/", views.record_of_learning, name="record_of_learning"),
    path("people/<int:pk>/record/add/", views.completion_add, name="completion_add"),
    path("courses/<int:pk>/people/", views.course_people, name="course_people"),
    path("courses/<int:pk>/people/<int:person_pk>/progress/", views.course_progress, name="course_progress"),
]
