from django.urls import path

from commerce.orders import api

urlpatterns = [
    path("api/orders/", api.OrderList.as_view()),
    path("api/orders/counts/", api.OrderCounts.as_view()),
    path("api/orders/<str:number>/", api.OrderDetail.as_view()),
    path("api/orders/<str:number>/invoice/", api.OrderInvoice.as_view()),
    path("api/studio/orders/", api.StudioOrderList.as_view()),
    path("api/studio/orders/<str:number>/", api.StudioOrderDetail.as_view()),
]
