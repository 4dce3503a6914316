"""Addresses of imports. A wizard step is a page of the import, guarded by its state."""

from django.urls import path

from lms.imports.views import (
    bad_rows,
    batch,
    kind,
    listing,
    mapping,
    progress,
    receiving,
    results,
    review,
    undo,
    uploading,
)

app_name = "imports"
urlpatterns = [
    path("", listing.import_list, name="list"),
    path("upload/", receiving.receive_upload, name="upload"),
    path("new/<slug:kind>/", uploading.start, name="start"),
    path("new/<slug:kind>/forget/", uploading.forget, name="forget"),
    path("new/<slug:kind>/template.csv", uploading.template, {"file_format": "csv"}, name="template_csv"),
    path("new/<slug:kind>/template.xlsx", uploading.template, {"file_format": "xlsx"}, name="template_xlsx"),
    path("<int:number>/", batch.batch, name="batch"),
    path("<int:number>/kind/", kind.choose, name="kind"),
    path("<int:number>/map/", mapping.map_fields, name="map"),
    path("<int:number>/map/reading/", mapping.change_reading, name="reading"),
    path("<int:number>/check/", review.checking, name="checking"),
    path("<int:number>/check/again/", review.check_again, name="check_again"),
    path("<int:number>/review/", review.review, name="review"),
    path("<int:number>/review/options/", review.change_options, name="options"),
    path("<int:number>/review/leave-out/", bad_rows.leave_out, name="leave_out"),
    path("<int:number>/confirm/", review.confirm, name="confirm"),
    path("<int:number>/cancel/", batch.cancel, name="cancel"),
    path("<int:number>/continue/", batch.go_on, name="continue"),
    path("<int:number>/messages/withdraw/", batch.withdraw, name="withdraw"),
    path("<int:number>/rows/", batch.rows, name="rows"),
    path("<int:number>/undo/", undo.undo, name="undo"),
    path("<int:number>/file/", results.original, name="original"),
    path("<int:number>/results/<slug:content>.<slug:file_format>", results.results, name="results"),
    path("<int:number>/progress/<slug:page>/", progress.progress, name="progress"),
]
