"""Addresses of the notices."""

from django.urls import path

from lms.notifications import views

app_name = "notifications"
urlpatterns = [
    path("", views.show_notices, name="list"),
    path("<int:pk>/open", views.open_notice, name="open"),
    path("read", views.read_all, name="read_all"),
]
