from django.apps import AppConfig


class CartConfig(AppConfig):
    name = "commerce.cart"
    label = "commerce_cart"
    verbose_name = "Cart"
