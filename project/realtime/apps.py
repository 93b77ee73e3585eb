from django.apps import AppConfig


class RealtimeConfig(AppConfig):
    name = "project.realtime"
    label = "realtime"
