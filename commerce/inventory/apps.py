from django.apps import AppConfig


class InventoryConfig(AppConfig):
    name = "commerce.inventory"
    label = "commerce_inventory"
    verbose_name = "Inventory"

    def ready(self) -> None:
        from commerce.catalog import availability
        from commerce.inventory import selectors

        availability.install(selectors.available)
