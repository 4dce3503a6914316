"""Addresses of offline activities and their records."""

from django.urls import path

from offline_records.views import catalogue, categories, record, record_add, records, upload

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
    path("offline/upload/", upload.offline_upload, name="offline_upload"),
    path("offline/upload/<int:number>/choose/", upload.offline_upload_choose, name="offline_upload_choose"),
    # records of an activity, and of a person
    path("offline/<int:pk>/records/", records.offline_activity_records, name="offline_activity_records"),
    path(
        "offline/<int:pk>/records/file.<str:file_format>",
        records.offline_activity_records_file,
        name="offline_activity_records_file",
    ),
    path("offline/records/add/", record_add.offline_record_add, name="offline_record_add"),
    path("offline/records/<int:pk>/", record.offline_record, name="offline_record"),
    path("offline/records/<int:pk>/edit/", record.offline_record_edit, name="offline_record_edit"),
    path("offline/records/<int:pk>/remove/", record.offline_record_remove, name="offline_record_remove"),
    path("reports/offline-records/", records.offline_record_list, name="offline_record_list"),
    path(
        "reports/offline-records/file.<str:file_format>",
        records.offline_record_list_file,
        name="offline_record_list_file",
    ),
]
