from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "commerce.payments"
    label = "commerce_payments"
    verbose_name = "Payments"
