from django.urls import path

from live.activities.flash_sale import api

urlpatterns = [
    path("api/groups/<id:group_id>/sellable-products/", api.SellableProducts.as_view(), name="group-sellable-products"),
]
