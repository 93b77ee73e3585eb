from django.apps import AppConfig


class ShowsConfig(AppConfig):
    name = "live.shows"
    label = "live_shows"
    verbose_name = "Shows"
