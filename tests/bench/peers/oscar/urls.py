from django.apps import apps
from django.urls import include, path

from tests.bench.peers.oscar import views

urlpatterns = [
    path("i18n/", include("django.conf.urls.i18n")),
    path("list/", views.ProductPage.as_view()),
    path("api/list/", views.ProductList.as_view()),
    path("api/", include("oscarapi.urls")),
    path("", include(apps.get_app_config("oscar").urls[0])),
]
