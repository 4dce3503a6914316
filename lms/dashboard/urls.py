"""Addresses of the start page, the quick actions and the help pages."""

from django.urls import path

from lms.dashboard import help as help_pages
from lms.dashboard import views

urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("dashboard/recent-imports/", views.recent_imports, name="recent_imports"),
    path("search/", views.search, name="search"),
    path("content/", views.quick_actions, name="quick_actions"),
    path("help/due-dates-and-compliance/", help_pages.due_dates_and_compliance, name="help_due_dates"),
]
