from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "community.notices"
    label = "community_notices"
    verbose_name = "Inbox"
