"""Every address of the service, room by room."""

from django.contrib import admin
from django.urls import include, path

from config.http.schema_views import DocsView, SchemaView

urlpatterns = [
    path("", include("ops.urls")),
    path("", include("accounts.urls")),
    path("", include("market.urls")),
    path("", include("options_engine.urls")),
    path("", include("detectors.urls")),
    path("", include("positions.urls")),
    path("", include("coach.urls")),
    path("api/schema/", SchemaView.as_view(), name="api-schema"),
    path("api/docs/", DocsView.as_view(), name="api-docs"),
    path("admin/", admin.site.urls),
]

handler400 = "config.http.failures.bad_request"
handler404 = "config.http.failures.not_found"
handler500 = "config.http.failures.server_error"
