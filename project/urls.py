"""All URLs of the HTTP side."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from drf_spectacular.views import SpectacularAPIView

from project import health, media_files, pages

# In the order in which they are asked: what people wait for most comes first, since each pattern before it costs time.
APPS_WITH_API = (
    "commerce.catalog",
    "commerce.cart",
    "commerce.checkout",
    "commerce.orders",
    "community.accounts",
    "community.notices",
    "community.social",
    "community.moderation",
    "chat.conversations",
    "chat.files",
    "chat.channels",
    "commerce.inventory",
    "commerce.search",
    "commerce.promotions",
    "commerce.shipping",
    "commerce.payments",
    "commerce.reviews",
    "commerce.aftersales",
    "live.shows",
    "live.shelf",
    "live.media",
    "live.activities.coupon_drop",
    "live.activities.flash_sale",
    "live.room",
)

handler404 = pages.not_found
handler500 = pages.server_error

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.alive),
    path("readyz", health.ready),
    path("metrics", health.metrics),
    path("admin/", admin.site.urls),
    path("_allauth/", include("allauth.headless.urls")),
    path("accounts/", include("allauth.urls")),
    path("api/schema/", SpectacularAPIView.as_view(permission_classes=[]), name="schema"),
]
for _app in APPS_WITH_API:
    if find_spec(f"{_app}.urls"):
        urlpatterns.append(path("", include(import_module(f"{_app}.urls"))))
# After the apps: what none of them knows under /api/ is unknown.
urlpatterns += [
    re_path(r"^media/(?P<folder>avatars|covers|groups|products|reviews)/(?P<name>.+)$", media_files.picture),
    re_path(r"^api/", pages.unknown_api),
    *pages.urlpatterns,
]
