from django.apps import AppConfig


class ShelfConfig(AppConfig):
    name = "live.shelf"
    label = "live_shelf"
    verbose_name = "Shelves"
