from django.urls import path

from chat.files import api

urlpatterns = [
    path("api/uploads/", api.Uploads.as_view(), name="uploads"),
    path("files/<str:token>", api.file, name="file"),
]
