"""Addresses of the organisation's settings."""

from django.urls import path

from lms.tenancy import views

urlpatterns = [path("settings/", views.organisation_settings, name="organisation_settings")]
