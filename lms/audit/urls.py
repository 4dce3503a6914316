"""Addresses of the audit history."""

from django.urls import path

from lms.audit import views

app_name = "audit"
urlpatterns = [
    path("", views.show_history, name="history"),
    path("export/<str:file_format>", views.export_history, name="export"),
]
