from django.urls import path

from live.room import api

urlpatterns = [
    path("api/shows/<id:show_id>/", api.Show.as_view(), name="show"),
    path("api/shows/<id:show_id>/sales/", api.Sales.as_view(), name="show-sales"),
    path("api/shows/<id:show_id>/drops/", api.Drops.as_view(), name="show-drops"),
    path("api/shows/<id:show_id>/stats/", api.Stats.as_view(), name="show-stats"),
]
