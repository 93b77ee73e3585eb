from django.urls import path

from commerce.inventory import api

urlpatterns = [
    path("api/studio/stock/", api.StockList.as_view()),
    path("api/studio/stock/alerts/", api.OpenAlerts.as_view()),
    path("api/studio/stock/<id:sku_id>/", api.StockDetail.as_view()),
    path("api/studio/stock/<id:sku_id>/movements/", api.Movements.as_view()),
    path("api/studio/stock/<id:sku_id>/receive/", api.Receive.as_view()),
    path("api/studio/stock/<id:sku_id>/write-off/", api.WriteOff.as_view()),
]
