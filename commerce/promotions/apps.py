from django.apps import AppConfig


class PromotionsConfig(AppConfig):
    name = "commerce.promotions"
    label = "commerce_promotions"
    verbose_name = "Promotions"
