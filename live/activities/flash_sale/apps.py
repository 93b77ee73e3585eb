from django.apps import AppConfig


class FlashSaleConfig(AppConfig):
    name = "live.activities.flash_sale"
    label = "live_flash_sale"
    verbose_name = "Flash sales in shows and groups"
