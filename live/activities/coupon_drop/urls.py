from django.urls import path

from live.activities.coupon_drop import api

urlpatterns = [
    path("api/shows/<int:show_id>/droppable-coupons/", api.DroppableCoupons.as_view(), name="show-droppable-coupons"),
]
