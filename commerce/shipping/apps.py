from django.apps import AppConfig


class ShippingConfig(AppConfig):
    name = "commerce.shipping"
    label = "commerce_shipping"
    verbose_name = "Shipping"
