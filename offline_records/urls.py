"""Addresses of offline activities and their records."""

from django.urls import path

from offline_records.views import catalogue, categories

urlpatterns = [
    # activities
    path("offline/", catalogue.offline_activity_list, name="offline_activity_list"),
    path("offline/new/", catalogue.offline_activity_new, name="offline_activity_new"),
    path("offline/example/", catalogue.offline_activity_example, name="offline_activity_example"),
    path("offline/<int:pk>/", catalogue.offline_activity, name="offline_activity"),
    path("offline/<int:pk>/settings/", catalogue.offline_activity_edit, name="offline_activity_edit"),
    path("offline/<int:pk>/archive/", catalogue.offline_activity_archive, name="offline_activity_archive"),
    # categories
    path("offline/categories/", categories.offline_category_list, name="offline_category_list"),
    path("offline/categories/new/", categories.offline_category_new, name="offline_category_new"),
    path("offline/categories/<int:pk>/", categories.offline_category_edit, name="offline_category_edit"),
    path("offline/categories/<int:pk>/archive/", categories.offline_category_archive, name="offline_category_archive"),
    # uploading
    # records of an activity, and of a person
]
