from django.apps import AppConfig
from django.urls import register_converter

from project import converters


class ProjectConfig(AppConfig):
    """The composition root: commands that run the whole, and the wiring of events, topics and methods."""

    name = "project"
    label = "souk"

    def ready(self) -> None:
        from project import wiring

        wiring.install()
        register_converter(converters.Id, "id")
