from django.apps import AppConfig


class RoomConfig(AppConfig):
    name = "live.room"
    label = "live_room"
    verbose_name = "Rooms"
