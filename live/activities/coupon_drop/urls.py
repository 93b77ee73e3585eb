from django.urls import path

from live.activities.coupon_drop import api

urlpatterns = [
    path("api/shows/<id:show_id>/droppable-coupons/", api.DroppableCoupons.as_view(), name="show-droppable-coupons"),
    path(
        "api/groups/<id:group_id>/droppable-coupons/",
        api.GroupDroppableCoupons.as_view(),
        name="group-droppable-coupons",
    ),
    path("api/shows/<id:show_id>/drop-groups/", api.DropGroups.as_view(), name="show-drop-groups"),
]
