from django.urls import path

from live.media.api import StreamKeyView, StreamView, live_file

urlpatterns = [
    path("api/shows/<id:show_id>/stream-key/", StreamKeyView.as_view()),
    path("api/shows/<id:show_id>/stream/", StreamView.as_view()),
    path("media/live/<id:show_id>/<str:name>", live_file),
]
