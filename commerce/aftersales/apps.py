from django.apps import AppConfig


class AftersalesConfig(AppConfig):
    name = "commerce.aftersales"
    label = "commerce_aftersales"
    verbose_name = "Aftersales"
