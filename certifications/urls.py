"""Addresses of certifications, of the people who hold them, and of their import."""

from django.urls import path

from certifications.views import attention

urlpatterns = [
    path("reports/certifications/", attention.certification_attention, name="certification_attention"),
    path(
        "reports/certifications/file.<str:file_format>",
        attention.certification_attention_file,
        name="certification_attention_file",
    ),
]
