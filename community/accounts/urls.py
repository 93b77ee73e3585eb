from django.urls import path

from community.accounts import api, verification

urlpatterns = [
    path("api/me/", api.MeView.as_view()),
    path("api/studio/people/", api.StudioPeople.as_view()),
    path("api/realtime/token", api.RealtimeTokenView.as_view()),
    path("api/config/", api.ConfigView.as_view()),
    path("verify/<str:key>", verification.verify_email),
]
