from django.apps import AppConfig


class CheckoutConfig(AppConfig):
    name = "commerce.checkout"
    label = "commerce_checkout"
    verbose_name = "Checkout"
