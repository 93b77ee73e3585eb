from django.apps import AppConfig


class InventoryConfig(AppConfig):
    name = "commerce.inventory"
    label = "commerce_inventory"

    def ready(self) -> None:
        from commerce.catalog import availability
        from commerce.inventory import selectors

        availability.install(selectors.available)
