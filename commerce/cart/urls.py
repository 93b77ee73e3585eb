from django.urls import path

from commerce.cart import api

urlpatterns = [
    path("api/cart/", api.CartDetail.as_view()),
    path("api/cart/lines/", api.CartLines.as_view()),
    path("api/cart/lines/<id:sku_id>/", api.CartLineDetail.as_view()),
    path("api/cart/remove/", api.CartRemove.as_view()),
    path("api/cart/select/", api.CartSelect.as_view()),
    path("api/cart/merge/", api.CartMergeView.as_view()),
    path("api/cart/preview/", api.CartPreview.as_view()),
]
