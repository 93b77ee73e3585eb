from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "commerce.orders"
    label = "commerce_orders"
    verbose_name = "Orders"

    def ready(self) -> None:
        from commerce.orders import selectors
        from commerce.promotions import newcomers

        newcomers.install(selectors.never_bought)
