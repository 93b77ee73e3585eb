from django.urls import path

from commerce.search import api

urlpatterns = [
    path("api/catalog/search/", api.Search.as_view()),
    path("api/catalog/suggestions/", api.Suggestions.as_view()),
]
