from django.urls import path

from commerce.shipping import api

urlpatterns = [
    path("api/addresses/", api.AddressList.as_view()),
    path("api/addresses/<id:address_id>/", api.AddressDetail.as_view()),
    path("api/addresses/<id:address_id>/default/", api.AddressDefault.as_view()),
    path("api/regions/", api.RegionList.as_view()),
    path("api/shipping/promise/", api.Promise.as_view()),
    path("api/shipping/carriers/", api.CarrierList.as_view()),
    path("api/shipping/webhooks/<slug:carrier>/", api.CarrierWebhook.as_view()),
    path("api/orders/<str:number>/shipments/", api.OrderShipments.as_view()),
    path("api/orders/<str:number>/receive/", api.OrderReceive.as_view()),
    path("api/studio/shipping/to-ship/", api.OrdersToShip.as_view()),
    path("api/studio/shipping/shipments/", api.ShipmentList.as_view()),
    path("api/studio/freight/", api.FreightTemplates.as_view()),
    path("api/studio/freight/<id:template_id>/", api.FreightTemplateDetail.as_view()),
    path("api/studio/orders/<str:number>/ship/", api.Ship.as_view()),
]
