from django.urls import path

from live.shows import api

urlpatterns = [
    path("api/shows/", api.ShowList.as_view(), name="shows"),
    path("api/shows/mine/", api.MyShows.as_view(), name="my-shows"),
    path("api/shows/<id:show_id>/go-live/", api.GoLive.as_view(), name="go-live"),
    path("api/shows/<id:show_id>/end/", api.End.as_view(), name="end-show"),
]
