"""Addresses of offline activities and their records."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
