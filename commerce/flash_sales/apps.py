from django.apps import AppConfig


class FlashSalesConfig(AppConfig):
    name = "commerce.flash_sales"
    label = "commerce_flash_sales"
    verbose_name = "Flash sales"
