"""Addresses of the settings of messages, and of the mails that could not be delivered."""

from django.urls import path

from lms.notifications import message_views, undelivered_views

app_name = "messages"
urlpatterns = [
    path("", message_views.list_messages, name="list"),
    path("undelivered/", undelivered_views.list_undelivered, name="undelivered"),
    path("undelivered/again/", undelivered_views.retry, name="retry"),
    path("<slug:text>/<slug:language>/", message_views.edit_words, name="edit"),
    path("<slug:text>/<slug:language>/preview/", message_views.preview_words, name="preview"),
]
