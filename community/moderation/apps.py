from django.apps import AppConfig


class ModerationConfig(AppConfig):
    name = "community.moderation"
    label = "community_moderation"
    verbose_name = "Moderation"
