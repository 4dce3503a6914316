"""All addresses. The permission table test walks them; a new one without a row there fails."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from lms.core.styleguide import show_styleguide

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("lms.dashboard.urls")),
    path("", include("lms.people.urls")),
    path("", include("lms.courses.urls")),
    path("", include("lms.tenancy.urls")),
    path("imports/", include("lms.imports.urls")),
    path("", include("completions.urls")),
    path("", include("certifications.urls")),
    path("", include("offline_records.urls")),
    path("audit/", include("lms.audit.urls")),
    path("notices/", include("lms.notifications.urls")),
    path("settings/messages/", include("lms.notifications.message_urls")),
]
if settings.DEBUG:
    urlpatterns.append(path("styleguide/", show_styleguide, name="styleguide"))

handler400 = "lms.core.views.show_bad_request"
handler403 = "lms.core.views.show_forbidden"
handler404 = "lms.core.views.show_not_found"
