"""Addresses of the start page, the quick actions, the Record of Learning and the help pages."""

from django.urls import path

from lms.dashboard import help as help_pages
from lms.dashboard import learning, views

urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("dashboard/recent-imports/", views.recent_imports, name="recent_imports"),
    path("search/", views.search, name="search"),
    path("content/", views.quick_actions, name="quick_actions"),
    path("people/<int:pk>/record/", learning.record_of_learning, name="record_of_learning"),
    path("help/due-dates-and-compliance/", help_pages.due_dates_and_compliance, name="help_due_dates"),
    path("help/certifications/", help_pages.certifications, name="help_certifications"),
    path("help/offline-records/", help_pages.offline_records, name="help_offline_records"),
]
