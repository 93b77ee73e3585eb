from django.apps import AppConfig


class IdempotencyConfig(AppConfig):
    name = "commerce.idempotency"
    label = "commerce_idempotency"
    verbose_name = "Idempotency"
