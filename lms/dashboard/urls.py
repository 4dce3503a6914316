"""Addresses of the start page and the quick actions."""

from django.urls import path

from lms.dashboard import views

urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("dashboard/recent-imports/", views.recent_imports, name="recent_imports"),
    path("search/", views.search, name="search"),
    path("content/", views.quick_actions, name="quick_actions"),
]
