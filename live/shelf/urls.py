from django.urls import path

from live.shelf import api

urlpatterns = [
    path("api/shows/<id:show_id>/shelf/", api.Shelf.as_view(), name="shelf"),
    path("api/shows/<id:show_id>/shelf/order/", api.Order.as_view(), name="shelf-order"),
    path("api/shows/<id:show_id>/shelf/<id:item_id>/", api.Item.as_view(), name="shelf-item"),
]
