from django.urls import path

from community.notices import api

urlpatterns = [
    path("api/notices/", api.Notices.as_view()),
    path("api/notices/read/", api.ReadAll.as_view()),
    path("api/notices/<id:notice_id>/read/", api.ReadOne.as_view()),
    path("api/notices/settings/", api.Settings.as_view()),
    path("api/notices/settings/<str:kind>/", api.Setting.as_view()),
]
