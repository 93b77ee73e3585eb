from django.urls import path

from commerce.checkout import api

urlpatterns = [
    path("api/checkout/quote/", api.CheckoutQuote.as_view()),
    path("api/checkout/estimate/", api.CheckoutEstimate.as_view()),
    path("api/checkout/", api.Checkout.as_view()),
]
