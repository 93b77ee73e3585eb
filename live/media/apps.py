from django.apps import AppConfig


class MediaConfig(AppConfig):
    name = "live.media"
    label = "live_media"
    verbose_name = "Streams"
