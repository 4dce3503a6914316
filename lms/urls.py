"""All addresses. The permission table test walks them; a new one without a row there fails."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = []
